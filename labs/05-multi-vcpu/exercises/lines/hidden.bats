# Exercise: whole lines. Tests that only the grader has.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm
load lib/several

setup_file() { several_of 05; }

# Makes spinner.bin, which prints so many letters, and then runs on in silence: spinner COUNT
spinner() {
        assemble spinner.bin <<END
        mov     dx, HC_PORT
        mov     al, HC_PUTCHAR
        mov     bl, 'x'
        mov     cx, $1
next:   out     dx, al
        loop    next
        jmp     .
END
}

# demand: 8 points: a line that is too long goes out in pieces of 1,024 bytes
# hint: a guest may print for ever without an end of line. How large is your buffer, and what if it is full?
@test "a line that is too long goes out in pieces of 1,024 bytes" {
        spinner $((2048 + RANDOM % 1000))
        start_minikvm --lines spinner.bin >out 2>err
        await_bytes 2048 out
        sleep 0.3
        # The third piece is not full
        await_bytes 2048 out
        assert_stops_by TERM
}

@test "1,023 bytes are held, and 1,024 are not" {
        spinner 1023
        start_minikvm --lines spinner.bin >out 2>err
        sleep 0.5
        await_bytes 0 out
        assert_stops_by TERM
        spinner 1024
        start_minikvm --lines spinner.bin >out 2>err
        await_bytes 1024 out
        assert_stops_by TERM
}

# demand: 6 points: a last line that cannot be written is a failure, with 125 and the reason
# hint: writing what is held at the end can fail as well. With which status does the guest end then?
@test "a last line that cannot be written is a failure, with 125 and the reason" {
        [[ -w /dev/full ]] || skip "there is no /dev/full"
        random_words 20
        talker guest.bin "$text"
        status=0
        timeout -k 5 20 "$MINIKVM" --lines guest.bin >/dev/full 2>err || status=$?
        output='' error=$(<err)
        assert_message 125 'guest.bin' 'write to stdout' 'No space left'
}

# demand: 6 points: every byte comes out as it is, and only \n ends a line
# hint: bytes are no text: there may be zeros among them.
@test "every byte comes out as it is, and only \n ends a line" {
        local first=$((RANDOM % 256))

        assemble <<END
        mov     dx, HC_PORT
        mov     al, HC_PUTCHAR
        mov     bl, $first
        mov     cx, 512
next:   out     dx, al
        inc     bl
        loop    next
        hlt
END
        for ((i = 0; i < 512; i++)); do
                printf '\\x%02x' $(((first + i) % 256))
        done >escapes
        printf "$(<escapes)" >expected
        run_apart timeout -k 5 60 strace -f -qq -e signal=none -e trace=write -o trace \
                "$MINIKVM" --lines guest.bin
        assert_ended 0
        assert_stdout_file expected
        # Two ends of lines, and what is left: nothing, if the last byte was one
        run grep -c 'write(1, ' trace
        assert_output $((first == 11 ? 2 : 3))
}

# demand: 6 points: sanitizers find nothing, in threads and in memory
# hint: each guest's line belongs to its own thread, and ends where its buffer ends.
@test "sanitizers find nothing, in threads and in memory" {
        local kind letters

        sanitized
        for kind in thread sanitized; do
                MINIKVM=$repository/build/$kind/${FOLDER##*/}/minikvm
                four_talkers 100
                random_words 1500
                letters=$text$text$text
                talker 1.bin "$letters"
                crashing 2.bin "$letters"
                run_minikvm --lines --color=always 1.bin 2.bin 3.bin "$BATS_FILE_TMPDIR/asker.bin"
                assert_message 126 '2.bin: crashed'
                assert_sanitizers_silent
                by_colour out
                assert_said 1 "$letters"
                assert_said 2 "$letters"
        done
}
