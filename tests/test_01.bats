# Chapter 01: the report on /dev/kvm, and the ways in which KVM can be missing.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 01; }

# demand: 8 points, step 4: the report: the API version, every capability, a verdict
# hint: Which line is missing? One is printed for every entry of the table of capabilities, and
# hint: the verdict comes last.
# bats test_tags=kept
@test "the report names the API version, every capability and a verdict" {
        run_minikvm --check
        assert_ended 0
        assert_output --regexp 'API version +12'
        assert_output --regexp 'a VM .*made and closed'
        assert_output --regexp 'paging, 32-bit guests +(yes|no)'
        for capability in USER_MEMORY SET_TSS_ADDR SYNC_REGS IRQCHIP PIT2; do
                assert_output --regexp "KVM_CAP_$capability +(yes|no) +\(.+\)"
        done
        assert_output --regexp $'\nKVM here: (full|partial)\\. '
}

@test "the report says what KVM says: all of it runs in the VM" {
        [[ ${MINIKVM_VM-} ]] || skip "not in the VM"
        run_minikvm --check
        assert_line --regexp 'paging, 32-bit guests +yes'
        refute_line --regexp '(KVM_CAP|VM|paging).* no( |$)'
        assert_line --partial 'KVM here: full.'
}

@test "without an argument, chapter 01 reports too" {
        only_for 01 "has nothing else to do"
        run_minikvm --check
        mv out report
        run_minikvm
        assert_ended 0
        assert_stdout_file report
}

# demand: 5 points, step 8: what the report makes is closed again
# hint: A VM and a vCPU are descriptors, and stay until both are closed. strace shows which one is
# hint: not.
# bats test_tags=kept
@test "the VM and the vCPU that the report makes are closed again" {
        run_traced --check
        assert_status 0
        grep -q KVM_CREATE_VCPU trace
        assert_all_given_back
}

# demand: 6 points, step 3: a wrong API version is named
# hint: Any number other than 12 is wrong, a larger one too. What becomes of the descriptor then?
@test "a wrong API version is named" {
        local version

        for version in $((RANDOM % 12)) $((RANDOM % 100 + 13)); do
                run_injected "inject=ioctl:retval=$version:when=1" --check
                assert_message 125 '/dev/kvm' "API version $version" 'kernel'
                assert_output --partial 'KVM here: none.'
                # and the device is closed again
                assert_closed /dev/kvm
        done
}

# demand: 5 points, step 8: a call that a signal interrupted is made again
# hint: A signal makes KVM_CREATE_VM fail with EINTR. Nothing was done then.
@test "a VM whose making a signal interrupted is asked for again" {
        run_traced --check
        run_injected "inject=ioctl:error=EINTR:when=$(ioctl_number KVM_CREATE_VM)" --check
        assert_ended 0
        assert_equal "$(grep -c KVM_CREATE_VM, trace)" 2
}

# demand: 8 points, step 4: the verdict follows from what KVM can do
# hint: Each capability has its own consequence: nothing runs, chapters up to 06 run, or nothing
# hint: is lost. Look at the exit status as well.
@test "without a capability that every guest needs, no chapter runs: use a newer kernel" {
        for capability in USER_MEMORY SET_TSS_ADDR; do
                run_traced --check
                run_injected "inject=ioctl:retval=0:when=$(ioctl_number "KVM_CAP_$capability")" --check
                assert_message 125 "KVM_CAP_$capability" 'newer kernel'
                assert_output --regexp "KVM_CAP_$capability +no "
                assert_output --partial 'KVM here: none.'
        done
}

# bats test_tags=kept
@test "without interrupt controllers or a timer, the chapters up to 06 run" {
        for capability in IRQCHIP PIT2; do
                run_traced --check
                run_injected "inject=ioctl:retval=0:when=$(ioctl_number "KVM_CAP_$capability")" --check
                assert_status 0
                assert_output --regexp "KVM_CAP_$capability +no "
                assert_output --regexp 'KVM here: partial\. .*06.* make shell-vm'
        done
}

