# Chapter 09: the keyboard, the terminal and the sandbox.
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/elf
load lib/several
load lib/terminal
load lib/os1k

setup_file() {
        os1k_of 09
        assemble_guests
        make_helpers guests
        make_helpers broken
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

# demand: 4 points, step 2: each key sends its codes
# hint: `-v` shows what is read at port 0x60. A key sends its code when it goes down, and the code
# hint: with bit 7 when it comes up. Shift goes around it.
# bats test_tags=kept
@test "each key sends its code when it goes down and when it comes up, with Shift around it" {
        # Without those that have other tasks in this guest: g p x z
        text=' 1234567890-=qwertyuio[]asdfhjkl;`\cvbnm,./!@#$%^&()_+QWERTYUIO{}ASDFHJKL:"~|CVBNM<>?'"'"$'\t\e'
        printf '%s\1' "$text" >typed
        run_minikvm "$keys" <typed
        assert_ended 7
        scancodes_of "$text"
        assert_equal "$output" $'ready\n'"${codes}1d "
}

@test "a random text, with line feeds and backspaces" {
        text=$(random_text 300)
        text=${text//[gpxzGPXZ]/A}
        printf '%s\n\b\177%s\1' "$text" "$text" >typed
        run_minikvm "$keys" <typed
        assert_ended 7
        scancodes_of "$text"
        assert_equal "$output" $'ready\n'"${codes}1c 9c e 8e e 8e ${codes}1d "
}

# demand: 4 points, step 2: what no key sends is left out, Ctrl is a key
# hint: A byte without a key has no code at all. Ctrl-A to Ctrl-Z are bytes 1 to 26, but Tab and
# hint: Enter have keys of their own. At the end of input press Ctrl-D.
@test "bytes that no key sends are left out: NUL, those above 127, controls without a letter" {
        printf -v high '\\%o' {128..255}
        # shellcheck disable=SC2059 # the escapes are for the format
        printf "a\\000b${high}c\\034\\035\\036\\037d\\001" >typed
        run_minikvm "$keys" <typed
        assert_ended 7
        scancodes_of abcd
        assert_equal "$output" $'ready\n'"${codes}1d "
}

@test "Ctrl with a letter is two keys; at the end of input it is Ctrl-D" {
        for code in 1 3 4 26; do
                # shellcheck disable=SC2059 # the escape is for the format
                printf "\\$(printf %o "$code")" >typed
                run_minikvm "$keys" <typed
                assert_ended 7
                assert_equal "$output" $'ready\n1d '
        done
        run_minikvm "$keys" </dev/null
        assert_ended 7
        assert_equal "$output" $'ready\n1d '
        # This guest polls, and stops reading at nothing: 1K OS shows all of Ctrl-D in other tests
}

# demand: 4 points, step 3: no key is lost, with interrupts or polled
# hint: The controller holds one code: take the next key when the guest has read the last code. The
# hint: status says whether a code is there, and the interrupt line goes down when it is read.
@test "keys that come while interrupts are off for long are not lost" {
        text=zkeyzyekz
        printf '%s\1' "$text" >typed
        run_minikvm "$keys" <typed
        assert_ended 7
        scancodes_of "$text"
        assert_equal "$output" $'ready\n'"${codes}1d "
}

@test "a guest that looks at the controller's status instead gets the same" {
        text=p$(random_text 20)
        text=${text//[gxzGXZ]/A}
        printf '%s\1' "$text" >typed
        run_minikvm "$keys" <typed
        assert_ended 7
        scancodes_of "$text"
        assert_equal "$output" $'ready\n'"${codes}1d "
}

# demand: 4 points, step 2: HC_GETCHAR works beside the keyboard
# hint: Who never looks at the keyboard's ports keeps its input: the thread waits for the first
# hint: look.
# bats test_tags=kept
@test "HC_GETCHAR takes the next byte of stdin, keyboard or not" {
        # With interrupts off the controller holds one key: 'g' is being read, the rest is in stdin
        printf 'gX\1' >typed
        run_minikvm "$keys" <typed
        assert_ended 7
        [[ $output == *'[58]'* || $output == *'[1]'* ]] || show 'what HC_GETCHAR gave'
        [[ $output == *'22 '* ]] || show "g's own code"
}

@test "a guest that polls by HC_GETCHAR alone gets every byte, and the end" {
        word=$(random_text 50)
        printf 'fill 81000000 32 %s\nwrite 81000000 32\n' "$word" >typed
        run_minikvm "$repository/build/guests/obey.elf" <typed
        assert_ended 0
        [[ $output == *"$word"* ]] || show "$word"
}

# demand: 4 points, step 2: only the first guest has a keyboard; a closed stdin is the end of input
# hint: stdin is the first guest's, and so is the keyboard. The end of input is Ctrl-D, also when
# hint: stdin was closed from the start.
# bats test_tags=kept
@test "only the first guest has a keyboard" {
        talker talker.bin text
        printf 'abc' >typed
        : >out
        "$MINIKVM" --color=always talker.bin "$keys" <typed >>out 2>err 3>&- &
        pid=$!
        for _ in {1..100}; do
                [[ $(<out) != *ready* ]] || break
                sleep 0.05
        done
        sleep 1                                 # for the keys that a wrong program gives it
        assert_stops_by TERM
        by_colour out
        assert_said 2 $'ready\n'
        pid=
}

@test "a closed stdin is no keyboard, but the end of input" {
        run_apart timeout -k 5 20 "$MINIKVM" "$keys" <&-
        assert_ended 7
}

@test "-v shows the controller's ports, --stats counts the exits" {
        printf 'a\1' >typed
        run_minikvm -v --stats "$keys" <typed
        assert_status 7
        assert_error_has 'keys.elf: exit ' 'in 0x60, 8 bits: 0x1e' 'in 0x60, 8 bits: 0x9e' 'in 0x60, 8 bits: 0x1d' \
                'in 0x64, 8 bits: 0x' ' KVM_EXIT_IO;'
        [[ ${lines[1]} == '1e 9e 1d ' ]] || show 'the same keys'
}

# --- The terminal ---

# demand: 4 points, step 5: the terminal is raw while there are keys, and put back to the last bit
# hint: Keep the settings as you found them, change a copy of them, and put back what you kept.
# bats test_tags=kept
@test "the terminal is raw from the first look at the keyboard on, and put back at the end" {
        on_terminal "$MINIKVM" "$keys"
        see ready
        is_raw
        [[ $(stty -F "$tty" -a) == *[$' \n']isig* ]] || fail 'Ctrl-C does not work'
        type_in $'ab\n'
        see '1c 9c '
        assert_equal "${before//$'\r\n'/}" $'1e 9e 30 b0 '
        type_in $'\x01'
        hang_up
        assert_equal "$status" 7
        assert_put_back
}

@test "Enter is a line feed, whatever the terminal makes of it" {
        for stty in -icrnl icrnl; do
                on_terminal "$MINIKVM" "$keys"
                see ready
                type_in $'\r'
                see '1c 9c '
                type_in $'\x01'
                hang_up
                assert_put_back
        done
        stty=
}

@test "odd settings are put back to the last bit" {
        stty='min 5 time 7 -echo -icanon -icrnl intr ^B erase ^H'
        on_terminal "$MINIKVM" "$keys"
        see ready
        type_in a
        see 9e
        type_in $'\x01'
        hang_up
        assert_equal "$status" 7
        assert_put_back
        stty=
}

# demand: 4 points, step 5: signals and Ctrl-C end it, and put the terminal back
# hint: Go through the table of step 5: each way out puts the terminal back. ISIG stays on.
# bats test_tags=kept
@test "a guest that crashes leaves the terminal as it was" {
        on_terminal "$MINIKVM" "$keys"
        see ready
        is_raw
        type_in x
        hang_up
        assert_equal "$status" 126
        assert_error_has 'keys.elf: crashed: triple fault'
        assert_put_back
}

# bats test_tags=kept
@test "Ctrl-C and Ctrl-\\ end it, and put the terminal back" {
        for key in $'\x03 130' $'\x1c 131'; do
                on_terminal "$MINIKVM" "$keys"
                see ready
                is_raw
                type_in "${key% *}"
                hang_up
                assert_equal "$status" "${key#* }"
                assert_put_back
        done
}

@test "SIGTERM, SIGHUP, SIGUSR1 and all others that end a program end it, and put the terminal back" {
        for signal in TERM HUP INT QUIT USR1 PWR; do
                on_terminal "$MINIKVM" "$keys"
                see ready
                find_pid
                kill -s "$signal" "$pid"
                hang_up
                assert_equal "$status" $((128 + $(kill -l "$signal")))
                assert_equal "$error" ''
                assert_put_back
        done
}

@test "Ctrl-C ends 1K OS at the prompt and while a program computes, and a guest that spins" {
        for program in '' $'rogue spin\n'; do
                on_terminal "$MINIKVM" "$os"
                see "$shell"
                type_in "$program"
                [[ ! $program ]] || see spin
                type_in $'\x03'
                hang_up
                assert_equal "$status" 130
                assert_put_back
        done
}

# demand: 4 points, step 6: Ctrl-Z, fg and bg work as with any program
# hint: Put the terminal back, stop, take it again. SIGSTOP gives no warning, so SIGCONT counts as
# hint: well. In the background the terminal is not yours to change.
# bats test_tags=kept
@test "Ctrl-Z gives the terminal back while it is stopped; after fg it is raw again, and nothing is lost" {
        on_shell
        type_in "$MINIKVM --color=never $os"$'\n'
        see "$shell"
        for try in 1 2; do
                type_in $'\x1a'
                see Stopped
                see '$ '
                assert_equal "$(settings)" "$cooked"
                type_in $'fg\n'
                nap 0.2
                type_in "7 $((try + 3))"$'\n'
                see "$((try + 3))! = "
                is_raw
                see "$shell"
        done
        type_in $'halt\n'
        see '$ '
        assert_equal "$(settings)" "$cooked"
        leave_shell
}

# bash puts the terminal back itself when a program stops; this shell does not
@test "Ctrl-Z gives the terminal back to a shell that leaves it as it is" {
        # shellcheck disable=SC2016 # for that shell
        on_terminal sh -mc '"$@"; stty -g; fg' - "$MINIKVM" "$keys"
        see ready
        type_in $'\x1a'
        see "$cooked"
        type_in a
        see '1e 9e'
        is_raw
        type_in $'\x01'
        hang_up
        assert_equal "$status" 7
        assert_put_back
}

@test "Ctrl-Z, bg, fg: it has its keys again" {
        on_shell
        type_in "$MINIKVM --color=never $os"$'\n'
        see "$shell"
        type_in $'\x1a'
        see Stopped
        see '$ '
        type_in $'bg\n'
        see '$ '
        assert_equal "$(settings)" "$cooked"
        type_in $'fg\n'
        for _ in {1..60}; do
                ! is_raw || break
                nap 0.05
        done
        is_raw
        type_in $'halt\n'
        see '$ '
        assert_equal "$(settings)" "$cooked"
        leave_shell
}

@test "stopped by SIGSTOP, which nobody can take, it has its keys again after fg" {
        on_shell
        type_in "$MINIKVM --color=never $os 2>err"$'\n'
        see "$shell"
        find_pid
        kill -s STOP "$pid"
        see Stopped
        type_in $'stty '"$cooked"$'; fg\n'
        nap 0.3
        is_raw
        type_in $'halt\n'
        see '$ '
        assert_equal "$(settings)" "$cooked"
        leave_shell
}

@test "Ctrl-Z, bg, kill %1: as with any program, and the terminal is the shell's" {
        on_shell
        type_in "$MINIKVM $repository/guests/real/spin.bin"$'\n'
        nap 0.5
        type_in $'\x1a'
        see Stopped
        type_in $'bg; sleep 0.2; jobs\n'
        see Running
        see '$ '
        type_in $'kill %1\n'
        see '$ '
        nap 0.7
        type_in $'jobs\n'
        see 'Exit 143'
        see '$ '
        # Guests that wait for a key, which in the background they never get
        for guest in "$os" "$repository/guests/real/echo.bin"; do
                type_in "$MINIKVM --color=never $guest"$'\n'
                nap 1
                type_in $'\x1a'
                see Stopped
                see '$ '
                type_in $'kill %1\n'
                see '$ '
                nap 0.7
                type_in $'jobs\n'
                see 'Exit 143'
                see '$ '
                assert_equal "$(settings)" "$cooked"
        done
        leave_shell
}

@test "Ctrl-Z in an orphaned process group does nothing, as everywhere" {
        on_terminal "$MINIKVM" "$keys"
        see ready
        type_in $'\x1a'
        nap 0.3
        type_in a
        see '1e 9e'
        is_raw
        type_in $'\x01'
        hang_up
        assert_equal "$status" 7
        assert_put_back
}

# demand: 4 points, step 5: rare signals, a stdin that fails, and two readers
# hint: Is every signal that ends a program among those that the first thread takes? When stdin
# hint: fails, say so, and end with 125.
@test "SIGXCPU and SIGXFSZ end it, and put the terminal back" {
        on_terminal "$MINIKVM" "$keys"
        see ready
        find_pid
        kill -s XCPU "$pid"
        hang_up
        assert_equal "$status" $((128 + $(kill -l XCPU)))
        assert_put_back
        on_terminal bash -c 'ulimit -f 1; "$@" >grows' - "$MINIKVM" --color=never "$os"
        until [[ -s grows && $(settings) != "$cooked" ]]; do nap 0.05; done
        for _ in {1..20}; do
                type_in $'help\n'
                nap 0.1
                [[ ! -s session.after ]] || break
        done
        hang_up
        assert_equal "$status" $((128 + $(kill -l XFSZ)))
        assert_put_back
}

@test "a stdin that cannot be read is told, and ends it with 125" {
        run_apart timeout -k 1 10 "$MINIKVM" "$keys" <.
        assert_message 125 stdin 'Is a directory'
        touch file
        run_apart timeout -k 1 10 "$MINIKVM" "$os" 0>>file
        assert_message 125 stdin 'Bad file descriptor'
}

@test "keyboard and HC_GETCHAR at once: every byte comes once, and a signal ends it" {
        # 'g' has the guest ask by HC_GETCHAR, while the keyboard waits for the same input
        mkfifo typed
        exec {typed}<>typed
        start_minikvm "$keys" <&"$typed" >out 2>err
        for _ in {1..60}; do
                printf g >&"$typed"
                sleep 0.01
        done
        sleep 0.3
        assert_stops_by TERM
        # each g was a key (22 down, a2 up) or an answer ([67])
        [[ $(grep -o '22 \|\[67\]' out | wc -l) -ge 59 ]] || fail "$(<out)"
}

# demand: 4 points, step 4: the terminal is touched only when it must be
# hint: Take the terminal at the guest's first look at the controller, and only if stdin is one.
@test "the terminal is not touched for guests that have no use for a keyboard" {
        assemble_guests
        # A real-mode guest, and a protected-mode guest that polls
        for guest in "$PWD/asker.bin" "$repository/build/guests/obey.elf"; do
                on_terminal strace -f -qq -e trace=ioctl -o trace "$MINIKVM" "$guest"
                [[ $guest == *.elf ]] || see '?'
                [[ $guest == *.bin ]] || { type_in $'peek 80100000\n' && see $'\n' && nap 0.3; }
                assert_equal "$(settings)" "$cooked"
                type_in $'\x04'
                hang_up
                assert_equal "$status" 0
                assert_put_back
                grep -q KVM_RUN trace
                if grep -E 'TCSET|TIOCS' trace; then
                        fail "it was touched for $guest"
                fi
        done
}

# bats test_tags=kept
@test "the terminal is not touched when stdin is a pipe" {
        printf 'a\1' >typed
        redirect='<typed'
        on_terminal strace -f -qq -e trace=ioctl -o trace "$MINIKVM" "$keys"
        hang_up
        assert_equal "$status" 7
        assert_put_back
        if grep -E 'TCSET|TIOCS' trace; then
                fail 'it was touched'
        fi
        redirect=
}

@test "a terminal that goes away ends it" {
        on_terminal "$MINIKVM" "$os"
        see "$shell"
        find_pid
        kill -9 "$script"
        for _ in {1..100}; do
                [[ -d /proc/$pid ]] || break
                nap 0.05
        done
        [[ ! -d /proc/$pid ]] || fail 'it runs on'
        pid='' script=
}

# --- The sandbox ---

# HC_PUTCHAR of this letter has the program make a forbidden system call: stopped_call LETTER NUMBER
stopped_call() {
        touch victim
        printf '%s' "$1" >typed
        run_apart timeout -k 1 10 "$broken" "$repository/guests/real/echo.bin" <typed
        assert_message 125 "system call $2" sandbox
        [[ $output != *executed* && $output != *opened* && $output != *typed* && $output != *'gone on'* && $output != *killed* && $output != *executable* && -e victim ]] || show 'the call was made'
}

# demand: 8 points, step 7: the sandbox forbids what a guest has no need of
# hint: What is not on the list is not made. For ioctl, kill, mmap and mprotect the arguments count
# hint: as well, and every thread needs the filter.
@test "the sandbox: no program is started" { stopped_call E 59; }

@test "the sandbox: with nobody to tell, the status is the same" {
        printf E >typed
        run_apart timeout -k 1 10 bash -c 'exec "$@" 2>/dev/full' - "$broken" "$repository/guests/real/echo.bin" <typed
        assert_status 125
}

@test "the sandbox: no file is opened" { stopped_call O 257; }
@test "the sandbox: no socket is made" { stopped_call S 41; }
@test "the sandbox: nothing is typed into the terminal" { stopped_call T 16; }
@test "the sandbox: nothing more is asked of KVM" { stopped_call V 16; }
@test "the sandbox: no other process gets a signal" { stopped_call K 62; }
@test "the sandbox: no memory with code in it" { stopped_call X 9; }
@test "the sandbox: no memory becomes code" { stopped_call P 10; }

# Newer C libraries block all signals while they fork: then the kernel ends us without a message
# demand: 5 points, step 7: the sandbox: nothing hangs, the terminal is put back
# hint: The handler of SIGSYS takes no lock that the thread may hold. It puts the terminal back and
# hint: ends the process.
@test "the sandbox: fork, and nothing hangs" {
        printf F >typed
        run_apart timeout -k 1 10 "$broken" "$repository/guests/real/echo.bin" <typed
        [[ $status == 159 ]] || assert_message 125 "system call 56" sandbox
        [[ $output != *forked* ]] || show 'the call was made'
}

@test "the sandbox: no file is removed" { stopped_call U 87; }

@test "the sandbox: stopped by it, the terminal is put back, and the guests beside are ended too" {
        # Raw by 1K OS, which prints nothing by hypercalls; the second guest is the one that misbehaves
        assemble_guests
        talker later.bin ....................E
        on_terminal "$broken" --color=never "$keys" later.bin
        hang_up
        assert_equal "$status" 125
        assert_error_has 'system call 59'
        assert_put_back
}

trace_calls() { run_apart timeout -k 1 60 strace -f -qq -e signal=none -o trace "$@"; }

# demand: 5 points, step 7: every thread is in the sandbox, and few calls are allowed
# hint: Make all threads, then install the filter for all of them, then let the guests run. `strace
# hint: -f` shows the order, and the calls that come after it.
# How many filters a process has, or a thread of it.
filters_of() { sed -n 's/^Seccomp_filters:\t*//p' "/proc/$1/status"; }

# bats test_tags=kept
@test "all threads are in the sandbox before the first guest runs" {
        # One call may do it for all threads, or one in each
        trace_calls "$MINIKVM" "$keys" </dev/null
        assert_status 7
        seccomp=$(grep -n 'SECCOMP_SET_MODE_FILTER\|PR_SET_SECCOMP' trace | tail -n 1 | cut -d : -f 1)
        run=$(grep -n -m 1 KVM_RUN trace | cut -d : -f 1)
        last=$(grep -n 'clone' trace | tail -n 1 | cut -d : -f 1)
        ((seccomp < run && last < run)) || fail "clone in line $last, seccomp $seccomp, KVM_RUN $run"

        mkfifo typed
        exec {typed}<>typed
        start_minikvm "$keys" <&"$typed" >out 2>err
        await_bytes 6 out                       # it says "ready"
        # A program under test may be in a filter already
        before=$(($(filters_of self) + (${#MINIKVM_GRADED} > 0)))
        for thread in "/proc/$pid/task"/*; do
                (($(filters_of "$pid/task/${thread##*/}") > before)) || fail "a thread is outside"
        done
        assert_stops_by TERM
        pid=
}

# bats test_tags=kept
@test "the system calls while guests run are few: through keys, a crash, output, an end" {
        allowed=' ioctl read write poll close munmap kill getpid getpgrp rt_sigtimedwait rt_sigreturn exit exit_group'
        allowed+=' futex rt_sigprocmask restart_syscall gettid madvise brk mmap mprotect clock_gettime rseq'
        allowed+=' set_robust_list fstat newfstatat '
        # Ours has no use for these, and another may
        allowed+=' ppoll select pselect6 epoll_wait nanosleep clock_nanosleep readv writev sched_yield tgkill '
        printf 'aAx' >typed
        trace_calls "$MINIKVM" --stats -v --color=always "$keys" "$repository/guests/real/counter.bin" <typed
        assert_status 126
        calls=$(sed '1,/KVM_RUN/d' trace | grep -o -E '^[0-9]+ +[a-z_0-9]+\(' | sed -E 's/^[0-9]+ +//; s/\(//' | sort -u)
        [[ $calls == *ioctl* && $calls == *write* && $calls == *read* ]] || fail "calls: $calls"
        for call in $calls; do
                [[ $allowed == *" $call "* ]] || fail "$call is made while guests run"
        done
}

@test "where the sandbox cannot be had, nothing runs" {
        local call failed=0
        for call in prctl seccomp; do
                trace_calls -e "inject=$call:error=EINVAL" "$MINIKVM" "$keys" </dev/null
                # There are two ways to install a filter, and each program has one. When another thread makes a call
                # meanwhile, strace tells the end in a line of its own: <... seccomp resumed>
                grep -q "$call\>.*(INJECTED)" trace || continue
                assert_refused sandbox 'Invalid argument'
                failed=$((failed + 1))
        done
        ((failed > 0)) || fail "nothing was made to fail: $(<trace)"
}

# --- Calls that fail ---

# demand: 5 points, step 3: every call that fails is told
# hint: Look at the result of each call, print its name and the reason, end with 125.
@test "every call that fails is told, by name, and ends it with 125" {
        cat >guest.s <<'END'
        in      al, 0x64
        mov     dx, HC_PORT
        mov     al, 0
        mov     bl, 0
        out     dx, al
END
        assemble_elf guest.elf <guest.s
        assert_failures_told guest.elf
}

# demand: 5 points, step 3: KVM_IRQ_LINE that fails is told
# hint: Without its interrupt the guest waits for ever: say what failed, put the terminal back, end.
@test "KVM_IRQ_LINE that fails is told, and ends it with 125" {
        printf 'abc\1' >typed
        MINIKVM_NO_IRQ_LINE=1 run_apart timeout -k 1 10 "$broken" "$keys" <typed
        assert_message 125 KVM_IRQ_LINE
}
