# What stands between `make test` and the tests: the choice of venue, the runner, the demo.
# They run here in a small tree of their own, with a KVM and a VM that are played by scripts.
# venue: host
load lib/load

setup() {
        tree=$BATS_TEST_TMPDIR/tree
        mkdir -p "$tree"/{tests/lib,tools/vm} "$tree/chapters/01-open-kvm" "$BATS_TEST_TMPDIR/bin"
        cp "$BATS_TEST_DIRNAME/run" "$tree/tests"
        cp "$BATS_TEST_DIRNAME"/../tools/{probe,setup,demo} "$tree/tools"
        cp "$BATS_TEST_DIRNAME"/lib/{load.bash,worker} "$tree/tests/lib"
        printf 'build:\n' >"$tree/Makefile"
        script "$tree/tests/prepare" true
        script "$tree/tools/vm/cache" true
        script "$tree/tools/vm/run" 'while [ "$1" != env ] && [ "$1" != tools/demo ]; do shift; done' \
                'echo started >>vm-log' 'MINIKVM_VM=1 VENUE=host exec "$@"'
        kvm_is none 'cannot open /dev/kvm: it is not there'
        cd "$tree" || return
        unset MINIKVM_VM VENUE FILTER CI
        exec </dev/null
}

# script FILE LINE...
script() {
        { echo '#!/bin/bash'; printf '%s\n' "${@:2}"; } >"$1"
        chmod +x "$1"
}

# Chapter 01 will report this verdict.
kvm_is() {
        script "$tree/chapters/01-open-kvm/minikvm" "echo 'API version 12'" "echo 'minikvm: ${2-}' >&2" \
                "echo 'KVM here: $1. So it is.'"
}

# suite NAME VENUE TEST-LINE...: a test file
suite() {
        { echo "# venue: $2"; echo 'load lib/load'; printf '%s\n' "${@:3}"; } >"tests/test_$1.bats"
}

# bats in bats: the outer one's variables must not be seen, nor its own folder of programs in PATH.
run_tests() {
        run env -i PATH="${PATH/"$BATS_LIBEXEC:"/}" HOME="$HOME" ${VENUE:+VENUE="$VENUE"} ${FILTER:+FILTER="$FILTER"} tests/run "$@" 3>&- 4>&-
}

passing='@test "passes" { true; }'
failing='@test "fails" { echo why; false; }'
skipping='@test "is skipped" { skip "no reason"; }'
where='@test "passes in the VM only" { [[ ${MINIKVM_VM-} ]] || skip "not in the VM"; }'

@test "the venue follows chapter 01's verdict, and gives the reason" {
        kvm_is none 'cannot open it: full of dust'
        run tools/probe
        assert_output 'KVM here: none (cannot open it: full of dust)'
        kvm_is partial
        run tools/probe
        assert_output --regexp '^KVM here: partial \(.*real mode.*\)$'
        kvm_is full
        run tools/probe
        assert_output --regexp '^KVM here: full \(.+\)$'
}

@test "VENUE forces a venue, and nonsense in it is refused" {
        VENUE=host run tools/probe
        assert_output 'KVM here: full (VENUE=host says so)'
        VENUE=vm run tools/probe
        assert_output 'KVM here: none (VENUE=vm says so)'
        VENUE=moon run tools/probe
        assert_failure 1
        assert_output --partial 'VENUE=moon'
}

@test "a report without a verdict is no venue" {
        script chapters/01-open-kvm/minikvm 'echo hello'
        run tools/probe
        assert_failure 1
        assert_output --partial 'no verdict'
}

@test "with all of KVM everything runs here, and no VM is started" {
        kvm_is full
        suite a kvm "$passing"
        suite b full "$passing"
        suite c host "$passing"
        run_tests
        assert_success
        assert_line --regexp '^ok +host test_a: passes$'
        assert_equal "${lines[-1]}" '3 passed, 0 failed, 0 skipped'
        [[ ! -e vm-log ]]
}

@test "without KVM, what needs it runs in two VMs, each file once" {
        for name in a b d e f; do suite $name kvm "$passing" "$where"; done
        suite c host "$passing"
        suite g full "$passing"
        run_tests
        assert_success
        assert_line 'KVM here: none (cannot open /dev/kvm: it is not there)'
        assert_line --regexp '^ok +vm +test_a: passes$'
        assert_line --regexp '^ok +host test_c: passes$'
        assert_line --regexp '^  vm +test_g +1 passed +0 failed'
        assert_equal "${lines[-1]}" '12 passed, 0 failed, 0 skipped'
        assert_equal "$(wc -l <vm-log)" 2
}

