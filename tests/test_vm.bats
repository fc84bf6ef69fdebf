# The soft-KVM VM: tools/vm/run hands back exactly what a command does, and leaves nothing behind.
# bats file_tags=needs:host
load lib/load

# The VM is made before the first test, which sees nothing but what a command says.
setup_file() {
        [[ ${MINIKVM_VM-} ]] || "$BATS_TEST_DIRNAME/../tools/vm/cache"
}

setup() {
        cd "$BATS_TEST_DIRNAME/.."
        [[ -z ${MINIKVM_VM-} ]] || skip "a VM in the VM takes too long"
        vm=tools/vm/run
}

teardown() {
        rm -f written-by-the-vm
        [[ -z ${wrapper-} ]] || kill -9 "$wrapper" 2>/dev/null || true
        [[ -z ${server-} ]] || tmux -L "$server" kill-server || true
}

# Starts the VM in the background; sets `wrapper`, and `qemu` when that has been started.
start() {
        "$vm" "$@" </dev/null 3>&- &
        wrapper=$!
        for _ in {1..600}; do
                qemu=$(cat "/proc/$wrapper/task/$wrapper/children" 2>/dev/null)
                qemu=${qemu% }
                [[ $(cat "/proc/$qemu/comm" 2>/dev/null) == qemu* ]] && return
                sleep 0.1
        done
        fail "QEMU was not started"
}

# Waits for a file to have a word in it: long, for a machine may be busy.
await_word() {
        for _ in {1..900}; do
                grep -q "$1" "$2" 2>/dev/null && return
                sleep 0.1
        done
        fail "'$1' did not appear: $(cat "$2")"
}

# True when the process ends within a second.
ends_at_once() {
        for _ in {1..10}; do
                [[ -e /proc/$1 ]] || return 0
                [[ $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) == Z* ]] && return 0
                sleep 0.1
        done
        return 1
}

# Waits for a process of ours and looks at its exit status.
assert_ends_with() {
        local status=0

        wait "$1" || status=$?
        wrapper=                # its number may soon be somebody else's
        assert_equal "$status" "$2"
}

@test "a command's status comes back: success" {
        run "$vm" true
        assert_success
        assert_output ''
}

@test "a command's status comes back: a random one" {
        local random=$((RANDOM % 122 + 2))
        run "$vm" sh -c "exit $random"
        assert_failure "$random"
        assert_output ''
}

@test "a command's own 124 and 125 come back without a word from us" {
        run "$vm" sh -c 'exit 124'
        assert_failure 124
        assert_output ''
        run "$vm" sh -c 'exit 125'
        assert_failure 125
        assert_output ''
}

@test "a command ended by a signal gives 128 and the signal" {
        run "$vm" sh -c 'kill -SEGV $$'
        assert_failure 139
}

@test "a command that does not exist gives 127 and says so" {
        run -127 "$vm" no-such-command-at-all
        assert_output 'tools/vm/run: no-such-command-at-all: No such file or directory'
}

@test "arguments with spaces, quotes, newlines and nothing in them arrive as they are" {
        local odd=$'two\nlines; $(date) "quoted" '\''so'\'' \\'
        run "$vm" printf '[%s]' "a b" "" "$odd" --timeout
        assert_output "[a b][][$odd][--timeout]"
}

@test "1 MiB of random bytes goes in and comes out the same" {
        head -c 1048576 /dev/urandom >"$BATS_TEST_TMPDIR/in"
        "$vm" cat <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out"
        cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
}

@test "standard output and standard error come apart, and no newline is added" {
        local word=$RANDOM
        "$vm" sh -c "printf out-$word; printf 'err\r-$word\n' >&2" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
        cmp "$BATS_TEST_TMPDIR/out" <(printf 'out-%s' $word)
        cmp "$BATS_TEST_TMPDIR/err" <(printf 'err\r-%s\n' $word)
}

