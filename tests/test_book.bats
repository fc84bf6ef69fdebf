# The book is right, and its checks see when it is not: each test damages a small book of its own
# (tests/book/fixture), which is right otherwise.
# bats file_tags=needs:host
load lib/load

setup() {
        cd "$BATS_TEST_DIRNAME/.."
        [[ $BATS_TEST_DESCRIPTION != "the book"* ]] || return 0
        cp -r tests/book/fixture "$BATS_TEST_TMPDIR/project"
        mkdir "$BATS_TEST_TMPDIR/project/tests"
        cp -r tools "$BATS_TEST_TMPDIR/project"
        cp -r tests/book "$BATS_TEST_TMPDIR/project/tests"
        cd "$BATS_TEST_TMPDIR/project"
        rm -r tests/book/fixture
        echo /build/ >.gitignore
        commit
        one=book/01-hello.md two=book/02-count.md
}

commit() {
        git init -q .
        git add -A
        git -c user.name=test -c user.email=test commit -q -m "A commit"
}

# Puts TEXT (lines) behind, before, or in place of the one line that matches a pattern; `remove` a line.
behind() { change "$1" "$2" "a" "$3"; }
before() { change "$1" "$2" "i" "$3" "${4-1}"; }
instead() { change "$1" "$2" "c" "$3"; }
remove() { sed -i "$(line_of "$1" "$2")d" "$1"; }
change() { sed -i "$(line_of "$1" "$2" "${5-1}")$3\\"$'\n'"${4//$'\n'/\\$'\n'}" "$1"; }

# The number of the line that matches; of several, the NTH.
line_of() {
        local number

        number=$(grep -n -e "$2" "$1" | cut -d : -f 1 | sed -n "${3-1}p")
        [[ $number ]] || fail "no '$2' in $1"
        echo "$number"
}

# Removes the NTH diff block of a page.
remove_diff() {
        awk -v nth="$2" '/^```diff/ { inside = (++n == nth) } !inside; /^```$/ { inside = 0 }' "$1" >new
        mv new "$1"
}

# The checks fail, and say this about that line. RUN=1 with builds and transcripts.
assert_told() {
        local page=$1 number=$2 text=$3

        [[ ${RUN-} ]] && run tools/book-check "$page" || run tools/book-check --no-run "$page"
        assert_failure 1
        assert_line --partial "$page:$number: "
        assert_line --regexp "^$page:$number: .*$text"
}

# Everything of a page but its diffs.
prose() { awk '/^```diff/ { inside = 1 } !inside; /^```$/ { inside = 0 }' "$1"; }

@test "the book: every diff, checkpoint, transcript, link and name in it is right" {
        run tools/book-check
        assert_success
        assert_output --regexp ' 0 problems$'
}

@test "a small book that is right passes, and nothing is left behind" {
        run tools/book-check
        assert_success
        assert_line 'book: 4 pages, 13 diffs applied, 6 checkpoints built, 8 transcripts run, 0 problems'
        run git status --short
        assert_output ''
        refute [ "$(ls build)" ]
}

@test "a chapter in which nothing runs for long, or that comes in brackets and diffs, is told" {
        run tools/book-check --no-run
        assert_line --regexp '^book: 01-hello: [0-9]+ words before the first run, at most [0-9]+ between two$'
        before "$one" '^```console' "$(printf 'word %.0s' {1..400})" 1
        assert_told "$one" 1 'words before anything runs: 400 are the most'
        git checkout -q .
        number=$(line_of "$one" '^```console' 1)
        before "$one" '^```console' "$(printf 'word %.0s' {1..701})" 2
        assert_told "$one" "$number" 'words until something runs again: 700 are the most'
        git checkout -q .
        before "$one" '^```console' $'Nine words stand in here\n(one two three four five six seven eight nine).\n' 1
        assert_told "$one" "$(line_of "$one" '(one two')" 'more than 8 words in parentheses'
}

@test "four diffs in a row, and not a word between them, are told" {
        awk '/^```diff/ { inside = 1 } inside; /^```$/ && inside { inside = 0; print "" }' "$one" "$one" >diffs
        (($(grep -c '^```diff' diffs) > 3))
        cat diffs >>"$one"
        fourth=$(line_of "$one" '^```diff' $(($(grep -c '^```diff' "$one") - $(grep -c '^```diff' diffs) + 4)))
        assert_told "$one" "$fourth" '4 diffs without a paragraph between them'
}

