# What makes nine chapters one program: each differs from the one before by its feature and nothing
# else, and a change to one of them can be carried to all later ones.
# bats file_tags=needs:host
load lib/load

setup() {
        root=$(realpath "$BATS_TEST_DIRNAME/..")
}

# A repository of three chapters: `same` is the same in all, `grows` gets a line at its end in each.
make_repository() {
        local number

        cd "$BATS_TEST_TMPDIR"
        export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
        git init -q .
        git config user.name Test
        git config user.email test@example.org
        for number in 01 02 03; do
                mkdir -p "chapters/$number-x"
                seq 20 >"chapters/$number-x/same"
                { seq 20; seq -f 'chapter %g' "${number#0}"; } >"chapters/$number-x/grows"
        done
        commit
}

commit() { git add -A && git commit -q -m "a change"; }

carry() { run "$root/tools/carry" "$@"; }

# Compares a table, on stdin, with the other: says what is in one and not in the other.
compare_tables() {
        awk '
        /^#/ { next }
        { key = $1 " to " $2 ", " $3; change = "+" $4 " -" $5 }
        FILENAME != "-" { added[key] = $4; removed[key] = $5; stated[key] = change; next }
        !(key in stated) { print key ": differs by " change ", the table says that it does not"; next }
        far($4, added[key]) || far($5, removed[key]) {
                print key ": differs by " change ", the table says " stated[key]
        }
        { delete stated[key] }
        END { for (key in stated) print key ": does not differ, the table says " stated[key] }
        function far(is, should) { return is - should > 3 + should / 20 || should - is > 3 + should / 20 }
        ' "$1" -
}

# Says what is larger than a table of limits allows.
over_limits() {
        local what pattern limit folder chapter size

        while read -r what pattern limit; do
                for folder in $pattern/; do
                        [[ -d $folder ]] || { echo "$what: $folder is not there"; continue; }
                        chapter=$(basename "$folder")
                        case $what in
                        code) size=$(cloc --quiet --csv --skip-uniqueness --include-ext=c,h,S --exclude-dir=build "$folder" |
                                sed -n 's/.*,SUM,.*,//p') ;;
                        added) size=$(tools/stages | awk -v to="${chapter%%-*}" '$2 == to { sum += $4 } END { print sum }') ;;
                        esac
                        ((size > 0 && size <= limit)) || echo "$what: $folder: ${size:-no} lines, at most $limit"
                done
        done < <(grep -v '^#' "$1")
}

@test "nothing is larger than tests/limits.table allows" {
        cd "$root"
        run over_limits tests/limits.table
        assert_output ''
}

@test "what is larger than its limit is told, and what is not there" {
        cd "$root"
        printf '%s\n' 'code guests/os1k 10' 'added chapters/02-* 10' 'added chapters/03-* 1000' \
                'code chapters/99-* 10' >"$BATS_TEST_TMPDIR/table"
        run over_limits "$BATS_TEST_TMPDIR/table"
        assert_line --index 0 --regexp '^code: guests/os1k/: [0-9]{3,} lines, at most 10$'
        assert_line --index 1 --regexp '^added: chapters/02-one-byte-guest/: [0-9]{3,} lines, at most 10$'
        assert_line --index 2 'code: chapters/99-*/ is not there'
        assert_equal "${#lines[@]}" 3
}

@test "chapters differ from the one before by what tests/stages.table says, and not by more" {
        cd "$root"
        run compare_tables tests/stages.table < <(tools/stages)
        assert_success
        assert_output ''
}

@test "the table names a new file, a changed and a deleted one, and no other" {
        make_repository
        echo more >>chapters/02-x/same
        echo more | tee chapters/02-x/new >chapters/03-x/new
        rm chapters/03-x/grows
        "$root/tools/stages" >table
        run compare_tables table <<'END'
01 02 same 1 0
01 02 new 1 0
01 02 grows 1 0
02 03 same 0 1
02 03 grows 0 22
END
        assert_success
        assert_output ''
}