@test "output appears as it is written, and input is passed on as it comes" {
        mkfifo "$BATS_TEST_TMPDIR/in"
        "$vm" sh -c 'printf "prompt? "; read -r line; echo "answer $line"; cat' \
                <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" 3>&- &
        wrapper=$!
        exec 7>"$BATS_TEST_TMPDIR/in"
        await_word 'prompt? ' "$BATS_TEST_TMPDIR/out"
        echo $((6 * 7)) >&7
        await_word 'answer 42' "$BATS_TEST_TMPDIR/out"
        exec 7>&-
        assert_ends_with "$wrapper" 0
}

@test "what children of the command write right after its end is not lost" {
        run "$vm" bash -c '(sleep 0.2; echo late) & echo early'
        assert_success
        assert_output $'early\nlate'
}

@test "a command that hangs is cut off, with status 124 and a message" {
        SECONDS=0
        run "$vm" --timeout 1 sleep 1000
        assert_failure 124
        assert_output 'tools/vm/run: time limit reached, VM ended'
        ((SECONDS < 60))
}

@test "a reader that goes away ends the VM" {
        run bash -c "'$vm' yes | head -n 1; echo \${PIPESTATUS[0]}"
        assert_output $'y\n141'
}

@test "chapter 01 finds all of KVM inside" {
        make -s -C chapters/01-open-kvm
        run "$vm" chapters/01-open-kvm/minikvm --check
        assert_success
        assert_output --partial 'KVM here: full'
}

@test "nothing outside the repository can be written, not even after a remount" {
        local mark=mark-$RANDOM
        run "$vm" sh -c "mount -o remount,rw / && echo remounted; touch /etc/$mark || touch /var/$mark || touch '$PWD/../$mark'
                         echo x >/tmp/$mark && echo x >/dev/shm/$mark && echo private"
        assert_success
        assert_output --partial 'Read-only file system'
        assert_output --partial 'private'
        for folder in /etc /var .. /tmp /dev/shm; do
                [[ ! -e $folder/$mark ]] || fail "$folder/$mark was written"
        done
}

@test "the repository can be written, and both sides see it" {
        run "$vm" sh -c "echo $RANDOM$RANDOM | tee written-by-the-vm"
        assert_success
        assert_equal "$(cat written-by-the-vm)" "$output"
}

@test "the command finds itself in the same folder, with the variables that help it" {
        cd tools/vm
        MINIKVM_RANDOM=$RANDOM
        export MINIKVM_RANDOM SECRET=hidden
        run ./run sh -c 'echo "$PWD $MINIKVM_RANDOM $MINIKVM_VM $PATH [$SECRET]"'
        assert_output "$PWD $MINIKVM_RANDOM 1 $PATH []"
}

@test "two VMs run at the same time" {
        "$vm" sh -c 'sleep 1; echo first' >"$BATS_TEST_TMPDIR/first" 3>&- &
        run "$vm" sh -c 'sleep 1; echo second'
        assert_output second
        wait $!
        assert_equal "$(cat "$BATS_TEST_TMPDIR/first")" first
}

@test "SIGTERM and SIGINT end the VM within a second, with 143 and 130" {
        for signal in TERM INT; do
                start sleep 1000
                kill -s $signal "$wrapper"
                ends_at_once "$wrapper"
                assert_ends_with "$wrapper" $((128 + $(kill -l $signal)))
                ends_at_once "$qemu"
        done
}

@test "when the wrapper is killed, QEMU goes with it, before and after the command has started" {
        start sleep 1000
        kill -9 "$wrapper"
        ends_at_once "$qemu"

        start sh -c 'echo running; sleep 1000' >"$BATS_TEST_TMPDIR/out"
        await_word running "$BATS_TEST_TMPDIR/out"
        kill -9 "$wrapper"
        ends_at_once "$qemu"
}

