# What the chapters' tests share: `load lib/minikvm`, behind `load lib/load`.
#
# MINIKVM names the program to test: any chapter's, in any build, or a student's. Without it, it is
# the chapter's own. CHAPTER (01 to 09) says what it can do; it is taken from --version where that
# tells, and is the chapter of the test file where it does not.
#
# The grader (tools/grade) sets MINIKVM_GRADED to a chapter's folder. In it and in build/ lie a student's programs, in all
# the builds that our own have. They run as another user, who must not see what tests are made of.
# shellcheck shell=bash disable=SC2034,SC2154 # variables of bats, of other helpers, and for tests

repository=$(realpath "${BASH_SOURCE[0]%/*}/../..")

# For setup_file: program_of 03
program_of() {
        FOLDER=$(echo "$repository/chapters/$1"-*)
        OWN=
        [[ ! ${MINIKVM_SEED-} ]] || RANDOM=$MINIKVM_SEED
        if [[ ${MINIKVM_GRADED-} ]]; then
                FOLDER=$repository/chapters/$MINIKVM_GRADED
                MINIKVM=$FOLDER/minikvm OWN=1
                chmod 711 "$BATS_RUN_TMPDIR"
                chmod 600 "$BATS_RUN_TMPDIR"/*.src
        elif [[ ${MINIKVM-} ]]; then
                MINIKVM=$(realpath "$MINIKVM")
        else
                make -s -C "$FOLDER" minikvm || return
                MINIKVM=$FOLDER/minikvm OWN=1
        fi
        if [[ ! ${CHAPTER-} ]]; then
                CHAPTER=$1
                [[ $(timeout -k 5 20 "$MINIKVM" --version 2>&1) =~ \((0[1-9])- ]] && CHAPTER=${BASH_REMATCH[1]}
        fi
        # The VM's own file system starts programs six times as fast as the one that it shares
        if read -r -N 4 <"$MINIKVM" && [[ $REPLY == $'\x7fELF' ]]; then
                mkdir "$BATS_FILE_TMPDIR/program"
                cp "$MINIKVM" "$BATS_FILE_TMPDIR/program/minikvm"
                MINIKVM=$BATS_FILE_TMPDIR/program/minikvm
        fi
        export MINIKVM CHAPTER FOLDER OWN
}

# For setup_file: makes what is made in this folder of tests/.
make_helpers() { [[ ${MINIKVM_GRADED-} ]] || make -s -C "$repository/tests/$1" >&2; }

# bats notes the place of every command before it runs, which makes loops three to ten times as slow. Without
# that, the message of a failed test still tells the line of the test, but not that of a helper.
setup() {
        set +T
        [[ ! ${MINIKVM_GRADED-} ]] || prepare_graded
        cd "$BATS_TEST_TMPDIR" || return
        # for what is to be said while stderr is the program's
        exec </dev/null {said}>&2
}

# What a test that failed has left in the background ends. timeout hands SIGTERM on, and then SIGKILL.
teardown() {
        local job

        for job in $(jobs -p); do
                if grep -q -s timeout "/proc/$job/comm"; then
                        kill "$job"
                else
                        kill -9 "$job" && wait "$job"
                fi || true              # it has ended by itself
        done 2>/dev/null
}

# What an earlier test of a student's program has left running ends; random values are those of the seed.
prepare_graded() {
        echo 1 >/sys/fs/cgroup/student/cgroup.kill
        RANDOM=$((MINIKVM_SEED + BATS_TEST_NUMBER))
}

# Skips a test that is not for this program.
only_for() { [[ $CHAPTER == "$1" ]] || skip "only chapter $1 $2"; }
only_before() { is_before "$1" || skip "chapter $1 $2"; }
is_before() { ((10#$CHAPTER < 10#$1)); }

# A process of its own, because bats looks at every command of a test, which takes time.
random_text() (
        trap - DEBUG
        set +T
        letters=abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789
        for ((i = 0; i < $1; i++)); do
                printf %s "${letters:RANDOM % ${#letters}:1}"
        done
)

# So many random bytes.
random_bytes() {
        LC_ALL=C awk -v seed=$RANDOM -v count="$1" 'BEGIN { for (srand(seed); count > 0; count--) printf "%c", int(rand() * 256) }'
}

# Random numbers: between LOW HIGH, both included; the latter prints 8 digits, none of the bytes 0.
random_between() { echo $(($1 + (RANDOM << 15 | RANDOM) % ($2 - $1 + 1))); }
random_hex() { printf '%02x%02x%02x%02x\n' $((RANDOM % 255 + 1)) $((RANDOM % 255 + 1)) $((RANDOM % 255 + 1)) $((RANDOM % 255 + 1)); }

# The hypercalls' numbers, for the assembler and for bash: HC_PORT=0x500 and so on.
hypercalls() {
        local word name number

        while read -r word name number _; do
                [[ "$word $name" != '#define HC_'* ]] || echo "$name=$number"
        done <"$repository/common/hypercalls.h"
}

# Makes guest.bin, or another file, of assembly on stdin: real mode, Intel's notation.
assemble() {
        as --32 -mx86-used-note=no --defsym COM1=0x3F8 --defsym UNUSED=0x1230 -o guest.o \
                <(hypercalls && echo '.code16; .intel_syntax noprefix' && cat) &&
                ld -m elf_i386 -Ttext=0 -e 0 --oformat binary -o "${1-guest.bin}" guest.o
}

# Runs a command; then `status`, `output` and `lines` (stdout) and `error` (stderr) tell of it, and
# out and err are files with the same, byte for byte.
run_apart() {
        status=0
        [[ ! ${MINIKVM_GRADED-} ]] || echo "$*" >command.txt
        "$@" >out 2>err || status=$?
        # NULs do not fit into a variable, and bash says so
        { output=$(<out) error=$(<err); } 2>/dev/null
        mapfile -t lines <<<"$output"
}

# Runs the program; one that hangs ends with 124, or 137 if it blocks SIGTERM, one that prints without end with 153.
run_minikvm() { run_apart limited timeout -k 5 20 "$MINIKVM" "$@"; }

# Runs a command that may write 16 MiB into a file, and no more.
limited() (
        ulimit -f 16384
        exec "$@"
)

# Gives it all that it needs to run a guest of one byte, which chapter 02 has built in.
run_one_byte() {
        one_byte
        run_minikvm "${guest[@]}"
}

# Sets `guest`, an argument: the file of one byte, or nothing.
one_byte() {
        guest=()
        [[ $CHAPTER == 02 ]] || { printf '\xf4' >one.bin && guest=(one.bin); }
}

show() {
        batslib_print_kv_multi status "$status" stdout "$(visible "$output")" stderr "$(visible "$error")" |
                batslib_decorate "$1" | fail
}

# The beginning of a text, with what a terminal would not show written as cat -v does.
visible() {
        cat -v <<<"${1:0:1000}"
        ((${#1} <= 1000)) || echo "(and so on: ${#1} characters)"
}

assert_status() { [[ $status == "$1" ]] || show "exit status $1 expected"; }

# The guest ran and ended with this status; minikvm said nothing.
assert_ended() {
        assert_status "$1"
        [[ ! -s err ]] || show "nothing on stderr expected"
}

# The status, and on stderr a message of minikvm's that has all these texts in it.
assert_message() {
        assert_status "$1"
        shift
        [[ $error == 'minikvm: '* ]] || show "a message of minikvm's expected"
        assert_error_has "$@"
}

assert_error_has() {
        local text

        for text; do
                [[ ${error,,} == *"${text,,}"* ]] || show "'$text' expected on stderr"
        done
}

# As above; and nothing has run.
assert_refused() {
        assert_message 125 "$@"
        [[ ! -s out ]] || show "nothing on stdout expected"
}

# Shows how the program is used, on stderr.
assert_usage() {
        assert_refused "$@" 'usage: minikvm'
}

# stdout is TEXT, to the last byte; or the same as a file. printf's escapes are for the former.
assert_stdout() { cmp out <(printf '%s' "$1") || show "expected on stdout: $(visible "$1")"; }
assert_stdout_file() { cmp out "$1" || show "another stdout expected"; }

# The bytes of `out` from OFFSET on, COUNT of them, in hexadecimal.
out_bytes() { od -A n -v -t x1 -j "$1" -N "$2" out | tr -d ' \n'; }

# Runs a command as a user who is bound by the permissions of files, even if we are root.
without_privileges() {
        if ((EUID == 0)) && [[ ! ${MINIKVM_GRADED-} ]]; then
                setpriv --inh-caps=-all --bounding-set=-all "$@"
        else
                "$@"
        fi
}

# Runs a script of bash's in which /dev and all mounts are its own to change.
in_namespace() {
        local -a own=(unshare --mount)

        ((EUID == 0)) || own=(unshare --user --map-root-user --mount)
        "${own[@]}" true 2>/dev/null || skip "a mount namespace of its own is not allowed here"
        export -f without_privileges
        run_apart timeout -k 5 20 "${own[@]}" bash -c "$1"
}

# Runs the program, and writes into the file `trace` what it asks of the kernel.
run_traced() { trace "$MINIKVM" "$@"; }

# The same, with something of it changed: an expression of strace's, say inject=ioctl:error=EIO:when=2.
# strace counts for each thread anew; with `follow=` it sees the first one only.
run_injected() { trace -e "$1" "$MINIKVM" "${@:2}"; }

trace() {
        # A call that the program does not make has no number
        [[ ! "$* " =~ when=[^0-9] ]] || fail "the call that is to fail was never made: $(<trace)"
        # shellcheck disable=SC2086 # empty, it is to be no argument
        run_apart limited timeout -k 5 60 strace ${follow--f} -qq -e signal=none \
                -e trace=ioctl,openat,open,mmap,munmap,close -o trace "$@"
        [[ $(<trace) != *'<unfinished ...>'* ]] || join_calls
}

# Where threads call at the same time, strace tells of a call in two lines: in `trace` they become one.
join_calls() {
        awk '
        sub(/ *<unfinished \.\.\.>$/, "") { begun[$1] = $0; next }
        match($0, /<\.\.\. [a-z0-9_]+ resumed>/) {
                $0 = begun[$1] substr($0, RSTART + RLENGTH)
                delete begun[$1]
        }
        { print }
        END { for (thread in begun) print begun[thread] }' trace >joined
        mv joined trace
}

# What the program asks of the kernel from opening /dev/kvm on, from the file `trace`. Each line is
# a call that can be made to fail: SYSCALL NUMBER NAME, where NUMBER counts that system call (in its
# thread) and NAME is what a message about it should have in it.
own_calls() {
        awk '
        {
                if (!match($0, /[a-z]+\(/))
                        next
                call = substr($0, RSTART, RLENGTH - 1)
                number = ++count[$1, call]
                if (/"\/dev\/kvm"/)
                        begun = 1
                if (!begun || call == "close" || call == "munmap")
                        next
                # of memory, only the guest'"'"'s RAM and struct kvm_run: what malloc and threads ask for is theirs
                if (call == "mmap" && (!/MAP_NORESERVE|MAP_SHARED/ || /PROT_NONE/))
                        next
                if (call == "mmap")
                        name = "mmap"
                else if (match($0, /KVM_[A-Z0-9_]+/))
                        name = substr($0, RSTART, RLENGTH)
                else if (call != "ioctl" && match($0, /"[^"]*"/))
                        name = substr($0, RSTART + 1, RLENGTH - 2)
                else
                        next
                print call, number, name
        }' trace
}

# Which of the ioctls in the trace is the one, or the N-th, that has this word in it?
ioctl_number() {
        grep -o -E 'ioctl\(.*' trace | grep -n -F "$1" | sed -n "${2-1}s/:.*//p"
}