@test "another difference than the table's is told" {
        echo '01 02 file 100 10' >"$BATS_TEST_TMPDIR/table"
        cd "$BATS_TEST_TMPDIR"
        run compare_tables table <<<'01 02 file 108 7'
        assert_output ''
        run compare_tables table <<<'01 02 file 109 10'
        assert_output '01 to 02, file: differs by +109 -10, the table says +100 -10'
        run compare_tables table <<<'01 02 file 100 6'
        assert_output '01 to 02, file: differs by +100 -6, the table says +100 -10'
        run compare_tables table </dev/null
        assert_output '01 to 02, file: does not differ, the table says +100 -10'
        run compare_tables table < <(cat table; echo '02 03 file 1 0')
        assert_output '02 to 03, file: differs by +1 -0, the table says that it does not'
}

@test "carry: a change reaches all later chapters, and what is special about them stays" {
        make_repository
        sed -i 's/^5$/five/' chapters/01-x/same chapters/01-x/grows
        carry 01-x
        assert_success
        for number in 1 2 3; do
                assert_equal "$(<chapters/0$number-x/same)" "$(seq 20 | sed 's/^5$/five/')"
                assert_equal "$(<chapters/0$number-x/grows)" "$({ seq 20; seq -f 'chapter %g' $number; } | sed 's/^5$/five/')"
        done
        # once more does no harm
        git diff >before
        carry chapters/01-x
        assert_success
        assert_output ''
        assert_equal "$(git diff)" "$(<before)"
}

@test "carry: a change begins where it is said to, and goes on with what is changed there" {
        make_repository
        sed -i 's/^5$/five/' chapters/01-x/same
        sed -i 's/^15$/fifteen/' chapters/02-x/same
        carry 02-x
        assert_success
        assert_equal "$(<chapters/03-x/same)" "$(seq 20 | sed 's/^15$/fifteen/')"
        assert_equal "$(<chapters/02-x/same)" "$(seq 20 | sed 's/^15$/fifteen/')"
        carry 01-x
        assert_success
        assert_equal "$(<chapters/03-x/same)" "$(seq 20 | sed 's/^15$/fifteen/; s/^5$/five/')"
}

@test "carry: a new file and a deleted one, with spaces and in folders" {
        make_repository
        mkdir chapters/01-x/folder
        echo new >'chapters/01-x/folder/a new file'
        rm chapters/01-x/same
        carry 01-x
        assert_success
        for number in 02 03; do
                assert_equal "$(<"chapters/$number-x/folder/a new file")" new
                [[ ! -e chapters/$number-x/same ]]
        done
}

@test "carry: what is ignored, and what a later chapter has not, is left alone" {
        make_repository
        echo built >.gitignore
        rm chapters/02-x/same chapters/03-x/same
        commit
        echo built >chapters/01-x/built
        echo more >>chapters/01-x/same
        carry 01-x
        assert_success
        assert_output '01-x -> 02-x: same does not exist in 02-x: left out'
        [[ ! -e chapters/02-x/same && ! -e chapters/02-x/built ]]
}

@test "carry: a change that has been committed already, from another commit on" {
        make_repository
        sed -i 's/^5$/five/' chapters/01-x/same
        commit
        carry 01-x
        assert_output ''
        carry 01-x HEAD~1
        assert_success
        grep -q five chapters/03-x/same
}

@test "carry: a conflict stops it, and is told with file and chapter; mended, it goes on" {
        make_repository
        sed -i 's/^5$/fuenf/' chapters/02-x/same
        commit
        sed -i 's/^5$/five/; s/^15$/fifteen/' chapters/01-x/same
        sed -i 's/^1$/one/' chapters/01-x/grows
        carry 01-x
        assert_failure 1
        assert_line '01-x -> 02-x: CONFLICT in same'
        assert_line 'tools/carry: mend chapters/02-x/same, then go on: tools/carry 02-x'
        grep -q '^<<<<<<< 02-x' chapters/02-x/same
        grep -q fifteen chapters/02-x/same
        grep -q one chapters/02-x/grows
        assert_equal "$(<chapters/03-x/same)" "$(seq 20)"

        carry 02-x
        assert_failure 1
        assert_output 'tools/carry: chapters/02-x/same still has conflict markers: mend it first'

        sed -i '/^<<<<<<<\|^=======\|^>>>>>>>\|five/d' chapters/02-x/same
        carry 02-x
        assert_success
        assert_equal "$(<chapters/03-x/same)" "$(seq 20 | sed 's/^15$/fifteen/')"
        grep -q one chapters/03-x/grows
}

