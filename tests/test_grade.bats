# tools/grade: each program gets its own score, whatever it tries. `make grade-check` looks at all chapters and at more
# hostile programs; here it is chapter 02, whose tests are short.
# bats file_tags=needs:host
load lib/load
load lib/results

setup_file() {
        [[ ! ${MINIKVM_VM-} ]] || skip "a VM in the VM takes too long"
        cd "$BATS_TEST_DIRNAME/.." || return
        class=$BATS_FILE_TMPDIR/class results=$BATS_FILE_TMPDIR/results progress=$BATS_FILE_TMPDIR/progress
        export class results progress
        mkdir -p "$class"/{broken,linked,reference,start,"unsanitized, by Zoë"}
        echo 'int main(void) { return nothing; }' >"$class/broken/main.c"
        ln -s ../reference/main.c "$class/linked/main.c"
        cp chapters/02-one-byte-guest/*.[ch] "$class/reference"
        cp chapters/01-open-kvm/*.[ch] "$class/start"
        cat >"$class/unsanitized, by Zoë/main.c" <<'END'
#define NAME(a, b) a##b
const char *NAME(__as, an_default_options)(void) { return "detect_leaks=0"; }
int main(void) { return 0; }
END
        grade_class
        # Its score is 0 however short the time, so it need not be generous
        hostile=$BATS_FILE_TMPDIR/everything
        mkdir "$hostile"
        cp tools/grading/hostile/everything.c "$hostile"
        tools/grade --seed 5 --test-seconds 20 --results "$results" \
                --format gradescope --output "$BATS_FILE_TMPDIR/gradescope.json" 02 "$hostile" >"$progress" || (($? == 1)) || {
                cat "$progress" >&2
                return 1
        }
}

# Interrupts it when it has the first results, then goes on.
grade_class() {
        # By Ctrl-C while a VM runs: the signal goes to all that the terminal has in its foreground
        env --default-signal=INT setsid tools/grade --all --jobs 1 --seed 5 --test-seconds 120 --results "$results" \
                02 "$class" >"$progress.1" 3>&- &
        grader=$!
        until grep -q '^2/5 linked' "$progress.1" && compgen -G "build/grade.$grader.*/grade/all.tar" >/dev/null; do
                kill -0 $grader || return
                sleep 0.1
        done
        sleep 2
        kill -INT -- -$grader
        interrupted=0
        wait $grader || interrupted=$?
        cp "$results/reference.json" "$BATS_FILE_TMPDIR/running.json"
        before=$(stat -c %y "$results/broken.json")
        export grader interrupted before
        tools/grade --all --jobs 1 --seed 5 --test-seconds 120 --results "$results" 02 "$class" >"$progress.2" || {
                cat "$progress.2" "$results"/*.txt >&2
                return 1
        }
}

setup() { cd "$BATS_TEST_DIRNAME/.." || return; }

# The command of that name fails, and says this: make_fail NAME [TEXT]
make_fail() {
        mkdir -p "$BATS_TEST_TMPDIR/bin"
        printf '#!/bin/sh\necho "%s"\nexit 1\n' "${2-}" | install -m 755 /dev/stdin "$BATS_TEST_TMPDIR/bin/$1"
        PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# result NAME EXPRESSION: of its result, `r`, in Python
result() {
        python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$results/$1.json" "$2"
}

assert_result() {
        local got

        got=$(result "$1" 'r["status"], r["score"]')
        [[ $got == "('$2', $3)" ]] || fail "$1: $got, not $2 with $3:
$(<"$results/$1.txt")"
}

@test "every chapter has a hundred points, and no demand fewer than four" {
        for chapter in 01 02 03 04 05 06 07 08 09; do
                tools/grade --points $chapter | awk -F '|' '
                        $2 ~ /^ [0-9.]+ $/ { sum += $2; if ($2 < 4) few = 1 }
                        END { exit few || sum != 100 }' || fail "chapter $chapter: $(tools/grade --points $chapter)"
        done
}

@test "the reference solution gets 100 points, the starting point its base score" {
        assert_result reference graded 100
        assert_result start graded 14
}

@test "what does not build, or has no sources of its own, is refused, with the reason" {
        assert_result broken refused 0
        grep -q "'nothing' undeclared" "$results/broken.txt"
        assert_result linked refused 0
        grep -q 'main.c' "$results/linked.txt"
}

@test "a program that switches the sanitizers off is refused" {
        assert_result "unsanitized, by Zoë" refused 0
        grep -q '__asan_default_options' "$results/unsanitized, by Zoë.txt"
}

@test "without bubblewrap, programs are built in the VM" {
        make_fail bwrap 'bwrap: setting up uid map: Permission denied'
        run tools/grade --results "$BATS_TEST_TMPDIR/results" 02 "$class/broken"
        assert_equal "$status" 1
        assert_output --partial 'Programs are built in the VM'
        assert_output --partial '/etc/apparmor.d/bwrap'
        assert_output --partial "'nothing' undeclared"
}

@test "a hint stands directly under its demand, and may have several lines" {
        cat >"$BATS_TEST_TMPDIR/hints.bats" <<'END'
# demand: 12 points: a title
# hint: one line
# hint: and another
%test "first" {
}
# hint: not here
%test "second" {
}
# demand: 4 points, step 3: no hint
%test "third" {
}
END
        # bats changes what begins like a test of this file
        sed -i 's/^%/@/' "$BATS_TEST_TMPDIR/hints.bats"
        run python3 -c 'import pathlib, runpy, sys
grade = runpy.run_path("tools/grade")
for title, demand, hint in grade["read_tests"](pathlib.Path(sys.argv[1]), False):
    print(title, *demand, hint, sep="|")' "$BATS_TEST_TMPDIR/hints.bats"
        assert_output "first|12|None|a title|one line and another
second|12|None|a title|one line and another
third|4|3|no hint|"
}

@test "a program that fakes a score, kills, forks and prints without end gets nothing, and the grader ends" {
        assert_result everything graded 0
}

@test "a failed test says what came, what to read, and how to run it again" {
        grep -q 'read: book page 02, step 2' "$results/start.txt"
        grep -q 'run it again, in start.failed/test_02-[0-9]*: .*minikvm' "$results/start.txt"
        kept=$(sed -n 's/.*run it again, in \([^:]*\):.*/\1/p' "$results/start.txt" | head -n 1)
        [[ -s $results/$kept/command.txt ]]
        # What is named is there for a student as well: timeout, strace, minikvm
        refute grep -q -r '^limited' "$results" --include=command.txt
}

@test "a file whose first test never ends is the machine's trouble; one that ends later is the program's" {
        run python3 -c 'import runpy
grade = runpy.run_path("tools/grade")
def take(*lines):
    run = grade["Run"]([{"tests": [{"file": "test_02", "number": n} for n in (1, 2)]}])
    for line in ("== begin", "== file test_02", *lines, "== stopped test_02"):
        run.take(line)
    print(run.trouble, [test["status"] for test in run.tests.values()], run.late)
take()
take("not ok 1 a title")'
        assert_line --index 0 --partial 'test_02: its first test did not end.'
        assert_line --index 1 " ['failed', 'not started'] True"
}

@test "a class has a line of progress each and a CSV file, and goes on where it was interrupted" {
        assert_equal "$interrupted" 130
        refute grep -q reference "$progress.1"
        assert_equal "$(grep -c '^[1-5]/5 ' "$progress.2")" 5
        assert_equal "$(stat -c %y "$results/broken.json")" "$before"
        refute compgen -G "build/grade.$grader.*"
        assert_equal "$(wc -l <"$results/grades.csv")" 6
        grep -q '^reference,graded,100,100,' "$results/grades.csv"
}

@test "every result can be had in the forms that grade books read, also one that was interrupted" {
        [[ $(<"$BATS_FILE_TMPDIR/running.json") == *'"status": "running"'* ]]
        for file in "$BATS_FILE_TMPDIR/running.json" "$results"/{broken,reference,start,everything}.json; do
                assert_all_valid "$file" "$BATS_TEST_TMPDIR"
        done
        cmp "$BATS_FILE_TMPDIR/gradescope.json" "$BATS_TEST_TMPDIR/gradescope"
}

@test "a grader that cannot work says so, with status 2, and gives no score" {
        run tools/grade 02 /nowhere
        assert_equal "$status" 2
        refute_output --partial Score
        run tools/grade 12 "$class/reference"
        assert_equal "$status" 2
        make_fail qemu-system-x86_64
        run tools/grade --results "$BATS_TEST_TMPDIR/results" --format gradescope --output "$BATS_TEST_TMPDIR/gradescope" \
                02 "$class/reference"
        assert_equal "$status" 2
        assert_output --partial 'could not be graded'
        refute_output --partial Score
        assert_valid gradescope "$BATS_TEST_TMPDIR/gradescope"
        grep -q 'says nothing about the program' "$BATS_TEST_TMPDIR/gradescope"
}
