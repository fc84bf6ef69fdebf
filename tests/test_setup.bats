# Set-up (tools/setup) on machines that are played by scripts: what it says, and what it asks apt for.
# bats file_tags=needs:host
load lib/load

setup() {
        bin=$BATS_TEST_TMPDIR/bin
        log=$BATS_TEST_TMPDIR/apt-log
        mkdir "$bin" "$BATS_TEST_TMPDIR/tools"
        # A copy that finds nothing but what is in $bin.
        sed 's#/usr/sbin/#/nowhere/#; s#/sbin/#/nowhere/#; s#|/usr/[^|]*|#|/nowhere/*|#' \
                "$BATS_TEST_DIRNAME/../tools/setup" >"$BATS_TEST_TMPDIR/tools/setup"
        chmod +x "$BATS_TEST_TMPDIR/tools/setup"
        for tool in bash env cat grep awk head wc; do
                ln -s "$(command -v "$tool")" "$bin"
        done
        script sleep true
}

# A program of this machine: script NAME LINE...
script() {
        { echo "#!$(command -v bash)"; printf '%s\n' "${@:2}"; } >"$bin/$1"
        chmod +x "$bin/$1"
}

# apt on this machine: apt_get LINE... is what apt-get does, in which $1 is the command without options.
# `asked` knows about it.
apt_get() {
        script apt-cache true
        script apt-get \
                'for word; do case $word in -*) ;; *) break ;; esac; shift; done' \
                '[[ $* != install* || $LC_ALL ]] || { echo "'"'uri' file 1500000 hash"'"; exit; }' \
                'echo "$*" >>'"$log" "$@"
}

# The programs that are there, besides.
there() { for tool; do script "$tool" true; done; }

set_up() { PATH=$bin run "${not_root[@]}" "$BATS_TEST_TMPDIR/tools/setup" "$@"; }

# set_up as a user who is not root.
be_user() {
        ((EUID != 0)) && return
        not_root=("$(command -v unshare)" --user)
        "${not_root[@]}" true 2>/dev/null || skip "a user namespace is not allowed here"
}

# As root, or where sudo asks nothing.
be_root() { script sudo 'exec "$@"'; }

# Lines with which real apt-get fails.
locked='E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1234 (unattended-upgr)'
offline='for i in {1..80}; do echo "E: Failed to fetch http://deb/$i.deb  Temporary failure resolving '"'deb'"'"; done >&2; exit 100'
gone='E: Failed to fetch http://deb/gcc.deb  404  Not Found'

@test "set-up is done at once where nothing is missing" {
        "$BATS_TEST_DIRNAME/../tools/setup" build test
        run "$BATS_TEST_DIRNAME/../tools/setup" build test
        assert_success
        assert_output ''
}

@test "without apt-get it names the packages of Fedora and Arch, and stops" {
        set_up vm build
        assert_failure 1
        assert_line --partial 'missing: qemu-system-x86 (the machine that has KVM when yours has not)'
        assert_line --regexp 'Fedora: sudo dnf install .*glibc-static.*qemu-system-x86-core'
        assert_line --regexp 'Arch: +sudo pacman -S .*gcc.*cpio'
}

@test "with apt-get it says what and why and how much, and installs just what is missing" {
        be_root
        apt_get true
        there gcc make xz
        set_up vm build
        assert_success
        assert_line 'tools/setup: missing: cpio (packs the VM'\''s first file system)'
        assert_line --regexp '^tools/setup: installing with apt-get, 2 MB to download: .* cpio '
        refute_output --partial 'xz-utils'
        run cat "$log"
        assert_output --regexp '^install binutils .*qemu-system-x86 cpio kmod zstd lz4$'
}

@test "while another process holds apt's lock it waits, and says once for whom" {
        be_root
        apt_get '(($(wc -l <'"$log"') > 3)) || { echo "'"$locked"'" >&2; exit 100; }'
        set_up build
        assert_success
        assert_equal "$(grep -c waiting <<<"$output")" 1
        assert_line --regexp 'waiting.*It is held by process 1234 \(unattended-upgr\)$'
        assert_equal "$(wc -l <"$log")" 4
}

