# Exercise: whole lines. Tests that everybody gets.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm
load lib/several

setup_file() { several_of 05; }

# What chatter.bin prints.
chatter_text() { seq 2000 | paste -s -d '         \n'; }

# demand: 12 points: four guests print at once, and every line is whole
# hint: keep a line in struct guest. Who may print between two characters of one line?
@test "four guests print at once, and every line is whole" {
        run_minikvm --lines "$real"/chatter.bin "$real"/chatter.bin "$real"/chatter.bin "$real"/chatter.bin
        assert_ended 0
        chatter_text >one
        sort out >sorted
        sort one one one one | diff - sorted | head -n 5 >different
        [[ ! -s different ]] || fail "expected (<), and found (>): $(<different)"
        # One after the other, that would be whole lines as well
        ! cmp -s out <(cat one one one one) || fail "the guests ran one after the other"
}

# demand: 8 points: the colour changes between lines only, and each guest's lines are in order
# hint: the lock must be held while the colour and the whole line go out.
@test "the colour changes between lines only, and each guest's lines are in order" {
        run_minikvm --lines --color=always "$real"/chatter.bin "$real"/chatter.bin "$real"/chatter.bin
        assert_ended 0
        by_colour out
        chatter_text >one
        for i in 1 2 3; do
                cmp "out.$i" one
        done
        run awk -v RS='\033' 'NR > 1 && !/^\[0m/ && !/\n$/ { print "a line that has no end: " $0; exit }' out
        assert_output ''
}

# demand: 12 points: a prompt without an end of line is there before its answer is read
# hint: what is held must go out before your program waits for input.
@test "a prompt without an end of line is there before its answer is read" {
        local seen

        mkfifo in out
        exec {in}<>in {out}<>out
        start_minikvm --lines "$BATS_FILE_TMPDIR/asker.bin" "$real/spin.bin" <&"$in" 1>&"$out"
        read -r -t 10 -N 1 seen <&"$out" || fail "the prompt does not come"
        assert_equal "$seen" '?'
        # asker.bin prints what it reads, and that is a prompt again
        for letter in a b "${RANDOM:0:1}"; do
                printf %s "$letter" >&"$in"
                read -r -t 10 -N 1 seen <&"$out" || fail "'$letter' does not come"
                assert_equal "$seen" "$letter"
        done
        assert_stops_by TERM
}

# demand: 12 points: what a guest has printed comes out at its end, whatever that is
# hint: a guest can end by HLT, by HC_EXIT or by a crash. Where do all three come together?
@test "a line without an end comes out when the guest halts" {
        random_words 30
        assemble <<END
        mov     dx, HC_PORT
        mov     si, offset text
next:   mov     bl, cs:[si]
        mov     al, HC_PUTCHAR
        out     dx, al
        inc     si
        cmp     si, offset text + 10
        jne     next
        hlt
text:   .ascii  "line${text:0:1}\nhalf"
END
        run_minikvm --lines guest.bin
        assert_ended 0
        assert_stdout "line${text:0:1}"$'\n'half
}

@test "a line without an end comes out when the guest exits with a status" {
        random_words 50
        talker guest.bin "$text" 7
        run_minikvm --lines guest.bin
        assert_ended 7
        assert_stdout "$text"
}

@test "a line without an end comes out when the guest crashes, before the message" {
        random_words 50
        crashing guest.bin "$text"
        run_apart sh -c '"$0" --lines guest.bin 2>&1' "$MINIKVM"
        assert_status 126
        [[ $output == "$text"'minikvm: guest.bin: crashed: '* ]] || show "first the text, then the message expected"
}

# demand: 6 points: a line goes out in one write
# hint: write takes a buffer and its size. strace -f -e trace=write shows what you ask for.
@test "a line goes out in one write" {
        run_apart timeout -k 5 60 strace -f -qq -e signal=none -e trace=write -o trace \
                "$MINIKVM" --lines "$real/chatter.bin"
        assert_ended 0
        run grep -c 'write(1, ' trace
        assert_output 200
}

# demand: 4 points: --help names --lines
# hint: the usage in main.c.
@test "--help names --lines" {
        run_minikvm --help
        assert_ended 0
        assert_output --partial ' --lines '
}
