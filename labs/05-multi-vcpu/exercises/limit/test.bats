# Exercise: a watchdog. Tests that everybody gets.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm
load lib/several

setup_file() { several_of 05; }

# demand: 12 points: a guest that spins is ended, and the message says why and where
# hint: a signal to the guest's thread makes KVM_RUN come back with EINTR. Who sends it, and when?
@test "a guest that spins is ended, and the message says why and where" {
        run_minikvm --limit=1 "$real/spin.bin"
        assert_message 126 'minikvm: spin.bin: crashed: no exit for 1 s' 'eip=' 'cs=1000' 'code at 0x10000'
        assert_stdout ''
}

# demand: 8 points: the others run on, with all of their output
# hint: only the guest that spins ends. Its thread ends as after any other crash.
@test "the others run on, with all of their output" {
        local place

        place=$((RANDOM % 3 + 2))
        four_talkers 300
        # The first guest has its input when the one that spins has long been ended
        cp "$BATS_FILE_TMPDIR/asker.bin" 1.bin
        texts[1]="?${texts[1]:0:5}"
        cp "$real/spin.bin" "$place.bin"
        run_minikvm --limit=1 --color=always 1.bin 2.bin 3.bin 4.bin < <(sleep 5; printf '%s' "${texts[1]:1}")
        assert_message 126 "minikvm: $place.bin: crashed: no exit for 1 s"
        assert_equal "$(grep -c '^minikvm: ' err)" 1
        by_colour out
        for i in 1 2 3 4; do
                ((i == place)) || assert_said "$i" "${texts[i]}"
        done
}

# demand: 8 points: a guest that waits for input is not ended
# hint: such a guest is in the VMM, in read, and not in KVM_RUN.
@test "a guest that waits for input is not ended" {
        random_words 1 1
        mkfifo in
        exec {in}<>in
        start_minikvm --limit=1 "$BATS_FILE_TMPDIR/asker.bin" <&"$in" >out 2>err
        await_bytes 1 out
        sleep 3.5
        printf '%s' "$text" >&"$in"
        await_bytes 2 out
        assert_equal "$(<out)" "?$text"
        [[ ! -s err ]] || fail "$(<err)"
        assert_stops_by TERM
}

# demand: 8 points: a guest that makes exits is not ended, however long it runs
# hint: not the time since its start counts, but that since its last exit.
@test "a guest that makes exits is not ended, however long it runs" {
        start_minikvm --limit=1 "$BATS_FILE_TMPDIR/babbler.bin" >/dev/null 2>err
        sleep 4.5
        kill -0 "$pid" || fail "it has ended: $(<err)"
        [[ ! -s err ]] || fail "$(<err)"
        assert_stops_by TERM
}

# demand: 6 points: what is no whole number from 1 to 60 is refused
# hint: strtol says where the number ends. Is anything left of the text?
@test "what is no whole number from 1 to 60 is refused" {
        local bad

        one_byte
        for bad in 0 61 -1 1x x '' 1.5 99999999999; do
                run_minikvm "--limit=$bad" one.bin
                assert_usage '--limit' '60'
        done
        run_minikvm --limit=60 one.bin
        assert_ended 0
}

# demand: 4 points: --help names --limit
# hint: the usage in main.c.
@test "--help names --limit" {
        run_minikvm --help
        assert_ended 0
        assert_output --partial ' --limit'
}
