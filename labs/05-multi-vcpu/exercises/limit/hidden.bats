# Exercise: a watchdog. Tests that only the grader has.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm
load lib/several

setup_file() { several_of 05; }

# demand: 6 points: it is not ended before its time, and not much later
# hint: the limit is in seconds: SECONDS at least, three times as much at most.
@test "it is not ended before its time, and not much later" {
        local real_ms user_ms system_ms TIMEFORMAT='%3R %3U %3S'

        { time run_apart timeout -k 5 35 "$MINIKVM" --limit=2 "$real/spin.bin"; } 2>times.txt
        assert_message 126 'no exit for 2 s'
        read -r real_ms user_ms system_ms < <(tr -d . <times.txt)
        ((10#$real_ms >= 2000)) || fail "it was ended after $real_ms ms"
        # What it had of the processor: on a busy machine, that is less than the time on the wall
        ((10#$user_ms + 10#$system_ms < 7000)) || fail "it ran for $user_ms + $system_ms ms"
}

# demand: 6 points: four guests that spin are ended, each with a message of its own
# hint: is there one watchdog for each guest, or does one look after all of them?
@test "four guests that spin are ended, each with a message of its own" {
        run_minikvm --limit=1 "$real"/spin.bin "$real"/spin.bin "$real"/spin.bin "$real"/spin.bin
        assert_status 126
        for i in 1 2 3 4; do
                assert_equal "$(grep -c "^minikvm: spin.bin#$i: crashed: no exit for 1 s$" err)" 1
        done
}

# demand: 6 points: a guest that begins to spin late is ended as well
# hint: a watchdog that looks once has gone when the guest begins to spin.
@test "a guest that begins to spin late is ended as well" {
        # It reads until there is a full stop, and spins then
        assemble guest.bin <<'END'
                mov     dx, HC_PORT
        next:   mov     al, HC_GETCHAR
                out     dx, al
                in      al, dx
                cmp     al, '.'
                jne     next
                jmp     .
END
        run_apart timeout -k 5 35 "$MINIKVM" --limit=1 guest.bin < <(head -c 20000 /dev/zero; printf .)
        assert_message 126 'minikvm: guest.bin: crashed: no exit for 1 s' 'eax=0000002e' 'code at 0x1000'
}

# demand: 6 points: the time in which the program is stopped does not count
# hint: Ctrl-Z stops the guest too. A clock on the wall runs on; what does the thread's own clock do?
@test "the time in which the program is stopped does not count" {
        assemble guest.bin <<'END'
                mov     dx, 0x80
        next:   mov     cx, 0
                loop    .
                out     dx, al
                jmp     next
END
        start_minikvm --limit=1 guest.bin 2>err
        for _ in 1 2; do
                sleep 0.4
                kill -STOP "$pid"
                sleep 2.6
                kill -CONT "$pid"
        done
        sleep 0.4
        kill -0 "$pid" || fail "it has ended: $(<err)"
        [[ ! -s err ]] || fail "$(<err)"
        assert_stops_by TERM
}

# demand: 4 points: signals end it at once, as before
# hint: which signals do you block, and in which thread?
@test "signals end it at once, as before" {
        local signal

        for signal in INT TERM USR1 ALRM; do
                start_busy --limit=30
                assert_stops_by "$signal"
                rm in full
        done
        [[ ! -s err ]] || fail "$(<err)"
}

# demand: 6 points: sanitizers find nothing, in threads and in memory
# hint: what do two threads share now that they did not share before?
@test "sanitizers find nothing, in threads and in memory" {
        local kind

        sanitized
        for kind in thread sanitized; do
                MINIKVM=$repository/build/$kind/${FOLDER##*/}/minikvm
                four_talkers 100
                run_minikvm --limit=1 --stats "$real/spin.bin" 1.bin 2.bin "$real/spin.bin"
                assert_message 126 'spin.bin#1: crashed: no exit for 1 s' 'spin.bin#4: crashed: no exit for 1 s'
                assert_sanitizers_silent
        done
}
