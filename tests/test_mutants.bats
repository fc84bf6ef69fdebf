# Tests can fail: a few of the programs in labs/*/wrong, which SEED chooses, are caught. `make mutants` tries all.
# bats file_tags=needs:host
load lib/load

@test "three wrong programs are caught, each by the test that it names" {
        [[ ! ${MINIKVM_VM-} ]] || skip "a VM in the VM takes too long"
        cd "$BATS_TEST_DIRNAME/.."
        run tools/mutants --sample 3
        assert_success
        assert_output --partial '3 of 3 wrong programs are caught'
}
