# Chapter 09: the keyboard, the terminal and the sandbox.
# venue: full
load lib/load
load lib/minikvm
load lib/elf
load lib/several
load lib/terminal
load lib/os1k

setup_file() {
        os1k_of 09
        assemble_guests
        make -s -C "$repository/tests/guests" >&2
        make -s -C "$repository/tests/broken" >&2
}

teardown() { leave_terminal; }

keys=$repository/build/guests/keys.elf
broken=$repository/build/broken/chapter/minikvm

# Sets `codes`: what the keys of a US keyboard send for a text, in hexadecimal.
scancodes_of() {
        local rows=($'\e1234567890-=' $'\tqwertyuiop[]' "asdfghjkl;'\`" '\zxcvbnm,./' ' ')
        local shifted=($'\e!@#$%^&x()_+' $'\tQWERTYUIOP{}' 'ASDFGHJKL:"~' '|ZXCVBNM<>?' ' ')
        local first=(0x01 0x0F 0x1E 0x2B 0x39) text=$1 i row key before code

        codes=''
        for ((i = 0; i < ${#text}; i++)); do
                key=${text:i:1}
                for row in 0 1 2 3 4; do
                        [[ ${rows[row]} != *"$key"* ]] || { before=${rows[row]%%"$key"*} && shift='' && break; }
                        [[ ${shifted[row]} != *"$key"* ]] || { before=${shifted[row]%%"$key"*} && shift=1 && break; }
                done
                code=$((first[row] + ${#before}))
                printf -v code '%x %x ' "$code" $((code | 0x80))
                codes+=${shift:+2a }$code${shift:+aa }
        done
}

# --- Scancodes ---

@test "the system calls while guests run are few: through keys, a crash, output, an end" {
        allowed=' ioctl read write poll ppoll close munmap kill tgkill getpid setitimer rt_sigtimedwait rt_sigreturn exit exit_group futex rt_sigprocmask restart_syscall gettid madvise brk mprotect clock_gettime rseq set_robust_list sched_yield fstat newfstatat mmap '
        printf 'aAx' >typed
        trace_calls "$MINIKVM" --stats -v --color=always "$keys" "$repository/guests/real/counter.bin" <typed
        assert_status 126
        calls=$(sed '1,/seccomp(SECCOMP_SET_MODE_FILTER.*= 0$/d' trace | grep -o -E '^[0-9]+ +[a-z_0-9]+\(' | sed -E 's/^[0-9]+ +//; s/\(//' | sort -u)
        [[ $calls == *ioctl* && $calls == *write* && $calls == *ppoll* ]] || fail "calls: $calls"
        for call in $calls; do
                [[ $allowed == *" $call "* ]] || fail "$call is made while guests run"
        done
}
