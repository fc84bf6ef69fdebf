# 1K OS on a machine that we did not make: QEMU's, without KVM. What it prints there and on Mini-KVM is
# the same. And how large it is.
# bats file_tags=needs:host
load lib/load
load lib/minikvm
load lib/terminal

os=$repository/guests/os1k/os1k.elf
chapter=$(echo "$repository"/chapters/09-*)

setup_file() {
        make -s -C "${os%/*}" >&2
        make -s -C "$chapter" minikvm >&2
}

setup() {
        set +T
        cd "$BATS_TEST_TMPDIR" || return
        exec </dev/null
        mkfifo never monitor
        exec {never}<>never
}

teardown() { [[ -z ${qemu-} ]] || { kill -9 "$qemu" && wait "$qemu"; } 2>/dev/null || true; }

start_qemu() {
        local name

        for name in qemu-system-i386 qemu-system-x86_64 ''; do
                command -v "$name" >/dev/null && break
        done
        [[ $name ]] || skip 'QEMU is not here'
        : >screen
        exec {screen}<screen {monitor}<>monitor
        "$name" -accel tcg -m 32 -nodefaults -no-user-config -display none -no-reboot -kernel "$os" \
                -serial file:screen -monitor stdio <monitor >qemu.out 2>&1 3>&- &
        qemu=$!
        shown=''
}

# Presses the keys of a text, one when the last has shown something.
press_keys() {
        local text=$1 i key name length

        for ((i = 0; i < ${#text}; i++)); do
                key=${text:i:1}
                case $key in
                ' ') name=spc ;;
                $'\n') name=ret ;;
                $'\b') name=backspace ;;
                $'\x15') name=ctrl-u ;;
                $'\x04') name=ctrl-d ;;
                '+') name=shift-equal ;;
                '-') name=minus ;;
                '*') name=shift-8 ;;
                '/') name=slash ;;
                '&') name=shift-7 ;;
                [A-Z]) name=shift-${key,} ;;
                *) name=$key ;;
                esac
                look
                length=${#shown}
                echo "sendkey $name 20" >&"$monitor"
                await_more "$length" "$key"
        done
}

await_more() {
        local end=$((SECONDS + 20))

        look
        while ((${#shown} == $1)); do
                ((SECONDS < end)) || fail "nothing comes after the key '$2', but there is: $shown"
                nap 0.01
                look
        done
}

# The same input on Mini-KVM, at once: `out`. Where this machine's KVM cannot run it, in the VM.
run_on_minikvm() {
        local -a vm=()

        [[ $("$repository/tools/probe") == 'KVM here: full'* ]] || vm=(env -C "$repository" tools/vm/run --timeout 100 --)
        printf '%s' "$1" >typed
        run_apart "${vm[@]}" "$chapter/minikvm" "$os" <typed
        assert_ended 0
}

# Times are never the same.
without_times() { sed -E 's/^([0-9]+)\t[0-9]+\t/\1\tN\t/; s/^up [0-9]+/up N/'; }

# Types lines on QEMU, after each prompt; then compares.
compare_session() {
        local line input=''

        start_qemu
        for line; do
                await_prompt
                press_keys "$line"$'\n'
                input+=$line$'\n'
        done
        await_text 'The system has stopped'
        echo quit >&"$monitor"
        wait "$qemu"
        qemu=
        run_on_minikvm "$input"
        without_times <out >ours
        # Where no hypervisor takes the hypercall, the kernel says at the end that it has stopped
        sed '/^The system has stopped/d' screen | without_times >theirs
        diff ours theirs
}

await_text() {
        local end=$((SECONDS + 60))

        look
        while [[ $shown != *"$1"* ]]; do
                ((SECONDS < end)) || fail "'$1' does not come, but: $shown$(<qemu.out)"
                nap 0.02
                look
        done
}

# Waits until it asks for something.
await_prompt() {
        local end=$((SECONDS + 60))

        look
        while [[ $shown != *$'\n'*[\>\?\)]' ' ]]; do
                ((SECONDS < end)) || fail "no prompt, but: $shown"
                nap 0.02
                look
        done
}

@test "a session with all nine programs prints the same on QEMU's machine and on Mini-KVM" {
        compare_session help "1 $RANDOM" 'counter 3' 3 "$(random_text 12)" '' 4 48 "$((RANDOM % 47 + 1))" 5 x "$RANDOM" 6 \
                "$RANDOM-$RANDOM*-$RANDOM/7" 1/0 2147483647+1 '' "7 $((RANDOM % 13))" "8 $RANDOM $RANDOM" 9 nothing \
                $'7 9\b5' $'rubbish\x15ps' uptime halt
}

@test "every crime of rogue has the same end there, to the address" {
        compare_session 'rogue read' 'rogue write' 'rogue jump' 'rogue pointer' 'rogue divide' 'rogue cli' 'rogue hlt' \
                'rogue out' 'rogue stack' 'rogue spin &' 'counter 3' 'kill 11' ps halt
        assert_equal "$(grep -c '^killed: ' ours)" 9
}

@test "a program that does not fit into its page, and a kernel that does not fit with its programs, are not linked" {
        mkdir guests
        cp -r "$repository/common" .
        cp -r "${os%/*}" guests
        cd guests/os1k
        echo 'char large[4 << 20];' >>user/programs/gcd.c
        run_apart make -s
        assert_status 2
        assert_error_has 'the program does not fit into its page, which ends at 0x40400000' 'build/gcd.elf'
        sed -i '$s/.*/const char large[3 << 20] = "large";/' user/programs/gcd.c
        echo 'const char large[3 << 20] = "large";' >>user/programs/primes.c
        run_apart make -s
        assert_status 2
        assert_error_has '1K OS and its programs do not fit into their 4 MiB of RAM' 'os1k.elf'
        [[ ! -e os1k.elf ]]
}

@test "1K OS is at most 1,000 lines of C and assembly, Mini-KVM at most 1,500" {
        count() { cloc --quiet --csv --skip-uniqueness "$@" | tail -n 1 | cut -d , -f 5; }
        size=$(count --include-ext=c,h,S --exclude-dir=build "${os%/*}")
        ((size > 300 && size <= 1000)) || fail "1K OS has $size lines"
        echo "# 1K OS: $size lines" >&3
        size=$(count --include-ext=c,h "$chapter")
        ((size > 800 && size <= 1500)) || fail "chapter 09 has $size lines"
        echo "# chapter 09: $size lines" >&3
}
