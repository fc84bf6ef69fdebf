# Chapter 07, as far as no KVM is needed: the rules for a guest's state (tests/shim).
# bats file_tags=needs:host
load lib/load

setup() { cd "$BATS_TEST_DIRNAME/.."; }

@test "the rules of Intel's VM entry: good states break none, and each rule catches what breaks it" {
        make -s -C tests/shim BUILD="$BATS_TEST_TMPDIR" CHAPTERS=
        run "$BATS_TEST_TMPDIR/rules-test"
        assert_success
        assert_equal "${#lines[@]}" 3
        # Each section of the manual has some
        for section in CONTROL SEGMENTS TABLES RIP OTHER; do
                grep -q -E "^RULE\([a-z0-9_]+, $section," tests/shim/rules.def
        done
        # One by one, for every register that it is about
        assert_line --index 0 'real mode: 103 caught'
        assert_line --index 1 'protected mode: 92 caught'
        assert_line --index 2 'paging: 92 caught'
}

@test "the library that looks at every ioctl builds with gcc and clang, which are silent" {
        for compiler in gcc clang; do
                run make -s -C tests/shim CC=$compiler BUILD="$BATS_TEST_TMPDIR/$compiler" CHAPTERS=
                assert_success
                assert_output ''
        done
}
