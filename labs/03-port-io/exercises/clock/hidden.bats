# Exercise: a clock. Tests that only the grader has.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 03; }

run_for_numbers() {
        run_minikvm guest.bin
        assert_ended 0
        mapfile -t results < <(od -A n -v -t u4 -w4 out | tr -d ' ')
}

send() {
        cat <<END
        mov     dx, COM1
        mov     si, offset data
        mov     cx, $1
        cld
        rep outsb
        hlt
data:   .space  $1
END
}

assert_is_now() {
        (($1 > EPOCHSECONDS - 60 && $1 <= EPOCHSECONDS + 1)) || fail "$1 is not the time: it is $EPOCHSECONDS"
}

# demand: 16 points: the upper three ports give the bytes of the last look, and do not look
# hint: only the first port looks. What has the guest's clock in it before that?
@test "before the first look the upper three ports read 0, and afterwards its bytes" {
        {
                cat <<END
        mov     eax, 0x11223344
        in      al, $CLOCK_PORT + $((RANDOM % 3 + 1))
        mov     [data], al
        in      ax, $CLOCK_PORT + 2
        mov     [data + 1], ax
        in      al, $CLOCK_PORT + 1
        mov     [data + 3], al
        in      al, $CLOCK_PORT                 /* the look */
        mov     [data + 4], al
        in      al, $CLOCK_PORT + 1
        mov     [data + 5], al
        in      ax, $CLOCK_PORT + 2
        mov     [data + 6], ax
END
                send 8
        } | assemble
        run_for_numbers
        assert_equal "${results[0]}" 0
        assert_is_now "${results[1]}"
}

# demand: 12 points: each of the four ports is one byte wide, and there are four
# hint: io.c takes a wide access apart. What is at the ports beside the clock is none of its business.
@test "a wide access meets the clock's ports one by one, and ends where they end" {
        {
                cat <<END
        mov     dx, $CLOCK_PORT - 1
        in      ax, dx                          /* nothing, and a look at the lowest byte */
        mov     [data], ax
        in      eax, $CLOCK_PORT + 1            /* the rest, and nothing */
        mov     [data + 2], eax
        in      ax, $CLOCK_PORT + 3
        mov     [data + 6], ax
END
                send 8
        } | assemble
        run_minikvm guest.bin
        assert_ended 0
        assert_equal "$(out_bytes 0 1) $(out_bytes 5 1) $(out_bytes 7 1)" 'ff ff ff'
        assert_equal "$(out_bytes 6 1)" "$(out_bytes 4 1)"
        assert_is_now "$(od -A n -t u4 -j 1 -N 4 out | tr -d ' ')"
}

@test "a wide access that leaves out the first port does not look" {
        { echo "in eax, $CLOCK_PORT + 1; mov [data], eax; in eax, $CLOCK_PORT; mov [data + 4], eax"; send 8; } | assemble
        run_for_numbers
        assert_equal "${results[0]}" $((0xff000000))
        assert_is_now "${results[1]}"
}

# demand: 10 points: rep ins reads as often as it is asked to
# hint: KVM may hand over many accesses at once: io_handle counts them.
@test "rep insd fills with times, and rep insb from the first port with lowest bytes" {
        {
                cat <<END
        push    ds
        pop     es
        cld
        mov     di, offset data
        mov     dx, $CLOCK_PORT
        mov     cx, 20
        rep insd
        mov     cx, 40
        rep insb
        mov     dx, $CLOCK_PORT + 3
        mov     cx, 20
        rep insb
END
                send 140
        } | assemble
        run_for_numbers
        assert_equal "${#results[@]}" 35
        local i byte first=${results[0]} last
        for ((i = 0; i < 20; i++)); do
                assert_is_now "${results[i]}"
                ((results[i] >= first)) || fail "the clock ran backwards: ${results[*]}"
                last=${results[i]}
        done
        for byte in $(od -A n -v -t u1 -w1 -j 80 -N 40 out); do
                (((byte - last & 0xFF) <= 10)) || fail "$byte is not the lowest byte of $last, or of a little later"
        done
        assert_equal "$(od -A n -v -t u1 -w1 -j 120 out | sort -u | tr -d ' ')" $((last >> 24))
}

# demand: 8 points: OUT is ignored: it neither sets the clock nor looks
# hint: a port that only reads still has to take what is written.
@test "what is written to the clock is ignored, and is not a look" {
        local junk
        junk=$(random_hex)
        {
                cat <<END
        mov     eax, 0x$junk
        out     $CLOCK_PORT, al
        out     $CLOCK_PORT + 2, ax
        out     $CLOCK_PORT, eax
        mov     [data], eax
        in      al, $CLOCK_PORT + 1
        mov     [data], al
        in      ax, $CLOCK_PORT + 2
        mov     [data + 1], ax
        mov     byte ptr [data + 3], 0
        in      eax, $CLOCK_PORT
        mov     [data + 4], eax
        mov     eax, 0x$junk
        out     $CLOCK_PORT, eax
        in      ax, $CLOCK_PORT + 2             /* still of the last look */
        mov     [data + 8], ax
        mov     word ptr [data + 10], 0
END
                send 12
        } | assemble
        run_for_numbers
        assert_equal "${results[0]}" 0
        assert_is_now "${results[1]}"
        assert_equal "${results[2]}" $((results[1] >> 16))
}