@test "with part of KVM, real mode runs here and everything in the VM; what ran there is not skipped" {
        kvm_is partial
        suite a kvm "$passing" "$where"
        suite b full "$where"
        suite c host "$passing"
        run_tests
        assert_success
        refute_output --regexp '(^|[[:cntrl:]])[a-z]+ +host test_b'
        assert_line --regexp '^skipped +host test_a: passes in the VM only \(not in the VM\)$'
        assert_equal "${lines[-1]}" '5 passed, 0 failed, 0 skipped'
}

@test "a failing test fails the run, and its details are shown" {
        suite a kvm "$passing" "$failing"
        suite b host "$failing"
        run_tests
        assert_failure
        assert_line --regexp '^FAILED +vm +test_a: fails$'
        assert_output --partial '# why'
        assert_equal "${lines[-1]}" '1 passed, 2 failed, 0 skipped'
}

@test "a skipped test is counted; a file that needs KVM and was skipped everywhere fails the run" {
        suite a kvm "$passing" "$skipping"
        run_tests
        assert_success
        assert_equal "${lines[-1]}" '1 passed, 0 failed, 1 skipped'

        suite b kvm "$skipping"
        run_tests
        assert_failure
        assert_output --partial 'test_b: every test was skipped'
        assert_equal "${lines[-1]}" '1 passed, 1 failed, 2 skipped'
}

@test "tests that do not run are failures: an error in the file, an exit in the middle, a VM that fails" {
        suite a host "$passing" '@test "ends bats" { kill -9 $PPID; sleep 1; }'
        run_tests
        assert_failure
        assert_output --partial 'BROKEN  host test_a'

        suite a host "$passing" ' }'
        run_tests
        assert_failure
        assert_output --regexp '(BROKEN|FAILED) +host test_a'

        suite a kvm "$passing"
        script tools/vm/run 'echo tools/vm/run: the VM ended >&2' 'exit 125'
        run_tests
        assert_failure
        assert_output --partial 'a VM failed (worker 1 ended with status 125), and what it was at runs again'
        assert_output --partial 'BROKEN  vm   tools/vm/run: worker 1 ended with status 125'
        assert_output --partial 'test_a: did not run to its end'
        assert_equal "${lines[-1]}" '0 passed, 2 failed, 0 skipped'
}

@test "what a VM was at when it failed runs again in a new one, and counts once" {
        suite a full "$passing" '@test "ends the first VM" {' \
                '        [[ -e second ]] || { touch second; kill "$(<vm-pid)"; sleep 9; }' '}'
        # It ends in the middle of a file, and what runs in it with it
        script tools/vm/run 'while [ "$1" != env ]; do shift; done' 'echo started >>vm-log; echo $$ >vm-pid' \
                'MINIKVM_VM=1 setsid "$@" & trap "kill -9 -$!; exit 125" TERM; wait $!'
        run_tests
        assert_success
        assert_output --partial 'runs again, in a new one: tests/test_a.bats'
        assert_equal "${lines[-1]}" '2 passed, 0 failed, 0 skipped'
        assert_equal "$(wc -l <vm-log)" 2
}

@test "a file can be named, and tests chosen by a pattern; if none ran, the run fails" {
        suite a host "$passing" "$failing"
        suite b host "$failing"
        run_tests tests/test_a.bats
        assert_failure
        assert_equal "${lines[-1]}" '1 passed, 1 failed, 0 skipped'
        FILTER='^pass' run_tests tests/test_a.bats
        assert_success
        assert_equal "${lines[-1]}" '1 passed, 0 failed, 0 skipped'
        FILTER='nothing is called this' run_tests
        assert_failure
        assert_equal "${lines[-1]}" '0 passed, 0 failed, 0 skipped'
}

@test "a file that does not say what it needs is refused" {
        printf '%s\n' "$passing" >tests/test_a.bats
        run_tests
        assert_failure
        assert_output --partial "tests/test_a.bats does not say"
}

@test "a run cleans up, also after a run that was killed" {
        suite a host "$passing"
        mkdir -p build/run.999999999
        run_tests
        assert_success
        run ls build
        assert_output ''
}