@test "what the VM's kernel says on its console is no part of the command's output" {
        local word=$RANDOM

        # Without descriptor 3, which bats has open and most callers have not
        run --separate-stderr "$vm" sh -c "echo '<0>the kernel speaks' >/dev/kmsg; echo $word" 3>&-
        assert_success
        assert_output "$word"
        assert_equal "$stderr" ''
}

@test "a VM that dies is told apart from a command that fails" {
        start sh -c 'echo running; sleep 1000' >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
        await_word running "$BATS_TEST_TMPDIR/out"
        kill -9 "$qemu"
        assert_ends_with "$wrapper" 125
        run cat "$BATS_TEST_TMPDIR/err"
        assert_line --index 0 'tools/vm/run: the VM ended before the command did'
}

@test "a kernel that panics is told apart from a command that fails, and the console's end is shown" {
        run "$vm" sh -c 'echo c >/proc/sysrq-trigger; sleep 100'
        assert_failure 125
        assert_output --partial 'tools/vm/run: the VM ended before the command did'
        assert_output --partial 'Kernel panic'
}

@test "a VM that hangs is told apart from a command that fails" {
        MINIKVM_VM_PATIENCE=20 start sh -c 'echo running; sleep 1000' \
                >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
        await_word running "$BATS_TEST_TMPDIR/out"
        kill -STOP "$qemu"
        assert_ends_with "$wrapper" 125
        run cat "$BATS_TEST_TMPDIR/err"
        assert_line --index 0 'tools/vm/run: the VM hangs: not a word for 20 seconds'
        ends_at_once "$qemu"
}

@test "a QEMU that fails, and one that says nothing, are told apart from a command that fails" {
        mkdir "$BATS_TEST_TMPDIR/bin"
        printf '#!/bin/sh\necho "bad option"; exit 1\n' >"$BATS_TEST_TMPDIR/bin/qemu-system-x86_64"
        chmod +x "$BATS_TEST_TMPDIR/bin/qemu-system-x86_64"
        PATH=$BATS_TEST_TMPDIR/bin:$PATH run "$vm" true
        assert_failure 125
        assert_line --index 0 'tools/vm/run: the VM ended before the command did'
        assert_output --partial 'bad option'

        printf '#!/bin/sh\n[ "$1" = --version ] || exec sleep 1000\n' >"$BATS_TEST_TMPDIR/bin/qemu-system-x86_64"
        MINIKVM_VM_PATIENCE=1 PATH=$BATS_TEST_TMPDIR/bin:$PATH run "$vm" true
        assert_failure 125
        assert_output 'tools/vm/run: the VM did not start within 1 seconds'
}

@test "bad usage gives 125 and says what is wrong" {
        run "$vm"
        assert_failure 125
        assert_output --partial 'no command'
        run "$vm" --timeout soon true
        assert_failure 125
        assert_output --partial '--timeout needs a number of seconds'
        run "$vm" --verbose true
        assert_failure 125
        assert_output --partial 'unknown option --verbose'
}

@test "in a terminal the command has one too: its size, its changes, Ctrl-C; and ours is put back" {
        server=vm-$$
        local screen=$BATS_TEST_TMPDIR/screen
        see() {
                for _ in {1..450}; do
                        tmux -L "$server" capture-pane -p >"$screen"
                        grep -q -x "$1" "$screen" && return
                        sleep 0.2
                done
                fail "'$1' is not on the screen: $(cat "$screen")"
        }
        keys() { tmux -L "$server" send-keys "$@"; }

        tmux -L "$server" -f /dev/null new-session -d -x 91 -y 33 'bash --norc' 3>&-
        keys "PS1=; $vm bash --norc; stty -a | grep -o -e '-*icanon'; echo status \$?" Enter
        see 'bash-.*# *'
        keys 'PS1=; stty size; test -t 0 -a -t 1 -a -t 2 && echo a terminal' Enter
        see '33 91'
        see 'a terminal'
        tmux -L "$server" resize-window -x 85 -y 30
        keys 'sleep 1; stty size' Enter
        see '30 85'
        keys 'sleep 1000; true' Enter
        sleep 1
        keys C-c
        keys 'echo interrupted $?' Enter
        see 'interrupted 130'
        keys 'exit 42' Enter
        see 'icanon'
        see 'status 0'
}

