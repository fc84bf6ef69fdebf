# Chapter 05: four guests at once, their output, their input, how they end and how they are stopped.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm
load lib/several

setup_file() { several_of 05; }

# --- Output ---

# demand: 4 points, step 2: four guests run at once, each one's text is whole
# hint: Does each guest have a thread, and everything it remembers in a struct of its own? A static
# hint: variable is everybody's.
# bats test_tags=kept
@test "four guests chatter at once: apart by colour, each one's text is complete and in order" {
        run_minikvm --color=always "$real"/chatter.bin "$real"/chatter.bin "$real"/chatter.bin "$real"/chatter.bin
        assert_ended 0
        by_colour out
        seq 2000 | paste -s -d '         \n' >expected
        for i in 1 2 3 4; do
                cmp "out.$i" expected
        done
        # One after the other would be four
        ((switches > 100)) || fail "only $switches changes of colour"
}

# bats test_tags=kept
@test "without colours, each character of four guests comes out once and in order" {
        four_talkers 500
        run_minikvm 1.bin 2.bin 3.bin 4.bin
        assert_ended 0
        assert_four_said
        # never means never
        run_minikvm --color=never 4.bin 3.bin 2.bin 1.bin
        assert_ended 0
        assert_four_said
}

# demand: 4 points, step 4: colours: only when wanted, whole, and put back
# hint: Pipe the output through cat -v: a colour begins before the first character, changes with the
# hint: guest, and ends with ESC [ 0 m.
@test "one guest alone has its colour for all of its text, and it is put back" {
        random_words 200
        talker talker.bin "$text"
        run_minikvm --color=always talker.bin
        assert_ended 0
        by_colour out
        assert_equal "$switches" 1
        assert_said 1 "$text"
}

@test "a guest that prints nothing changes no colour" {
        one_byte
        run_minikvm --color=always one.bin one.bin one.bin one.bin
        assert_ended 0
        assert_stdout ''
}

