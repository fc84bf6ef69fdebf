# Chapter 09 with sanitizers, against guests that nobody would write.
# bats file_tags=needs:full
load lib/load

setup_file() {
        cd "$BATS_TEST_DIRNAME/.." || return
        # In the VM, where compiling takes minutes, tests/prepare has done this before
        [[ ${MINIKVM_VM-} && -x build/fuzz/fuzz && -x build/fuzz/minikvm ]] || make -s -C tests/fuzz
        # Always the same guests: what fails here fails again (make fuzz takes others every time)
        export MINIKVM_VM=${MINIKVM_VM-1}
}

setup() { cd "$BATS_TEST_DIRNAME/.." || return; }

@test "guests by chance end as documented: status, message, nothing for the sanitizers, and when told to" {
        RUNS=200 SEED=1 run tests/fuzz/run
        assert_success
        assert_line --partial '200 runs from seed 1: 0 failed'
}

# A program in the hypervisor's place, as it must not be. First it is given two guests that halt at once,
# and must do as it should; how long that takes is how long it may take later.
fake() {
        local program=$BATS_TEST_TMPDIR/fake

        { printf '#!/bin/sh\n[ "$*" != "guest1 guest1" ] || { sleep 0.5; exit 0; }\n'; cat; } >"$program"
        chmod +x "$program"
        RUNS=1 SEED=7 FUZZ_PROGRAM=$program run -1 tests/fuzz/run
        assert_line --partial "seed 7: $1"
        assert_line --partial 'make fuzz RUNS=1 SEED=7'
        [[ -s build/fuzz/found/7/guest1 ]] || fail "the guest was not kept"
        rm -r build/fuzz/found/7
}

@test "the fuzzer tells a wrong status, a silent failure, a signal and a sanitizer's report" {
        fake 'a status that is none' <<<'exit 124'
        fake 'status 125, and no message' <<<'exit 125'
        fake 'status 126, and no message' <<<'exit 126'
        fake 'a status that is none' <<<'kill -SEGV $$'
        fake 'a status that is none' <<<'exit 131'
        fake 'a sanitizer found something' <<<'echo "x.c:1: runtime error: shift" >&2'
}
