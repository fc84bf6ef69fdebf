# Exercise: a clock. Tests that everybody gets.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 03; }

# Runs guest.bin, and sets `results`: what it sent, four bytes each, as numbers.
run_for_numbers() {
        run_minikvm guest.bin
        assert_ended 0
        mapfile -t results < <(od -A n -v -t u4 -w4 out | tr -d ' ')
}

# So many bytes at `data` go to COM1, and the guest ends.
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

# demand: 26 points: IN EAX gives the seconds since 1970
# hint: time gives the seconds. The lowest byte belongs to the lowest port.
@test "in eax gives the seconds since 1970" {
        local before

        { echo "in eax, $CLOCK_PORT; mov [data], eax"; send 4; } | assemble
        before=$EPOCHSECONDS
        run_for_numbers
        # some functions of libc are a little late, others are not
        ((before <= results[0] && results[0] <= EPOCHSECONDS + 1)) ||
                fail "${results[0]} is not the time: it is $EPOCHSECONDS"
}

@test "the clock goes: after some time it is a second later" {
        {
                cat <<END
        in      eax, $CLOCK_PORT
        mov     [data], eax
next:   in      eax, $CLOCK_PORT
        mov     [data + 4], eax
        cmp     eax, [data]
        je      next
END
                send 8
        } | assemble
        run_for_numbers
        assert_equal "${results[1]}" $((results[0] + 1))
}

# demand: 16 points: bytes that are read one after another belong together
# hint: a device that has four ports finds out which one is meant: port - CLOCK_PORT.
@test "read byte by byte, the four ports give the time" {
        {
                for i in 0 1 2 3; do
                        echo "in al, $CLOCK_PORT + $i; mov [data + $i], al"
                done
                # again, the lowest byte first, then the others in another order
                for i in 0 3 1 2; do
                        echo "in al, $CLOCK_PORT + $i; mov [data + 4 + $i], al"
                done
                send 8
        } | assemble
        run_for_numbers
        ((results[0] > EPOCHSECONDS - 60 && results[0] <= EPOCHSECONDS + 1)) || fail "${results[0]} is not the time"
        ((results[1] - results[0] >= 0 && results[1] - results[0] <= 1)) || fail "${results[0]}, then ${results[1]}"
}