# bats test_tags=kept
@test "colours by themselves: on a terminal, unless NO_COLOR says something" {
        talker talker.bin text
        cat >session <<END
echo auto: \$($MINIKVM talker.bin)
printf 'terminal: '; $MINIKVM talker.bin; echo
printf 'no colour: '; NO_COLOR=1 $MINIKVM talker.bin; echo
printf 'empty NO_COLOR: '; NO_COLOR= $MINIKVM --color=auto talker.bin; echo
printf 'always: '; NO_COLOR=1 $MINIKVM --color=always talker.bin; echo
printf 'never: '; $MINIKVM --color=never talker.bin; echo
END
        run script -qec 'env -u NO_COLOR sh session' /dev/null
        assert_success
        assert_output $'auto: text\r
terminal: \e[36mtext\e[0m\r
no colour: text\r
empty NO_COLOR: \e[36mtext\e[0m\r
always: \e[36mtext\e[0m\r
never: text\r'
}

# demand: 4 points, step 3: output appears at once
# hint: Does something keep the output until a line is complete, or until the program ends?
# bats test_tags=kept
@test "a guest that waits has already shown all it has printed" {
        mkfifo in out
        exec {in}<>in {out}<>out
        start_minikvm "$BATS_FILE_TMPDIR/asker.bin" "$real/spin.bin" <&"$in" 1>&"$out"
        read -r -t 5 -n 1 prompt <&"$out"
        assert_equal "$prompt" '?'
}

# demand: 4 points, step 8: write() that fails half-way loses nothing
# hint: write may take fewer bytes than it was given, and may fail with EINTR or EAGAIN: what is
# hint: left has to be sent.
@test "write() that is interrupted, or has no room at the moment, is made again" {
        only_before 09 "a sandbox does not let strace change calls"
        four_talkers 30
        for error in EINTR EAGAIN; do
                run_apart timeout -k 5 60 strace -f -qq -o trace -P "$PWD/out" -e signal=none -e trace=write \
                        -e "inject=write:error=$error:when=2+3" "$MINIKVM" --color=always 1.bin 2.bin 3.bin 4.bin
                assert_ended 0
                grep -q "write.*$error.*INJECTED" trace
                by_colour out
                for i in 1 2 3 4; do
                        assert_said $i "${texts[i]}"
                done
        done
}

@test "write() that takes only a part is given the rest" {
        only_before 09 "a sandbox does not let strace change calls"
        four_talkers 30
        # Every call but the first says that it took one byte. The trace tells what stdout would have got
        run_apart timeout -k 5 60 strace -f -qq -xx -o trace -P "$PWD/out" -e signal=none -e trace=write \
                -e inject=write:retval=1:when=2+1 "$MINIKVM" --color=always 1.bin 2.bin 3.bin 4.bin
        assert_ended 0
        grep -q '\\x.*\\x.*) = 1 (INJECTED)' trace
        printf "$(sed -n -E 's/.*write\(1, "([^"]*)".* = ([0-9]+).*/\2 \1/p' trace | while read -r n bytes; do
                printf '%s' "${bytes:0:4 * n}"
        done)" >out
        by_colour out
        for i in 1 2 3 4; do
                assert_said $i "${texts[i]}"
        done
}

# demand: 4 points, step 8: a slow reader gets everything, and the colour is put back
# hint: A pipe may be full for a while, and may be non-blocking. The end of the colour needs room as
# hint: well: who waits for it?
@test "a slow reader of a non-blocking pipe gets everything" {
        four_talkers 200
        pipe_with_room full 100
        exec {reader}<full
        # dd's own stdout, and so the pipe, is non-blocking from now on
        dd oflag=nonblock if=/dev/null status=none 1>&"$pipe"
        start_minikvm --color=always 1.bin 2.bin 3.bin 4.bin 1>&"$pipe" 2>err
        exec {pipe}>&-
        sleep 0.5
        { head -c 65436 >/dev/null; cat >out; } <&"$reader"
        await_end
        assert_equal "$status" 0
        [[ ! -s err ]] || fail "$(<err)"
        by_colour out
        for i in 1 2 3 4; do
                assert_said $i "${texts[i]}"
        done
}

@test "the colour is put back, even if the reader is slow" {
        # The last character just has room
        random_words 1019
        talker talker.bin "$text"
        pipe_with_room full 1024
        exec {reader}<full
        "$MINIKVM" --color=always talker.bin 1>&"$pipe" 3>&- &
        pid=$!
        exec {pipe}>&-
        sleep 0.5
        { head -c 64512 >/dev/null; cat >out; } <&"$reader"
        await_end
        assert_equal "$status" 0
        by_colour out
        assert_said 1 "$text"
}

# --- Side by side ---

# demand: 4 points, step 2: guests run side by side, and who has nothing to do costs nothing
# hint: Is a lock held during KVM_RUN or read, or not given back on a way out? How do you wait:
# hint: asleep, or by asking again and again?
@test "a guest that spins holds up nobody" {
        assemble spinner.bin <<<"mov dx, HC_PORT; mov al, HC_PUTCHAR; mov bl, '.'; out dx, al; jmp ."
        mkfifo in
        exec {in}<>in
        start_minikvm "$real/echo.bin" spinner.bin <&"$in" >out 2>err
        await_bytes 1 out
        sleep 0.1
        printf '!' >&"$in"
        await_bytes 2 out
        assert_equal "$(<out)" '.!'
        assert_stops_by TERM
}

@test "the guests are not all bound to one CPU" {
        one_byte
        run_apart timeout -k 5 20 strace -f -qq -o trace -e signal=none -e trace=sched_setaffinity,sched_getaffinity \
                "$MINIKVM" one.bin one.bin
        assert_ended 0
        # A CPU for each guest is fine, and so is to set again what the kernel said before
        run awk '
        match($0, /\[[0-9]+\]/) { cpu = substr($0, RSTART, RLENGTH) }
        /sched_getaffinity/ { given[cpu] = 1 }
        /sched_setaffinity/ && /\[[0-9]+\]/ && !(cpu in given) && !seen[cpu]++ { cpus++ }
        END { if (cpus == 1) print "all are bound to CPU " cpu }' trace
        assert_output ''
}

@test "a guest whose output fails ends, and holds up nobody" {
        only_before 09 "a sandbox does not let strace change calls"
        random_words 30
        talker 2.bin "$text"
        mkfifo in
        exec {in}<>in
        # The first guest never makes so many calls
        timeout -k 5 20 strace -f -qq -o trace -P "$PWD/out" -e trace=write -e inject=write:error=EIO:when=20 \
                "$MINIKVM" "$BATS_FILE_TMPDIR/asker.bin" 2.bin <in {in}>&- >out 2>err 3>&- &
        pid=$!
        await_bytes 20 out
        printf '!' >&"$in"
        await_bytes 21 out
        assert_equal "$(tail -c 1 out)" '!'
        [[ $(<err) == 'minikvm: 2.bin: '*'Input/output error'* ]] || fail "$(<err)"
        exec {in}>&-
        await_end
        assert_equal "$status" 125
}

# bats test_tags=kept
@test "while its guest waits for input, it sleeps" {
        local task line running=0

        mkfifo in
        exec {in}<>in
        start_minikvm "$BATS_FILE_TMPDIR/asker.bin" <&"$in" >out 2>err
        await_bytes 1 out
        for _ in {1..20}; do
                read -r -t 0.03 -u "$in" || true        # nobody writes: this sleeps without a process
                for task in "/proc/$pid/task"/*; do
                        read -r line <"$task/stat"
                        [[ $line != *') R '* ]] || ((running += 1))
                done
        done
        ((running <= 10)) || fail "a thread of it was running $running times, of 20"
        assert_stops_by TERM
}

# demand: 4 points, step 2: four guests run at once, each one's text is whole
# bats test_tags=kept
@test "a guest that sets its baud rate silences nobody else" {
        assemble setter.bin <<'END'
                mov     dx, COM1 + 3
                mov     al, 0x80                /* line control: the divisor latch */
                out     dx, al
                mov     dx, HC_PORT
                mov     bl, '?'
                mov     al, HC_PUTCHAR
                out     dx, al
                jmp     .
END
        assemble printer.bin <<'END'
                mov     dx, COM1
                mov     al, 'x'
        next:   out     dx, al
                jmp     next
END
        mkfifo out
        exec {out}<>out
        start_minikvm setter.bin printer.bin 1>&"$out" 2>err
        read -r -t 15 -d '?' -u "$out" || fail "the first guest said nothing"
        read -r -t 15 -N 100 -u "$out" || fail "the second guest was silenced"
        assert_stops_by TERM
}

# --- Input ---

# demand: 4 points, step 5: stdin is the first guest's, the others read its end, and nobody waits for it
# hint: Who calls read? Only the first guest may, others get the end at once. The answer waits in
# hint: the guest's own struct.
# bats test_tags=kept
@test "stdin goes to the first guest, the others read its end" {
        random_words 300
        run_minikvm --color=always "$real"/echo.bin "$BATS_FILE_TMPDIR"/asker.bin "$BATS_FILE_TMPDIR"/asker.bin "$real"/echo.bin <<<"$text"
        assert_ended 0
        by_colour out
        assert_said 1 "$text"$'\n'
        assert_said 2 '?'
        assert_said 3 '?'
        [[ ! -e out.4 ]]
}

@test "while the first guest waits for input, the others run on, to their ends" {
        talker 2.bin "some words"
        mkfifo in
        exec {in}<>in
        "$MINIKVM" "$real/echo.bin" 2.bin 2.bin <&"$in" >out 3>&- &
        pid=$!
        await_bytes 20 out
        printf '!' >&"$in"
        await_bytes 21 out
        assert_equal "$(tail -c 1 out)" '!'
        assert_stops_by TERM
}

@test "what the first guest reads is no other guest's answer" {
        assemble reader.bin <<'END'
                mov     dx, HC_PORT
                mov     al, HC_GETCHAR
                out     dx, al
                mov     dx, COM1
                mov     al, '?'
                out     dx, al
                jmp     .
END
        assemble looker.bin <<'END'
        next:   mov     dx, HC_PORT
                in      eax, dx
                mov     bl, '.'
                cmp     eax, -1
                je      print
                mov     bl, '!'
        print:  mov     dx, COM1
                mov     al, bl
                out     dx, al
                jmp     next
END
        mkfifo in out
        exec {in}<>in {out}<>out
        printf 'x' >&"$in"
        start_minikvm reader.bin looker.bin <&"$in" 1>&"$out" 2>err
        read -r -t 15 -d '?' -u "$out" || fail "the first guest said nothing"
        read -r -t 15 -N 100 -u "$out" seen || fail "the second guest said nothing"
        assert_equal "${seen//./}" ''
        assert_stops_by TERM
}

# --- What is said of each ---

# demand: 4 points, step 6: each guest has a name of its own in messages
# hint: Compare the names as they are shown, not the paths. When two look alike, all that do get #1
# hint: to #4.
# bats test_tags=kept
@test "guests whose names look the same get a number, others go by the file's name" {
        mkdir folder
        crashing same.bin text
        crashing folder/same.bin text
        crashing other.bin text
        run_minikvm other.bin same.bin ./folder/same.bin
        assert_status 126
        assert_error_has 'minikvm: other.bin: crashed' 'minikvm: same.bin#2: crashed' 'minikvm: same.bin#3: crashed'
        assert_equal "$(grep -c crashed err)" 3
        # names that are told apart only by what is not shown of them
        crashing $'a\tb' text
        crashing $'a\rb' text
        run_minikvm $'a\tb' $'a\rb'
        assert_error_has 'minikvm: a?b#1: crashed' 'minikvm: a?b#2: crashed'
        # whatever it is called
        random_words 120
        crashing "$text" text
        run_minikvm "$text" "$text" "$text" "$text"
        assert_error_has "${text:0:40}" '#1: crashed' '#2: crashed' '#3: crashed' '#4: crashed'
}

# demand: 4 points, step 3: -v and --stats speak of each guest, and add up
# hint: Are there counters that guests share? A guest that still runs when a signal comes has time
# hint: that no exit has added yet.
# bats test_tags=kept
@test "-v says what every exit was, for each guest; --stats adds up to the same" {
        four_talkers 20
        run_minikvm -v --stats 1.bin 2.bin 3.bin 3.bin
        assert_status 0
        for name in 1.bin 2.bin '3.bin#3' '3.bin#4'; do
                # 20 characters, or rather OUT instructions, and the last
                grep -F "minikvm: $name: exit " err >trace
                seq 21 >expected
                cmp <(sed -E 's/.*: exit ([0-9]+): KVM_EXIT_IO: .*/\1/' trace | uniq) expected
                grep -q -E "^minikvm: $name: 21 exits, 21 KVM_EXIT_IO; [0-9.]+ ms in the guest, [0-9.]+ ms in the VMM, [0-9]+ exits/s$" err
        done
        [[ $error != *$'\n'[^m]* ]]
}

@test "--stats counts the time of a guest that had to be stopped" {
        start_minikvm --stats "$real/spin.bin" "$real/spin.bin" >out 2>err
        sleep 0.5
        assert_stops_by TERM
        for i in 1 2; do
                [[ $(<err) =~ "spin.bin#$i: "[0-9]+" exits"[^$'\n']*\;\ ([0-9]+)\.[0-9]+\ ms\ in\ the\ guest ]]
                ((BASH_REMATCH[1] > 100 && BASH_REMATCH[1] < 10000))
        done
}

# Of that guest in `err`, from --stats: sets `exits`, `inside`, `outside` (in ms) and `rate`.
stats_of() {
        [[ $(<err) =~ "minikvm: $1: "([0-9]+)" exits"[^$'\n']*"; "([0-9]+)\.[0-9]+" ms in the guest, "([0-9]+)\.[0-9]+" ms in the VMM, "([0-9]+)" exits/s" ]] ||
                fail "no line of $1: $(<err)"
        exits=${BASH_REMATCH[1]} inside=${BASH_REMATCH[2]} outside=${BASH_REMATCH[3]} rate=${BASH_REMATCH[4]}
}

@test "--stats knows who was in the guest and who in the VMM: one spins, one waits for input" {
        local begin most

        assemble spinner.bin <<<"mov dx, HC_PORT; mov al, HC_PUTCHAR; mov bl, '.'; out dx, al; jmp ."
        mkfifo in
        exec {in}<>in
        begin=${EPOCHREALTIME/./}
        start_minikvm --stats "$BATS_FILE_TMPDIR/asker.bin" spinner.bin <&"$in" >out 2>err
        await_bytes 2 out
        sleep 0.5
        assert_stops_by TERM
        most=$(((${EPOCHREALTIME/./} - begin) / 1000))
        stats_of asker.bin
        ((outside > 300 && outside > inside && inside + outside <= most)) || fail "of $most ms: $(<err)"
        stats_of spinner.bin
        ((inside > 300 && inside > outside && inside + outside <= most)) || fail "of $most ms: $(<err)"
        # to a whole number, of times that were cut
        ((rate <= exits * 1000 / (inside + outside) + 1)) || fail "$(<err)"
}

# --- How they end ---

# demand: 4 points, step 2: the exit status is the first that is not 0, in the order of the command line
# hint: Whose status counts: who ended first, or who stands first on the command line? Join all
# hint: threads before you look.
# bats test_tags=kept
@test "the exit status is the first that is not 0, in the order of the command line" {
        for first in 1 2 3 4; do
                for i in 1 2 3 4; do
                        random_words $((RANDOM % 200))
                        talker $i.bin "$text" $((i < first ? 0 : RANDOM % 123 + 1))
                done
                # The first of them is also the slowest
                want=$((RANDOM % 123 + 1))
                random_words 300
                talker $first.bin "$text" $want
                run_minikvm 1.bin 2.bin 3.bin 4.bin
                assert_ended $want
        done
}

@test "a crash counts as 126 among the statuses" {
        talker 7.bin text 7
        crashing crash.bin text
        talker 0.bin text
        run_minikvm 7.bin crash.bin 0.bin
        assert_status 7
        run_minikvm 0.bin crash.bin 7.bin
        assert_status 126
}

# demand: 4 points, step 6: a crash leaves the others' output whole
# hint: A crash ends one guest. Does something in the way of a crash end the process, before the
# hint: others have printed all?
# bats test_tags=kept
@test "a crash, in whatever place, leaves the others' output whole" {
        for place in 1 2 3 4; do
                four_talkers 200
                texts[place]=${texts[place]:0:17}
                crashing "$place.bin" "${texts[place]}"
                run_minikvm --color=always 1.bin 2.bin 3.bin 4.bin
                assert_message 126 "minikvm: $place.bin: crashed: unknown hypercall 99"
                assert_equal "$(grep -c '^minikvm: ' err)" 1
                by_colour out
                for i in 1 2 3 4; do
                        assert_said $i "${texts[i]}"
                done
        done
}

# demand: 4 points, step 6: messages do not tear each other
# hint: A report is many calls of fprintf: hold the lock of stderr over all of them, and give it
# hint: back.
# bats test_tags=kept
@test "a crash report and the others' messages do not tear each other" {
        for i in 1 2 3; do
                random_words 40
                crashing $i.bin "$text"
        done
        random_words 100
        talker 4.bin "$text"
        run_minikvm -v 1.bin 2.bin 3.bin 4.bin
        assert_status 126
        assert_equal "$(grep -c ' crashed: unknown hypercall 99$' err)" 3
        # A report is a line and five that are indented; between them nobody else speaks
        run awk '
        / crashed: / { left = 5; next }
        left > 0 { left--; if (!/^  (eax|esi|eip|cs|code)[ =].*[0-9a-f]$/) print "torn: " $0; next }
        !/^minikvm: [1-4].bin: exit [0-9]+: KVM_EXIT_IO: (out 0x500, 8 bits: 0x[0-9a-f]+|hypercall [0-9]+, .*=0x[0-9a-f]+)$/ {
                print "torn: " $0
        }' err
        assert_output ''
}

# demand: 4 points, step 6: all guests or none: a bad file, a fifth guest
# hint: Make all guests before the first one runs, and give a message on what cannot be made.
@test "five guests are refused" {
        four_talkers 5
        run_minikvm 1.bin 2.bin 3.bin 4.bin 1.bin
        assert_usage
}

# bats test_tags=kept
@test "a file among four that is no guest: nothing runs" {
        four_talkers 20
        echo '#!/bin/sh' >script
        touch empty
        for bad in missing empty script /; do
                files=(1.bin 2.bin 3.bin 4.bin)
                files[RANDOM % 4]=$bad
                run_traced --color=always "${files[@]}"
                assert_refused "minikvm: $bad: "
                grep -q '/dev/kvm' trace
                refute grep -q KVM_RUN trace
        done
}

# --- How they are stopped ---

# demand: 4 points, step 7: a signal stops guests, whatever they do
# hint: Which signals are blocked before the threads start, and who waits for them? A guest that
# hint: spins never comes back to look at a flag.
@test "a signal stops a guest that spins" {
        for signal in INT TERM HUP QUIT XCPU USR1 USR2 ALRM VTALRM PROF IO PWR STKFLT; do
                start_minikvm "$real/spin.bin" 2>err
                assert_stops_by $signal
                [[ ! -s err ]] || fail "$(<err)"
        done
}

@test "a signal stops a guest that waits for input" {
        mkfifo in
        exec {in}<>in
        for signal in INT TERM HUP; do
                start_minikvm "$real/echo.bin" <&"$in" 2>err
                assert_stops_by $signal
                [[ ! -s err ]] || fail "$(<err)"
        done
}

@test "a signal stops a guest in the middle of output that nobody reads" {
        pipe_with_room full 3
        for signal in INT TERM HUP; do
                start_minikvm "$BATS_FILE_TMPDIR/babbler.bin" 1>&"$pipe" 2>err
                sleep 0.1
                assert_stops_by $signal
                [[ ! -s err ]] || fail "$(<err)"
        done
}

# bats test_tags=kept
@test "a signal stops four guests at once, each busy in another way" {
        start_busy --color=always
        assert_stops_by INT
        rm in full
        start_busy
        assert_stops_by TERM
        rm in full
        start_busy
        assert_stops_by HUP
        [[ ! -s err ]] || fail "$(<err)"
}

# demand: 4 points, step 8: a signal puts the colour back, and stops messages that nobody reads
# hint: The way out must not wait: for a lock that a thread keeps, for a pipe that nobody reads.
# bats test_tags=kept
@test "a signal puts the colour back" {
        for signal in INT USR1 USR2 ALRM VTALRM PROF IO PWR STKFLT; do
                start_minikvm --color=always "$BATS_FILE_TMPDIR/babbler.bin" "$BATS_FILE_TMPDIR/babbler.bin" >out
                sleep 0.2
                assert_stops_by "$signal"
                by_colour out
                ((switches > 1))
        done
}

@test "a signal stops guests whose messages nobody reads" {
        pipe_with_room full 3
        crashing 4.bin text
        for signal in INT TERM; do
                start_minikvm -v "$real/chatter.bin" "$real/chatter.bin" "$real/chatter.bin" 4.bin >out 2>&"$pipe"
                sleep 0.3
                assert_stops_by $signal
        done
}

# demand: 4 points, step 7: a stdout that nobody reads stops all, with 141
# hint: SIGPIPE comes to the thread that wrote, where it is blocked; write fails with EPIPE. Who
# hint: tells the thread that waits for signals?
# bats test_tags=kept
@test "a stdout that nobody reads any more stops all guests, with 141" {
        mkfifo in
        exec {in}<>in
        for trap in 'trap - PIPE' 'trap "" PIPE'; do
                run_apart timeout -k 5 20 bash -c "$trap"'; "$@" | head -c 3; exit ${PIPESTATUS[0]}' bash "$MINIKVM" \
                        "$real/echo.bin" "$real/spin.bin" "$BATS_FILE_TMPDIR/babbler.bin" "$real/spin.bin" <&"$in"
                assert_ended 141
                assert_stdout xxx
        done
}

# demand: 4 points, step 8: a signal puts the colour back, and stops messages that nobody reads
# bats test_tags=kept
@test "Ctrl-C on a terminal stops all guests, and puts the colour back" {
        cat >session <<END
stty -echo
trap : INT
$MINIKVM $BATS_FILE_TMPDIR/asker.bin $real/spin.bin $real/spin.bin
echo "status \$?"
END
        mkfifo in
        exec {in}<>in
        env --default-signal=INT script -qec 'env -u NO_COLOR sh session' /dev/null <&"$in" >out 2>&1 3>&- &
        pid=$!
        for _ in {1..100}; do
                grep -q '?' out && break
                sleep 0.05
        done
        printf '\003' >&"$in"
        await_end
        assert_equal "$(<out)" $'\e[36m?\e[0mstatus 130\r'
}

# Runs a line of a shell's on a terminal, and waits until it has written the file `ended`.
on_a_terminal() {
        printf '%s\n' 'stty tostop -echo' "$1" >session
        script -qec 'sh session' /dev/null >out 2>&1 3>&- &
        script=$!
        for _ in {1..100}; do
                [[ ! -s started || ${pid-} ]] || { pid=$(<started) && nudge; }
                [[ ! -s ended ]] || break
                sleep 0.05
        done
        [[ -s ended ]] || fail "it does not end: $(ps -o pid,stat,args -p "${pid-$script}")"
        wait "$script"
        pid='' status=$(<ended) error=$(<err)
}

# As the shell's kill does with a job, which may be stopped.
nudge() {
        sleep 0.5
        kill -TERM "$pid"
        kill -CONT "$pid"
}

@test "a job that prints in the background, where stty tostop forbids it, is ended by kill" {
        talker text.bin text
        on_a_terminal "bash -mc '\"\$@\" 2>err & echo \$! >started; wait -f \$!; echo \$? >ended' - $MINIKVM text.bin $real/spin.bin"
        assert_equal "$status" 143
        assert_equal "$error" ''
}

@test "a terminal that fails is told, and is not tried for ever" {
        talker text.bin text
        on_a_terminal "strace -f -qq -o trace -e inject=write:error=EIO:when=1 $MINIKVM --color=never text.bin 2>err; echo \$? >ended"
        assert_equal "$status" 125
        [[ $error == 'minikvm: text.bin: '*'Input/output error'* ]] || fail "$error"
        assert_equal "$(wc -l <err)" 1
}

# demand: 4 points, step 7: signals that were ignored stay ignored
# hint: Ask what the action of a signal is before you block it: SIG_IGN is to stay.
@test "with SIGHUP ignored, as by nohup, SIGHUP does not stop the guests" {
        mkfifo in
        exec {in}<>in
        trap '' HUP
        start_minikvm "$real/echo.bin" "$real/spin.bin" <&"$in" >out
        kill -s HUP "$pid"
        sleep 0.2
        printf '!' >&"$in"
        await_bytes 1 out
        assert_equal "$(<out)" '!'
        assert_stops_by TERM
}

@test "SIGINT and SIGQUIT that a shell lets its background jobs ignore do not stop the guests" {
        mkfifo in
        exec {in}<>in
        "$MINIKVM" "$real/echo.bin" "$real/spin.bin" <&"$in" >out 3>&- &
        pid=$!
        sleep 0.3
        kill -s INT "$pid"
        kill -s QUIT "$pid"
        sleep 0.2
        printf '!' >&"$in"
        await_bytes 1 out
        assert_stops_by TERM
}

# demand: 4 points, step 7: started and stopped at random moments, it never hangs
# hint: Where can a signal, or the end of a guest, fall between a look and a sleep? Stopping it must
# hint: not wait for the guests.
@test "a file that may not grow any more stops all guests, with 153" {
        ulimit -f 2
        run_apart timeout -k 5 20 "$MINIKVM" "$real/spin.bin" "$BATS_FILE_TMPDIR/babbler.bin"
        assert_ended 153
        assert_equal "$(wc -c <out)" 2048
}

@test "started and stopped at random moments, again and again, it never hangs and the status is right" {
        assert_starts_and_stops 250
}

# --- When it cannot be done ---

# demand: 4 points, step 6: every call that fails: nothing runs
# hint: A failure in making the third guest must come before the first one runs: threads wait at a
# hint: gate until all are there.
@test "every call that fails while guests are made: nothing runs" {
        assert_middle_fails
}

@test "no thread for the last of four guests: nothing runs" {
        local threads=(timeout -k 5 20 strace -qq -o trace -e signal=none -e "trace=clone,clone3")

        four_talkers 20
        # Some programs have a thread more, for signals: which one is the last?
        run_apart "${threads[@]}" "$MINIKVM" 1.bin 2.bin 3.bin 4.bin
        assert_status 0
        # Only after a while, in which the others could begin
        run_apart "${threads[@]}" -e "inject=clone,clone3:error=EAGAIN:delay_enter=300000:when=$(grep -c clone trace)" \
                "$MINIKVM" --color=always 1.bin 2.bin 3.bin 4.bin
        assert_refused 'Resource temporarily unavailable'
}

# demand: 4 points, step 7: sanitizers find nothing: no race, no leak
# hint: Build with SANITIZE=thread, then with address,undefined: the report names two lines that use
# hint: the same memory.
# bats test_tags=kept
@test "ThreadSanitizer finds nothing: guests that run to their ends, crash, and are stopped" {
        assert_silent thread
}

@test "AddressSanitizer and UBSan find nothing: guests that run to their ends, crash, and are stopped" {
        assert_silent sanitized
}

# --- What nothing stops in this chapter ---

# demand: 4 points, step 1: four guests in one memory: nothing stops one that looks at another
# hint: Guest i lies at segment 0x1000 * (i + 1) of one VM with one memory of 1 MiB. Do the loader
# hint: and the registers both use that segment?
@test "peek prints what another guest keeps secret" {
        only_for 05 "has one memory for all"
        run_beside_secret "$real/peek.bin"
        assert_ended 0
        [[ $(<"out.$place") =~ "Found at 0x000"[12]0002": $secret"$ ]] || fail "$(<"out.$place")"
}

@test "guests that load other segments, or longer ones, read the secret and change it" {
        only_for 05 "has one memory for all"
        for way in segment unreal flat; do
                run_beside_secret "$real/escape-$way.bin"
                [[ $(<"out.$place") == *'escaped: "'*"SECRET: $secret"* ]] || fail "$(<"out.$place")"
                assert_said $((3 - place)) $'I have a secret.\nSomebody has changed my secret!\n'
                # flat goes on to where there is no memory
                case $way in
                flat) assert_message 126 "escape-flat.bin: crashed: " ;;
                *) assert_ended 1 ;;
                esac
        done
}

@test "a guest that moves strings across the end of its segment finds itself, all the same" {
        only_for 05 "has one memory for all"
        run_beside_secret "$real/escape-string.bin"
        assert_ended 0
        [[ $(<"out.$place") == *'only ourselves, write ... done' ]] || fail "$(<"out.$place")"
        assert_said $((3 - place)) $'I have a secret.\nMy secret is as it was.\n'
}
