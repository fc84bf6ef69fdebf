# Exercise: a window between guests. Tests that everybody gets.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm
load lib/several

setup_file() { several_of 06; }

# Assembles a guest, as assemble does: with ES:DI at the window's first byte, and `print`, which prints EAX
# in hexadecimal.
assemble_at_window() {
        assemble "$1" <<END
        mov     ax, 0xFFFF
        mov     es, ax
        WINDOW = $(((WINDOW_PAGE << 12) - 0xFFFF0))
        mov     di, WINDOW
        jmp     begin
print:  mov     cx, 8
        mov     dx, HC_PORT
digit:  rol     eax, 4
        push    eax
        and     al, 15
        mov     bl, '0'
        cmp     al, 10
        jb      1f
        mov     bl, 'a' - 10
1:      add     bl, al
        mov     al, HC_PUTCHAR
        out     dx, al
        pop     eax
        loop    digit
        ret
begin:
$(cat)
END
}

# demand: 14 points: what one guest writes into the window, another one reads there
# hint: is it the same page of your program's memory that both VMs get as a slot?
@test "what one guest writes into the window, another one reads there" {
        local word place

        word=$(random_hex)
        assemble_at_window writer.bin <<<"mov eax, 0x$word; mov es:[di], eax; hlt"
        assemble_at_window reader.bin <<'END'
1:      mov     eax, es:[di]
        cmp     eax, 0
        je      1b
        call    print
        hlt
END
        run_minikvm --window writer.bin reader.bin
        assert_ended 0
        assert_stdout "$word"
        run_minikvm --window reader.bin reader.bin reader.bin writer.bin
        assert_ended 0
        assert_equal "$(fold -w 1 out | sort | tr -d '\n')" "$(fold -w 1 <<<"$word$word$word" | sort | tr -d '\n')"
}

# demand: 10 points: the window is one whole page, with zeros at first
# hint: 4,096 bytes, that nobody has written yet.
@test "the window is one whole page, with zeros at first" {
        local first last

        first=$(random_hex) last=$(random_hex)
        assemble_at_window guest.bin <<END
        mov     cx, 4096
        mov     al, 0
        repe scasb
        jne     wrong
        mov     eax, 0x$first
        mov     es:[WINDOW], eax
        mov     eax, 0x$last
        mov     es:[WINDOW + 4092], eax
        mov     eax, es:[WINDOW]
        call    print
        mov     eax, es:[WINDOW + 4092]
        call    print
        hlt
wrong:  mov     al, HC_EXIT
        mov     bl, 9
        mov     dx, HC_PORT
        out     dx, al
END
        run_minikvm --window guest.bin
        assert_ended 0
        assert_stdout "$first$last"
}

# demand: 10 points: four guests meet in the window
# hint: does every guest get the window, at the same place?
@test "four guests meet in the window" {
        local i sum=0 number

        for i in 0 1 2 3; do
                number=$(random_between 1 100000)
                sum=$((sum + number))
                # Each puts its own number down, waits for all four, and adds them up
                assemble_at_window "$i.bin" <<END
        mov     eax, $number
        mov     es:[di + $i * 4], eax
        mov     eax, 0
        mov     cx, 4
next:   mov     ebx, es:[di]
        cmp     ebx, 0
        je      next
        add     eax, ebx
        add     di, 4
        loop    next
        call    print
        hlt
END
        done
        run_minikvm --window --color=always {0..3}.bin
        assert_ended 0
        by_colour out
        for i in 1 2 3 4; do
                assert_said "$i" "$(printf %08x "$sum")"
        done
}

# demand: 8 points: beside the window there is nothing, as before
# hint: how many bytes long is the slot, and where does it begin?
@test "beside the window there is nothing, as before" {
        local outside

        for outside in $(((WINDOW_PAGE << 12) + 4096)) $(((WINDOW_PAGE << 12) - 1)); do
                ((outside >= 0x100000)) || continue
                assemble_at_window guest.bin <<END
        mov     al, '.'
        mov     es:[di], al
        mov     bl, es:[di]
        mov     dx, HC_PORT
        mov     al, HC_PUTCHAR
        out     dx, al
        mov     al, es:[$outside - 0xFFFF0]
        hlt
END
                four_talkers 50
                texts[1]=.
                run_minikvm --window --color=always guest.bin 2.bin 3.bin 4.bin
                assert_message 126 "guest.bin: crashed: touched $(printf '0x%x' $outside), outside its 1024 KiB of memory" 'eip='
                by_colour out
                for i in 1 2 3 4; do
                        assert_said "$i" "${texts[i]}"
                done
        done
}

# demand: 4 points: --help names --window
# hint: the usage in main.c.
@test "--help names --window" {
        run_minikvm --help
        assert_ended 0
        assert_output --partial ' --window '
}
