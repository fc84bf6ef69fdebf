# Exercise: several processors in one machine. Tests that everybody gets.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 02; }

# How vCPU N is shown, up to the next one.
shown() { awk -v number="$1" '/^vCPU/ { mine = $2 + 0 == number } mine' out; }

# demand: 24 points: all vCPUs add to one word of one memory
# hint: a VM for each vCPU is a memory for each, and then all of them find 0 in it.
@test "each vCPU finds the word as the one before left it" {
        local n i

        for n in 1 8 $((RANDOM % 6 + 2)); do
                run_minikvm "$n"
                assert_ended 0
                assert_equal "$(grep -c '^vCPU' out)" "$n"
                for ((i = 0; i < n; i++)); do
                        run shown $i
                        assert_line --index 0 --regexp "^vCPU $i\b.*KVM_EXIT_HLT"
                        assert_line --regexp "eax=0000000$((i + 1)) "
                done
        done
}

# demand: 14 points: each vCPU has registers of its own
# hint: does each vCPU start at 1000:0000 with its own stack pointer?
@test "each vCPU starts like the guest of one byte, and has registers of its own" {
        local n=$((RANDOM % 3 + 2)) i

        run_minikvm $n
        assert_ended 0
        for ((i = 0; i < n; i++)); do
                run shown $i
                assert_line --regexp 'eip=00000008 '
                assert_line --regexp 'esp=0000fffe'
                assert_line --regexp 'cs=1000 ds=1000 es=1000 .*ss=1000'
                assert_line --regexp 'code at 0x10008: 00 00'
        done
}

# demand: 14 points: there is one VM with N vCPUs, and all is given back
# hint: the argument of KVM_CREATE_VCPU is the vCPU's number. Is each kvm_run unmapped, each descriptor closed?
@test "one VM has N vCPUs, each runs once, and all is given back" {
        local n=$((RANDOM % 6 + 3)) call

        run_traced $n
        assert_status 0
        assert_equal "$(grep -c KVM_CREATE_VM, trace)" 1
        for call in KVM_CREATE_VCPU KVM_RUN; do
                assert_equal "$call $(grep -c $call trace)" "$call $n"
        done
        assert_equal "$(sed -n -E 's/.*KVM_CREATE_VCPU, ([0-9]+)\).*/\1/p' trace | xargs)" "$(seq -s ' ' 0 $((n - 1)))"
        assert_all_given_back
}

# demand: 12 points: N is a digit from 1 to 8, and nothing else
# hint: atoi takes 8x for 8, and strtol takes a blank and a sign.
@test "0, 9 and what is not a number are refused and named" {
        local wrong

        run_minikvm 1
        assert_ended 0
        for wrong in 0 9 "$(random_between 10 99)" "$(random_text 8)"; do
                run_minikvm "$wrong"
                assert_usage "$wrong"
        done
}

@test "a second argument is refused" {
        run_minikvm 8
        assert_ended 0
        run_minikvm 2 "$(random_between 10 99)"
        assert_usage
}

@test "without an argument the guest of one byte runs, and --help says that there may be an N" {
        run_minikvm
        assert_ended 0
        assert_line --regexp 'f4.*before'
        assert_line --regexp 'KVM_EXIT_HLT.*after'
        run_minikvm --help
        assert_ended 0
        assert_output --regexp 'minikvm.*\bN\b'
}
