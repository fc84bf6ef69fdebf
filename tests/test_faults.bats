# A broken host, a hostile guest: all chapters. Each system call fails once, KVM_RUN is interrupted
# all the time, limits are too small, and a guest does nothing but cost us something.
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/several
load lib/terminal
load lib/os1k

# The chapters' own test files make KVM's ioctls, open and mmap fail (assert_failures_told); here it
# is the other calls' turn. What each is to answer, with what status minikvm ends then, and what the
# message on stderr has in it:
#
#   refused     125. own: the guest's status, and no message, because
#   close       the descriptor is gone all the same, and we end
#   munmap      the memory goes when we end
#   fstat       stdio only wants the best size of a buffer
#   madvise     it would only have been a hint that a stack is not needed any more
#   rseq, set_robust_list      the C library does without where a kernel has none
#   rt_sigtimedwait, poll      interrupted by a signal: asked again
#   either      the C library has another way for some, for others not: both, but no silent failure
#
# Those that are not in the list cannot fail with the arguments that they get (getpid, rt_sigaction,
# rt_sigprocmask, futex, a kill of ourselves), or do not come back (exit, exit_group).
rules='
read            refused EIO     Input/output error
write           refused EIO     Input/output error
openat          refused EMFILE  Too many open files
open            refused EMFILE  Too many open files
clone3          refused EAGAIN  pthread_create: Resource temporarily unavailable
prctl           refused EINVAL  PR_SET_NO_NEW_PRIVS: Invalid argument
seccomp         refused EINVAL  SECCOMP_SET_MODE_FILTER: Invalid argument
mmap            either  ENOMEM  Cannot allocate memory|pthread_create: Resource temporarily unavailable
mprotect        either  ENOMEM  Cannot allocate memory|pthread_create: Resource temporarily unavailable
brk             either  ENOMEM  Cannot allocate memory|pthread_create: Resource temporarily unavailable
close           own     EIO
munmap          own     ENOMEM
fstat           own     EIO
newfstatat      own     EIO
madvise         own     EAGAIN
rseq            own     ENOSYS
set_robust_list own     ENOSYS
rt_sigtimedwait own     EINTR
poll            own     EINTR
ppoll           own     EINTR'

setup_file() {
        [[ ! ${MINIKVM-} ]] || skip "these are tests of the course's own programs"
        cd "$BATS_FILE_TMPDIR" || return
        for folder in "$repository"/chapters/[0-9]*/; do
                make -s -C "$folder" minikvm
                # The VM's own file system starts programs faster than the one that it shares
                cp "$folder/minikvm" "minikvm.$(basename "$folder" | cut -c 1-2)"
        done
        build_outside
        cp "$repository/build/fuzz/open/minikvm" minikvm.open
        make_guests
}

teardown() { leave_terminal; }

# In the VM, where compiling takes minutes, tests/prepare has done this before.
build_outside() {
        [[ ${MINIKVM_VM-} && -x $repository/build/fuzz/open/minikvm ]] || make -s -C "$repository/tests/fuzz"
}

make_guests() {
        # Prints TEXT, ends with 42 (what has no hypercalls yet ends by HLT, with 0)
        cat >text.s <<'END'
                mov     dx, COM1
                mov     si, offset text
                mov     cx, 3
                rep outsb
                mov     bl, 42
                mov     dx, HC_PORT
                mov     al, HC_EXIT
                out     dx, al
                hlt
        text:   .ascii  "abc"
END
        assemble text.bin <text.s
        # The same with more text
        { sed 's/mov     cx, 3/mov     cx, 90/' && echo '.fill 90, 1, 0x58'; } <text.s | assemble long.bin
        # Exits as fast as it can, for ever
        assemble busy.bin <<'END'
                mov     dx, UNUSED
        again:  out     dx, al
                jmp     again
END
        # Waits for a byte, prints it 6,000 times, makes 6,000 exits more; again and again
        assemble worker.bin <<'END'
        next:   mov     dx, HC_PORT
                mov     al, HC_GETCHAR
                out     dx, al
                in      eax, dx
                cmp     eax, -1
                je      end
                mov     bl, al
                mov     dx, COM1
                mov     cx, 6000
        print:  out     dx, al
                loop    print
                mov     dx, UNUSED
                mov     cx, 6000
        exit:   out     dx, al
                loop    exit
                mov     al, HC_PUTCHAR
                mov     dx, HC_PORT
                mov     bl, '!'
                out     dx, al
                jmp     next
        end:    hlt
END
}

