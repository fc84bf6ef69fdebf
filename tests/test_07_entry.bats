# Chapter 07: what KVM is asked, and in which state a guest starts. A library between the program and
# KVM looks at both (tests/shim).
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/elf
load lib/shim

real=$repository/guests/real
protected=$repository/guests/protected

setup_file() {
        program_of 07
        shim_prepare
        make -s -C "$real"
        make -s -C "$protected"
}

# Nothing but this does our own program ask of KVM before a real-mode guest runs, in this order.
real_mode_calls='kvm KVM_GET_API_VERSION
kvm KVM_CREATE_VM
vm1 KVM_SET_TSS_ADDR 0xfffbd000
vm1 KVM_SET_USER_MEMORY_REGION 0 0x100000
vm1 KVM_CREATE_VCPU 0
kvm KVM_GET_VCPU_MMAP_SIZE
kvm KVM_CHECK_EXTENSION 0x4a
vm1/vcpu0 KVM_GET_SREGS
vm1/vcpu0 KVM_SET_SREGS
vm1/vcpu0 KVM_SET_REGS
vm1/vcpu0 KVM_RUN'

# --- Who gets an interrupt controller ---

# demand: 5 points, step 6: only a 32-bit guest gets an interrupt controller and a timer, before its vCPU
# hint: `strace -f -e trace=ioctl` shows the calls: for a 32-bit guest first the interrupt
# hint: controller, then the timer, then the vCPU, and for a real-mode guest neither of the two.
@test "a real-mode guest gets no interrupt controller and no timer" {
        run_shimmed "$real/hello.bin"
        assert_ended 0
        assert_made vm1 KVM_CREATE_VCPU
        [[ ${MINIKVM_GRADED-} ]] || assert_equal "$(<log)" "$real_mode_calls"
}

@test "a real-mode guest starts by the same calls as in chapter 06, one for one" {
        [[ ! ${MINIKVM_GRADED-} ]] || skip "only for the course's own programs: other orders are right as well"
        run_shimmed --of 06-memory-isolation "$real/minimal.bin"
        assert_ended 0
        mv log log.06
        run_shimmed "$real/minimal.bin"
        assert_ended 0
        cmp log log.06
}

# bats test_tags=kept
@test "a 32-bit guest gets one interrupt controller, then one timer, then its vCPU" {
        only_before 09 "has a sandbox, in which the shim cannot write its log"
        run_shimmed "$protected/hello32.elf"
        assert_ended 0
        assert_made vm1 KVM_CREATE_IRQCHIP KVM_CREATE_PIT2 KVM_CREATE_VCPU
}

# bats test_tags=kept
@test "of four guests, those of 32 bits get theirs, the others none" {
        only_before 09 "has a sandbox, in which the shim cannot write its log"
        run_shimmed "$real/hello.bin" "$protected/hello32.elf" "$real/hello.bin" "$protected/hello32.elf"
        assert_ended 0
        for vm in vm1 vm3; do
                assert_made $vm KVM_CREATE_VCPU
        done
        for vm in vm2 vm4; do
                assert_made $vm KVM_CREATE_IRQCHIP KVM_CREATE_PIT2 KVM_CREATE_VCPU
        done
}

@test "the pages that KVM needs for itself lie above RAM, below 4 GiB, and not on each other" {
        local call argument size tss map=$((0xfffbc000))         # KVM's own default
        run_shimmed "$protected/hello32.elf"
        while read -r _ call argument size; do
                case $call in
                KVM_SET_TSS_ADDR) tss=$((argument)) ;;
                KVM_SET_USER_MEMORY_REGION) end=$((argument + size)) ;;
                esac
        done <log
        # Three pages and one (KVM's api.rst), on page boundaries
        ((tss % 4096 == 0 && map % 4096 == 0))
        ((tss >= end && tss + 3 * 4096 <= 1 << 32))
        ((map >= end && map + 4096 <= 1 << 32))
        ((tss + 3 * 4096 <= map || map + 4096 <= tss))
}

# --- The state at the first KVM_RUN ---

# demand: 5 points, step 4: a guest's state is what Intel's VM entry demands
# hint: The test names the rule that is broken. Compare each field with the table in "What the
# hint: processor checks", after step 5.
@test "a real-mode guest's state is what Intel's VM entry demands" {
        run_shimmed "$real/hello.bin"
        assert_ended 0
        run_shimmed --of 06-memory-isolation "$real/hello.bin" "$real/hello.bin"
        assert_ended 0
}

@test "a 32-bit guest's state is what Intel's VM entry demands" {
        run_shimmed "$protected/hello32.elf" "$protected/exceptions.elf"
        assert_ended 0
}

# Every rule in every register, broken one at a time in the state of a guest: none is missed.
assert_all_caught() {
        local mode=$1 expected

        export SHIM_BREAK=all
        run_shimmed "$2"
        expected=$("$shim/rules-test" | sed -n "s/^$mode: \([0-9]*\) caught/\1/p")
        ((expected > 80))
        # As handed to KVM, and as KVM has it
        assert_equal "$(grep -c '^shim: caught' err)" $((2 * expected))
        [[ $error != *MISSED* ]]
        assert_status 0
}

@test "whatever rule a real-mode guest's state breaks is caught" {
        assert_all_caught 'real mode' "$real/hello.bin"
}

@test "whatever rule a 32-bit guest's state breaks is caught" {
        assert_all_caught 'protected mode' "$protected/hello32.elf"
}

@test "a state that breaks a rule does not run, and the rule is told with its place in the manual" {
        export SHIM_BREAK=g_set:DS
        run_shimmed "$protected/hello32.elf"
        assert_status 134                       # SIGABRT
        assert_stdout ''
        assert_error_has 'vm1/vcpu0' 'breaks g_set:DS' 'SDM 3C, Checks on Guest Segment Registers'
}
