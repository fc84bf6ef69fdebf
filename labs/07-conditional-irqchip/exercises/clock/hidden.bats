# Exercise of chapter 07, a clock: what students do not get.
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/several
load lib/elf

setup_file() { several_of 07; }

time_registers='0x00 0x02 0x04 0x06 0x07 0x08 0x09 0x32'

# As in the public tests: code that reads REGISTER, or writes REGISTER=VALUE.
steps() {
        local step

        for step; do
                if [[ $step == *=* ]]; then
                        echo "mov al, ${step%=*}; out 0x70, al; mov al, ${step#*=}; out 0x71, al"
                else
                        echo "mov al, $step; out 0x70, al; in al, 0x71; stosb"
                fi
        done
}

at_the_end() { echo 'mov si, 0x8000; mov cx, di; sub cx, si; mov dx, COM1; rep outsb; hlt'; }

read_bytes() { read -d '' -r -a bytes < <(od -A n -v -t x1 out) || true; }

# demand: 8 points: the calendar: leap years, turns of the century, days of the week
@test "leap years, the turns of three centuries, every day of the week" {
        # shellcheck disable=SC2086 # these are many
        { echo 'mov di, 0x8000' && steps $time_registers && at_the_end; } | assemble
        # minutes, hours, day of the week, day, month, year, century: at second 30, far from the next minute
        while read -r time expected; do
                run_minikvm --clock="$(date -u -d "$time:30" +%s)" guest.bin
                assert_ended 0
                read_bytes
                assert_equal "${bytes[*]:1}" "$expected"
        done <<'END'
1970-01-01T00:00 00 00 05 01 01 70 19
1972-02-29T23:59 59 23 03 29 02 72 19
1999-12-31T08:09 09 08 06 31 12 99 19
2000-02-29T18:10 10 18 03 29 02 00 20
2027-11-28T07:08 08 07 01 28 11 27 20
2100-03-01T19:20 20 19 02 01 03 00 21
2399-12-30T10:11 11 10 05 30 12 99 23
9999-10-09T09:07 07 09 07 09 10 99 99
END
}

# demand: 8 points: twelve hours: midnight, noon and the hours around them
@test "twelve hours: 12 at midnight and at noon, bit 7 from noon on, in BCD and in binary" {
        { echo 'mov di, 0x8000' && steps 0x0B=0x00 4 0x0B=0x04 4 0x0B=0x02 4 0x0B=0x06 4 && at_the_end; } | assemble
        while read -r hour expected; do
                run_minikvm --clock=$((86400 * (RANDOM % 9999) + 3600 * hour + 60 * (RANDOM % 59))) guest.bin
                assert_ended 0
                read_bytes
                assert_equal "$hour: ${bytes[*]}" "$hour: $expected"
        done <<'END'
0 12 0c 00 00
1 01 01 01 01
9 09 09 09 09
10 10 0a 10 0a
11 11 0b 11 0b
12 92 8c 12 0c
13 81 81 13 0d
22 90 8a 22 16
23 91 8b 23 17
END
}

# demand: 8 points: bit 7 of register B stops what the clock shows
@test "stopped by bit 7 of register B, it shows that one moment, in whatever form; then the right time again" {
        wait='mov dx, HC_PORT; mov al, HC_GETCHAR; out dx, al'
        {
                echo 'mov di, 0x8000'
                steps 0x0B=0x82 0x00 0x02 0x04 0x0B
                echo "$wait"
                steps 0x00 0x02 0x04 0x0B=0x86 0x00 0x02 0x04 0x0B 0x0B=0x06 0x00 0x0B=0x82
                echo "$wait"
                steps 0x00
                at_the_end
        } | assemble
        start=$(($(random_between 10000 20000) * 86400 + 7 * 3600 + 8 * 60 + 2))
        run_minikvm --clock="$start" guest.bin < <(sleep 2.2 && echo -n 1 && sleep 1.2 && echo -n 2)
        assert_ended 0
        read_bytes
        ((16#${bytes[0]} >= 2 && 16#${bytes[0]} <= 5)) || show "the first second read: ${bytes[0]}"
        assert_equal "${bytes[*]:1:10}" "08 07 82 ${bytes[0]} 08 07 ${bytes[0]} 08 07 86"
        # Stopped anew, it shows the time then, and not what it showed the last time
        ((16#${bytes[11]} >= 16#${bytes[0]} + 2 && 16#${bytes[11]} <= 9)) || show "the time after it: ${bytes[11]}"
        ((16#${bytes[12]} - 16#${bytes[11]} < 2 && 16#${bytes[12]} >= 16#${bytes[11]})) || show "stopped again: ${bytes[12]}"
}

# demand: 6 points: each guest has a clock of its own, with 32-bit code and wide accesses too
@test "two guests, real mode and 32-bit: registers, and which one is chosen, are each guest's own" {
        one=$((RANDOM % 100 + 1)) other=$((RANDOM % 100 + 101))
        # For two seconds, by its own clock, each chooses another register and looks whether it stays what it was
        check='mov al, %d; out 0x70, al; mov al, %d; out 0x71, al; mov bx, 0xFF00
        again:  mov al, 0; out 0x70, al; in al, 0x71; cmp al, bh; je same; mov bh, al; inc bl
        same:   cmp bl, 4; jae right
                mov al, %d; out 0x70, al; mov ecx, 100
        next:   in al, 0x71; cmp al, %d; jne wrong; dec ecx; jnz next
                jmp again
        right:  mov bl, 7; jmp end
        wrong:  mov bl, 1
        end:    mov dx, HC_PORT; mov al, HC_EXIT; out dx, al\n'
        # shellcheck disable=SC2059 # it is a format
        printf "$check" 0x40 $one 0x40 $one | assemble
        # shellcheck disable=SC2059
        printf "$check" 0x41 $other 0x41 $other | assemble_elf
        run_minikvm guest.bin guest.elf guest.elf
        assert_ended 7
}

@test "16 bits wide, OUT chooses and writes; IN reads all ones and the register; beside it is nothing" {
        value=$((RANDOM % 254 + 1))
        assemble_elf <<END
        mov     ax, $value << 8 | 0x55
        out     0x70, ax
        xor     eax, eax
        in      ax, 0x70
        push    eax
        in      eax, 0x6F
        push    eax
        mov     dx, COM1
        mov     esi, esp
        mov     ecx, 8
        rep outsb
        mov     dx, HC_PORT
        mov     al, 0
        mov     bl, 0
        out     dx, al
END
        run_minikvm guest.elf
        assert_ended 0
        read_bytes
        printf -v expected 'ff ff %02x ff ff %02x 00 00' $value $value
        assert_equal "${bytes[*]}" "$expected"
}
