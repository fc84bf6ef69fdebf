# Exercise: several processors in one machine. Tests that only the grader has.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 02; }

shown() { awk -v number="$1" '/^vCPU/ { mine = $2 + 0 == number } mine' out; }

# demand: 14 points: what is shown is what KVM says
# hint: the numbers come from KVM_GET_REGS, the exit reason from kvm_run. No vCPU's number is a register.
@test "a vCPU that KVM did not run is shown as it is, and the next one goes on" {
        run_traced 3
        assert_status 0
        run_injected "inject=ioctl:retval=0:when=$(ioctl_number KVM_RUN 2)" 3
        assert_ended 0
        run shown 0
        assert_line --regexp 'eax=00000001 '
        run shown 1
        assert_line --regexp 'eax=00000000 '
        assert_line --regexp 'eip=00000000 '
        refute_output --partial KVM_EXIT_HLT
        refute_output --partial eax=00000002
        run shown 2
        assert_line --index 0 --partial KVM_EXIT_HLT
        assert_line --regexp 'eax=00000002 '
}

# demand: 8 points: a call that fails is named, and all is given back
# hint: what has been made when the third vCPU cannot be made?
@test "every call that fails is named" {
        assert_failures_told 2
}

@test "what was made is given back when a call fails, too" {
        assert_failures_give_back 3
}

# demand: 6 points: what is almost a digit from 1 to 8 is refused
# hint: look at the whole argument, not at its first character.
@test "a sign, a blank, a zero in front and an empty argument are refused" {
        local wrong

        run_minikvm 3
        assert_ended 0
        for wrong in 3x +3 -3 ' 3' '3 ' 03 0x3 3.0 4294967299 18446744073709551619; do
                run_minikvm "$wrong"
                assert_usage "$wrong"
        done
        for wrong in '' $'3\n'; do
                run_minikvm "$wrong"
                assert_usage
        done
        run_minikvm --check 3
        assert_usage
}
