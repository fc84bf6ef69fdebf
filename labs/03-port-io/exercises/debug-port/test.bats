# Exercise: a debug port.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 03; }

# demand: 20 points: what a guest writes to the debug port appears, every byte as it is
# hint: Which function of chapter 03 prints a byte for COM1?
@test "every value of a byte comes out of the debug port as it is" {
        assemble <<END
        mov     al, $((RANDOM % 256))
        mov     cx, 256
next:   out     $DEBUG_PORT, al
        add     al, 7                   # all 256 values, in an order that is not theirs
        loop    next
        hlt
END
        run_minikvm guest.bin
        assert_ended 0
        assert_equal "$(od -A n -v -t u1 -w1 out | sort -n -u | wc -l)" 256
        assert_equal "$(wc -c <out)" 256
}

@test "rep outsb to the debug port prints all of a text" {
        text=$(random_text 300)
        assemble <<END
        mov     dx, $DEBUG_PORT
        mov     si, offset text
        mov     cx, ${#text}
        cld
        rep outsb
        hlt
text:   .ascii  "$text"
END
        run_minikvm guest.bin
        assert_ended 0
        assert_stdout "$text"
}

# demand: 18 points: debug port and COM1 print in the guest's order
# hint: Does one of the two keep its bytes for later? Does COM1's state matter to the other?
@test "texts for COM1 and for the debug port appear in the guest's order" {
        local text i
        text=$(random_text 40)
        {
                echo 'mov dx, COM1'
                for ((i = 0; i < 40; i++)); do
                        echo "mov al, '${text:i:1}'"
                        echo "out $( ((RANDOM % 2)) && echo dx || echo "$DEBUG_PORT"), al"
                done
                echo hlt
        } | assemble
        run_minikvm guest.bin
        assert_ended 0
        assert_stdout "$text"
}

# demand: 20 points: IN tells that the port is there
# hint: What does a port without a device read?
@test "the debug port reads as its own number" {
        assemble <<END
        mov     al, $((RANDOM % 256))
        in      al, $DEBUG_PORT
        out     $DEBUG_PORT, al
        hlt
END
        run_minikvm guest.bin
        assert_ended 0
        assert_equal "$(out_bytes 0 9)" "$(printf %02x "$DEBUG_PORT")"
}
