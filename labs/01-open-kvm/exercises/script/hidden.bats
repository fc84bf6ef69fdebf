# Exercise: an answer for scripts. Tests that only the grader has.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 01; }

# The answer is the one line, the status 125, and a message has these texts in it.
assert_none() {
        assert_message 125 "$@"
        assert_stdout $'support=none\n'
}

# demand: 20 points: what cannot be asked is one line: support=none
# hint: nothing is printed before the last request has been answered.
@test "without a device that is KVM, the answer is one line, and the message is that of --check" {
        in_namespace 'mount -t tmpfs none /dev && exec "$MINIKVM" --script'
        assert_none /dev/kvm 'does not exist'
        in_namespace 'mount --bind /dev/null /dev/kvm && exec "$MINIKVM" --script'
        assert_none /dev/kvm KVM_GET_API_VERSION
        run_injected "inject=ioctl:retval=$((RANDOM % 12)):when=1" --script
        assert_none /dev/kvm 'API version'
}

@test "whichever request fails, the answer is one line, and the request is named" {
        local call number name

        run_traced --script
        own_calls >calls
        grep -q ioctl calls || fail "it asks nothing: $(<trace)"
        while read -r call number name <&9; do
                [[ $call == ioctl ]] || continue
                run_injected "inject=ioctl:error=ENOMEM:when=$number" --script
                assert_none "$name" 'Cannot allocate memory'
        done 9<calls
}

# demand: 14 points: a capability is its number, and what is missing lowers the word
# hint: KVM_CHECK_EXTENSION may give more than 1. Without KVM_CAP_SYNC_REGS nothing is lost.
@test "a capability is shown as the number that KVM gives" {
        local value status_before
        value=$(random_between 2 1000000)
        run_traced --script
        status_before=$status
        run_injected "inject=ioctl:retval=$value:when=$(ioctl_number KVM_CAP_SYNC_REGS)" --script
        assert_status "$status_before"
        assert_line "KVM_CAP_SYNC_REGS=$value"
        run_injected "inject=ioctl:retval=0:when=$(ioctl_number KVM_CAP_SYNC_REGS)" --script
        assert_status "$status_before"
        assert_line KVM_CAP_SYNC_REGS=0
}

@test "without a capability that every guest needs, all is told, and it is none" {
        local capability

        for capability in KVM_CAP_USER_MEMORY KVM_CAP_SET_TSS_ADDR; do
                run_traced --script
                run_injected "inject=ioctl:retval=0:when=$(ioctl_number $capability)" --script
                assert_message 125 $capability 'newer kernel'
                assert_line --index 0 support=none
                assert_line $capability=0
                assert_equal "${#lines[@]}" 8
        done
}

@test "a KVM that drops CR0.PG without a word is partial" {
        local sregs
        # 224 bytes of segments and tables, then CR0
        sregs=$(printf '00%.0s' {1..224})1100000000000000
        run_traced --script
        run_injected "inject=ioctl:poke_exit=@arg3=$sregs:when=$(ioctl_number KVM_GET_SREGS 2)" --script
        assert_ended 1
        assert_line --index 0 support=partial
        assert_line --index 2 paging=no
}

# demand: 8 points: --script stands alone, and --help names it
# hint: how many arguments are there? Which one is to be named?
@test "--script stands alone, and --help names it" {
        local other
        other=$(random_text 8)
        run_minikvm --help
        assert_ended 0
        assert_output --partial --script
        run_minikvm --script "$other"
        assert_usage "$other"
        run_minikvm --check --script
        assert_usage --script
        run_minikvm --script --script
        assert_usage --script
}

# demand: 8 points: an answer that cannot be written is a failure
# hint: printf only fills a buffer. Chapter 01 has a function that looks.
@test "an answer that cannot be written fails with 125, whatever it is" {
        local error status=0
        timeout -k 5 20 "$MINIKVM" --script >/dev/full 2>err || status=$?
        error=$(<err)
        assert_message 125 'No space left'
}
