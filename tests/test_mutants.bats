# Tests can fail: a few of the programs in labs/*/wrong, which SEED chooses, are caught. `make mutants` tries all.
# bats file_tags=needs:host
load lib/load

@test "four wrong programs are caught, each by the test that it names" {
        [[ ! ${MINIKVM_VM-} ]] || skip "a VM in the VM takes too long"
        cd "$BATS_TEST_DIRNAME/.."
        run tools/mutants --sample 4
        assert_success
        assert_output --partial '4 of 4 wrong programs are caught'
}
