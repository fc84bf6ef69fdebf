# Exercise: registers after each exit. Tests that everybody gets.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 04; }

# demand: 16 points: after each exit, the registers that have changed are shown with their new values
# hint: vcpu_get_regs gives them as they were at the exit. With what do you compare?
@test "after each exit, the registers that have changed are shown with their new values" {
        local ebx esi edi ebp

        ebx=$(random_hex) esi=$(random_hex) edi=$(random_hex) ebp=$(random_hex)
        assemble <<END
        mov     ebx, 0x$ebx
        out     0x80, al
        mov     esi, 0x$esi
        mov     edi, 0x$edi
        out     0x80, al
        mov     ebp, 0x$ebp
        mov     ebx, 0
        out     0x80, al
        mov     esi, 0x$ebp
        hlt
END
        run_minikvm --registers guest.bin
        assert_status 0
        assert_stdout ''
        assert_equal "$error" "minikvm: guest.bin: exit 1: ebx=$ebx
minikvm: guest.bin: exit 2: esi=$esi edi=$edi
minikvm: guest.bin: exit 3: ebx=00000000 ebp=$ebp
minikvm: guest.bin: exit 4: esi=$ebp"
}

# demand: 12 points: all eight registers are shown, in the order of a crash report
# hint: vcpu_print has the order. ESP is one of the eight, and it does not start at 0.
@test "all eight registers are shown, in the order of a crash report" {
        local name
        local -A value

        for name in eax ebx ecx edx esi edi ebp esp; do
                value[$name]=$(random_hex)
        done
        {
                for name in esp ebp edi esi edx ecx ebx eax; do
                        echo "mov $name, 0x${value[$name]}"
                done
                echo 'out 0x80, al; hlt'
        } | assemble
        run_minikvm --registers guest.bin
        assert_status 0
        assert_equal "${error%%$'\n'*}" "minikvm: guest.bin: exit 1: eax=${value[eax]} ebx=${value[ebx]} ecx=${value[ecx]} \
edx=${value[edx]} esi=${value[esi]} edi=${value[edi]} ebp=${value[ebp]} esp=${value[esp]}"
}

# demand: 10 points: where nothing has changed, the line says so
# hint: a guest that only executes HLT has changed no register. ESP is 0xfffe at the start.
@test "where nothing has changed, the line says so" {
        local edx

        edx=$(random_hex)
        assemble <<END
        out     0x80, al
        mov     edx, 0x$edx
        out     0x80, al
        out     0x80, al
        hlt
END
        run_minikvm --registers guest.bin
        assert_status 0
        assert_equal "$error" "minikvm: guest.bin: exit 1: no change
minikvm: guest.bin: exit 2: edx=$edx
minikvm: guest.bin: exit 3: no change
minikvm: guest.bin: exit 4: no change"
}

# demand: 10 points: what IN reads is in EAX at the next exit, not before
# hint: KVM puts your answer into EAX when the guest goes on.
@test "what IN reads is in EAX at the next exit, not before" {
        local eax

        eax=$(random_hex)
        eax=${eax:0:6}$(printf %02x $((RANDOM % 255)))  # not ff, for then nothing would change
        assemble <<END
        mov     eax, 0x$eax
        in      al, 0x80
        out     0x80, al
        in      eax, 0x80
        hlt
END
        run_minikvm --registers guest.bin
        assert_status 0
        assert_equal "$error" "minikvm: guest.bin: exit 1: eax=$eax
minikvm: guest.bin: exit 2: eax=${eax:0:6}ff
minikvm: guest.bin: exit 3: no change
minikvm: guest.bin: exit 4: eax=ffffffff"
}

# demand: 8 points: with -v, the registers come first, then what the exit was
# hint: where is an exit counted, and where is it handled? The line belongs between the two.
@test "with -v, the registers come first, then what the exit was" {
        local ebx

        ebx=$(random_hex)
        assemble <<END
        mov     ebx, 0x$ebx
        out     0x80, al
        hlt
END
        run_minikvm -v --registers guest.bin
        assert_status 0
        assert_equal "$error" "minikvm: guest.bin: exit 1: ebx=$ebx
minikvm: guest.bin: exit 1: KVM_EXIT_IO: out 0x80, 8 bits: 0x0
minikvm: guest.bin: exit 2: no change
minikvm: guest.bin: exit 2: KVM_EXIT_HLT: the guest stops here"
}

# demand: 4 points: --help names --registers
# hint: the usage in main.c.
@test "--help names --registers" {
        run_minikvm --help
        assert_ended 0
        assert_output --partial ' --registers '
}
