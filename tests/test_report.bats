# Results in the forms that grade books read: tools/grading/report, on a result that has all there can be in one.
# bats file_tags=needs:host
load lib/load
load lib/results

setup() { cd "$BATS_TEST_TMPDIR" || return; }

graded=$BATS_TEST_DIRNAME/grading/graded.json

report() { "$BATS_TEST_DIRNAME/../tools/grading/report" "$@"; }

# The same result with other fields: changed STATUS MESSAGE
changed() {
        python3 - "$graded" "$@" <<'END'
import json, sys
result = json.load(open(sys.argv[1]))
result.update(status=sys.argv[2], message=sys.argv[3], score=0)
for demand in result["demands"]:
    for key in "status", "points":
        demand.pop(key)
    for test in demand["tests"]:
        for key in "status", "output", "seconds", "command", "kept":
            test.pop(key, None)
print(json.dumps(result))
END
}

# json FILE EXPRESSION: of what is in the file, `r`, in Python
json() { python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$@"; }

@test "every form is what its grade book takes, whatever a program has printed" {
        assert_all_valid "$graded" .
}

@test "every form is valid while a submission is graded, when it is refused, and when the grader fails" {
        for state in 'running|' 'refused|it does not build' 'error|no QEMU'; do
                changed "${state%|*}" "${state#*|}" >"${state%|*}.json"
                assert_all_valid "${state%|*}.json" .
                assert_equal "$(json gradescope 'r["score"], r["tests"]')" '(0, [])'
                assert_equal "$(json classroom50 'r["score"], r["max-score"], r["tests"]')" '(0, 100, [])'
        done
        run report text running.json error.json
        assert_output --partial 'not finished'
        assert_output --partial 'says nothing about the program'
        assert_output --partial 'no QEMU'
        refute_output --partial Score
        run report text refused.json
        assert_output --partial 'it does not build'
        assert_output --partial 'Score: 0/100'
        report csv running.json refused.json error.json >all.csv
        assert_equal "$(cut -d , -f 2,3 all.csv | paste -s)" $'status,score\trunning,\trefused,0\terror,'
        run report gradescope error.json
        assert_output --partial 'says nothing about the program'
}

@test "a schema refuses what is not so" {
        report gradescope "$graded" >right
        sed 's/"after_due_date"/"tomorrow"/' right >wrong
        run ! assert_valid gradescope wrong
        sed 's/"score": 38,/"score": 39,/' right >wrong
        run ! assert_valid gradescope wrong
        report classroom50 "$graded" >right
        sed 's/"score": 38,/"score": 37.5,/' right >wrong
        run ! assert_valid classroom50 wrong
        report junit "$graded" >right
        sed 's/<testcase /<case /; s/<.testcase>/<\/case>/' right >wrong
        run ! assert_valid junit wrong
}

@test "the text says why a demand is not met, the likely cause, and where the book tells about it" {
        report text "$graded" >text
        grep -q -x ' *0/38.5 a line appears whole' text
        grep -q -x ' *hint: Which lock is held while the line is written?' text
        grep -q -x ' *read: book page 05, step 3' text
        grep -q -x ' *failed: lines are <whole> & "sound"' text
        grep -q -x ' *run it again, in ada.failed/ex_lines-1: minikvm a.bin b.bin' text
        grep -q -x 'Score: 58/100' text
}

@test "what hidden tests are and say is shown nowhere before the due date" {
        for form in text csv junit classroom50; do
                report $form "$graded" >$form
                grep -q 'hostile guests' $form
                refute grep -q SECRET $form
        done
        report gradescope "$graded" >gradescope
        assert_equal "$(json gradescope '[t["visibility"] for t in r["tests"]].count("after_due_date")')" 1
        assert_equal "$(json gradescope '[t["visibility"] for t in r["tests"] if "SECRET" in t["output"]]')" "['after_due_date']"
}

@test "what a program prints does not reach the terminal, nor break a form" {
        report text "$graded" >text
        refute grep -q $'\a' text
        grep -q 'bell ?, ]]>, ?, and é' text
        # The folder's name may be anything as well
        sed 's/"submission": "ada"/"submission": "a\\udc80\\u001b[2J"/' "$graded" >odd.json
        assert_all_valid odd.json .
        grep -q '^a??\[2J,graded,58,' csv
}

@test "the points are those of the result, and Classroom 50's are whole numbers with the same sum" {
        report gradescope "$graded" >gradescope
        assert_equal "$(json gradescope 'r["score"], sum(t["max_score"] for t in r["tests"])')" '(58, 100.0)'
        report classroom50 "$graded" >classroom50
        assert_equal "$(json classroom50 'r["score"], r["max-score"], sum(t["max-score"] for t in r["tests"])')" '(58, 100, 100)'
        report junit "$graded" >junit
        grep -q '<property name="score" value="58" />' junit
        grep -q 'tests="7" failures="3" errors="0" skipped="1"' junit
        assert_equal "$(report csv "$graded" | sed -n 2p)" $'ada,graded,58,100,71,5,a line appears whole; hostile guests\r'
}

@test "Classroom 50's names and links are those of its environment" {
        CLASSROOM=kvm ASSIGNMENT=lab5 USERNAME=ada SUBMISSION_TAG=submit/1 COMMIT_URL=http://c RELEASE_URL=http://r \
                report classroom50 "$graded" >classroom50
        assert_equal "$(json classroom50 '[r[k] for k in "classroom assignment owner submission commit release review".split()]')" \
                "['kvm', 'lab5', 'ada', 'submit/1', 'http://c', 'http://r', 'http://c']"
}

@test "many results are one CSV file and one JUnit file; what takes one result refuses two" {
        report csv "$graded" "$graded" >csv
        assert_equal "$(wc -l <csv)" 3
        report junit "$graded" "$graded" >junit
        assert_valid junit junit
        assert_equal "$(grep -c '<testsuite ' junit)" 2
        run -1 report gradescope "$graded" "$graded"
        assert_output --partial 'takes one result'
}

@test "what is no result, and what is no format, is refused with a message" {
        echo '{"format": "other"}' >other.json
        echo 'no json' >no.json
        for file in other.json no.json missing.json; do
                run -1 report text $file
                assert_output --partial "tools/grading/report: $file: "
        done
        run -1 report pdf "$graded"
        assert_output --partial 'usage: tools/grading/report FORMAT'
}