# For the test of a chapter: its program, and what to run it with.
chapter() {
        CHAPTER=$1 MINIKVM=$BATS_FILE_TMPDIR/minikvm.$1 own=42
        cp "$BATS_FILE_TMPDIR"/*.bin .
        case $1 in
        01) arguments=(--check) own=0 ;;
        02) arguments=() own=0 ;;
        03) arguments=(text.bin) own=0 ;;
        04) arguments=(text.bin) ;;
        *) arguments=(text.bin text.bin) ;;
        esac
}

# The program without its sandbox, where it has one: strace makes a call fail by giving it the number -1,
# which no sandbox lets through.
without_sandbox() { [[ $CHAPTER != 09 ]] || MINIKVM=$BATS_FILE_TMPDIR/minikvm.open; }

# Runs it, all its threads traced; one that hangs, or leaves a thread or a process, ends with 137.
strace_all() { run_apart timeout -s KILL 60 strace -f -qq -e signal=none -o trace "$@"; }

# The calls that it made from its first own one on, but for ioctl: lines of CALL NUMBER OUTCOME ERROR
# MESSAGE. NUMBER counts the calls of that name in their thread, as strace does.
calls_to_fail() {
        awk -v rules="$rules" '
        BEGIN {
                n = split(rules, lines, "\n")
                for (i = 2; i <= n; i++) {
                        name = rest = lines[i]
                        sub(/ .*/, "", name)
                        sub(/^[^ ]+ +/, "", rest)
                        rule[name] = rest
                }
        }
        /"\/dev\/(null|kvm)"/ { begun = 1 }
        match($0, /^[0-9]+ +[a-z_0-9]+\(/) {
                call = $2
                sub(/\(.*/, "", call)
                number = ++count[$1, call]
                if (!begun || !(call in rule) || (call, number) in seen)
                        next
                seen[call, number] = 1
                rest = rule[call]
                if (/"\/dev\/null"/)                    # only fills the places of 0 to 2
                        sub(/refused/, "own", rest)
                print call, number, rest
        }' trace
}

# Each system call of the chapter's program fails once.
assert_calls_fail_well() {
        local call number outcome errno message count=0

        strace_all "$MINIKVM" "${arguments[@]}"
        assert_ended "$own"
        calls_to_fail >calls
        while read -r call number outcome errno message <&9; do
                strace_all -e "inject=$call:error=$errno:when=$number" "$MINIKVM" "${arguments[@]}"
                grep -q INJECTED trace || continue      # the other threads were faster this time
                assert_outcome "$call $number" "$outcome" "$message"
                count=$((count + 1))
        done 9<calls
        ((count >= $1)) || fail "only $count calls failed: $(<calls)"
}

assert_outcome() {
        local call=$1 outcome=$2 message=$3

        [[ $outcome == either && $status == 125 ]] && outcome=refused
        [[ $outcome == either ]] && outcome=own
        case $outcome in
        own) [[ $status == "$own" && ! $error ]] || show "$call: the guest's own status expected" ;;
        refused) [[ $status == 125 && $error =~ ^'minikvm: '.*($message) ]] || show "$call: status 125 and '$message' expected" ;;
        esac
}

@test "a system call that fails, chapter 01: 125 and a message, or no harm done" { chapter 01; assert_calls_fail_well 4; }
@test "a system call that fails, chapter 02: 125 and a message, or no harm done" { chapter 02; assert_calls_fail_well 4; }
@test "a system call that fails, chapter 03: 125 and a message, or no harm done" { chapter 03; assert_calls_fail_well 8; }
@test "a system call that fails, chapter 04: 125 and a message, or no harm done" { chapter 04; assert_calls_fail_well 8; }
@test "a system call that fails, chapter 05: 125 and a message, or no harm done" { chapter 05; assert_calls_fail_well 15; }
@test "a system call that fails, chapter 06: 125 and a message, or no harm done" { chapter 06; assert_calls_fail_well 15; }

@test "a system call that fails, chapter 07: 125 and a message, or no harm done" {
        chapter 07
        assert_calls_fail_well 15
}

@test "a system call that fails, chapter 08: 125 and a message, or no harm done" {
        chapter 08
        assert_calls_fail_well 15
}

@test "a system call that fails, chapter 09: 125 and a message, or no harm done" {
        chapter 09
        # prctl and seccomp are made only by the program that has a sandbox
        for call in prctl seccomp; do
                strace_all -e "inject=$call:error=EINVAL:when=1" "$MINIKVM" "${arguments[@]}"
                assert_refused 'Invalid argument'
        done
        without_sandbox
        assert_calls_fail_well 15
}

@test "in the sandbox, a call that is not on its list ends the program with a message" {
        chapter 09
        strace_all -e 'inject=kill:error=EPERM' "$MINIKVM" "${arguments[@]}"
        assert_message 125 'sandbox'
}

