# Exercise: a clock by hypercall. Tests that everybody gets.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 04; }

# Makes guest.bin, which calls HC_TIME once for each value of EBX given here, and sends the results to COM1, four
# bytes each. A dot stands for a byte of stdin: the guest waits for it.
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

# Runs it, and sets `results`: what it sent, as numbers.
run_times() {
        run_minikvm guest.bin
        assert_ended 0
        mapfile -t results < <(od -A n -v -t u4 -w4 out | tr -d ' ')
}

# Microseconds since 1970.
now() { echo "${EPOCHREALTIME/[^0-9]/}"; }

# demand: 16 points: EBX 0 gives the seconds since 1970
# hint: clock_gettime and time give the seconds since 1970. The result goes to guest->hypercall_result.
@test "EBX 0 gives the seconds since 1970" {
        local before after

        assemble_times 0
        before=$(now)
        run_times
        after=$(now)
        assert_equal "${#results[@]}" 1
        ((before / 1000000 <= results[0] && results[0] <= after / 1000000)) ||
                fail "${results[0]} seconds, but it was $before us since 1970, and is $after now"
}

@test "each call with EBX 0 looks at the clock again" {
        assemble <<END
        mov     dx, HC_PORT
        mov     ebx, 0
        mov     al, $HC_TIME
        out     dx, al
        in      eax, dx
        mov     [data], eax
next:   mov     al, $HC_TIME
        out     dx, al
        in      eax, dx
        mov     [data + 4], eax
        cmp     eax, [data]
        je      next
        mov     dx, COM1
        mov     si, offset data
        mov     cx, 8
        rep outsb
        hlt
data:   .space  8
END
        run_times
        assert_equal "${results[1]}" $((results[0] + 1))
}

# demand: 10 points: AL, AX and EAX read the same result, as often as the guest asks
# hint: the result must stay in guest->hypercall_result until the next hypercall; IN only reads it.
@test "AL, AX and EAX read the same result, as often as the guest asks" {
        local seconds

        assemble <<END
        mov     dx, HC_PORT
        mov     ebx, 0
        mov     al, $HC_TIME
        out     dx, al
        mov     eax, 0x11223344
        in      al, dx
        mov     [data], eax
        mov     eax, 0x11223344
        in      ax, dx
        mov     [data + 4], eax
        in      eax, dx
        mov     [data + 8], eax
        in      eax, dx
        mov     [data + 12], eax
        mov     dx, COM1
        mov     si, offset data
        mov     cx, 16
        rep outsb
        hlt
data:   .space  16
END
        run_times
        seconds=${results[2]}
        ((seconds <= EPOCHSECONDS + 1 && seconds > EPOCHSECONDS - 60)) || fail "$seconds is not the time"
        assert_equal "${results[0]}" $((0x11223300 | seconds & 0xFF))
        assert_equal "${results[1]}" $((0x11220000 | seconds & 0xFFFF))
        assert_equal "${results[3]}" "$seconds"
}

# demand: 16 points: EBX 1 gives the nanoseconds of the last look, and does not look again
# hint: both numbers are of one moment. Keep what the last look saw in struct guest.
@test "EBX 1 gives the nanoseconds of the last look, and does not look again" {
        assemble_times 0 1 . 1
        mkfifo in
        { sleep 0.3; echo; } 3>&- >in &
        run_times <in
        assert_equal "${#results[@]}" 3
        assert_equal "${results[2]}" "${results[1]}"
}

@test "seconds and nanoseconds together are the time" {
        local before after i looked

        assemble_times 0 1 . 0 1
        mkfifo in
        { sleep 0.3; echo; } 3>&- >in &
        before=$(now)
        run_times <in
        after=$(now)
        for i in 0 2; do
                ((results[i + 1] < 1000000000)) || fail "${results[i + 1]} nanoseconds are too many"
                looked=$((results[i] * 1000000 + results[i + 1] / 1000))
                ((before <= looked && looked <= after)) ||
                        fail "it is $looked us since 1970, but it was $before before, and $after after"
                before=$looked
        done
}

# demand: 6 points: -v shows HC_TIME as it shows every hypercall
# hint: hypercall_access has a trace for all hypercalls; HC_TIME is one more case of its switch.
@test "-v shows HC_TIME as it shows every hypercall" {
        assemble_times 0 1
        run_minikvm -v guest.bin
        assert_status 0
        assert_error_has "minikvm: guest.bin: exit 1: KVM_EXIT_IO: hypercall $HC_TIME, ebx=0x0 ecx=0x0" \
                "minikvm: guest.bin: exit 3: KVM_EXIT_IO: hypercall $HC_TIME, ebx=0x1 ecx=0x0"
}