@test "it waits for the lock of apt's lists, too" {
        be_root
        apt_get '(($(wc -l <'"$log"') > 1)) || { echo "'"${locked/dpkg\/lock-frontend/apt\/lists\/lock}"'" >&2; exit 100; }'
        set_up lists
        assert_success
        assert_line --regexp 'waiting.*lists/lock'
        assert_equal "$(<"$log")" $'update\nupdate'
}

@test "lists that name files which are gone are fetched, and then it tries again" {
        be_root
        apt_get '[[ $* == update* || -e '"$BATS_TEST_TMPDIR"'/new ]] || { echo "'"$gone"'" >&2; exit 100; }' \
                ": >$BATS_TEST_TMPDIR/new"
        set_up build
        assert_success
        run cut -d ' ' -f 1 "$log"
        assert_output $'install\nupdate\ninstall'
}

@test "packages that apt does not know have it fetch its lists first; if that does not help, it says so" {
        be_root
        apt_get ": >$BATS_TEST_TMPDIR/new"
        script apt-cache "[[ -e $BATS_TEST_TMPDIR/new || \$2 != patch ]]"
        set_up build
        assert_success
        run cut -d ' ' -f 1 "$log"
        assert_output $'update\ninstall'

        script apt-cache '[[ $2 != strace ]]'
        rm "$log"
        set_up build
        assert_failure 1
        assert_line 'tools/setup: apt knows no package strace here'
        assert_equal "$(<"$log")" update
}

@test "without a network it fails at once, with few lines" {
        be_root
        apt_get "$offline"
        set_up vm
        assert_failure 1
        assert_line --partial 'Temporary failure resolving'
        ((${#lines[@]} < 15))
        assert_equal "$(wc -l <"$log")" 1
}

@test "who is not root and has no sudo gets one line for an administrator, with everything" {
        be_user
        apt_get true
        there gcc make
        set_up build
        assert_failure 1
        assert_line --regexp '^tools/setup:   apt-get update && apt-get install .* binutils .* bats .* qemu-system-x86 '
        refute_line --regexp 'apt-get install .* gcc '
        [[ ! -e $log ]]
        set_up lists
        assert_failure 1
        assert_line --regexp '^tools/setup:   apt-get update && apt-get install '
}

@test "whom sudo refuses is asked once, and gets that line" {
        be_user
        apt_get true
        script sudo "echo asked >>$BATS_TEST_TMPDIR/asked" 'echo "user is not in the sudoers file." >&2' 'exit 1'
        set_up build test
        assert_failure 1
        assert_line 'user is not in the sudoers file.'
        assert_line --regexp '^tools/setup:   apt-get update && apt-get install .* qemu-system-x86 '
        assert_equal "$(<"$BATS_TEST_TMPDIR/asked")" asked
        [[ ! -e $log ]]
}

@test "who has sudo installs with it" {
        be_user
        apt_get '[[ $BY_SUDO ]]'
        script sudo 'BY_SUDO=yes exec "$@"'
        there true
        set_up build
        assert_success
        run cut -d ' ' -f 1 "$log"
        assert_output install
}

@test "set-up knows what it can set up" {
        set_up everything
        assert_failure 1
        assert_output --partial "what is 'everything'?"
        set_up
        assert_failure 1
        assert_output --partial 'usage: tools/setup WHAT...'
}

@test "what is written in Python is set up first: to grade, and to make what students get" {
        cd "$BATS_TEST_DIRNAME/.."
        tools/handout 02 "$BATS_TEST_TMPDIR"
        rm -rf "$bin" && mkdir "$bin"
        for tool in /bin/* /usr/bin/*; do
                case ${tool##*/} in python* | apt-get | sudo) ;; *) ln -sf "$tool" "$bin" ;; esac
        done
        for command in 'make grade CHAPTER=02 DIR=.' 'make grade-all CHAPTER=02 DIR=.' 'make grade-check' \
                'make handout CHAPTER=02' 'make autograder CHAPTER=02' "$BATS_TEST_TMPDIR/02-one-byte-guest/grade"; do
                # shellcheck disable=SC2086 # these are words
                PATH=$bin run $command
                assert_failure 2
                assert_line --partial 'missing: python3 ('
                refute_line --partial 'No such file'
        done
}
