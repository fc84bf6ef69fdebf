# What the early chapters can do, the last one can as well: it passes their tests.
# bats file_tags=needs:kvm
load lib/load

setup() {
        programs=("$BATS_TEST_DIRNAME"/../chapters/0?-*/minikvm)
        export MINIKVM=${programs[-1]}
}

@test "the last chapter passes chapter 01's tests" {
        run bats --tap "$BATS_TEST_DIRNAME/test_01.bats"
        assert_success
}

@test "the last chapter passes chapter 02's tests" {
        run bats --tap "$BATS_TEST_DIRNAME/test_02.bats"
        assert_success
}

@test "the last chapter passes chapter 03's tests" {
        run bats --tap "$BATS_TEST_DIRNAME/test_03.bats"
        assert_success
}

@test "the last chapter passes chapter 04's tests" {
        run bats --tap "$BATS_TEST_DIRNAME/test_04.bats"
        assert_success
}
