# tools/fresh: a command runs in a system of its own, of which nothing stays. debootstrap is played by a
# script: its system has a shell and sleep.
# bats file_tags=needs:host
load lib/load

setup() {
        [[ -z ${MINIKVM_VM-} ]] || skip "the VM's repository is on a file system of its own"
        ((EUID == 0)) || skip "needs root"
        unshare --mount --pid --fork true 2>/dev/null || skip "namespaces are not allowed here"
        cd "$BATS_TEST_DIRNAME/.."
        export MIRROR=http://mirror XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
        cache=$XDG_CACHE_HOME/minikvm/fresh
        mkdir "$BATS_TEST_TMPDIR/bin"
        cat >"$BATS_TEST_TMPDIR/bin/debootstrap" <<'END'
#!/bin/bash
echo "$*" >>"$BATS_TEST_TMPDIR/made"
[[ $4 != none ]] || { echo 'E: no such release'; exit 1; }
mkdir -p "$5"/{proc,sys,dev,root,etc/apt/apt.conf.d,etc/ssl/certs}
cp -L --parents /bin/sh /bin/sleep $(ldd /bin/sh /bin/sleep | grep -o ' */[^ :]* ' | sort -u) "$5"
END
        chmod +x "$BATS_TEST_TMPDIR/bin/debootstrap"
        PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# Nothing but the base system stays, and nothing is mounted.
assert_clean() {
        assert_equal "$(cd "$cache" && echo *)" 'lock old old.log'
        run grep -F "$cache" /proc/mounts
        assert_output ''
}

@test "a command runs in a clone of the repository, in a system of its own, and its status comes back" {
        echo 'echo hello; [ -e Makefile ] && [ -e .git ] && [ ! -e /home ] && echo >/dev/null <>/dev/ptmx && exit 42' >"$BATS_TEST_TMPDIR/in"
        run -42 tools/fresh --without-kvm old sh <"$BATS_TEST_TMPDIR/in"
        assert_line hello
        assert_equal "$(<"$BATS_TEST_TMPDIR/made")" \
                "--variant=minbase --include=ca-certificates,git,make --components=main old $cache/old.new http://mirror sid"
        assert_clean
}

@test "/dev/kvm is there or not, as wished" {
        run -1 tools/fresh --without-kvm old sh -c '[ -e /dev/kvm ]'
        [[ -e /dev/kvm ]] || skip "no /dev/kvm"
        tools/fresh old sh -c '[ -c /dev/kvm ]'
}

@test "the base system is made once a week" {
        for _ in 1 2; do tools/fresh --without-kvm old sh -c true; done
        assert_equal "$(wc -l <"$BATS_TEST_TMPDIR/made")" 1
        touch -d '8 days ago' "$cache/old"
        tools/fresh --without-kvm old sh -c true
        assert_equal "$(wc -l <"$BATS_TEST_TMPDIR/made")" 2
}

@test "Ctrl-C ends the command and all that it has started, and nothing stays" {
        mkfifo "$BATS_TEST_TMPDIR/out"
        # bats has the signal ignored in what it starts in the background
        setsid env --default-signal=INT tools/fresh --without-kvm old sh -c 'sleep 1000 & echo here; sleep 1000' \
                >"$BATS_TEST_TMPDIR/out" 3>&- &
        {
                read -r line
                assert_equal "$line" here
                sleep 0.5               # a shell that starts a program right now can miss it
                kill -INT -- -$!
                # All who could write are gone.
                timeout 20 cat
        } <"$BATS_TEST_TMPDIR/out"
        local status=0
        wait $! || status=$?
        assert_equal "$status" 130
        assert_clean
}

@test "what a run left that was killed is removed by the next one" {
        mkdir -p "$cache"/run.999999999/root
        tools/fresh --without-kvm old sh -c true
        assert_clean
}

@test "a system that cannot be made is told, with debootstrap's last words" {
        run -1 tools/fresh --without-kvm none
        assert_line 'E: no such release'
        assert_line "tools/fresh: debootstrap failed; all it said is in $cache/none.log"
        [[ ! -e $cache/none ]]
}

@test "bad usage is refused" {
        run -1 tools/fresh
        assert_output --partial 'no release'
        run -1 tools/fresh ../up
        assert_output --partial 'no release'
        run -1 tools/fresh --with-kvm old
        assert_output --partial 'unknown option --with-kvm'
}
