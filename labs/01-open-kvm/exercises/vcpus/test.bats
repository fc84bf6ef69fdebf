# Exercise: how many processors a machine may have. Tests that everybody gets.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 01; }

# What KVM answered about a capability, from the file `trace`.
answer() { sed -n -E "s/.*KVM_CHECK_EXTENSION, $1\) = ([0-9]+).*/\1/p" trace; }

# demand: 32 points: the two numbers are those that KVM gives
# hint: KVM_CHECK_EXTENSION gives more than yes and no: its value is the number.
@test "the report says how many vCPUs KVM recommends, and how many are possible" {
        run_traced --check
        assert_ended 0
        assert_line --regexp "^vCPUs of a VM +$(answer KVM_CAP_NR_VCPUS) recommended, $(answer KVM_CAP_MAX_VCPUS) possible\$"
}

# demand: 12 points: it is one line of the report, before the verdict
# hint: the verdict is the last line.
@test "the line is there once, and the verdict is still the last line" {
        run_minikvm
        assert_ended 0
        assert_equal "$(grep -c '^vCPUs of a VM ' out)" 1
        [[ ${lines[-1]} == 'KVM here: '* ]] || show "the verdict expected at the end"
        assert_equal "$(grep -v -c '^vCPUs of a VM ' out)" 9
}
