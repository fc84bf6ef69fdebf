# What stands between `make test` and the tests: the set-up, the look at KVM, the runner, the demo.
# They run here in a small tree of their own, with a KVM and a VM that are played by scripts.
# bats file_tags=needs:host
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
        # MINIKVM_RUN: when the run that we are in is stopped, ours is as well
        bare=(-i PATH="${PATH/"$BATS_LIBEXEC:"/}" HOME="$HOME" ${MINIKVM_RUN:+MINIKVM_RUN="$MINIKVM_RUN"})
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

# suite NAME NEED TEST-LINE...: a test file
suite() {
        { echo "# bats file_tags=needs:$2"; echo 'load lib/load'; printf '%s\n' "${@:3}"; } >"tests/test_$1.bats"
}

# bats in bats: the outer one's variables must not be seen, nor its own folder of programs in PATH.
run_tests() {
        run env "${bare[@]}" ${VENUE:+VENUE="$VENUE"} ${FILTER:+FILTER="$FILTER"} ${MINIKVM:+MINIKVM="$MINIKVM"} tests/run "$@" 3>&- 4>&-
}

passing='@test "passes" { true; }'
failing='@test "fails" { echo why; false; }'
skipping='@test "is skipped" { skip "no reason"; }'
where='@test "passes in the VM only" { [[ ${MINIKVM_VM-} ]] || skip "not in the VM"; }'

@test "what KVM is like here follows chapter 01's verdict, and gives the reason" {
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

@test "without permission on /dev/kvm, chapter 01's remedy is shown as well" {
        kvm_is none $'/dev/kvm: you have no permission to use it.\nJoin the group that has'
        run tools/probe
        assert_output 'KVM here: none (/dev/kvm: you have no permission to use it. Join the group that has)'
}

@test "VENUE forces host or VM, and nonsense in it is refused" {
        VENUE=host run tools/probe
        assert_output 'KVM here: full (VENUE=host says so)'
        VENUE=vm run tools/probe
        assert_output 'KVM here: none (VENUE=vm says so)'
        VENUE=moon run tools/probe
        assert_failure 1
        assert_output --partial 'VENUE=moon'
}

@test "a report without a verdict is an error" {
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
        assert_line --regexp '^FAILED +host test_a: not all of its tests ran: bats ended with status 1$'

        suite a host "$passing" ' }'
        run_tests
        assert_failure
        # a bats from 1.11 on sees it when it counts, before anything runs
        assert_line --regexp '^FAILED +host test_a|^tests/run: bats cannot read tests/test_a.bats'

        suite a kvm "$passing"
        script tools/vm/run 'echo tools/vm/run: the VM ended >&2' 'exit 125'
        run_tests
        assert_failure
        assert_output --partial 'a VM failed (worker 1 ended with status 125), and what it was at runs again'
        assert_line --regexp '^FAILED +vm +test_a: it did not run to its end \(worker 1 ended with status 125\)$'
        assert_equal "${lines[-1]}" '0 passed, 1 failed, 0 skipped'
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

@test "a file can be named, and tests chosen by a pattern" {
        suite a host "$passing" "$failing"
        suite b host "$failing"
        run_tests tests/test_a.bats
        assert_failure
        assert_equal "${lines[-1]}" '1 passed, 1 failed, 0 skipped'
        FILTER='^pass' run_tests tests/test_a.bats
        assert_success
        assert_equal "${lines[-1]}" '1 passed, 0 failed, 0 skipped'
}

@test "a chapter's number stands for all of its files, also when one of them is named again" {
        for name in 03 07 07_elf 070; do suite $name host "$passing"; done
        run_tests 03
        assert_equal "${lines[-1]}" '1 passed, 0 failed, 0 skipped'
        run_tests 07 07_elf tests/test_07.bats
        assert_line --regexp '^ok +host test_07_elf: passes$'
        refute_output --partial test_070
        assert_equal "${lines[-1]}" '2 passed, 0 failed, 0 skipped'
}

@test "no VM is started for a file in which FILTER finds nothing" {
        suite a host "$passing"
        suite b full "$failing"
        FILTER='^pass' run_tests
        assert_success
        [[ ! -e vm-log ]]
}

@test "names and patterns that nothing has are told at once, before anything is built" {
        printf 'build:\n\ttouch built\n' >Makefile
        suite 03 host "$passing"
        run_tests 3
        assert_failure 1
        assert_output "tests/run: there are no tests '3'. There are: 03"
        FILTER='nothing is called this' run_tests 03
        assert_failure 1
        assert_output 'tests/run: there is no test whose title matches FILTER=nothing is called this'
        [[ ! -e built ]]
        run_tests 03
        assert_line --index 0 --partial 'building'
        [[ -e built ]]
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

# Starts a run in the background and stops it by a signal when the file `pids` has COUNT lines: all
# processes that have written there, and what is in bats' folder, must be gone then.
assert_stopped() {
        local signal=$1 count=$2 status=0 run process

        mkdir tmp
        env --default-signal "${bare[@]}" TMPDIR="$PWD/tmp" tests/run >said 2>&1 3>&- 4>&- &
        run=$!
        for _ in {1..200}; do
                [[ -f pids && $(wc -l <pids) -ge $count ]] && break
                sleep 0.1
        done
        kill -s "$signal" "$run"
        wait "$run" || status=$?
        assert_equal "$status" $((128 + $(kill -l "$signal")))
        assert_equal "$(tail -n 1 said)" "tests/run: stopped by SIG$signal"
        while read -r process; do
                ! grep -q -s '^State:.[^Z]' "/proc/$process/status" || fail "process $process still runs"
        done <pids
        assert_equal "$(ls build tmp)" "$(printf 'build:\n\ntmp:')"
}

@test "a run that is stopped takes its VMs with it" {
        suite a kvm "$passing"
        suite b kvm "$passing"
        script tools/vm/run 'echo $$ >>pids' 'exec sleep 1000'
        assert_stopped TERM 2
}

@test "a run that is stopped takes its tests with it, also what has left the process group or ignores SIGTERM" {
        suite a host '@test "waits" { echo $$ >>pids; timeout 1000 bash -c "echo \$\$ >>pids; exec sleep 1000"; }'
        suite b host '@test "waits" { setsid bash -c "trap : TERM; echo \$\$ >>pids; while :; do sleep 1; done"; }'
        assert_stopped HUP 3
}

@test "a student's program is named, and one that is not there, or that the VM cannot see, is refused" {
        local lab

        lab=$(mktemp -d --tmpdir="$HOME")
        suite a kvm '@test "it is $MINIKVM" { "$MINIKVM" | grep 3; }'
        script "$lab/minikvm" 'echo "lab 3, asked for $1"'
        kvm_is full
        MINIKVM="$lab/minikvm" run_tests
        assert_success
        assert_line "testing $lab/minikvm: lab 3, asked for --version"
        kvm_is none
        script "$lab/minikvm" '[ "$MINIKVM_VM" ] || touch "$0.ran-here"; echo lab 3'
        MINIKVM="$lab/minikvm" run_tests
        assert_success
        assert_line "testing $lab/minikvm"
        [[ ! -e $lab/minikvm.ran-here ]]
        MINIKVM=/tmp/../bin/true run_tests
        assert_line --partial 'testing /'
        cp "$lab/minikvm" "$BATS_TEST_TMPDIR/lab"
        MINIKVM="$BATS_TEST_TMPDIR/lab" run_tests
        assert_failure 1
        assert_output --partial 'the VM has such a folder of its own'
        rm -r "$lab"
        for name in "$lab/minikvm" "$HOME"; do
                MINIKVM="$name" run_tests
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