@test "a function of 1K OS that no page prints to its end is told, and so is a label" {
        local main=guests/os1k/kernel/main.c boot=guests/os1k/kernel/boot.S

        mkdir -p guests/os1k/kernel
        printf '%s\n' '#define TWO     2' '' '/* Gives two. */' 'static int two(int unused,' \
                '               int more)' '{' '        return TWO;' '' '        /* never */' '}' '' \
                'int three(void);' >"$main"
        printf '%s\n' '/* The start. */' 'begin:' '        call    two' '        hlt' 'end:' '        nop' >"$boot"
        git add guests
        run tools/book-check --no-run
        assert_failure 1
        assert_line "$main:4: no page prints this of two"
        assert_line "$boot:2: no page prints this of begin"
        assert_line "$boot:5: no page prints this of end"
        refute_output --partial three
        printf '\n```%s\n%s\n```\n' c "$(sed -n 4,7p "$main")" asm "$(sed 1d "$boot")" >>README.md
        printf '\n```%s\n%s\n```\n' c "$(sed -n 4,7p "$main")" asm "$(sed 1d "$boot")" >>"$one"
        run tools/book-check --no-run
        assert_failure 1
        assert_line "$main:9: no page prints this of two"
        refute_output --partial boot.S
        printf '\n```c\n…\n%s\n…\n%s\n```\n' "$(sed -n 7p "$main")" "$(sed -n 9,10p "$main")" >>"$one"
        run tools/book-check --no-run
        assert_success
        git checkout -q "$one"
        mv "$one" page
        { cat page; printf '\n```c sketch\n%s\n```\n' "$(sed -n 4,10p "$main")"; } >"$one"
        run tools/book-check --no-run
        assert_line "$main:4: no page prints this of two"
}

@test "1K OS's pages have a pace as well" {
        printf '# 1K OS\n\n%s\n\n```console\n$ true\n```\n' "$(printf 'word\n%.0s' {1..401})" >book/1k-os.md
        printf -- '- [1K OS](1k-os.md)\n' >>book/SUMMARY.md
        git add book
        run tools/book-check --no-run
        assert_failure 1
        assert_line 'book/1k-os.md:1: 401 words before anything runs: 400 are the most'
        assert_line 'book: 1k-os: 401 words before the first run, at most 0 between two'
}

@test "a chapter without a page is listed, and is no mistake" {
        rm "$two"
        remove book/SUMMARY.md 02-count
        remove "$one" 02-count
        run tools/book-check --no-run
        assert_success
        assert_line 'book: 02-count has no page yet'
}

@test "patch, given a whole page, makes the chapter" {
        cp -r chapters/01-hello mine
        run patch -p1 --fuzz=0 -d mine -i "$PWD/$two"
        assert_success
        refute_output --partial offset
        diff -r mine chapters/02-count
}

