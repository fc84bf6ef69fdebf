# make bench: it measures all there is to measure and writes it down. How fast it all is, a busy machine
# cannot tell; what is counted can be checked.
# bats file_tags=needs:host
load lib/load

# Once for all tests: a run that measures each thing once, where this machine's KVM says, and one that
# measures all in the VM.
setup_file() {
        export results=$BATS_FILE_TMPDIR/results in_vm=$BATS_FILE_TMPDIR/vm kvm
        [[ -z ${MINIKVM_VM-} ]] || skip "a VM in the VM takes too long"
        command -v hyperfine >/dev/null || apt-cache show hyperfine >/dev/null 2>&1 || skip "this release has no hyperfine"
        cd "$BATS_TEST_DIRNAME/.." || return
        kvm=$(VENUE='' tools/probe | cut -d ' ' -f 3)
        VENUE='' measure "$results"
        VENUE=vm measure "$in_vm"
}

measure() {
        timeout 900 tools/bench/run --tiny --into "$1" >"$BATS_FILE_TMPDIR/log" 2>&1 || {
                cat "$BATS_FILE_TMPDIR/log" >&2
                return 1
        }
}

# The verdict on the goal that has this text.
verdict_on() { grep -F "$1" "$results/results.md" | awk -F '|' '{ print $4 }'; }

# The row of the CSV file for a measure, a subject and a guest: its median, or where it was measured.
median_of() { awk -F , -v row="$1,$2,$3," 'index($0, row) == 1 { print $6 }' "$results/results.csv"; }
place_of() { awk -F , -v row="$1,$2,$3," 'index($0, row) == 1 { print $9 }' "$results/results.csv"; }

# The goals' lines in a page.
goals_of() { awk '/^## Goals/ { on = 1 } /^## From/ { on = 0 } on && /^\| / && !/^\| goal/' "$1/results.md"; }

@test "every goal has a number and a verdict, or is said not to have been measured" {
        run goals_of "$results"
        assert_equal "${#lines[@]}" 10
        for line in "${lines[@]}"; do
                assert_regex "$line" '\| ([^|]*[0-9%e] [^|]*\| (met|\*\*missed\*\*.*)| \| not measured: see below) \|$'
        done
}

@test "each thing is measured where it can be: a partial KVM measures real-mode guests, the VM the rest" {
        case $kvm in
        full) real=machine other=machine ;;
        partial) real=machine other=vm ;;
        none) real=vm other=vm ;;
        esac
        for row in "wall time stop,minikvm,stop" "peak memory,minikvm,stop" "exits per second,minikvm,OUT" \
                "calls per exit: ioctl,minikvm,OUT"; do
                IFS=, read -r measure subject guest <<<"$row"
                assert_equal "$row $(place_of "$measure" "$subject" "$guest")" "$row $real"
        done
        assert_equal "$(place_of '1K OS prompt' minikvm os1k)" "$other"
        assert_equal "$(place_of compute minikvm sieve)" "$other"
}

@test "a page says what the machine and the VM are" {
        run awk '/^\|  \| the machine/ { on = 1 } /^$/ { on = 0 } on' "$results/results.md"
        assert_line --regexp '^\| processor \| [^|]+ \|'
        assert_line --regexp '^\| kernel \| Linux [0-9]'
        assert_line --regexp '^\| measured there \| .*'
        [[ $kvm == full ]] || assert_line --regexp '^\| processor \| [^|]+ \| QEMU Virtual CPU [^|]* \|$'
        run grep -i venue "$results/results.md"
        assert_output ''
}

@test "a goal that the VM cannot show is not said to be missed: the page says why it was not measured" {
        run goals_of "$in_vm"
        refute_output --partial missed
        for goal in 'one-byte guest' 'start to exit' 'exits per second' 'four guests at once'; do
                assert_line --regexp "^\| $goal.* \|  \| not measured: see below \|$"
        done
        run awk '/^What could not be measured/ { on = 1 } /^## From/ { on = 0 } on' "$in_vm/results.md"
        for what in 'How start-up compares' 'How many exits' 'How four guests' 'How fast a guest computes'; do
                assert_line --partial -- "- $what"
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
        for axis in start-up execution memory 'code size' 'four at once'; do
                grep -q ">$axis<" "$results/images/radar.svg" || fail "no axis $axis"
        done
        assert_equal "$(grep -c '>[0-9.e+]* ×<' "$results/images/radar.svg")" 5
        assert_equal "$(head -c 8 "$results/images/radar.png" | od -A n -t x1 | tr -d ' ')" 89504e470d0a1a0a
}

@test "an exit costs one ioctl and the write, HC_WRITE at most one ioctl more" {
        while read -r kind ioctls writes; do
                assert_regex "$kind $(printf '%.1f' "$(median_of "calls per exit: ioctl" minikvm "$kind")")" "^$kind [$ioctls].0"
                assert_equal "$kind $(printf '%.1f' "$(median_of "calls per exit: write" minikvm "$kind")")" "$kind $writes.0"
        done <<<$'OUT 1 0\nPUTCHAR 1 1\nWRITE 12 1\nOUTSB 1 1'
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