@test "nothing is left behind: no file is made, and no process stays" {
        MINIKVM_MARK=mark-$RANDOM$RANDOM
        export MINIKVM_MARK
        strace -f -qq -e trace=openat,mkdir,symlink,mknod,mknodat,mount -o "$BATS_TEST_TMPDIR/trace" "$vm" true
        run grep -E '^[0-9 ]*(open.*(O_CREAT|O_TMPFILE)|mkdir|symlink|mknod|mount)' <(grep -v /dev/null "$BATS_TEST_TMPDIR/trace")
        assert_output ''
        unset MINIKVM_MARK
        run grep -l -s "MINIKVM_MARK=mark" /proc/[0-9]*/environ
        assert_output ''
}

@test "its programs build without a warning where gcc fortifies by itself, as Ubuntu's does" {
        for sources in "inside.c frame.c" "outside.c frame.c" tsc.c; do
                # shellcheck disable=SC2086 # they are several
                (cd tools/vm && gcc -std=gnu11 -D_GNU_SOURCE -D_FORTIFY_SOURCE=2 -Wall -Wextra -Werror -O2 \
                        -o "$BATS_TEST_TMPDIR/program" $sources)
        done
}

# Packs a folder as a Debian package: package NAME FOLDER
package() {
        mkdir -p "$2/DEBIAN"
        printf 'Package: %s\nVersion: 1\nArchitecture: amd64\nMaintainer: x <x@x>\nDescription: x\n' "$1" >"$2/DEBIAN/control"
        dpkg-deb -b --root-owner-group -Znone "$2" "$BATS_TEST_TMPDIR/$1.deb" >/dev/null
}

# Four little-endian bytes.
bytes() {
        printf '%b' "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24)))"
}

# A bzImage as distributions have it, made from the VM's kernel: compress_kernel FILE
compress_kernel() {
        local payload=$BATS_TEST_TMPDIR/payload

        zstd -q -1 "$kernel/vmlinux" -o "$payload"
        bytes "$(stat -c %s "$kernel/vmlinux")" >>"$payload"
        {
                head -c $((0x1f1)) /dev/zero
                printf '\x03'
                head -c $((0x248 - 0x1f2)) /dev/zero
                bytes 64
                bytes "$(stat -c %s "$payload")"
                head -c $((4 * 512 + 64 - 0x250)) /dev/zero
                cat "$payload"
                head -c 1000 /dev/zero
        } >"$1"
}

# The VM's modules, compressed, for which a pattern matches, in a folder: compress_modules PATTERN FOLDER
# virtio_pci and virtio_console are left out, for they are to be built in.
compress_modules() {
        local module

        mkdir -p "$2"
        for module in "$kernel"/modules/*.ko; do
                # shellcheck disable=SC2053 # it is a pattern
                [[ ${module##*/} != $1 || $module == */virtio_pci.ko || $module == */virtio_console.ko ]] ||
                        zstd -q "$module" -o "$2/${module##*/}.zst"
        done
}

# This machine's kernel packages are a distribution's: unpack_kernel META PACKAGE... does what `make demo`
# does for one whose package META depends on the first of these. They are in $BATS_TEST_TMPDIR.
unpack_kernel() {
        local bin=$BATS_TEST_TMPDIR/bin

        mkdir "$bin"
        printf '#!/bin/bash\nexec "$@"\n' >"$bin/sudo"
        cat >"$bin/apt-cache" <<END
#!/bin/bash
[[ -e \$BATS_TEST_TMPDIR/lists ]] || exit
case \$* in
*depends*' $1') printf '%s\n' '$1' '  Depends: linux-firmware' '  Depends: $2' ;;
pkgnames*) printf '%s\n' linux-modules-iwlwifi-$version linux-modules-0.1 ${*:3} ;;
*show*) printf 'Size: 1500000\n' ;;
esac
END
        cat >"$bin/apt-get" <<'END'
