# Exercise of chapter 09: a keyboard for each guest.
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/several
load lib/elf
load lib/terminal
load lib/os1k

setup_file() {
        os1k_of 09
        make_helpers guests
}

teardown() { leave_terminal; }

keys=$repository/build/guests/keys.elf

# Sets `word`, letters at random of one row of the keyboard, and `codes`, what their keys send.
random_keys() {
        local row=asdfghjkl letter code i

        word='' codes=''
        for ((i = 0; i < $1; i++)); do
                letter=asdfhjkl
                letter=${letter:RANDOM % 8:1}
                code=${row%%"$letter"*}
                code=$((0x1E + ${#code}))
                printf -v code '%x %x ' $code $((code | 0x80))
                word+=$letter codes+=$code
        done
}

# demand: 16 points: a guest's keyboard types what is in its file, each guest's its own
# hint: Which guests get a keyboard's thread? Where does it have its characters from?
@test "two guests with a file each, a third one with stdin: each gets its own keys" {
        for i in 1 2 3; do
                random_keys 20
                printf '%s\1' "$word" >"typed.$i"
                expected[i]=$'ready\n'"${codes}1d "
        done
        run_minikvm --color=always --keys=3:typed.3 --keys=2:typed.2 "$keys" "$keys" "$keys" <typed.1
        assert_ended 7                  # the end that Ctrl gives this guest
        by_colour out
        for i in 1 2 3; do
                # by_colour takes away what separates the colours, and nothing else
                assert_equal "$(<"out.$i")" "${expected[i]}"
        done
}

# demand: 12 points: two machines with 1K OS at once
# hint: Has each guest its own scancode, its own lock, its own interrupt line?
@test "1K OS twice: each shell does what its own file says" {
        n=$(random_between 2 7)
        printf '7 %s\nhalt\n' "$n" >first
        printf 'rogue read\nps\nhalt\n' >second
        run_minikvm --color=always --keys=1:first --keys=2:second "$os" "$os"
        assert_ended 0
        by_colour out
        run_minikvm --keys=1:first "$os"
        mv out alone
        cmp out.1 alone
        grep -q 'killed: rogue .* reading 0x80100000' out.2
        if grep -q rogue out.1 || grep -q '! = ' out.2; then
                fail "a shell has the other's keys: $(<out.1) $(<out.2)"
        fi
}

# demand: 10 points: with a file for the first guest, stdin is left to HC_GETCHAR, and the terminal alone
# hint: Who takes the terminal, and who puts it back?
@test "the first guest's keys come from a file: HC_GETCHAR still reads stdin" {
        random_keys 5
        printf 'g%sg\1' "$word" >typed
        run_minikvm --keys=1:typed "$keys" < <(printf 'Kz')
        assert_ended 7
        assert_stdout $'ready\n'"22 [4b] a2 ${codes}22 [7a] a2 1d "
}

@test "the first guest's keys come from a file: the terminal stays as it was" {
        mkfifo typed
        exec {typed}<>typed
        on_terminal "$MINIKVM" --keys=1:typed "$keys"
        see ready
        nap 0.3
        assert_equal "$(settings)" "$cooked"
        printf 'a\1' >&"$typed"
        see '1e 9e'
        hang_up
        assert_equal "$status" 7
        assert_put_back
}
