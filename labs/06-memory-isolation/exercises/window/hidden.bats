# Exercise: a window between guests. Tests that only the grader has.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm
load lib/several

setup_file() { several_of 06; }

# As in the public tests, but only with ES:DI.
assemble_at_window() {
        assemble "$1" <<END
        mov     ax, 0xFFFF
        mov     es, ax
        WINDOW = $(((WINDOW_PAGE << 12) - 0xFFFF0))
        mov     di, WINDOW
        mov     dx, HC_PORT
$(cat)
END
}

# Prints a byte of the window: a guest that waits for it, if it is not there yet.
assemble_reader() {
        assemble_at_window reader.bin <<'END'
        mov     al, HC_GETCHAR
        out     dx, al
1:      mov     bl, es:[di + 4095]
        cmp     bl, 0
        je      1b
        mov     al, HC_PUTCHAR
        out     dx, al
        hlt
END
}

# demand: 8 points: all other memory is still each guest's own
# hint: the window is one page more. What was shared with it by mistake?
@test "all other memory is still each guest's own" {
        patch_secret
        run_minikvm --window --color=always secret.bin "$real/peek.bin"
        assert_ended 0
        by_colour out
        assert_said 1 $'I have a secret.\nMy secret is as it was.\n'
        assert_said 2 $'Looking for a secret in the first megabyte ...\nNothing found.\n'
}

# demand: 8 points: what a guest wrote stays in the window when the guest has ended
# hint: a guest's thread tears down its own VM. Is the window its own?
@test "what a guest wrote stays in the window when the guest has ended" {
        local letter

        random_words 1 1
        letter=$text
        assemble_reader
        assemble_at_window writer.bin <<END
        mov     byte ptr es:[di + 4095], '$letter'
        mov     bl, '$letter'
        mov     al, HC_PUTCHAR
        out     dx, al
        hlt
END
        assemble_at_window crasher.bin <<END
        mov     al, es:[di + 4095]
        mov     al, 99
        out     dx, al
END
        mkfifo in
        exec {in}<>in
        "$MINIKVM" --window reader.bin writer.bin crasher.bin <&"$in" >out 2>err 3>&- &
        pid=$!
        await_bytes 1 out
        for _ in {1..200}; do
                [[ ! $(<err) =~ code\ at ]] || break
                sleep 0.05
        done
        sleep 0.5
        printf x >&"$in"
        await_end
        assert_equal "$status" 126              # the crasher's
        assert_equal "$(<out)" "$letter$letter"
        assert_equal "$(grep -c '^minikvm: ' err)" 1
}

# demand: 6 points: a guest runs code that another one has put into the window
# hint: the window is memory like any other: it can be read, written and executed.
@test "a guest runs code that another one has put into the window" {
        local status_wanted

        status_wanted=$(random_between 1 123)
        assemble_at_window writer.bin <<END
        mov     eax, [code + 4]
        mov     es:[di + 4], eax
        mov     eax, [code]             /* the beginning comes last: somebody waits for it */
        mov     es:[di], eax
        hlt
code:   mov     bl, $status_wanted
        mov     al, HC_EXIT
        mov     dx, HC_PORT
        out     dx, al
END
        assemble_at_window runner.bin <<'END'
1:      mov     al, es:[di]
        cmp     al, 0
        je      1b
        .byte   0xEA                    /* jmp 0xFFFF:WINDOW */
        .word   WINDOW, 0xFFFF
END
        run_minikvm --window runner.bin writer.bin
        assert_ended "$status_wanted"
}

# demand: 8 points: when a window cannot be made, nothing runs
# hint: KVM_SET_USER_MEMORY_REGION can fail for the second slot as well as for the first.
@test "when a window cannot be made, nothing runs" {
        local slot
        local -a numbers

        four_talkers 20
        run_traced --window 1.bin 2.bin 3.bin 4.bin
        assert_status 0
        for slot in {1..8}; do
                numbers[slot]=$(ioctl_number KVM_SET_USER_MEMORY_REGION "$slot")
                [[ ${numbers[slot]} ]] || fail "four guests have no eight slots: $(grep KVM_SET_USER trace)"
        done
        for slot in 2 5 8; do
                run_injected "inject=ioctl:error=ENOMEM:when=${numbers[slot]}" --window 1.bin 2.bin 3.bin 4.bin
                assert_refused 'minikvm: ' '.bin: ' KVM_SET_USER_MEMORY_REGION 'Cannot allocate memory'
        done
}
