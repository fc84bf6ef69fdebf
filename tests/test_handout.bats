# tools/handout: what students get for a task, and Gradescope's zip file: all that is needed, and no solution.
# bats file_tags=needs:host
load lib/load
load lib/results

setup_file() {
        cd "$BATS_TEST_DIRNAME/.." || return
        handouts=$BATS_FILE_TMPDIR/handouts
        export handouts
        for task in 01 02 05 08; do
                tools/handout $task "$handouts" >>"$BATS_FILE_TMPDIR/said" || return
        done
        tools/handout --variant 7 03/debug-port "$handouts" >>"$BATS_FILE_TMPDIR/said"
        tools/handout --gradescope --variant 7 03/debug-port "$handouts" >>"$BATS_FILE_TMPDIR/said"
}

setup() { cd "$BATS_TEST_DIRNAME/.." || return; }

# The lines that a student who starts from chapter OLD (or `none`) has to write for chapter NEW: lines_of_solution OLD NEW.
# Not short ones: `return status;` is in other programs too.
lines_of_solution() {
        cat "chapters/$2"-*/*.[ch] | sed 's/^ *//' | grep -E '.{24}' | sort -u |
                comm -23 - <(cat "chapters/$1"-*/*.[ch] common/*.h 2>/dev/null | sed 's/^ *//' | sort -u) |
                grep -v '^#include'
}

# None of the lines on stdin is in a file there: assert_no_line_of FOLDER. Our own C programs have some as well.
assert_no_line_of() {
        local found

        found=$(find "$1" -type f ! -path '*/tools/*' ! -path '*/tests/helpers/*' ! -path '*/tests/broken/*' \
                ! -path '*/tests/shim/*' ! -path '*/guests/*' -exec awk '
                FILENAME == "-" { wanted[$0] = 1; next }
                { line = $0; sub(/^ */, "", line) }
                line in wanted { print FILENAME ": " line }' - {} +)
        [[ ! $found ]] || fail "$found"
}

@test "a chapter's handout starts from the chapter before, and has no later one" {
        cd "$handouts/05-multi-vcpu"
        assert_equal "$(echo chapters/*)" chapters/05-multi-vcpu
        for file in "$BATS_TEST_DIRNAME"/../chapters/04-hypercalls/*.[ch]; do
                cmp "$file" "chapters/05-multi-vcpu/${file##*/}"
        done
        assert_equal "$(find chapters -name '*.[ch]' | wc -l)" "$(ls "$BATS_TEST_DIRNAME"/../chapters/04-hypercalls/*.[ch] | wc -l)"
        assert_equal "$(cd tests && echo test_*)" 'test_01.bats test_02.bats test_03.bats test_04.bats test_05.bats'
        # Chapter 06 is what tests compare with
        assert_equal "$(cd ../08-paging && echo chapters/*)" 'chapters/06-memory-isolation chapters/08-paging'
        assert_equal "$(ls ../01-open-kvm/chapters/01-open-kvm)" Makefile
}

@test "no solution, no hidden test and no wrong program is in a handout" {
        for handout in "$handouts"/*/; do
                run find "$handout" -name '*hidden*' -o -name '*.patch' -o -name wrong -o -name other -o -name book
                assert_output ''
        done
        lines_of_solution none 01 | assert_no_line_of "$handouts/01-open-kvm"
        lines_of_solution 01 02 | assert_no_line_of "$handouts/02-one-byte-guest"
        lines_of_solution 04 05 | assert_no_line_of "$handouts/05-multi-vcpu"
        lines_of_solution 07 08 | assert_no_line_of "$handouts/08-paging"
        sed -n 's/^+ *//p' labs/03-port-io/exercises/debug-port/solution.patch | grep -E '.{24}' | sort -u |
                comm -23 - <(cat chapters/03-port-io/*.[ch] | sed 's/^ *//' | sort -u) |
                assert_no_line_of "$handouts/03-debug-port"
        # What looks for them finds some
        run ! assert_no_line_of "$handouts/05-multi-vcpu" < <(lines_of_solution none 04)
        (($(lines_of_solution 04 05 | wc -l) > 100))
}

@test "the task is the page without its diffs; its links lead to what is there" {
        for page in "$handouts"/*/{task,chapter}.md; do
                [[ -e $page ]] || continue
                refute grep -n -E '^(```diff|@@|\+\+\+ [ab/])|mine/0|diff -r -x' "$page"
                for target in $(grep -o '\]([^)#:]*)' "$page" | tr -d '])('); do
                        [[ -e ${page%/*}/$target ]] || fail "$page: $target"
                done
                grep -q '<h1' "${page%.md}.html"
        done
        cd "$handouts/05-multi-vcpu"
        grep -q -F 'Here the book changes `minikvm.h`' task.md
        grep -q -x -F '| 4 | four guests run at once, each one'\''s text is whole |' task.md
        grep -q -F '<img src="images/one-memory.svg"' task.html
        [[ $(grep -c '^\*\*Checkpoint' task.md) == $(grep -c '^\*\*Checkpoint' "$BATS_TEST_DIRNAME/../book/05-multi-vcpu.md") ]]
}

@test "what a student starts from builds, and there is a table of points" {
        for handout in 02-one-byte-guest 05-multi-vcpu 08-paging; do
                make -s -C "$handouts/$handout/chapters/$handout" >/dev/null
                "$handouts/$handout/chapters/$handout/minikvm" --version
        done
        run -0 "$handouts/05-multi-vcpu/tools/grade" --points 05
        assert_output "$(tools/grade --points 05)"
}

@test "an exercise starts from the finished chapter, with the numbers of the class" {
        cd "$handouts/03-debug-port"
        for file in "$BATS_TEST_DIRNAME"/../chapters/03-port-io/*.[ch]; do
                cmp "$file" "chapters/03-port-io/${file##*/}"
        done
        read -r name number _ <labs/03-port-io/exercises/debug-port/numbers
        assert_equal "$name" DEBUG_PORT
        grep -q -F "at port $number" task.md
        refute grep -q @ task.md
        # The same number is that of the class; the book's is another one
        python3 - "$number" <<'END'
import runpy, sys
Task = runpy.run_path("tools/grade", run_name="grade")["Task"]
assert Task("03/debug-port", 7).numbers() == {"DEBUG_PORT": sys.argv[1]}
END
        run -0 tools/grade --points 03/debug-port
        assert_line --partial '70 points'
        grep -q -x '| 30 | tests that only your teacher has |' task.md
        # What a result calls the book's page is this one here
        grep -q -x '.book page NN. is the chapter.s page, \[chapter.md\](chapter.md)\.' README.md
        grep -q -x '.book page NN. is the chapter.s page, \[task.md\](task.md)\.' ../05-multi-vcpu/README.md
}

@test "the archive holds the same, and nothing that is there already is overwritten" {
        mkdir "$BATS_TEST_TMPDIR/unpacked"
        tar -C "$BATS_TEST_TMPDIR/unpacked" -xf "$handouts/01-open-kvm.tar.gz"
        diff -r "$handouts/01-open-kvm" "$BATS_TEST_TMPDIR/unpacked/01-open-kvm"
        run -1 tools/handout 01 "$handouts"
        assert_output --partial "is there already"
        run -1 tools/handout 12 "$handouts"
        assert_output 'tools/handout: there is no chapter 12'
}

@test "./grade gives a program that can do everything 100 points, with nothing but the handout" {
        [[ ! ${MINIKVM_VM-} ]] || skip "a VM in the VM takes too long"
        cp chapters/02-one-byte-guest/*.[ch] "$handouts/02-one-byte-guest/chapters/02-one-byte-guest"
        cd "$handouts/02-one-byte-guest"
        run -0 ./grade --seed 5 --test-seconds 120 --format junit --output junit.xml
        assert_line 'Score: 100/100'
        assert_valid junit junit.xml
}

@test "Gradescope's zip file has setup.sh and run_autograder at its top, hidden tests, and no solution" {
        mkdir -p "$BATS_TEST_TMPDIR"/autograder/{source,results,submission}
        cd "$BATS_TEST_TMPDIR/autograder"
        unzip -q "$handouts/03-debug-port.zip" -d source
        [[ -x source/setup.sh && -x source/run_autograder ]]
        [[ -f source/minikvm/labs/03-port-io/exercises/debug-port/hidden.bats ]]
        run find . -name '*.patch' -o -name '*.c' -path '*/chapters/*'
        assert_output ''
        # Whatever happens, there is a result: here the VM has no place to stay in
        cp source/run_autograder .
        echo 'int main(void) { return 0; }' >submission/main.c
        XDG_CACHE_HOME=/dev/null run -2 ./run_autograder
        assert_valid gradescope results/results.json
        grep -q 'says nothing about the program' results/results.json
        refute grep -q @ run_autograder
}