@test "a run that is stopped takes its VMs with it" {
        suite a kvm "$passing"
        script tools/vm/run 'echo $$ >vm-pid' 'exec sleep 1000'
        env -i PATH="$PATH" HOME="$HOME" tests/run >/dev/null 3>&- 4>&- &
        while [[ ! -s vm-pid ]]; do sleep 0.1; done
        kill -TERM $!
        local status=0
        wait $! || status=$?
        assert_equal "$status" 143
        for _ in {1..10}; do
                [[ -e /proc/$(cat vm-pid) ]] || break
                sleep 0.1
        done
        [[ ! -e /proc/$(cat vm-pid) ]]
}

@test "a student's program is named, and one that is not there, or that the VM cannot see, is refused" {
        local lab

        lab=$(mktemp -d --tmpdir="$HOME")
        suite a kvm '@test "it is $MINIKVM" { "$MINIKVM" | grep 3; }'
        script "$lab/minikvm" 'echo "lab 3, asked for $1"'
        kvm_is full
        run env -i PATH="${PATH/"$BATS_LIBEXEC:"/}" HOME="$HOME" MINIKVM="$lab/minikvm" tests/run 3>&- 4>&-
        assert_success
        assert_line "testing $lab/minikvm: lab 3, asked for --version"
        kvm_is none
        script "$lab/minikvm" '[ "$MINIKVM_VM" ] || touch "$0.ran-here"; echo lab 3'
        run env -i PATH="${PATH/"$BATS_LIBEXEC:"/}" HOME="$HOME" MINIKVM="$lab/minikvm" tests/run 3>&- 4>&-
        assert_success
        assert_line "testing $lab/minikvm"
        [[ ! -e $lab/minikvm.ran-here ]]
        run env -i PATH="${PATH/"$BATS_LIBEXEC:"/}" HOME="$HOME" MINIKVM=/tmp/../bin/true tests/run 3>&- 4>&-
        assert_line --partial 'testing /'
        cp "$lab/minikvm" "$BATS_TEST_TMPDIR/lab"
        run env -i PATH="${PATH/"$BATS_LIBEXEC:"/}" HOME="$HOME" MINIKVM="$BATS_TEST_TMPDIR/lab" tests/run 3>&- 4>&-
        assert_failure 1
        assert_output --partial 'the VM has such a folder of its own'
        rm -r "$lab"
        for name in "$lab/minikvm" "$HOME"; do
                run env -i PATH="${PATH/"$BATS_LIBEXEC:"/}" HOME="$HOME" MINIKVM="$name" tests/run 3>&- 4>&-
                assert_failure 1
                assert_output --partial "MINIKVM=$name: there is no such program"
        done
}

@test "a program that prints without end fails soon, and its report is short" {
        script fake 'case $1 in --version) echo 03 ;; *) yes ;; esac'
        MINIKVM=$PWD/fake CHAPTER=03 run timeout 60 bats --tap -f 'its text, and nothing else' "$BATS_TEST_DIRNAME/test_03.bats"
        assert_failure 1
        assert_line --partial 'exit status 0 expected'
        assert_line '# 153'
        assert_line --partial 'and so on: '
        ((${#output} < 5000))
}

# A chapter's program that says what it was given.
fake_chapter() {
        mkdir -p "chapters/$1" guests/real guests/protected
        script "chapters/$1/minikvm" 'echo "'"$1"' ran: $* in ${MINIKVM_VM:-0}"' "exit ${2:-0}"
        touch guests/real/{hello,counter}.bin guests/protected/{ticks,paging}.elf
}

@test "the demo shows what is built, with a line and the command before each, in one VM without KVM" {
        fake_chapter 03-port-io
        fake_chapter 04-hypercalls
        run tools/demo
        assert_success
        assert_line '03-port-io ran: guests/real/hello.bin in 1'
        assert_line '$ chapters/04-hypercalls/minikvm guests/real/counter.bin'
        refute_output --partial multiplication
        assert_equal "$(wc -l <vm-log)" 1
}

@test "the demo runs here what it can, and the rest in the VM" {
        fake_chapter 03-port-io
        fake_chapter 08-paging
        kvm_is partial
        run tools/demo
        assert_success
        assert_line '03-port-io ran: guests/real/hello.bin in 0'
        assert_line '08-paging ran: guests/protected/paging.elf in 1'
        kvm_is full
        run tools/demo
        assert_success
        assert_line '08-paging ran: guests/protected/paging.elf in 0'
}

@test "the demo fails when a step ends with another status than it should" {
        fake_chapter 03-port-io 126
        run tools/demo
        assert_failure
        assert_output --partial 'should have ended with status 0, not 126'
}
