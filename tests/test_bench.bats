# make bench: it measures all there is to measure and writes it down. How fast it all is, a busy machine
# cannot tell; what is counted can be checked.
# bats file_tags=needs:host
load lib/load

# Once for all tests: a run that measures each thing once.
setup_file() {
        export results=$BATS_FILE_TMPDIR/results
        [[ -z ${MINIKVM_VM-} ]] || skip "a VM in the VM takes too long"
        command -v hyperfine >/dev/null || apt-cache show hyperfine >/dev/null 2>&1 || skip "this release has no hyperfine"
        cd "$BATS_TEST_DIRNAME/.." || return
        timeout 900 tools/bench/run --tiny --into "$results" >"$BATS_FILE_TMPDIR/log" 2>&1 || {
                cat "$BATS_FILE_TMPDIR/log" >&2
                return 1
        }
}

# The verdict on the goal that has this text.
verdict_on() { grep -F "$1" "$results/results.md" | awk -F '|' '{ print $4 }'; }

# The row of the CSV file for a measure, a subject and a guest: its median.
median_of() { awk -F , -v row="$1,$2,$3," 'index($0, row) == 1 { print $6 }' "$results/results.csv"; }

@test "every goal has a number and a verdict" {
        run awk '/^## Goals/ { on = 1 } /^## From/ { on = 0 } on && /^\| / && !/^\| goal/' "$results/results.md"
        assert_equal "${#lines[@]}" 7
        for line in "${lines[@]}"; do
                assert_regex "$line" '\| [^|]*[0-9%e] [^|]*\| (met|\*\*missed\*\*|not shown).* \|$'
        done
}

@test "every rival has a time for every guest that it can run, and its memory" {
        for subject in bare minikvm qemu-{tcg,kvm}-{microvm,pc}; do
                for row in "wall time stop,$subject,stop" "wall time hello,$subject,hello" \
                        "compute,$subject,sieve" "compute,$subject,product" "peak memory,$subject,stop"; do
                        IFS=, read -r measure name guest <<<"$row"
                        assert_regex "$(median_of "$measure" "$name" "$guest")" '^[0-9].*'
                done
        done
}

@test "the picture has its five axes with their ratios, as SVG and as PNG" {
        for axis in start-up execution memory 'code size' scaling; do
                grep -q ">$axis<" "$results/images/radar.svg" || fail "no axis $axis"
        done
        assert_equal "$(grep -c '>[0-9.e+]* ×<' "$results/images/radar.svg")" 5
        assert_equal "$(head -c 8 "$results/images/radar.png" | od -A n -t x1 | tr -d ' ')" 89504e470d0a1a0a
}

@test "an exit costs one ioctl and the write, HC_WRITE one ioctl more" {
        while read -r kind ioctls writes; do
                assert_equal "$kind $(printf '%.1f' "$(median_of "calls per exit: ioctl" minikvm "$kind")")" "$kind $ioctls.0"
                assert_equal "$kind $(printf '%.1f' "$(median_of "calls per exit: write" minikvm "$kind")")" "$kind $writes.0"
        done <<<$'OUT 1 0\nPUTCHAR 1 1\nWRITE 2 1\nOUTSB 1 1'
        assert_equal "$(verdict_on 'one ioctl per exit')" ' met '
}

@test "a real-mode guest needs a thirtieth of QEMU's memory, and nothing of protected mode" {
        assert_equal "$(verdict_on 'peak memory')" ' met '
        assert_equal "$(verdict_on 'only protected mode needs')" ' met '
}

@test "the lines of each chapter are counted" {
        for chapter in "$BATS_TEST_DIRNAME"/../chapters/[0-9]*/; do
                assert_regex "$(median_of 'lines of code' "$(basename "$chapter")" '')" '^[1-9][0-9]+$'
        done
}

@test "an unknown option is refused, and says what there is" {
        run -1 "$BATS_TEST_DIRNAME/../tools/bench/run" --fast
        assert_output 'tools/bench/run: usage: tools/bench/run [--quick|--tiny] [--into FOLDER]'
}
