# Runs the program with tests/shim/shim.so between it and KVM: `load lib/shim`, behind `load lib/minikvm`.
# shellcheck shell=bash disable=SC2034,SC2154 # variables of bats, of other helpers, and for tests

shim=$repository/build/shim

# For setup_file, behind program_of. The program must be one that a library can be loaded into.
shim_prepare() {
        [[ ! ${MINIKVM_GRADED-} ]] || return 0
        make -s -C "$repository/tests/shim" CHAPTERS="${FOLDER##*/} 06-memory-isolation"
}

# Runs the chapter's program, or with an option --of FOLDER another's; `log` has the ioctls it made.
run_shimmed() {
        local program=${FOLDER##*/}

        [[ $OWN ]] || skip "only for the chapter's own program, built with the shared libc"
        [[ $1 != --of ]] || { program=$2 && shift 2; }
        rm -f log
        # A student's program may not make a file here, only write to this one
        [[ ! ${MINIKVM_GRADED-} ]] || { : >log && chmod 666 log; }
        SHIM_LOG=$PWD/log run_apart timeout -k 5 20 env LD_PRELOAD="$shim/shim.so" "$shim/$program/minikvm" "$@"
}

# The ioctls that a VM, or a vCPU, was asked, from `log`, without their arguments: made_of vm1
made_of() { sed -n "s/^$1 \([A-Z0-9_]*\).*/\1/p" log; }

# Of what there is an order for, a VM was asked for this, and real mode's memory before the vCPU: assert_made VM [CALL...]
assert_made() {
        local calls

        calls=$(made_of "$1" | grep -x -E 'KVM_CREATE_(IRQCHIP|PIT2|VCPU)' | paste -s -d ' ')
        assert_equal "$calls" "${*:2}"
        [[ $(made_of "$1") == *KVM_SET_TSS_ADDR*KVM_CREATE_VCPU* ]] || fail "KVM_SET_TSS_ADDR comes too late, or never: $(<log)"
}
