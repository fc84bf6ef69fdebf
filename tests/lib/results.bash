# What tests of the grader's results share: `load lib/results`.
# shellcheck shell=bash

# Fails when FILE is not what a grade book takes as FORMAT: assert_valid FORMAT FILE
assert_valid() {
        local schemas=$BATS_TEST_DIRNAME/grading

        case $1 in
        junit) xmllint --noout --schema "$schemas/junit.xsd" "$2" >&2 ;;
        # Debian's, for which there is a package
        *) /usr/bin/python3 - "$schemas/$1.schema.json" "$2" <<'END'
import json, sys
import jsonschema
schema, file = (json.load(open(name)) for name in sys.argv[1:])
jsonschema.Draft7Validator.check_schema(schema)
errors = list(jsonschema.Draft7Validator(schema).iter_errors(file))
for error in errors:
    print(sys.argv[2], list(error.path), error.message, file=sys.stderr)
# What a schema cannot say
for test in file.get("tests", []):
    if test["score"] > test.get("max_score", test.get("max-score")):
        errors.append(test)
        print(sys.argv[2], "has more points than there are:", test, file=sys.stderr)
sys.exit(bool(errors))
END
        esac || fail "$2 is no valid $1"
}

# Reports RESULT.json in every form into the folder, and sees that all are valid: assert_all_valid RESULT.json FOLDER
assert_all_valid() {
        local form

        assert_valid result "$1"
        for form in text csv junit gradescope classroom50; do
                "$BATS_TEST_DIRNAME/../tools/grading/report" $form "$1" >"$2/$form" || fail "no $form of $1"
                [[ -s $2/$form ]] || fail "the $form of $1 is empty"
        done
        for form in junit gradescope classroom50; do
                assert_valid $form "$2/$form"
        done
}