@test "diffs: any changed letter is found, with its line" {
        local page number text place

        for page in "$one" "$two" "$one" "$two"; do
                cp "$page" right
                number=$(awk '/^```diff/ { inside = 1 } /^```$/ { inside = 0 }
                              inside && /^[-+ ].*[a-z]/ && !/^(---|\+\+\+) /{ print NR }' "$page" | shuf -n 1)
                text=$(sed -n "${number}p" "$page")
                place=$(grep -o -b '[a-z]' <<<"$text" | shuf -n 1)
                echo "line $number of $page, letter ${place%:*}: $text"
                sed -i -E "${number}s/^(.{${place%:*}})./\\1X/" "$page"
                run tools/book-check --no-run "$page"
                assert_failure 1
                assert_output --regexp "(^|$'\n')$page:($number: |[0-9]+: .* (is not|printed at line $number))"
                assert_output --regexp '[a-z]+\.[ch]:[0-9]+|Makefile:[0-9]+'
                mv right "$page"
        done
}

@test "diffs: the line of the code is named, too" {
        number=$(line_of "$two" '^+        return count')
        sed -i "${number}s/count/counts/" "$two"
        assert_told "$two" "$number" 'prints .*return counts;.*, but chapters/02-count/greet.c:15 is .*return count;'
}

@test "diffs: changed code is found as well" {
        sed -i 's/return count;/return count + 0;/' chapters/02-count/greet.c
        assert_told "$two" "$(line_of "$two" '^+        return count')" 'chapters/02-count/greet.c:15 '
}

@test "diffs: every one that is left out is found" {
        local i

        for i in $(seq "$(grep -c '^```diff' "$two")"); do
                cp "$two" right
                remove_diff "$two" "$i"
                run tools/book-check --no-run "$two"
                assert_failure 1
                assert_line --regexp "^$two:[0-9]+: .*[a-z]+\.[ch]"
                mv right "$two"
        done
        remove_diff "$two" 7
        assert_told "$two" "$(($(line_of "$two" '^+#include') + 1))" "chapters/02-count/main.c:9: no diff prints .*greetings"
        assert_line --regexp "^$two:[0-9]+: chapters/01-hello/main.c:7: no diff takes away .*leave"
        assert_line --regexp "^$two:[0-9]+: chapters/02-count/leave.c does not exist"
}

@test "diffs: one that is printed twice is found" {
        awk '{ print; block = /^```diff/ ? $0 : block "\n" $0 }
             /^```$/ && block ~ /static int count/ { print "\n" block; block = "" }' "$two" >new
        mv new "$two"
        assert_told "$two" "$(line_of "$two" '^@@' 2)" "the same hunk of greet.c is at line $(line_of "$two" '^@@') already"
}

@test "diffs: a line number that is wrong by one is found" {
        sed -i 's/^@@ -9,3 +9,8 @@/@@ -8,3 +9,8 @@/' "$two"
        assert_told "$two" "$(line_of "$two" '^@@ -8,3')" 'the hunk lands at line 8, not 9'
        sed -i 's/^@@ -8,3 +9,8 @@/@@ -8,3 +8,8 @@/' "$two"
        assert_told "$two" "$(($(line_of "$two" '^@@ -8,3') + 1))" 'greet.c:8 is not "        count\+\+;"'
        sed -i 's/^@@ -8,3 +8,8 @@/@@ -9,4 +9,8 @@/' "$two"
        assert_told "$two" "$(line_of "$two" '^@@ -9,4')" 'counts other lines than there are: 3 old, 8 new'
}

@test "diffs: a wrong function behind @@ is found" {
        sed -i 's/^\(@@ -9,3 +9,8 @@\).*/\1 void leave(const char *name)/' "$two"
        assert_told "$two" "$(line_of "$two" '^@@ -9,3')" 'the function above greet.c:9 is "void greet'
}

@test "diffs: less context below than above is found, since patch refuses it" {
        sed -i '/^@@ -1,5 +1,7 @@/,/^```/{s/+1,7/+1,6/;s/-1,5/-1,4/;/^         greet/d;s/^ {$/ {/}' "$two"
        sed -i '/^@@ -6,6 +6,6/,/^```/{s/-6,6 +6,6/-6,4 +6,4/;/^         return 0/d;/^ }$/d}' "$two"
        assert_told "$two" "$(line_of "$two" '^@@ -6,4')" 'main.c:6: 3 lines of context above and 0 below'
}

@test "diffs: a line that is added and taken away later is found" {
        sed -i 's/^```diff for-now/```diff/' "$two"
        assert_told "$two" "$(line_of "$two" '^-.*greetings()')" \
                "takes away a line that the page adds at line $(line_of "$two" '^+.*"%d "')"
}

@test "diffs: a line that is for now must go, and so must nothing else" {
        remove_diff "$two" 5
        assert_told "$two" "$(line_of "$two" '^+.*"%d "')" 'is in greet.c for now, but no diff takes it away'
        git checkout -q "$two"
        sed -i '0,/^```diff$/s//```diff for-now/' "$two"
        assert_told "$two" "$(line_of "$two" '^+static')" 'is in greet.c for now'
}

@test "diffs: a line that one takes away and another brings back is found" {
        local diff=$'```diff\n--- a/hello.h\n+++ b/hello.h\n@@ -1,3 +1,2 @@\n /* hello.h - what the files offer each other. */
-void greet(const char *name);\n void leave(const char *name);\n```\n\n```diff\n--- a/hello.h\n+++ b/hello.h\n@@ -1,2 +1,3 @@
 /* hello.h - what the files offer each other. */\n+void greet(const char *name);\n void leave(const char *name);\n```\n'
        before "$two" '^The function comes first' "$diff"
        assert_told "$two" "$(line_of "$two" '^+void greet')" 'takes away another one brings back'
}

@test "diffs: one in a page that is no chapter, and one that is indented, are found" {
        printf '\n```diff\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n```\n' >>README.md
        assert_told README.md "$(line_of README.md '^```diff')" 'no chapter'
        sed -i '0,/^```diff$/s//  ```diff/' "$two"
        assert_told "$two" "$(line_of "$two" '^  ```diff')" 'not indented'
}

@test "diffs: blocks that patch could not read are found" {
        sed -i '0,/^```diff$/s//```diff later/' "$two"
        assert_told "$two" "$(line_of "$two" 'diff later')" 'there is only "for-now"'
        git checkout -q "$two"
        before "$two" '^## Counting' $'```diff\n```\n'
        assert_told "$two" "$(line_of "$two" '^```diff')" 'without a diff'
        git checkout -q "$two"
        sed -i '0,/^@@.*/s///' "$two"
        assert_told "$two" "$(($(line_of "$two" '^+++ b/greet.c') + 1))" 'no "@@ .*book-refresh'
        git checkout -q "$two"
        sed -i '0,/^@@.*/s//@@ here @@/' "$two"
        assert_told "$two" "$(line_of "$two" '^@@ here')" 'no line like "@@'
        git checkout -q "$two"
        sed -i '0,/^[-+][-+][-+] .*/s///' "$two"
        assert_told "$two" "$(($(line_of "$two" '^+++ b/greet.c') - 1))" 'no --- and'
        git checkout -q "$two"
        sed -i '0,/^--- a.greet.c/s//--- a\/hello.h/' "$two"
        assert_told "$two" "$(line_of "$two" '^--- a/hello.h')" 'it names two'
        git checkout -q "$two"
        sed -i '0,/^+static int count;/s//static int count;/' "$two"
        assert_told "$two" "$(line_of "$two" '^static int count')" 'begins with a space'
        git checkout -q "$two"
        sed -i '0,/^--- a.greet.c/s//--- \/dev\/null/' "$two"
        assert_told "$two" "$(line_of "$two" '^--- /dev/null')" 'greet.c is there already'
        git checkout -q "$two"
        sed -i 's/greet\.c$/gruss.c/' "$two"
        assert_told "$two" "$(line_of "$two" '^--- a/gruss.c')" 'there is no gruss.c yet'
}

@test "diffs: a line that is for now may give way to another one, which must go as well" {
        local again=$'Better with a sign.\n\n```diff for-now\n--- a/greet.c\n+++ b/greet.c\n         count++;\n'

        again+=$'-        printf("%d ", greetings());\n+        printf("No. %d: ", greetings());\n```\n'
        sed -i 's/^-.*"%d ".*/-        printf("No. %d: ", greetings());/; s/^\([12]\) Hello/No. \1: Hello/' "$two"
        before "$two" '^\*\*Checkpoint 2' "$again"
        run tools/book-refresh 02
        assert_success
        run tools/book-check "$two"
        assert_success
        remove_diff "$two" 6
        run tools/book-refresh 02
        assert_told "$two" "$(line_of "$two" '^+.*"No. %d: "')" 'is in greet.c for now, but no diff takes it away'
}

@test "diffs: hunks that change nothing, or take lines away for now, are found" {
        local hunk=$'```diff\n--- a/hello.h\n+++ b/hello.h\n@@ -3 +3 @@\n void leave(const char *name);\n```\n'

        before "$two" '^## Counting' "$hunk"
        assert_told "$two" "$(line_of "$two" '^@@ -3')" 'changes nothing'
        sed -i '/^@@ -3 +3/s/+3/+2,0/; 0,/^ void leave/s//-void leave/; 0,/^```diff/s//```diff for-now/' "$two"
        assert_told "$two" "$(line_of "$two" '^-void leave')" 'for now takes away only lines that are there for now'
}

@test "diffs: patch is given the whole page, and what else it takes for a diff is found" {
        printf '\n```text\n%s\n```\n' $'--- a/main.c\n+++ b/main.c\n@@ -1,2 +1,3 @@\n #include "hello.h"\n+int x;\n' >>"$two"
        assert_told "$two" 1 'patch, given the whole page, makes a main.c that is not chapters/02-count/main.c'
        sed -i 's/^@@ -1,2 +1,3/@@ -2,2 +2,3/' "$two"
        assert_told "$two" 1 'patch, given the whole page .*, says: Hunk #1 succeeded at 1 .offset -1'
}

@test "a file that git does not know is no part of a chapter" {
        echo 'int unused;' >chapters/02-count/untracked.c
        run tools/book-check --no-run
        assert_success
        git add chapters/02-count/untracked.c
        run tools/book-check --no-run
        assert_failure 1
        assert_line --partial 'chapters/02-count/untracked.c'
}

@test "messages: one that the appendix lacks is found, and one that no program prints" {
        printf '# Messages\n\n| message | from |\n|---|---|\n| `it is too … to eat` | 02 |\n' >book/messages.md
        echo 'bool bite(void) { return refuse(apple, "it is too %s " "to eat"); }' >>chapters/02-count/main.c
        run tools/book-check --no-run
        refute_output --partial 'book/messages.md:'
        sed -i 's/too … to/too … and … to/' book/messages.md
        run tools/book-check --no-run
        assert_failure 1
        assert_line 'book/messages.md:1: chapters/02-count/main.c prints "it is too … to eat", which is not here'
        assert_line 'book/messages.md:5: no program prints "it is too … and … to eat"'
}

@test "checkpoints: one that does not build is found, with the compiler's words" {
        sed -i '/^```diff for-now/,/^```$/s/^+ .*/+        int unused;/' "$two"
        sed -i '/^-.*"%d "/s/.*/-        int unused;/' "$two"
        RUN=1 assert_told "$two" "$(line_of "$two" 'Checkpoint 2')" \
                'does not build here: greet.c:10:[0-9]+: error: .*unused'
}

@test "checkpoints: too few, wrong numbers, missing transcripts and missing checkpoints are found" {
        sed -i 's/Checkpoint 3/Check 3/' "$two"
        assert_told "$two" 1 '2 checkpoints: a chapter has at least 3'
        assert_line --regexp "^$two:[0-9]+: no checkpoint follows this diff"
        assert_line --regexp "^$two:[0-9]+: no checkpoint between the diff at line [0-9]+ and this transcript"
        git checkout -q "$two"
        sed -i 's/Checkpoint 3/Checkpoint 4/' "$two"
        assert_told "$two" "$(line_of "$two" 'Checkpoint 4')" 'checkpoint 4 should be 3'
        git checkout -q "$two"
        sed -i "$(line_of "$two" '^```console' 2)s/console/text/" "$two"
        assert_told "$two" "$(line_of "$two" 'Checkpoint 1')" 'without a ```console block'
}

@test "transcripts: a wrong line, a line too few and one too many are found" {
        local name=$RANDOM

        sed -i "s/^2 greetings/$name greetings/" "$two"
        RUN=1 assert_told "$two" "$(line_of "$two" "^$name greetings")" "is not what is printed: \"2 greetings\""
        remove "$two" "^$name greetings"
        RUN=1 assert_told "$two" "$(line_of "$two" '^\$ ./hello$' 2)" 'prints more: "2 greetings"'
        behind "$two" '^Hello, reader' '2 greetings'
        behind "$two" '^2 greetings' "$name greetings"
        RUN=1 assert_told "$two" "$(line_of "$two" "^$name greetings")" "is not what is printed: nothing more"
}

@test "transcripts: the wildcard stands for what it stands for, and for nothing else" {
        sed -i 's/^2 Hello, …/2 Hello, … …!/' "$two"
        RUN=1 assert_told "$two" "$(line_of "$two" '^2 Hello')" 'is not what is printed: "2 Hello, reader!"'
        sed -i 's/^2 Hello, .*/…!/' "$two"
        run tools/book-check "$two"
        assert_success
        sed -i '/^…!/d; s/^1 Hello, world!/…/' "$two"
        run tools/book-check "$two"
        assert_success
        sed -i 's/^…$/… Hello, reader!/' "$two"
        RUN=1 assert_told "$two" "$(line_of "$two" '^… Hello')" 'is not what is printed: "1 Hello, world!"'
}

@test "transcripts: the exit status, the place, an empty input and what goes on in the next line" {
        printf '\n```console\n$ cat\n$ ls nothing\nls: …\n$ echo $?\n2\n$ echo a \\\n> b\na b\n$ cd book\n$ ls *.svg */*.svg\n%s\n```\n' \
                $'ls: …\nfigures/hello.svg' >>README.md
        run tools/book-check README.md
        assert_success
        assert_output --partial '2 transcripts run, 0 problems'
}

@test "transcripts: a command that does not end, or ends the shell, is found" {
        printf '\n```console\n$ echo a\na\n$ sleep 60\n```\n' >>README.md
        BOOK_SECONDS=1 RUN=1 assert_told README.md "$(line_of README.md 'sleep')" 'does not end in 1 seconds'
        sed -i 's/sleep 60/exit 3/' README.md
        RUN=1 assert_told README.md "$(line_of README.md 'exit 3')" 'ends the shell'
        sed -i "s/exit 3/echo 'a/" README.md
        RUN=1 assert_told README.md "$(line_of README.md "echo 'a")" 'ends the shell'
}

@test "transcripts: one that no test can run is refused" {
        printf '\n```console\n$ make shell-vm\n```\n' >>README.md
        assert_told README.md "$(line_of README.md 'shell-vm')" 'cannot be run by the tests'
        sed -i 's/^\$ make shell-vm/make/' README.md
        assert_told README.md "$(line_of README.md '^make')" 'begins with "\$ " and a command'
        sed -i '/^make$/d' README.md
        assert_told README.md "$(line_of README.md '^```console' 2)" 'without a command'
}

# The VM's part is played by scripts that write down what they are asked to do.
@test "transcripts that need KVM run in the VM, in one start of it; builds do not" {
        mkdir -p tools/vm
        printf '#!/bin/sh\necho "KVM here: none (a test)"\n' >tools/probe
        printf '#!/bin/sh\n:\n' >tools/setup
        printf '#!/bin/sh\necho "$@" >>starts\nshift 2\nMINIKVM_VM=1 exec "$@"\n' >tools/vm/run
        chmod +x tools/probe tools/setup tools/vm/run
        printf '\n```console\n$ %s\n%s\n```\n' 'minikvm=x; make -s; echo $MINIKVM_VM-' 1- >>README.md
        sed -i 's/make -s; //' README.md
        printf '\n```console\n$ %s\n-\n$ %s\n1\n```\n' 'make -f guests/venue.mk' 'echo minikvm >/dev/null; echo $MINIKVM_VM' >>README.md
        printf '%s:\n\t@echo "$(MINIKVM_VM)-"\n' all >guests/venue.mk
        printf '\n```console\n$ echo $MINIKVM_VM-\n-\n```\n' >>README.md
        git add guests
        run tools/book-check README.md
        assert_success
        assert_output --partial '4 transcripts run, 0 problems'
        assert_equal "$(wc -l <starts)" 1
        printf '#!/bin/sh\necho "tools/vm/run: no QEMU"\nexit 125\n' >tools/vm/run
        run tools/book-check README.md
        assert_failure 1
        assert_output --partial 'the VM failed: tools/vm/run: no QEMU'
        printf '#!/bin/sh\necho "KVM here: full (a test)"\n' >tools/probe
        run tools/book-check README.md
        assert_failure 1
        assert_line --regexp "^README.md:$(line_of README.md '^1-'): "
}

@test "mentions: broken links, headings, figures, files and targets are found" {
        local number bad

        for bad in '[a](02-nothing.md)' '[a](02-count.md#nothing)' '![a](figures/nothing.svg)' '[a]()' \
                '[a](../chapters/01-hello/main.c#L99)' '[a](../../outside.md)' '`guests/nothing.txt`' '`nothing.c`' \
                '`guests/*.nothing`' '`chapters/01-hello/main.c:99`' '`make nothing`' '`make -C guests nothing`' \
                $'`make\nnothing`' $'`make -C\nchapters/01-hello build`' '<br>' '<!-- a -->' 'teh'; do
                number=$(($(wc -l <"$one") + 2))
                printf '\n%s\n' "$bad" >>"$one"
                echo "for $bad"
                run tools/book-check --no-run "$one"
                assert_failure 1
                assert_line --regexp "^$one:$number: "
                assert_line --regexp ' 1 problems$'
                git checkout -q "$one"
        done
        printf '\n[text in\ntwo lines](nothing.md)\n' >>"$one"
        assert_told "$one" "$(line_of "$one" 'two lines')" 'the link goes to nothing.md'
}

@test "mentions: what exists is not complained about" {
        cat >>"$one" <<'END'

[a](02-count.md#the-end) [b](#manners) [c](../chapters/01-hello/main.c#L9)
[d](../chapters/02-count) [e](https://a.org/b.md) ![f](figures/hello.svg "A circle")
`chapters/02-count/main.c`
`guests/*.txt` `../../guests/hello.txt` `make` `make build`
`make -C chapters/01-hello hello CC=clang` `make CFLAGS="-O2 -g"`
`qemu/accel/kvm/kvm-all.c` `mine/greet.S` `<stdio.h>` `hello.h` `Makefile` `a.b`
`[x](nothing.md)`
END
        run tools/book-check --no-run "$one"
        assert_success
}

@test "mentions: a file that git does not know is found" {
        echo '<svg/>' >book/figures/new.svg
        printf '\n![new](figures/new.svg)\n' >>"$one"
        assert_told "$one" "$(line_of "$one" 'new.svg')" 'git does not know'
        git add book/figures
        run tools/book-check --no-run "$one"
        assert_success
        echo '<svg>' >book/figures/new.svg
        assert_told "$one" "$(line_of "$one" 'new.svg')" 'not well-formed'
}

@test "mentions: code that is quoted, but is nowhere, is found" {
        sed -i '/^```c$/,/^```$/s/Hello/Hallo/' "$two"
        assert_told "$two" "$(line_of "$two" '^```c$')" 'this code is nowhere'
        sed -i 's/^```c$/```c sketch/' "$two"
        run tools/book-check --no-run "$two"
        assert_success
        git checkout -q "$two"
        sed -i '/^```c$/,/^```$/s/^        …/        count--;/' "$two"
        assert_told "$two" "$(line_of "$two" '^```c$')" 'this code is nowhere'
}

@test "long lines, a wrong change at a glance, and a page that SUMMARY.md does not list are found" {
        printf '\n%s%s\n' "$(printf 'word %.0s' {1..20})" x >>"$one"
        assert_told "$one" "$(wc -l <"$one")" '101 columns'
        git checkout -q "$one"
        sed -i 's/^| `greet.c` (new) | +8/| `greet.c` (new) | +7/' "$one"
        assert_told "$one" "$(line_of "$one" '^| `greet.c`')" 'greet.c: the diffs add 8 lines and remove 0'
        sed -i '/^| `greet.c`/d' "$one"
        assert_told "$one" "$(line_of "$one" '^| `leave.c`')" 'does not list greet.c'
        git checkout -q "$one"
        echo '# More' >book/more.md
        run tools/book-check --no-run
        assert_failure 1
        assert_line --regexp '^book/SUMMARY.md:1: does not list more.md'
        printf '%s\n' '- [More](more.md)' '- [And more](more.md)' >>book/SUMMARY.md
        git add book/more.md
        run tools/book-check --no-run
        assert_failure 1
        assert_line --regexp '^book/SUMMARY.md:6: more.md is listed in line 5 already'
        rm book/SUMMARY.md
        run tools/book-check --no-run
        assert_failure 1
        assert_line 'book/SUMMARY.md:1: does not exist'
}

@test "book-diffs prints what the page lacks, and only that" {
        local nth

        nth=$(shuf -n 1 -e 1 2 3 6 7)

        run tools/book-diffs 02
        assert_success
        assert_output ''
        awk -v nth="$nth" '/^```diff/ { inside = (++n == nth) } inside; /^```$/ { inside = 0 }' "$two" |
                grep '^[-+][^-+]' | sort >lost
        [[ -s lost ]]
        remove_diff "$two" "$nth"
        tools/book-diffs 2 | grep '^[-+][^-+]' | sort | diff lost -
        rm "$two"
        tools/book-diffs --glance 02 | grep -F '| `leave.c` | +0 | −8 |'
        tools/book-diffs 02 >all
        cp -r chapters/01-hello mine
        patch -s -p1 --fuzz=0 -d mine -i "$PWD/all"
        diff -r mine chapters/02-count
        tools/book-diffs 02 greet.c | grep -c '^+++' | grep -x 1
        run tools/book-diffs 02 nothing.c
        assert_failure
        assert_output --partial 'changes no nothing.c'
        run tools/book-diffs 17
        assert_failure
        assert_output --partial 'no chapter 17'
}

@test "book-diffs and book-refresh have nothing to say where a page has the changes in another form" {
        local number

        number=$(line_of "$two" '^+int greetings(void)$')
        sed -i "$((number - 2))s/^ }/+}/; $((number + 3))s/^+}/ }/" "$two"
        refute git diff --quiet
        run tools/book-check --no-run "$two"
        assert_success
        run tools/book-diffs 02
        assert_success
        assert_output ''
        run tools/book-refresh 02
        assert_success
        assert_output ''
}

@test "book-refresh numbers diffs that were moved, cut in two, or come without their headers" {
        local cut=$((RANDOM % 6 + 2))

        sed -i '/^@@/d' "$one"
        awk -v cut="$cut" '/^--- \/dev\/null/ { held = $0; next }
             held { print held; held = ""; leave = /leave.c/ ? 1 : 0 }
             leave && /^\+/ && leave++ == cut + 1 { print "```\n\nprose\n\n```diff" } { print }' "$one" >new
        mv new "$one"
        run tools/book-refresh 01
        assert_success
        run tools/book-check "$one"
        assert_success
}

@test "book-refresh follows the code, and leaves the prose alone" {
        local name=name$RANDOM chapter

        for chapter in 01-hello 02-count; do
                sed -i "1a\\/* $name */" "chapters/$chapter/greet.c"
                sed -i "s/Hello, %s/Hi, %s/; s/ count\b/ $name/g; s/\bcount++/$name++/" "chapters/$chapter/greet.c"
                sed -i "s/greet(\"reader\");/&\n        greet(\"$name\");/" "chapters/$chapter/main.c"
        done
        prose "$one" >prose.1
        prose "$two" >prose.2
        run tools/book-check --no-run
        assert_failure
        for chapter in 01 02; do
                run tools/book-refresh "$chapter"
                assert_success
                run tools/book-diffs "$chapter"
                assert_output ''
        done
        prose "$one" | diff prose.1 -
        prose "$two" | diff prose.2 -
        sed -i "s/^| \`greet.c\` (new) | +8/| \`greet.c\` (new) | +9/; s/^| \`main.c\` (new) | +9/| \`main.c\` (new) | +10/" "$one"
        sed -i "/^\`\`\`c/,/^\`\`\`/s/Hello/Hi/" "$two"
        run tools/book-check --no-run
        assert_success
        grep -q "^+        greet(\"$name\");" "$one"
        grep -q "^+static int $name;" "$two"
        run tools/book-refresh 02
        assert_success
        assert_output ''
}

@test "book-refresh tells what it cannot place, and keeps it" {
        sed -i '/^        count++;/d' chapters/02-count/greet.c
        echo 'int more;' >chapters/02-count/more.c
        git add chapters/02-count/more.c
        printf '\n```diff\n--- a/greet.c\n+++ b/greet.c\n+what nobody knows\n```\n' >>"$two"
        run tools/book-refresh 02
        assert_failure 1
        assert_line --regexp "^$two:[0-9]+: nothing of this is a change of greet.c any more: left as it is"
        assert_line --partial 'more.c: 1 of 1 changed lines are in no diff'
        grep -q 'what nobody knows' "$two"
        run grep -c 'count++' "$two"
        assert_output 0
}