@test "without KVM_CAP_SYNC_REGS nothing is lost" {
        run_traced --check
        local verdict=${lines[-1]}
        run_injected "inject=ioctl:retval=0:when=$(ioctl_number KVM_CAP_SYNC_REGS)" --check
        assert_ended 0
        assert_output --regexp 'KVM_CAP_SYNC_REGS +no '
        assert_equal "${lines[-1]}" "$verdict"
}

# demand: 7 points, step 8: a KVM that cannot page 32-bit guests is found out
# hint: Such a KVM takes CR0.PG without an error. What do the registers say after that?
@test "a KVM that drops CR0.PG without a word runs the chapters up to 06" {
        # What KVM_GET_SREGS gives after KVM_SET_SREGS: 224 bytes of segments and tables, then CR0
        local sregs
        sregs=$(printf '00%.0s' {1..224})1100000000000000
        run_traced --check
        run_injected "inject=ioctl:poke_exit=@arg3=$sregs:when=$(ioctl_number KVM_GET_SREGS 2)" --check
        assert_ended 0
        assert_output --regexp 'paging, 32-bit guests +no'
        assert_output --regexp 'KVM here: partial\. .*06.* make shell-vm'
}

# demand: 7 points, step 6: no /dev/kvm, though the CPU could: what to do
# hint: Which errno does open() give, and does the message name both causes: a module, and a
# hint: container?
@test "no device, though the CPU could: load the module, or give it to the container" {
        grep -q -w -E 'vmx|svm' /proc/cpuinfo || skip "this CPU has neither VMX nor SVM"
        in_namespace 'mount -t tmpfs none /dev && exec "$MINIKVM" --check'
        assert_message 125 '/dev/kvm' 'does not exist' 'modprobe' 'container'
        assert_output --partial 'KVM here: none.'
}

# demand: 7 points, step 7: the firmware is blamed when it did it, and only then
# hint: CPUID and /proc/cpuinfo disagree when the firmware did it. Other flags begin like vmx and
# hint: svm; and /proc may not be there.
@test "no device, and the kernel does not see what the CPU has: the firmware" {
        grep -q -w -E 'vmx|svm' /proc/cpuinfo || skip "this CPU has neither VMX nor SVM"
        # another flag, which may stay, begins like it
        sed -E 's/ (vmx|svm)\>/ \1_lock/g' /proc/cpuinfo >cpuinfo
        in_namespace 'mount --bind cpuinfo /proc/cpuinfo && mount -t tmpfs none /dev && exec "$MINIKVM" --check'
        assert_message 125 '/dev/kvm' 'does not exist' 'firmware' 'BIOS'
        assert_output --partial 'KVM here: none.'
}

@test "no device, and no /proc that tells what the kernel sees: the firmware is not blamed" {
        grep -q -w -E 'vmx|svm' /proc/cpuinfo || skip "this CPU has neither VMX nor SVM"
        in_namespace 'mount -t tmpfs none /dev && mount -t tmpfs none /proc && exec "$MINIKVM" --check'
        assert_message 125 '/dev/kvm' 'does not exist' 'modprobe' 'container'
}

# demand: 6 points, step 6: a device without a driver is no device
# hint: ENODEV and ENXIO mean the same as ENOENT here.
@test "a device without a driver behind it is none" {
        local error

        for error in ENXIO ENODEV; do
                trace -P /dev/kvm -e "inject=open,openat:error=$error" "$MINIKVM" --check
                assert_message 125 '/dev/kvm' 'does not exist'
                assert_output --partial 'KVM here: none.'
        done
}

# demand: 6 points, step 6: no permission: what to do
# hint: EACCES and EPERM have different causes, and so different remedies: a group helps with one
# hint: of them only.
# bats test_tags=kept
@test "no permission: join the group" {
        in_namespace 'mount -t tmpfs none /dev && touch /dev/kvm && chmod 000 /dev/kvm &&
                      without_privileges "$MINIKVM" --check'
        assert_message 125 '/dev/kvm' 'permission' 'usermod -aG kvm'
        assert_output --partial 'KVM here: none.'
}

