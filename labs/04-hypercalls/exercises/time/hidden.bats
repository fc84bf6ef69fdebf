# Exercise: a clock by hypercall. Tests that only the grader has.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 04; }

no_result=4294967295

# As in the public tests.
assemble_times() {
        assemble <<END
        mov     dx, HC_PORT
        mov     si, offset asked
        mov     di, offset data
next:   mov     ebx, [si]
        cmp     ebx, 0xDDDDDDDD
        je      wait
        mov     eax, 0x11223300 + $HC_TIME
        out     dx, al
        in      eax, dx
        mov     [di], eax
        add     di, 4
        jmp     more
wait:   mov     al, HC_GETCHAR
        out     dx, al
more:   add     si, 4
        cmp     si, offset data
        jb      next
        mov     cx, di
        mov     si, offset data
        sub     cx, si
        mov     dx, COM1
        rep outsb
        hlt
asked:  .long   $(sed 's/ /, /g; s/\./0xDDDDDDDD/g' <<<"$*")
data:
END
}

take_results() { mapfile -t results < <(od -A n -v -t u4 -w4 out | tr -d ' '); }

assert_is_now() {
        (($1 <= EPOCHSECONDS + 1 && $1 > EPOCHSECONDS - 60)) || fail "$1 is not the time: it is $EPOCHSECONDS"
}

# demand: 8 points: before the first look there are no nanoseconds
# hint: what does your program give to a guest that asks with EBX 1 first? The task says: no result.
@test "before the first look there are no nanoseconds" {
        assemble_times 1 2 1 0 1
        run_minikvm guest.bin
        assert_ended 0
        take_results
        assert_equal "${results[*]:0:3}" "$no_result $no_result $no_result"
        assert_is_now "${results[3]}"
        ((results[4] < 1000000000)) || fail "${results[4]} nanoseconds"
}

# demand: 8 points: for other values of EBX there is no result: all 32 bits count
# hint: BL is 0 in 0x100, and EBX is not. Such a call has no result, and the guest goes on.
@test "for other values of EBX there is no result: all 32 bits count" {
        local other i
        local -a asked=(0 1)

        for other in 0x100 0x101 0x10000 0x10001 0x80000000 0x80000001 0xFFFFFFFF $(random_between 2 255); do
                asked+=("$other" 1)
        done
        assemble_times "${asked[@]}"
        run_minikvm guest.bin
        assert_ended 0
        take_results
        assert_is_now "${results[0]}"
        for ((i = 2; i < ${#asked[@]}; i += 2)); do
                assert_equal "${asked[i]}: ${results[i]}" "${asked[i]}: $no_result"
                ((results[i + 1] < 1000000000)) || fail "${results[i + 1]} nanoseconds, after EBX was ${asked[i]}"
        done
}

# demand: 8 points: the time never runs backwards, also where a second ends
# hint: near the end of a second, seconds and nanoseconds of two different looks do not fit together.
@test "the time never runs backwards, also where a second ends" {
        assemble <<END
        mov     dx, HC_PORT
        mov     bp, 3                   /* seconds to begin */
next:   mov     ebx, 0
        mov     al, $HC_TIME
        out     dx, al
        in      eax, dx
        mov     esi, eax
        mov     ebx, 1
        mov     al, $HC_TIME
        out     dx, al
        in      eax, dx
        cmp     esi, [seconds]
        jb      wrong
        ja      later
        cmp     eax, [nanoseconds]
        jb      wrong
        jmp     right
later:  dec     bp
        jz      done
right:  mov     [seconds], esi
        mov     [nanoseconds], eax
        jmp     next
wrong:  mov     al, HC_EXIT
        mov     bl, 1
        out     dx, al
done:   mov     al, HC_EXIT
        mov     bl, 7
        out     dx, al
seconds:        .long 0
nanoseconds:    .long 0
END
        run_minikvm guest.bin
        assert_ended 7
}

# demand: 6 points: HC_TIME is the one new number: all others are unknown as before
# hint: a default in your switch must still be "unknown hypercall".
@test "HC_TIME is the one new number: all others are unknown as before" {
        local number

        for number in $((HC_TIME - 1)) $((HC_TIME + 1)) $((250 + RANDOM % 5 + 1)) "$(random_between 4 14)"; do
                assemble <<END
        mov     dx, HC_PORT
        mov     al, $HC_TIME
        out     dx, al
        in      eax, dx
        mov     [data], eax
        mov     dx, COM1
        mov     si, offset data
        mov     cx, 4
        rep outsb
        mov     dx, HC_PORT
        mov     al, $number
        out     dx, al
        hlt
data:   .space  4
END
                run_minikvm guest.bin
                assert_message 126 'guest.bin' "unknown hypercall $number"
                take_results
                assert_is_now "${results[0]}"
        done
}

# demand: 6 points: it works where registers do not come with the exit
# hint: without KVM_CAP_SYNC_REGS the registers in kvm_run are not the guest's: ask vcpu_get_regs.
@test "it works where registers do not come with the exit" {
        assemble_times 0 1 5
        run_traced guest.bin
        assert_status 0
        follow='' run_injected "inject=ioctl:retval=0:when=$(ioctl_number KVM_CAP_SYNC_REGS)" guest.bin
        assert_ended 0
        take_results
        assert_is_now "${results[0]}"
        ((results[1] < 1000000000)) || fail "${results[1]} nanoseconds"
        assert_equal "${results[2]}" "$no_result"
}