#!/bin/bash
case $2 in
update) touch "$BATS_TEST_TMPDIR/lists" ;;
download) for name in "${@:3}"; do cp "$BATS_TEST_TMPDIR/$name.deb" .; done ;;
esac
END
        chmod +x "$bin"/*
        PATH=$bin:$PATH run tools/vm/kernel "$BATS_TEST_TMPDIR/kernel"
        assert_success
        assert_line "tools/setup: fetching apt's package lists"
        assert_line --partial "tools/vm: downloading ${*:2} (2 MB, "
        cmp "$BATS_TEST_TMPDIR/kernel/vmlinux" "$kernel/vmlinux"
        cmp "$BATS_TEST_TMPDIR/kernel/modules/kvm.ko" "$kernel/modules/kvm.ko"
        assert_equal "$(sort "$BATS_TEST_TMPDIR/kernel/modules.list")" \
                "$(sort "$kernel/modules.list" | grep -v -e ^virtio_pci -e ^virtio_console)"
}

# The kernel that the VM has now.
find_kernel() {
        "$vm" true
        kernel=${XDG_CACHE_HOME:-$HOME/.cache}/minikvm/kernel
}

@test "Ubuntu's kernel packages are unpacked as well as Debian's, and missing package lists fetched" {
        local version=6.99.0-1-generic root=$BATS_TEST_TMPDIR
        find_kernel
        mkdir -p "$root"/image/boot
        compress_kernel "$root/image/boot/vmlinuz-$version"
        compress_modules '[!9]*' "$root/modules/lib/modules/$version/kernel"
        compress_modules '9*' "$root/extra/lib/modules/$version/kernel"
        printf 'kernel/%s.ko\n' virtio_{pci,console} >"$root/modules/lib/modules/$version/modules.builtin"
        package "linux-image-$version" "$root/image"
        package "linux-modules-$version" "$root/modules"
        package "linux-modules-extra-$version" "$root/extra"
        unpack_kernel linux-image-generic linux-{image,modules,modules-extra}-$version
}

@test "so are those of later releases of Debian, where linux-image is empty" {
        local version=7.99.0+deb99-amd64 root=$BATS_TEST_TMPDIR
        local tree=usr/lib/modules/$version
        find_kernel
        mkdir -p "$root"/{image,base/$tree,binary/$tree}
        compress_kernel "$root/binary/$tree/vmlinuz"
        compress_modules '*' "$root/modules/$tree/kernel"
        printf 'kernel/%s.ko\n' virtio_{pci,console} >"$root/base/$tree/modules.builtin"
        for name in image base binary modules; do
                package "linux-$name-$version" "$root/$name"
        done
        unpack_kernel linux-image-amd64 linux-{image,base,binary,modules}-$version
}

@test "without a folder to keep the VM in, it says which variable can name one" {
        : >"$BATS_TEST_TMPDIR/file"
        HOME=$BATS_TEST_TMPDIR/file run -125 env -u XDG_CACHE_HOME "$vm" true
        assert_output --regexp "^tools/vm: .*$BATS_TEST_TMPDIR/file/.cache/minikvm cannot be made.*XDG_CACHE_HOME=FOLDER$"
        run -125 env -u XDG_CACHE_HOME -u HOME "$vm" true
        assert_output --regexp '^tools/vm: .*cannot be made.*XDG_CACHE_HOME=FOLDER$'
        run env XDG_CACHE_HOME="${XDG_CACHE_HOME:-$HOME/.cache}" HOME="$BATS_TEST_TMPDIR/file" "$vm" echo it is there
        assert_output 'it is there'
}
