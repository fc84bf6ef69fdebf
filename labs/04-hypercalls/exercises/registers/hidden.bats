# Exercise: registers after each exit. Tests that only the grader has.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 04; }

# demand: 8 points: it works where registers do not come with the exit
# hint: without KVM_CAP_SYNC_REGS, what is in struct kvm_run are not the guest's registers.
@test "it works where registers do not come with the exit" {
        local ebx

        ebx=$(random_hex)
        assemble <<END
        mov     ebx, 0x$ebx
        out     0x80, al
        mov     ecx, ebx
        hlt
END
        run_traced --registers guest.bin
        assert_status 0
        follow='' run_injected "inject=ioctl:retval=0:when=$(ioctl_number KVM_CAP_SYNC_REGS)" --registers guest.bin
        assert_status 0
        assert_equal "$error" "minikvm: guest.bin: exit 1: ebx=$ebx
minikvm: guest.bin: exit 2: ecx=$ebx"
}

# demand: 6 points: the exit at which a guest crashes has its line, and the report comes after it
# hint: is the line printed before the exit is handled, for every kind of exit?
@test "the exit at which a guest crashes has its line, and the report comes after it" {
        local number

        number=$(random_between 100 255)
        assemble <<END
        mov     dx, HC_PORT
        mov     ebx, 0x12345678
        mov     al, $number
        out     dx, al
END
        run_minikvm --registers guest.bin
        assert_status 126
        mapfile -t lines <err
        assert_equal "${lines[0]}" "minikvm: guest.bin: exit 1: eax=$(printf %08x "$number") ebx=12345678 edx=00000500"
        assert_equal "${lines[1]}" "minikvm: guest.bin: crashed: unknown hypercall $number"
        assert_equal "${lines[2]}" "  eax=$(printf %08x "$number") ebx=12345678 ecx=00000000 edx=00000500"
}

# demand: 6 points: it compares with the exit before, not with the start
# hint: a register that has its first value again has changed since the exit before.
@test "it compares with the exit before, not with the start" {
        local ecx

        ecx=$(random_hex)
        assemble <<END
        mov     ecx, 0x$ecx
        out     0x80, al
        mov     ecx, 0x11111111
        mov     ebx, 0x22222222
        mov     ecx, 0x$ecx             /* as it was: nobody sees what was in between */
        out     0x80, al
        mov     ebx, 0
        out     0x80, al
        push    eax
        out     0x80, al
        pop     eax
        hlt
END
        run_minikvm --registers guest.bin
        assert_status 0
        assert_equal "$error" "minikvm: guest.bin: exit 1: ecx=$ecx
minikvm: guest.bin: exit 2: ebx=22222222
minikvm: guest.bin: exit 3: ebx=00000000
minikvm: guest.bin: exit 4: esp=0000fffa
minikvm: guest.bin: exit 5: esp=0000fffe"
}

# demand: 4 points: output, input, status and statistics are as without it
# hint: the option only looks on.
@test "output, input, status and statistics are as without it" {
        local text i

        text=$(random_text 20)
        assemble <<'END'
        mov     dx, HC_PORT
next:   mov     al, HC_GETCHAR
        out     dx, al
        in      eax, dx
        cmp     eax, HC_ERROR
        je      done
        mov     bl, al
        mov     al, HC_PUTCHAR
        out     dx, al
        jmp     next
done:   mov     al, HC_EXIT
        mov     bl, 77
        out     dx, al
END
        run_minikvm --registers --stats guest.bin < <(printf %s "$text")
        assert_status 77
        assert_stdout "$text"
        # Three exits for each letter, two for the end of the input, and the last one
        assert_equal "$(grep -c ' exit [0-9]*: ' err)" 63
        assert_error_has 'minikvm: guest.bin: 63 exits, 63 KVM_EXIT_IO;' 'exit 63: eax=ffffff00 ebx=0000004d'
}
