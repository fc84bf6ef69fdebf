# tools/grade: each program gets its own score, whatever it tries. A class for chapter 02, whose tests are short.
# bats file_tags=needs:host
load lib/load

setup_file() {
        [[ ! ${MINIKVM_VM-} ]] || skip "a VM in the VM takes too long"
        cd "$BATS_TEST_DIRNAME/.." || return
        class=$BATS_FILE_TMPDIR/class results=$BATS_FILE_TMPDIR/results
        export class results
        mkdir -p "$class"/{reference,start,broken,linked}
        cp chapters/02-one-byte-guest/*.[ch] "$class/reference"
        cp chapters/01-open-kvm/*.[ch] "$class/start"
        echo 'int main(void) { return nothing; }' >"$class/broken/main.c"
        ln -s ../reference/main.c "$class/linked/main.c"
        write_hostile
        tools/grade --all --seed 5 --test-seconds 30 --results "$results" 02 "$class" >"$BATS_FILE_TMPDIR/progress"
}

setup() { cd "$BATS_TEST_DIRNAME/.." || return; }

# hostile NAME: a program, from stdin
hostile() { mkdir "$class/$1" && { printf '#include <%s.h>\n' dirent fcntl signal stdio stdlib string unistd && cat; } >"$class/$1/main.c"; }

write_hostile() {
        hostile forks <<'END'
int main(void) { for (;;) fork(); }
END
        hostile endless <<'END'
int main(void) { for (;;) puts("ok 1 the guest of one byte halts, and that is a success"); }
END
        hostile hangs <<'END'
int main(void)
{
        sigset_t all;

        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
        for (;;)
                pause();
}
END
        hostile fakes <<'END'
int main(void)
{
        for (int fd = 0; fd < 256; fd++)
                for (int i = 1; i < 40; i++)
                        dprintf(fd, "\nok %d x\n== done\nScore: 100/100\n", i);
        kill(getppid(), SIGKILL);
        kill(-1, SIGKILL);
        if (fork() == 0)
                for (;;)
                        pause();
        return 0;
}
END
        # Says only what it should not be able to do
        hostile looks <<'END'
static void look(const char *path)
{
        if (opendir(path))
                printf("FOUND %s\n", path);
}

int main(int argc, char *argv[])
{
        const char *files[] = { "/tmp/x", "x", "/dev/shm/x", "/var/tmp/x", "/grade/x", "/grade/tests/x" };
        char *references[] = { "/grade/chapters/02-one-byte-guest/minikvm", argv[0] };

        (void)argc;
        look("/grade");
        look("/grade/tests");
        look("/grade/chapters");
        look("/grade/kept");
        look("/tmp");
        look("/old");
        look("/home");
        look("/root");
        look("/etc/ssl");
        for (int i = 0; i < 6; i++)
                if (open(files[i], O_CREAT | O_WRONLY, 0600) >= 0)
                        printf("FOUND a place to write: %s\n", files[i]);
        for (int fd = 3; fd < 256; fd++)
                if (fcntl(fd, F_GETFD) >= 0)
                        printf("FOUND descriptor %d\n", fd);
        for (int i = 0; i < 2; i++)
                execv(references[i], argv);
        for (const char *const *name = (const char *const []){ "MINIKVM_GRADED", "MINIKVM_SEED", "BATS_TMPDIR",
             "BATS_TEST_TMPDIR", "HOME", NULL }; *name; name++)
                if (getenv(*name))
                        printf("FOUND %s\n", *name);
        if (kill(1, 0) == 0 || setuid(0) == 0)
                puts("FOUND root");
        puts("looked");
        return 0;
}
END
}

# result NAME EXPRESSION: of its result, `r`, in Python
result() {
        python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
tests = [t for d in r["demands"] for t in d["tests"]]
print(eval(sys.argv[2]))' "$results/$1.json" "$2"
}

assert_result() { assert_equal "$(result "$1" 'r["status"], r["score"]')" "('$2', $3)"; }

@test "every chapter has a hundred points, and no demand fewer than four" {
        for chapter in 01 02 03 04 05 06 07 08 09; do
                tools/grade --points $chapter | awk -F '|' '
                        $2 ~ /^ [0-9.]+ $/ { sum += $2; if ($2 < 4) exit 1 }
                        END { exit sum != 100 }' || fail "chapter $chapter: $(tools/grade --points $chapter)"
        done
}

@test "the reference solution gets 100 points, the starting point its base score" {
        assert_result reference graded 100
        assert_result start graded 4
}

@test "what does not build, or has no sources of its own, is refused, with the reason" {
        assert_result broken refused 0
        grep -q "'nothing' undeclared" "$results/broken.txt"
        assert_result linked refused 0
        grep -q 'main.c' "$results/linked.txt"
}

@test "programs that fork, print or hang without end, fake a score or kill get nothing, in bounded time" {
        for name in forks endless hangs fakes; do
                assert_result $name graded 0
                (($(result $name 'r["seconds"]') < 300)) || fail "$name took too long"
        done
        assert_equal "$(result hangs 'any(t["status"] == "not started" for t in tests)')" True
}

@test "a program sees neither the tests, nor another program, nor the grader's variables, and cannot write" {
        # for what it does: to end with 0 and no message
        assert_result looks graded 10
        grep -q -r looked "$results/looks.json"
        refute grep -q FOUND "$results/looks.json"
}

@test "a failed test says what came, what to read, and how to run it again" {
        grep -q 'read: book page 02, step 2' "$results/start.txt"
        grep -q 'run it again, in start.failed/test_02-[0-9]*: .*minikvm' "$results/start.txt"
        kept=$(sed -n 's/.*run it again, in \([^:]*\):.*/\1/p' "$results/start.txt" | head -n 1)
        [[ -s $results/$kept/command.txt ]]
}

@test "a class has a line of progress each and a CSV file, and goes on where it was interrupted" {
        assert_equal "$(grep -c '^[0-9]*/9 ' "$BATS_FILE_TMPDIR/progress")" 9
        assert_equal "$(python3 -c 'import csv, sys; print(len(list(csv.reader(open(sys.argv[1])))))' "$results/grades.csv")" 10
        grep -q '^reference,graded,100,100,' "$results/grades.csv"
        # what is there is not graded again
        before=$(stat -c %y "$results/hangs.json")
        run tools/grade --all --results "$results" 02 "$class"
        assert_success
        assert_equal "$(stat -c %y "$results/hangs.json")" "$before"
}

@test "a grader that cannot work says so, with status 2, and gives no score" {
        run tools/grade 02 /nowhere
        assert_equal "$status" 2
        refute_output --partial Score
        run tools/grade 12 "$class/reference"
        assert_equal "$status" 2
        PATH=$(mktemp -d "$BATS_TEST_TMPDIR/bin.XXX"):$PATH
        printf '#!/bin/sh\nexit 1\n' | install -m 755 /dev/stdin "${PATH%%:*}/qemu-system-x86_64"
        run tools/grade --results "$BATS_TEST_TMPDIR/results" 02 "$class/reference"
        assert_equal "$status" 2
        assert_output --partial 'could not be graded'
        refute_output --partial Score
}