@test "forbidden, as in a container that was not given the device: what gives it" {
        trace -P /dev/kvm -e inject=open,openat:error=EPERM "$MINIKVM" --check
        assert_message 125 '/dev/kvm' 'container' '--device=/dev/kvm'
        [[ $error != *usermod* ]] || show "no advice that does not help expected"
        assert_output --partial 'KVM here: none.'
}

# demand: 4 points, step 6: any other reason is told in the kernel's words
# hint: For what has no message of its own, print the kernel's text for errno.
@test "another reason to fail is told in the kernel's words" {
        trace -P /dev/kvm -e inject=open,openat:error=EMFILE "$MINIKVM" --check
        assert_message 125 '/dev/kvm' 'Too many open files'
}

# demand: 6 points, step 5: a device that is not KVM is told apart
# hint: open() works on any file. Which call is the first that only KVM's device answers?
# bats test_tags=kept
@test "a device that is not KVM is told apart" {
        in_namespace 'mount --bind /dev/null /dev/kvm && exec "$MINIKVM" --check'
        assert_message 125 '/dev/kvm' 'KVM_GET_API_VERSION'
        assert_output --partial 'KVM here: none.'
}

# demand: 5 points, step 8: a CPU that another hypervisor holds is told
# hint: Which errno comes from KVM_CREATE_VM then, and what does the message advise?
@test "a CPU that another hypervisor holds: end that first" {
        run_traced --check
        run_injected "inject=ioctl:error=EBUSY:when=$(ioctl_number KVM_CREATE_VM)" --check
        assert_message 125 'KVM_CREATE_VM' 'busy' 'another hypervisor'
        assert_output --partial 'KVM here: none.'
}

# demand: 6 points, step 8: every call that fails is named
# hint: One call after the other is made to fail. Is each answer looked at, its request named, and
# hint: the status 125?
@test "every call of the report that fails is named" {
        assert_failures_told --check
}

# demand: 4 points, step 8: a failure leaks nothing
# hint: Which call was made to fail stands after `fail:` on stderr. What is still held on that way
# hint: out?
@test "no failure leaks, with sanitizers looking on" {
        assert_failures_clean --check
}

# demand: 6 points, step 3: --help, --version, and what is not an option
# hint: --help and --version go to stdout and end with 0; a mistake goes to stderr, names the
# hint: argument and ends with 125.
# bats test_tags=kept
@test "--help tells the usage, and everything that the usage names" {
        run_minikvm --help
        assert_ended 0
        assert_output --partial 'usage: minikvm'
        assert_output --partial '--check'
        assert_output --partial '--version'
        assert_output --partial '125'
}

# bats test_tags=kept
@test "--version names program and chapter" {
        run_minikvm --version
        assert_ended 0
        assert_output --regexp '^minikvm [0-9.]+ \(.+\)$'
        [[ ! $OWN ]] || assert_output --partial "(${FOLDER##*/})"
}

# bats test_tags=kept
@test "an option that does not exist is refused and named" {
        local option
        option=--$(random_text 8)
        run_minikvm "$option"
        assert_refused "$option"
}

@test "an argument too many is refused" {
        only_before 05 "takes the first option that ends it"
        run_minikvm --check "$(random_text 8)"
        assert_usage
}

# demand: 4 points, step 3: a report that cannot be written is a failure
# hint: printf only fills a buffer. When is it written, and who looks whether that worked?
@test "a report that cannot be written fails" {
        status=0
        timeout -k 5 20 "$MINIKVM" --check >/dev/full 2>err || status=$?
        error=$(<err)
        assert_message 125 'No space left'
        timeout -k 5 20 "$MINIKVM" --check >&- 2>err || status=$?
        error=$(<err)
        assert_message 125
        timeout -k 5 20 "$MINIKVM" --help >/dev/full 2>err || status=$?
        error=$(<err)
        assert_message 125 'No space left'
}
