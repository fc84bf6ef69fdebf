# Chapter 08: what KVM is asked, and in which state a guest with paging starts (tests/shim).
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/elf
load lib/shim

real=$repository/guests/real
protected=$repository/guests/protected

setup_file() {
        program_of 08
        shim_prepare
        make -s -C "$real"
        make -s -C "$protected"
}

# demand: 6 points, step 1: who gets which calls, in which order; the state is what Intel demands
# hint: The test names the rule that is broken. Paging changes CR0, CR3 and CR4 and nothing else of
# hint: the state that chapter 07 made.
@test "a real-mode guest starts by the same calls as in chapter 06, one for one" {
        [[ ! ${MINIKVM_GRADED-} ]] || skip "only for the course's own programs: other orders are right as well"
        run_shimmed --of 06-memory-isolation "$real/minimal.bin"
        assert_ended 0
        mv log log.06
        run_shimmed "$real/minimal.bin"
        assert_ended 0
        cmp log log.06
}

@test "a guest with paging gets one interrupt controller, then one timer, then its vCPU" {
        run_shimmed "$protected/paging.elf"
        assert_ended 0
        assert_made vm1 KVM_CREATE_IRQCHIP KVM_CREATE_PIT2 KVM_CREATE_VCPU
}

@test "the states of a guest with paging, one without and one in real mode are what Intel's VM entry demands" {
        run_shimmed "$protected/paging.elf" "$protected/hello32.elf" "$real/hello.bin"
        assert_ended 0
}

@test "whatever rule the state of a guest with paging breaks is caught" {
        local expected
        export SHIM_BREAK=all
        run_shimmed "$protected/paging.elf"
        expected=$("$shim/rules-test" | sed -n "s/^paging: \([0-9]*\) caught/\1/p")
        ((expected > 80))
        assert_equal "$(grep -c '^shim: caught' err)" $((2 * expected))
        [[ $error != *MISSED* ]]
        assert_status 0
}

@test "CR0.PG without CR0.PE, or CR4 with a bit that not every CPU has, would not run" {
        for rule in cr0_pg cr4_fixed; do
                SHIM_BREAK=$rule run_shimmed "$protected/paging.elf"
                assert_status 134                       # SIGABRT
                assert_stdout ''
                assert_error_has "breaks $rule" 'SDM 3C, Checks on Guest Control Registers'
        done
}
