# Exercise: a guest from the command line. Tests that everybody gets.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 02; }

# The report's registers after the exit.
after() { sed -n '/KVM_EXIT_.*after/,$p' out; }

# A 16-bit number as the two bytes that an instruction has for it.
word() { printf '%02x %02x\n' $(($1 & 0xFF)) $(($1 >> 8)); }

# Makes `bytes`, which loads random values into registers in a random order, and `expected`, what these
# registers then are: `eax=12345678` and so on.
random_program() {
        local -a names=(eax ecx edx ebx esp ebp esi edi)
        local number value

        bytes=() expected=()
        for number in $(shuf -e 0 1 2 3 5 6 7 -n $((RANDOM % 5 + 3)) --random-source=<(random_bytes 1000)); do
                value=$(random_hex)
                bytes+=(66 "$(printf %x $((0xB8 + number)))")         # mov r32, imm32
                bytes+=("${value:6:2}" "${value:4:2}" "${value:2:2}" "${value:0:2}")
                expected+=("${names[number]}=$value")
        done
        bytes+=(f4)
}

# demand: 20 points: the bytes on the command line are the guest
# hint: they go where the one byte went, in the order in which they are given.
@test "a guest from the command line computes a sum" {
        local a=$((RANDOM % 256)) b=$((RANDOM % 30000))            # of a, the second byte is 0

        # mov ax, a; add ax, b; hlt
        # shellcheck disable=SC2046 # two words each
        run_minikvm b8 $(word $a) 05 $(word $b) f4
        assert_ended 0
        run after
        assert_line --regexp "eax=$(printf %08x $((a + b))) "
        assert_line --regexp 'eip=00000007 '
}

@test "the report shows the guest's code before and after" {
        local byte
        byte=$(printf %02x $((RANDOM % 255 + 1)))
        run_minikvm b0 "$byte" f4 "$byte"
        assert_ended 0
        assert_line --regexp "code at 0x10000: b0 $byte f4 $byte 00"
        assert_line --regexp "code at 0x10003: $byte 00"
        assert_line --regexp 'KVM_EXIT_HLT.*after'
        assert_line --regexp '[0-9]+ microseconds from opening /dev/kvm to the exit'
}

# demand: 16 points: random programs: every byte arrives as it is
# hint: is a byte above 7f still itself? Is the last one there?
@test "random programs load random values into registers" {
        local i value

        for i in 1 2 3; do
                random_program
                run_minikvm "${bytes[@]}"
                assert_ended 0
                after >after
                for value in "${expected[@]}"; do
                        grep -q "$value" after || show "$value expected of ${bytes[*]}"
                done
                grep -q "eip=$(printf %08x ${#bytes[@]}) " after || show "EIP ${#bytes[@]} expected"
        done
}

# demand: 12 points: without an argument, the guest is f4
# hint: the report for `./minikvm` and for `./minikvm f4` differs in its time, and perhaps in its first line.
@test "without an argument the guest is f4, and shows what f4 shows" {
        run_minikvm f4
        assert_ended 0
        sed 1d out | grep -v microseconds >given
        run_minikvm
        assert_ended 0
        assert_line --regexp 'f4.*before'
        assert_line --regexp 'eip=00000001 '
        cmp given <(sed 1d out | grep -v microseconds) || show "the same report expected as for f4"
}

# demand: 14 points: what is not a byte is refused and named
# hint: look at all arguments before anything runs. The message names the one that is wrong.
@test "what is not a byte is refused and named, and nothing runs" {
        local wrong
        wrong=$(random_text 6)
        for wrong in "g$wrong" "$wrong" 100 f4f4; do
                run_minikvm f4 "$wrong" f4
                assert_usage "$wrong"
        done
}

@test "--help says that there may be a BYTE" {
        run_minikvm --help
        assert_ended 0
        assert_output --partial BYTE
}
