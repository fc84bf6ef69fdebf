# Exercise of chapter 07, which ports a guest needs: what students do not get.
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/several
load lib/elf

setup_file() { several_of 07; }

assert_report() { assert_equal "$error" "$(printf 'minikvm: %s\n' "$@")"; }

# demand: 12 points: string instructions and large numbers
@test "every access of a string instruction counts, IN and OUT" {
        n=$(random_between 2000 3000)
        assemble <<END
        mov     ax, 0x2000
        mov     es, ax
        cld
        mov     dx, 0x3FD
        mov     cx, $n
        rep insb
        mov     dx, 0x1234
        mov     cx, 700
        rep insw
        mov     cx, 10
        rep outsd
        hlt
END
        run_minikvm --ports guest.bin
        assert_status 0
        assert_report "guest.bin: port 0x3fd in $n" 'guest.bin: port 0x1234 in 700' 'guest.bin: port 0x1234 out 10'
}

@test "a number above 65535" {
        n=$(random_between 33000 40000)
        assemble <<END
        mov     ax, 0x2000
        mov     es, ax
        mov     dx, 0xFFFF
        mov     cx, $n
        rep insb
        mov     cx, 65535
        rep insb
        hlt
END
        run_minikvm --ports guest.bin
        assert_status 0
        assert_report "guest.bin: port 0xffff in $((n + 65535))"
}

# demand: 10 points: each guest has its own numbers; KVM's own devices are not seen
@test "each guest has its own numbers, and its name on each line" {
        text=$RANDOM$RANDOM
        talker talker.bin "$text"
        make_elf guest.elf text=abc
        run_minikvm --ports talker.bin "$real/minimal.bin" guest.elf talker.bin
        assert_status 0
        assert_report "talker.bin#1: port 0x500 out $((${#text} + 1))" 'minimal.bin: no ports' \
                'guest.elf: port 0x3f8 out 3' 'guest.elf: port 0x500 out 1' "talker.bin#4: port 0x500 out $((${#text} + 1))"
}

@test "a guest that sets up the interrupt controller and the timer is not seen doing so" {
        assemble_elf <<'END'
        mov     al, 0xFF
        out     0x21, al
        in      al, 0x21
        mov     al, 0x34
        out     0x43, al
        in      al, 0x40
        in      al, 0x60
        in      al, 0x60
        mov     dx, HC_PORT
        mov     al, 0
        mov     bl, 0
        out     dx, al
END
        run_minikvm --ports guest.elf
        assert_status 0
        assert_report 'guest.elf: port 0x60 in 2' 'guest.elf: port 0x500 out 1'
}

# demand: 10 points: the report comes however the guests end
@test "a signal ends the program: what was counted until then is reported" {
        n=$(random_between 100 200)
        assemble <<END
        mov     cx, $n
again:  in      al, 0x61
        loop    again
        mov     dx, COM1
        mov     al, '!'
        out     dx, al
        jmp     .
END
        start_minikvm --ports guest.bin >out 2>err
        await_bytes 1 out
        assert_stops_by TERM
        error=$(<err)
        assert_report "guest.bin: port 0x61 in $n" 'guest.bin: port 0x3f8 out 1'
}

@test "a guest that crashes is reported, with the access that was its last" {
        assemble <<'END'
        in      al, 0x61
        in      al, 0x61
        mov     dx, HC_PORT
        mov     al, 99
        out     dx, al
END
        run_minikvm --ports guest.bin
        assert_message 126 'unknown hypercall 99'
        assert_equal "$(tail -n 2 err)" $'minikvm: guest.bin: port 0x61 in 2\nminikvm: guest.bin: port 0x500 out 1'
}
