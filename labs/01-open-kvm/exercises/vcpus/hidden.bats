# Exercise: how many processors a machine may have. Tests that only the grader has.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 01; }

# Lets KVM answer something else: changed CAPABILITY ANSWER. strace tells what the program then made of it.
changed() {
        run_traced --check
        assert_status 0
        run_injected "inject=ioctl:$2:when=$(ioctl_number "KVM_CHECK_EXTENSION, $1)")" --check
}

answer() { sed -n -E "s/.*KVM_CHECK_EXTENSION, $1\) = ([0-9]+).*/\1/p" trace; }

# demand: 22 points: the numbers are KVM's, whatever they are, and change no verdict
# hint: which number does your program print when this machine has one processor, and KVM says 3?
@test "another answer of KVM's is another number, and the same verdict" {
        local number verdict
        number=$(random_between 1 9) number=$number$(random_between 1000 99999)
        run_minikvm --check
        verdict=${lines[-1]}
        changed KVM_CAP_NR_VCPUS "retval=$number"
        assert_ended 0
        assert_line --regexp "^vCPUs of a VM +$number recommended, $(answer KVM_CAP_MAX_VCPUS) possible\$"
        assert_equal "${lines[-1]}" "$verdict"
        changed KVM_CAP_MAX_VCPUS retval=1
        assert_ended 0
        assert_line --regexp "^vCPUs of a VM +$(answer KVM_CAP_NR_VCPUS) recommended, 1 possible\$"
        assert_equal "${lines[-1]}" "$verdict"
}

# demand: 18 points: where KVM does not know the number, the manual's holds
# hint: api.rst, section 4.7. The number that is recommended may stand for both.
@test "without KVM_CAP_NR_VCPUS, 4 vCPUs are recommended" {
        changed KVM_CAP_NR_VCPUS retval=0
        assert_ended 0
        assert_line --regexp "^vCPUs of a VM +4 recommended, $(answer KVM_CAP_MAX_VCPUS) possible\$"
}

@test "without KVM_CAP_MAX_VCPUS, as many are possible as are recommended" {
        local number
        changed KVM_CAP_MAX_VCPUS retval=0
        assert_ended 0
        number=$(answer KVM_CAP_NR_VCPUS)
        assert_line --regexp "^vCPUs of a VM +$number recommended, $number possible\$"
}

@test "without both, 4 vCPUs are recommended and possible" {
        local first second
        run_traced --check
        first=$(ioctl_number 'KVM_CHECK_EXTENSION, KVM_CAP_NR_VCPUS)')
        second=$(ioctl_number 'KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS)')
        [[ $second == $((first + 1)) || $first == $((second + 1)) ]] || skip "it asks something else between the two"
        run_injected "inject=ioctl:retval=0:when=$((first < second ? first : second))..$((first > second ? first : second))" --check
        assert_ended 0
        assert_line --regexp '^vCPUs of a VM +4 recommended, 4 possible$'
}

# demand: 12 points: a request that fails is named
# hint: -1 is not a number of vCPUs. call_failed says what happened.
@test "a request that fails is named, and no chapter runs" {
        local capability

        for capability in KVM_CAP_NR_VCPUS KVM_CAP_MAX_VCPUS; do
                changed $capability error=EFAULT
                assert_message 125 "$capability" 'Bad address'
                assert_output --partial 'KVM here: none.'
                refute_output --partial -1
        done
}