@test "KVM_RUN is interrupted again and again, in every chapter, and nothing is lost" {
        local CHAPTER first
        for CHAPTER in 02 03 04 05 06 07 08 09; do
                chapter "$CHAPTER"
                without_sandbox
                arguments=("${arguments[@]/text/long}")
                trace "$MINIKVM" "${arguments[@]}"
                assert_ended "$own"
                cp out expected
                # behind all the ioctls of set-up, in whatever thread those are
                first=$(awk -v once="$CHAPTER" '
                        /KVM_RUN/ && once == "02" { exit }
                        /ioctl\(/ && !/KVM_RUN/ && ++n[$1] > most { most = n[$1] }
                        END { print most + 1 (once == "02" ? "" : "+2") }' trace)
                trace -e "inject=ioctl:error=EINTR:when=$first" "$MINIKVM" "${arguments[@]}"
                assert_ended "$own"
                [[ $CHAPTER == 02 ]] && continue        # which prints how long it took
                [[ $(letters <out) == "$(letters <expected)" ]] || show "this was expected on stdout: $(<expected)"
                (($(grep -c 'KVM_RUN.*INJECTED' trace) > 20)) || fail "KVM_RUN was hardly interrupted: $(<trace)"
        done
}

# What two guests print comes in any order.
letters() { tr -d '\n' | fold -w 1 | sort; }

@test "a terminal comes back as it was when KVM_RUN fails under 1K OS" {
        chapter 09
        without_sandbox
        make -s -C "$repository/guests/os1k"
        ioctls=(strace -f -qq -e signal=none -e trace=ioctl -o trace)
        on_terminal "${ioctls[@]}" "$MINIKVM" "$os"
        see "$shell"
        type_in $'halt\n'
        hang_up
        assert_equal "$status" 0
        assert_put_back
        # Behind the call that makes the terminal raw, and all that another thread makes
        when=$(awk '{ n[$1] += /ioctl\(/ } NR == 1 { first = $1 } /TCSETS/ { print n[$1] + n[first]; exit }' trace)
        on_terminal "${ioctls[@]}" -e "inject=ioctl:error=EIO:when=$when" "$MINIKVM" "$os"
        hang_up
        grep -q 'KVM_RUN.*INJECTED' trace || fail "no KVM_RUN failed: $error $(tail trace)"
        assert_equal "$status" 125
        [[ $error == *KVM_RUN* && $(sed '/INJECTED/q' trace) == *TCSETS* ]] || fail "$error"
        assert_put_back
}

@test "output into a full pipe that does not wait is all there in the end" {
        head -c 1 </dev/zero | tr '\0' x >input
        for CHAPTER in 04 05 06 07 08 09; do
                chapter "$CHAPTER"
                mkfifo "pipe.$CHAPTER"
                exec 7<>"pipe.$CHAPTER"
                "$repository/build/fuzz/nonblocking" "$MINIKVM" worker.bin <input >"pipe.$CHAPTER" 7>&- 3>&- &
                # until the pipe is full; and then the reader comes
                sleep 0.7
                timeout 60 head -c 6001 <&7 >out
                wait $! || fail "status $? of chapter $CHAPTER"
                exec 7>&-
                assert_equal "$(tr -d x <out)" '!'
                assert_equal "$(wc -c <out)" 6001
        done
}

# All guests have ended; there is something left to say, to OUT or ERR, and nobody reads. A signal ends it.
assert_last_words_stopped() {
        "$MINIKVM" --color=always "${@:3}" text.bin >"$1" 2>"$2" 3>&- &
        pid=$!
        sleep 0.7
        assert_equal "$(echo "/proc/$pid/task"/*)" "/proc/$pid/task/$pid"
        assert_stops_by TERM
}

@test "a signal ends it also while its very last output, of --stats or a colour, finds no room" {
        for CHAPTER in 05 06 07 08 09; do
                chapter "$CHAPTER"
                pipe_with_room "stderr.$CHAPTER" 0
                assert_last_words_stopped out "stderr.$CHAPTER" --stats
                exec {pipe}>&-
                # for the colour and the text, and not for the end of colour
                pipe_with_room "stdout.$CHAPTER" 8
                assert_last_words_stopped "stdout.$CHAPTER" err
                exec {pipe}>&-
        done
}

@test "without a stdin a guest reads the end of its input or is refused, and nothing hangs" {
        for CHAPTER in 04 05 06 07 08 09; do
                chapter "$CHAPTER"
                run_apart timeout -k 5 20 "$MINIKVM" worker.bin <&-
                [[ $status == 0 && ! $error ]] || assert_message 125 stdin
        done
}

@test "with too little memory for itself, minikvm says so" {
        local limit refused
        for CHAPTER in 02 03 04 05 06 07 08 09; do
                chapter "$CHAPTER"
                refused=0
                for limit in 1500 3000 6000 12000 24000 36000 48000; do
                        run_apart timeout -k 5 20 bash -c 'ulimit -v "$1" && shift && exec "$@"' - \
                                $limit "$MINIKVM" "${arguments[@]}"
                        [[ $status == "$own" && ! $error ]] && continue
                        # a thread that has no room for its stack: EAGAIN
                        [[ $error == *'pthread_create: Resource temporarily unavailable'* ]] || assert_error_has 'Cannot allocate memory'
                        assert_message 125
                        refused=$((refused + 1))
                done
                ((refused > 0)) || fail "chapter $CHAPTER was never refused memory"
        done
}

@test "with the smallest stacks, 64 KiB of HC_WRITE from a RAM full of A are printed and nothing is overwritten" {
        local limit size
        for size in 3000 65536; do
                head -c $((3 * size)) /dev/zero | tr '\0' A >"$size.expected"
                assemble "write-$size.bin" <<END
                mov     ax, 0x2000
                mov     es, ax
                mov     eax, 0x41414141
                mov     cx, 0x4000
                rep stosd
                mov     ebx, 0x20000
                mov     ecx, $size
                mov     dx, HC_PORT
                mov     al, HC_WRITE
                out     dx, al
                hlt
END
        done
        for CHAPTER in 08 09; do
                MINIKVM=$BATS_FILE_TMPDIR/minikvm.$CHAPTER
                for limit in 16 32 64 128; do
                        for size in 3000 65536 3000 65536 3000; do
                                run_apart timeout -k 5 20 bash -c 'ulimit -s "$1" && shift && exec "$@"' - \
                                        "$limit" "$MINIKVM" "write-$size.bin" "write-$size.bin" "write-$size.bin"
                                # no room for a stack is told; a signal is what must not be
                                [[ $status != 125 ]] || { assert_refused 'pthread_create' && continue; }
                                assert_ended 0
                                assert_stdout_file "$size.expected"
                        done
                done
        done
}

@test "with too few descriptors, minikvm says so" {
        local limit refused
        for CHAPTER in 01 02 03 04 05 06 07 08 09; do
                chapter "$CHAPTER"
                refused=0
                for limit in 3 4 5 6 7 8; do
                        run_apart timeout -k 5 20 bash -c 'ulimit -n "$1" && shift && exec "$@"' - \
                                $limit "$MINIKVM" "${arguments[@]}" 3>&- 4>&-
                        [[ $status == "$own" && ! $error ]] && continue
                        assert_message 125 'Too many open files'
                        refused=$((refused + 1))
                done
                ((refused > 0)) || fail "chapter $CHAPTER was never refused a descriptor"
        done
}

@test "with too few threads, minikvm says so and no guest runs" {
        local -a other=()
        # root has as many as it likes
        ((EUID != 0)) || other=(setpriv --reuid=65432 --regid="$(stat -c %g /dev/kvm)" --clear-groups)
        chmod -R a+rX "$BATS_FILE_TMPDIR" . && chmod a+x "$BATS_RUN_TMPDIR" "${BATS_FILE_TMPDIR%/*}"
        for CHAPTER in 05 06 07 08 09; do
                chapter "$CHAPTER"
                run_apart timeout -k 5 20 bash -c 'ulimit -u 1 && exec "$@"' - "${other[@]}" "$MINIKVM" "${arguments[@]}"
                assert_refused 'pthread_create' 'Resource temporarily unavailable'
        done
}

# The most memory that a process ever had, in KiB.
peak_of() { awk '/^VmHWM/ { print $2 }' "/proc/$1/status"; }

@test "neither exits nor output grow the hypervisor" {
        local first pid
        for CHAPTER in 05 09; do
                chapter "$CHAPTER"
                mkfifo "to.$CHAPTER"
                exec 7<>"to.$CHAPTER"
                mkfifo "from.$CHAPTER"
                "$MINIKVM" worker.bin <&7 >"from.$CHAPTER" 7>&- 3>&- &
                pid=$!
                exec 8<"from.$CHAPTER"
                # 1 time 12,000 exits, half of them output; then 9 times
                printf . >&7
                read -r -d '!' -u 8 -t 100 || fail "no answer"
                first=$(peak_of $pid)
                for _ in 1 2 3 4 5 6 7 8 9; do
                        printf . >&7
                        read -r -d '!' -u 8 -t 100 || fail "no answer"
                done
                assert_equal "$(peak_of $pid)" "$first"
                kill -TERM $pid
                wait $pid || assert_equal $? 143
                exec 7>&- 8<&-
        done
}

@test "four guests that exit as fast as they can are stopped at once" {
        for CHAPTER in 05 06 07 08 09; do
                chapter "$CHAPTER"
                start_minikvm busy.bin busy.bin busy.bin busy.bin >out 2>err
                sleep 0.5
                assert_stops_by INT
                ((took < 1500)) || fail "chapter $CHAPTER took $took ms to stop"
        done
}
