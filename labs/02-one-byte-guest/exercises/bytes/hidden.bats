# Exercise: a guest from the command line. Tests that only the grader has.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 02; }

after() { sed -n '/KVM_EXIT_.*after/,$p' out; }

# So many arguments: NOP, and HLT at the end.
nops() {
        mapfile -t bytes < <(yes 90 | head -n $(($1 - 1)))
        bytes+=(f4)
}

# demand: 14 points: only hexadecimal digits count, one or two of them
# hint: strtoul skips blanks, and takes a sign and 0x. Does your program look at every character?
@test "what strtoul takes and what is not a byte is refused: a sign, a blank, 0x" {
        local wrong

        for wrong in 0x1 0xf4 +1 -1 ' 1' '1 ' 0f4 1g x1 0x --check; do
                run_minikvm 90 "$wrong" f4
                assert_usage "$wrong"
        done
        for wrong in '' $'1\n'; do
                run_minikvm 90 "$wrong" f4
                assert_usage
        done
        run_minikvm --check f4
        assert_usage
}

@test "capital letters and single digits are bytes" {
        local digit
        digit=$(printf %X $((RANDOM % 6 + 10)))
        run_minikvm B0 "$digit" B4 "${digit,}$digit" F4         # mov al, a digit; mov ah, two of them
        assert_ended 0
        run after
        assert_line --regexp "eax=0000${digit,}${digit,}0${digit,} "
}

# demand: 10 points: a guest has at most 256 bytes
# hint: how large is the array, and who counts?
@test "a guest of 256 bytes runs, to its last byte" {
        nops 256
        run_minikvm "${bytes[@]}"
        assert_ended 0
        run after
        assert_line --regexp 'eip=00000100 '
        sanitized
        run_sanitized "${bytes[@]}"
        assert_ended 0
}

@test "a guest of 257 bytes, and of thousands, is refused" {
        local count

        for count in 257 "$(random_between 1000 3000)"; do
                nops "$count"
                run_minikvm "${bytes[@]}"
                assert_usage 256
        done
        sanitized
        run_sanitized "${bytes[@]}"
        assert_usage 256
}

# demand: 6 points: the first exit is named, whatever it is
# hint: the exit reason is what KVM says. To have halted is one of several.
@test "a guest that asks for a port, or touches what is not there, has its exit named" {
        run_minikvm b0 "$(printf %02x $((RANDOM % 256)))" e6 80 f4               # mov al, …; out 0x80, al
        assert_ended 0
        assert_line --regexp 'KVM_EXIT_IO.*after'
        refute_output --partial KVM_EXIT_HLT
        run_minikvm b8 ff ff 8e d8 a0 10 00 f4         # mov ax, 0xFFFF; mov ds, ax; mov al, [0x10]
        assert_ended 0
        assert_line --regexp 'KVM_EXIT_MMIO.*after'
}