# Makes every call of the program's own fail, one at a time; it is run with these arguments.
assert_failures_told() {
        local call number name key
        local -A names=()

        run_traced "$@"
        assert_status 0
        while read -r call number name; do
                names[$call $number]+="$name"$'\n'
        done < <(own_calls)
        ((${#names[@]} > 3)) || fail "no calls in the trace: $(<trace)"
        for key in "${!names[@]}"; do
                read -r call number <<<"$key"
                run_injected "inject=$call:error=ENOMEM:when=$number" "$@"
                # strace makes a call fail by making it number -1, which chapter 09's sandbox refuses
                is_before 09 || [[ $error != *'system call -1'* ]] || continue
                assert_failure_told "${names[$key]}"
        done
}

# Makes the program's own calls fail, one at a time: what it had made until then is given back. That is for
# chapters without threads: from 05 on the end of the process gives it back.
assert_failures_give_back() {
        local call number

        run_traced "$@"
        assert_status 0
        own_calls >calls
        while read -r call number _ <&9; do
                run_injected "inject=$call:error=ENOMEM:when=$number" "$@"
                assert_all_given_back
        done 9<calls
}

# One of the names, for in threads that count alike only one may get to fail.
assert_failure_told() {
        local name

        while read -r name; do
                [[ $status == 125 && $error == *"$name"*'Cannot allocate memory'* ]] && return
        done <<<"${1%$'\n'}"
        show "a message on $1 and status 125 expected"
}

# In the last trace, every VM and vCPU has been closed, and what has been mapped was unmapped.
assert_all_given_back() {
        local left

        left=$(awk '
        /"\/dev\/kvm"/ { begun = 1 }
        !begun || / = -1 / { next }
        { result = $0; sub(/.* = /, "", result); sub(/[^0-9a-fx].*/, "", result) }
        /KVM_CREATE_VM,|KVM_CREATE_VCPU,/ { open[result] = $0 }
        / mmap\(/ && /MAP_NORESERVE|MAP_SHARED/ && !/PROT_NONE/ { open[result] = $0 }
        match($0, / close\([0-9]+/) { delete open[substr($0, RSTART + 7, RLENGTH - 7)] }
        match($0, / munmap\(0x[0-9a-f]+/) { delete open[substr($0, RSTART + 8, RLENGTH - 8)] }
        END { for (i in open) print open[i] }' trace)
        [[ ! $left ]] || fail "never given back: $left"$'\n'"$(<trace)"
}

# In the last trace, what that file was opened as has been closed: assert_closed PATH
assert_closed() {
        local fd

        fd=$(sed -n "s|.*\"$1\".* = ||p" trace)
        [[ $fd && $(<trace) == *"close($fd)"* ]] || fail "$1 was never closed: $(<trace)"
}

# The same program, of the chapter's own source, with sanitizers. For tests that need more than MINIKVM.
sanitized() {
        [[ $OWN ]] || skip "only for the chapter's own program"
        [[ ${MINIKVM_GRADED-} ]] || "$repository/tests/prepare" "$FOLDER" >&2
        program=$repository/build/sanitized/${FOLDER##*/}/minikvm
}

# Runs it with the arguments; the sanitizers must have had nothing to say.
run_sanitized() {
        run_apart timeout -k 5 60 "$program" "$@"
        [[ $error != *Sanitizer* && $error != *'runtime error'* ]] || show "the sanitizers found something"
}

# Makes every call fail, one at a time: no crash, no leak, and status 125.
assert_failures_clean() {
        local n

        sanitized
        for ((n = 1; n < 100; n++)); do
                MINIKVM_FAIL=$n run_sanitized "$@"
                [[ $error == *'fail: '* ]] || break
                assert_status 125
                assert_error_has 'minikvm: ' 'Cannot allocate memory'
        done
        ((n > 3)) || fail "no calls were made to fail"
        assert_ended 0
}
