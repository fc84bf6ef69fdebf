# tools/check: the tests of what a reader has written, and how it differs from ours. The tests here only say how
# they were started.
# bats file_tags=needs:host
load lib/load

setup() {
        root=$BATS_TEST_TMPDIR/repository
        cd "$BATS_TEST_DIRNAME/.." || return
        mkdir -p "$root"/{tools,tests,chapters,mine}
        cp tools/check tools/setup "$root/tools"
        ln -s "$PWD/common" "$root"
        cp -r chapters/02-one-byte-guest "$root/chapters"
        rm -f "$root/chapters/02-one-byte-guest/minikvm"
        cp -r "$root/chapters/02-one-byte-guest" "$root/mine/two"
        # shellcheck disable=SC2016
        printf '#!/bin/bash\necho "testing $* of $CHAPTER: $MINIKVM"\nexit "${FAILS-0}"\n' |
                install -m 755 /dev/stdin "$root/tests/run"
        cd "$root" || return
}

@test "the chapter's tests run on the program, which is built first" {
        run -0 tools/check 2 mine/two
        assert_line "testing 02 of 02: $root/mine/two/minikvm"
        [[ -x mine/two/minikvm ]]
}

@test "white space is no difference, and neither is what make leaves" {
        sed -i 's/^        /    /; s/ = /  =  /; s/^}$/}\n/' mine/two/*.c
        run -0 tools/check 02 mine/two
        assert_line 'Your code is ours, but for white space.'
        refute_line --regexp '^[-+]'
}

@test "a difference is shown: first which files, then the lines, where + is the reader's" {
        sed -i 's/"KVM_RUN"/"my KVM_RUN"/' mine/two/vcpu.c
        echo '/* nothing yet */' >mine/two/mine.c
        sed -i 's/^        /    /' mine/two/vm.c
        run -0 tools/check 02 mine/two
        assert_line --regexp '\{ours => yours\}/vcpu.c +\|'
        assert_line --regexp '^-.*"KVM_RUN"'
        assert_line --regexp '^\+.*"my KVM_RUN"'
        assert_line '+/* nothing yet */'
        refute_output --partial 'vm.c'
        refute_output --partial $'\e['
}

@test "a test that fails is the exit status, and the difference is shown all the same" {
        FAILS=1 run -1 tools/check 02 mine/two
        assert_line 'Your code is ours, but for white space.'
}

@test "what cannot be checked is refused, with the reason" {
        run -1 tools/check 02 mine/three
        assert_output 'tools/check: mine/three is not a folder'
        run -1 tools/check 12 mine/two
        assert_output 'tools/check: there is no chapter 12'
        run -1 tools/check '' ''
        assert_output --partial 'usage: make check CHAPTER=05 DIR='
        mkdir mine/empty
        run -1 tools/check 02 mine/empty
        assert_output 'tools/check: there is no .c file in mine/empty'
        echo 'int main(void) { return nothing; }' >mine/empty/main.c
        cp mine/two/Makefile mine/empty
        run -1 tools/check 02 mine/empty
        assert_output --regexp 'nothing.* undeclared'
        refute_output --partial 'testing 02'
}
