# Exercise: a debug port. What students do not get.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 03; }

# demand: 16 points: the debug port is one byte wide, and COM1's registers are not its own
# hint: Which byte of a word belongs to the second port?
@test "of a wide access only the byte at the debug port counts" {
        text=$(random_text 2)
        assemble <<END
        mov     eax, 0x21212100 + '${text:0:1}'
        mov     dx, $DEBUG_PORT
        out     dx, ax
        mov     eax, 0x21002121 + ('${text:1:1}' << 16)
        mov     dx, $DEBUG_PORT - 2
        out     dx, eax
        mov     dx, $DEBUG_PORT - 1
        in      ax, dx
        out     $DEBUG_PORT, al
        mov     al, ah
        out     $DEBUG_PORT, al
        hlt
END
        run_minikvm guest.bin
        assert_ended 0
        assert_equal "$(out_bytes 0 9)" \
                "$(printf %s "$text" | od -A n -t x1 | tr -d ' \n')ff$(printf %02x "$DEBUG_PORT")"
}

@test "COM1's divisor latch does not stop the debug port" {
        assemble <<END
        mov     dx, COM1 + 3
        mov     al, 0x80
        out     dx, al
        mov     al, 'd'
        out     $DEBUG_PORT, al
        hlt
END
        run_minikvm guest.bin
        assert_ended 0
        assert_stdout d
}

# demand: 14 points: a stdout that takes nothing ends the guest
# hint: What comes back from the function that prints a byte, and who looks at it?
@test "a debug port whose output has no room ends the guest, with 125 and the reason" {
        assemble <<END
        mov     al, 'x'
next:   out     $DEBUG_PORT, al
        jmp     next
END
        local error status=0
        timeout -k 5 20 "$MINIKVM" guest.bin >/dev/full 2>err || status=$?
        error=$(<err)
        assert_message 125 'No space left on device'
}

@test "a debug port whose reader has gone ends the guest, with 141" {
        assemble <<END
        mov     al, 'x'
next:   out     $DEBUG_PORT, al
        jmp     next
END
        mkfifo pipe
        read -r -N 1 <pipe 3>&- &
        status=0
        timeout -k 5 20 env --default-signal=PIPE "$MINIKVM" guest.bin >pipe 2>err || status=$?
        assert_equal "$status" 141
}
