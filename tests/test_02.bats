# Chapter 02: a VM with memory and a vCPU, and a guest of one byte.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 02; }

# The bytes of a number of 8 hexadecimal digits, the lowest one first.
reversed() { echo "${1:6:2}${1:4:2}${1:2:2}${1:0:2}"; }

# Which ioctls were made, in order, without those that tell about KVM.
made() { grep -o -E 'KVM_(CREATE|SET|RUN)[A-Z_]*' trace; }

# In `lines`, both calls are there, and this one comes before that one.
assert_before() {
        [[ " ${lines[*]} " == *" $1 "*"$2 "* && " ${lines[*]} " != *" $2 "*"$1 "* ]] || fail "$1, then $2 expected: ${lines[*]}"
}

# The bytes of memory that the guest got, from 0 on without a gap, in one piece or in several.
memory() {
        sed -n -E 's/.*guest_phys_addr=([0-9a-fx]+), memory_size=([0-9a-fx]+),.*/\1 \2/p' trace | {
                local end=0 start size pieces=()

                while read -r start size; do
                        pieces[start]=$((size))
                done
                for start in "${!pieces[@]}"; do
                        ((start == end)) && ((end += pieces[start]))
                done
                echo "$end"
        }
}

# demand: 10 points, step 2: the guest of one byte halts, and that is a success
# hint: Does KVM_RUN come back with KVM_EXIT_HLT? If not, is the byte where CS:IP points?
# bats test_tags=kept
@test "the guest of one byte halts, and that is a success" {
        run_one_byte
        assert_ended 0
        assert_guest_runs
}

# A program that starts no guest, as chapter 01's does, cannot lose anything of one, and earns nothing by that.
assert_guest_runs() {
        run_traced "${guest[@]}"
        grep -q KVM_RUN trace || fail "there is no KVM_RUN: it starts no guest"
}

# demand: 10 points, step 3: the registers before and after, and the exit reason, are shown
# hint: Registers are read twice, before and after KVM_RUN. Which line differs from the book's
# hint: dump?
@test "the registers before and after show what HLT changed: EIP, by one" {
        only_for 02 "prints a report"
        run_one_byte
        assert_line --regexp 'f4.*before'
        before=$(grep -m 1 'eip=' out)
        after=$(grep 'eip=' out | tail -n 1)
        [[ $before == *'eip=00000000 eflags=00000002'* ]]
        [[ $after == *'eip=00000001 eflags=00000002'* ]]
        assert_equal "$(grep -c 'esp=0000fffe' out)" 2
        assert_equal "$(grep -c 'cs=1000 ds=1000 es=1000 .*ss=1000' out)" 2
        assert_line --regexp 'code at 0x10000: f4 00'
        assert_line --regexp 'code at 0x10001: 00 00'
}

@test "the exit reason has its name" {
        only_for 02 "prints a report"
        run_one_byte
        assert_line --regexp 'KVM_EXIT_HLT.*after'
}

# demand: 10 points, step 3: the report is what KVM says, not what one expects
# hint: The test changes what KVM answers, and the report must change with it. An instruction
# hint: pointer may point anywhere.
@test "the report is what KVM says: without a KVM_RUN nothing has changed" {
        only_for 02 "prints a report"
        run_traced
        run_injected "inject=ioctl:retval=0:when=$(ioctl_number KVM_RUN)"
        refute_output --partial 'KVM_EXIT_HLT'
        refute_output --partial 'eip=00000001'
        assert_equal "$(grep -c 'eip=00000000' out)" 2
}

@test "the registers that are shown are those that KVM gives, a wild instruction pointer too" {
        only_for 02 "prints a report"
        local eax ebx zeros registers
        eax=$(random_hex) ebx=$(random_hex)
        zeros=$(printf '00%.0s' {1..112})
        run_traced
        grep -q KVM_GET_REGS trace || skip "it does not ask for them with KVM_GET_REGS"
        # RAX and RBX, little-endian, 14 more, and RIP, which is far outside all memory
        registers=$(reversed "$eax")00000000$(reversed "$ebx")00000000${zeros}f0ffffffffffff7f
        run_injected "inject=ioctl:poke_exit=@arg3=$registers:when=$(ioctl_number KVM_GET_REGS 2)"
        ((status < 126)) || show "no crash expected"
        assert_equal "$(grep -c "eax=$eax ebx=$ebx" out)" 1
        grep "eax=$eax" -A 9 out | grep -q 'eip=7ffffffffffffff0' || show "EIP 7ffffffffffffff0 expected"
}

# demand: 8 points, step 3: the time from open to exit is measured
# hint: The clock starts when /dev/kvm is opened and stops when KVM_RUN comes back. Which unit
# hint: does it count in?
@test "the time from opening /dev/kvm to the exit is there, and it is not longer than the whole run" {
        only_for 02 "prints a report"
        local start=${EPOCHREALTIME/./}
        run_one_byte
        local most=$((${EPOCHREALTIME/./} - start))
        [[ $output =~ ([0-9]+)' microseconds from opening /dev/kvm to the exit' ]]
        ((BASH_REMATCH[1] > 0 && BASH_REMATCH[1] < most))
}