@test "carry: a file that is gone here and different there is a conflict" {
        make_repository
        rm chapters/01-x/grows
        carry 01-x
        assert_failure 1
        assert_line '01-x -> 02-x: CONFLICT in grows (gone from 01-x, different in 02-x: delete it or keep it)'
        [[ -e chapters/02-x/grows ]]
}

@test "carry: a new file does not overwrite another of that name" {
        make_repository
        echo other >chapters/02-x/new
        commit
        echo new >chapters/01-x/new
        carry 01-x
        assert_success
        assert_output --partial 'new is new, 02-x has one of its own: left alone'
        assert_equal "$(<chapters/02-x/new)" other
}

@test "carry: a chapter that has not been committed yet is told" {
        make_repository
        cp -r chapters/03-x chapters/04-x
        cp -r chapters/03-x chapters/05-x
        sed -i 's/^5$/five/' chapters/01-x/same
        carry 01-x
        assert_failure 1
        assert_output --partial 'tools/carry: 04-x is not in HEAD'
        grep -q five chapters/04-x/same
}

@test "carry: bad usage is told" {
        make_repository
        carry
        assert_failure 1
        assert_output --partial 'usage: tools/carry STAGE'
        carry 07-x
        assert_failure 1
        assert_output 'tools/carry: chapters/07-x does not exist'
        carry 01-x no-such-commit
        assert_failure 1
        assert_output 'tools/carry: no-such-commit is no commit'
        carry --help
        assert_success
        assert_output --partial 'usage: tools/carry STAGE'
}

# Makes what a patch of labs/ makes of its chapter.
apply_patch() {
        chapter=${1#labs/}
        chapter=${chapter%%/*}
        rm -rf "$BATS_TEST_TMPDIR/chapter"
        cp -r "chapters/$chapter" "$BATS_TEST_TMPDIR/chapter"
        run patch -s -p1 -d "$BATS_TEST_TMPDIR/chapter" <"$1"
        assert_success
        assert_output ''
}

@test "the wrong programs of labs/ are made by patches that still fit, for tests that there are" {
        local patch chapter

        cd "$root"

        for patch in labs/*/wrong/*.patch; do
                apply_patch "$patch"
                run grep -hF "@test \"$(sed -n '2s/^Loses: //p' "$patch")\" {" tests/test_"${chapter%%-*}"*.bats
                assert_success
        done
}

@test "the other right programs of labs/ are made by patches that still fit, and build" {
        local patch chapter

        cd "$root"

        for patch in labs/*/other/*.patch; do
                apply_patch "$patch"
                make -s -C "$BATS_TEST_TMPDIR/chapter" COMMON="$root/common" ./minikvm
        done
}

@test "every exercise is in the table of those who teach, and has two demands that students do not see" {
        cd "$BATS_TEST_DIRNAME/.."
        for folder in labs/*/exercises/*/; do
                grep -q -F "(../${folder}task.md)" book/instructors.md || fail "$folder is not in the table"
                for file in task.md test.bats hidden.bats solution.patch; do
                        [[ -s $folder$file ]] || fail "$folder$file is not there"
                done
                (($(grep -c '^# demand: ' "${folder}hidden.bats") >= 2)) || fail "$folder: too little is hidden"
                (($(find "${folder}wrong" -type f | wc -l) >= 3)) || fail "$folder: too few wrong solutions"
        done
}
