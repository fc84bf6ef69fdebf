# Exercise: an answer for scripts. Tests that everybody gets.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 01; }

capabilities="USER_MEMORY SET_TSS_ADDR SYNC_REGS IRQCHIP PIT2"

# What KVM answered about a capability, from the file `trace`.
answer() { sed -n -E "s/.*KVM_CHECK_EXTENSION, $1\) = ([0-9]+).*/\1/p" trace; }

# The program's answer has this word, all lines, the values that KVM gave, and nothing else.
assert_answer() {
        local name

        {
                printf 'support=%s\napi=12\npaging=%s\n' "$1" "$2"
                for name in $capabilities; do
                        echo "KVM_CAP_$name=$(answer "KVM_CAP_$name")"
                done
        } >expected
        assert_stdout_file expected
}

# Sets `verdict` and `paging`, each one word, from the report for people.
read_report() {
        run_minikvm --check
        verdict=$(sed -n -E 's/^KVM here: ([a-z]+)\..*/\1/p' out)
        paging=$(sed -n -E 's/^paging, 32-bit guests +//p' out)
}

# demand: 28 points: --script prints what KVM says, as NAME=VALUE
# hint: the values of capabilities are numbers, not yes and no. The verdict comes first, so find it out first.
@test "--script prints what KVM says, as NAME=VALUE" {
        local verdict paging

        read_report
        run_traced --script
        assert_answer "$verdict" "$paging"
        [[ ! -s err ]] || show "nothing on stderr expected"
}

# demand: 18 points: the exit status tells full from partial
# hint: one status for each of the three words.
@test "the exit status is 0 for full, and 1 for partial" {
        local verdict paging
        local -A statuses=([full]=0 [partial]=1)

        read_report
        run_minikvm --script
        assert_status "${statuses[$verdict]}"
        assert_line --index 0 "support=$verdict"
}

@test "without a timer or interrupt controllers it is partial, 1, and the value is 0" {
        local capability verdict paging

        read_report
        for capability in KVM_CAP_IRQCHIP KVM_CAP_PIT2; do
                run_traced --script
                run_injected "inject=ioctl:retval=0:when=$(ioctl_number $capability)" --script
                assert_message 1 $capability 'newer kernel'
                assert_answer partial "$paging"
                assert_line $capability=0
        done
}