@test "a call that takes longer makes the time longer" {
        only_for 02 "prints a report"
        local call delay=$((300000 + RANDOM))

        run_traced
        mv trace first
        for call in KVM_CREATE_VM KVM_RUN; do
                cp first trace
                run_injected "inject=ioctl:delay_exit=$delay:when=$(ioctl_number $call)"
                [[ $output =~ ([0-9]+)' microseconds from opening /dev/kvm to the exit' ]]
                ((BASH_REMATCH[1] >= delay)) || show "at least $delay microseconds expected"
        done
}

# demand: 8 points, step 1: the calls come in the right order
# hint: strace shows the calls in order. Real mode's own pages come before the vCPU. KVM_SET_SREGS
# hint: computes no base from a selector.
# bats test_tags=kept
@test "real mode's own memory comes before its vCPU, and both before KVM_RUN" {
        one_byte
        run_traced "${guest[@]}"
        assert_status 0
        run made
        assert_line --index 0 KVM_CREATE_VM
        assert_before KVM_SET_TSS_ADDR KVM_CREATE_VCPU
        assert_before KVM_CREATE_VCPU KVM_SET_SREGS
        assert_before KVM_SET_USER_MEMORY_REGION KVM_RUN
        assert_equal "${lines[-1]}" KVM_RUN
        assert_equal "$(memory)" 1048576
}

# bats test_tags=kept
@test "CS, DS, ES and SS begin at 0x10000: a selector alone moves no segment" {
        local segment

        one_byte
        run_apart timeout -k 5 60 strace -f -qq -v -e signal=none -e trace=ioctl -o trace "$MINIKVM" "${guest[@]}"
        assert_status 0
        for segment in cs ds es ss; do
                grep -q -E "KVM_SET_SREGS.*\b$segment=\{base=0x10000," trace || fail "not so $segment: $(grep KVM_SET_SREGS trace)"
        done
}

# demand: 8 points, step 2: a call that a signal interrupted is made again
# hint: A call that fails with EINTR has done nothing: there is no exit to look at, and no VM.
@test "KVM_RUN that a signal interrupted is made again" {
        only_before 05 "runs the guest in a thread, where strace counts anew"
        one_byte
        run_traced "${guest[@]}"
        run_injected "inject=ioctl:error=EINTR:when=$(ioctl_number KVM_RUN)" "${guest[@]}"
        assert_ended 0
        assert_equal "$(grep -c KVM_RUN trace)" 2
}

@test "a VM whose making a signal interrupted is asked for again" {
        one_byte
        run_traced "${guest[@]}"
        run_injected "inject=ioctl:error=EINTR:when=$(ioctl_number KVM_CREATE_VM)" "${guest[@]}"
        assert_ended 0
        assert_equal "$(grep -c KVM_CREATE_VM, trace)" 2
}

# demand: 8 points, step 2: what was made for the guest is given back
# hint: Two descriptors and two mappings are made. Which one is still there at the end, or after a
# hint: call has failed?
# bats test_tags=kept
@test "what was made for the guest is given back" {
        one_byte
        run_traced "${guest[@]}"
        assert_status 0
        grep -q 'KVM_RUN' trace || fail "there is no KVM_RUN: it starts no guest"
        assert_all_given_back
}

@test "what was made is given back when a call fails, too" {
        one_byte
        only_before 05 "leaves that to the end of the process"
        assert_failures_give_back "${guest[@]}"
}

# demand: 12 points, step 1: every call that fails is named
# hint: One call after the other is made to fail. Is each answer looked at, its request named, and
# hint: the status 125?
@test "every call that fails is named" {
        one_byte
        assert_guest_runs
        assert_failures_told "${guest[@]}"
}

# demand: 7 points, step 2: a failure leaks nothing
# hint: Which call was made to fail stands after `fail:` on stderr. What is still held, or used,
# hint: on that way out?
@test "no failure leaks, with sanitizers looking on" {
        one_byte
        assert_guest_runs
        assert_failures_clean "${guest[@]}"
}

# demand: 5 points, step 3: an argument is refused
# hint: There is no guest to choose: an argument that is no option is named, and the usage is
# hint: shown on stderr.
@test "chapter 02 takes no guest" {
        only_for 02 "has one built in"
        local name
        name=$(random_text 8)
        run_minikvm "$name"
        assert_usage "$name"
}

# demand: 5 points, step 3: a report that cannot be written is a failure
# hint: printf only fills a buffer. When is it written, and who looks whether that worked?
@test "a report that cannot be written fails" {
        only_for 02 "prints a report"
        status=0
        timeout -k 5 20 "$MINIKVM" >/dev/full 2>err || status=$?
        error=$(<err)
        assert_message 125 'No space left'
        status=0
        timeout -k 5 20 "$MINIKVM" >&- 2>err || status=$?
        error=$(<err)
        assert_message 125
}

# demand: 5 points, step 1: without /dev/kvm it says why
# hint: Chapter 01 can say why. Is its message printed, is the status 125, and is stdout empty?
# bats test_tags=kept
@test "without /dev/kvm it says why, as the report does" {
        one_byte
        in_namespace "mount -t tmpfs none /dev && exec '$MINIKVM' ${guest[*]}"
        assert_refused '/dev/kvm' 'does not exist'
}
