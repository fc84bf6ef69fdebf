# Chapter 07: 32-bit guests in protected mode, with an interrupt controller and a timer.
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/several
load lib/elf

protected=$repository/guests/protected

setup_file() {
        several_of 07
        make -s -C "$protected"
}

# What `out` holds, as 32-bit words in hexadecimal: sets `words`.
read_words() { read -d '' -r -a words < <(od -A n -v -t x4 out) || true; }

# --- The machine that such a guest sees ---

# demand: 4 points, step 4: a 32-bit guest starts as promised: registers, segments, no paging
# hint: A start in real mode, or a table that is not at 0x500? Read the segments back with
# hint: KVM_GET_SREGS, and let a guest print the table, as in step 5.
# bats test_tags=kept
@test "hello32 says hello, from protected mode and without paging" {
        run_minikvm "$protected/hello32.elf"
        assert_ended 0
        assert_stdout $'Hello from 32-bit protected mode!\nCR0.PE=1 CR0.PG=0 CS=0x8 SS=0x10\n'
}

# bats test_tags=kept
@test "the registers at the start are as promised, and the table at 0x500 has the segments" {
        assemble_elf <<'END'
        pushfd
        pushad
        mov     eax, cr0
        push    eax
        mov     eax, cs
        push    eax
        mov     eax, ds
        push    eax
        mov     eax, es
        push    eax
        mov     eax, ss
        push    eax
        push    0
        push    0
        sidt    [esp]
        push    0
        push    0
        sgdt    [esp]
        mov     ax, 0x10
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        push    0x08
        push    offset reloaded
        retf
reloaded:
        mov     dx, COM1
        mov     esi, esp
        mov     ecx, 0x2000000
        sub     ecx, esp
        rep outsb
        mov     dx, HC_PORT
        mov     bl, 0
        mov     al, 0
        out     dx, al
END
        run_minikvm guest.elf
        assert_ended 0
        read_words
        assert_equal "${words[0]:4}" 0017                               # GDTR: limit 23,
        assert_equal "${words[1]:4}${words[0]:0:4}" 00000500            #       base
        assert_equal "${words[3]:4}${words[2]:0:4}" 00000000            # IDTR: base 0,
        assert_equal "${words[2]:4}" 0000                               #       no gate fits into it
        assert_equal "${words[*]:4:4}" '00000010 00000010 00000010 00000008'    # SS ES DS CS
        (((16#${words[8]} & 0x80000001) == 1)) || fail "CR0 is ${words[8]}"
        # EDI ESI EBP ESP (there is one word on the stack by then) EBX EDX ECX EAX, flags
        assert_equal "${words[*]:9:8}" \
                '00000000 00000000 00000000 01fffffc 00000000 00000000 00000000 00000000'
        assert_equal "${words[17]}" 00000002
}

# demand: 4 points, step 1: RAM is 32 MiB
# hint: How much memory a guest gets depends on its file: which size goes to mmap, and to KVM?
# bats test_tags=kept
@test "RAM is 32 MiB, its last byte is there" {
        assemble_elf <<'END'
        mov     byte ptr [0x1FFFFFF], 42
        mov     bl, [0x1FFFFFF]
        mov     dx, HC_PORT
        mov     al, 0
        out     dx, al
END
        run_minikvm guest.elf
        assert_ended 42
}

# demand: 4 points, step 4: hypercalls work from 32-bit code
# hint: `-v` shows each hypercall and its arguments. The port and the numbers are those of real
# hint: mode.
@test "hypercalls work from 32-bit code: echo, and its end by a status of its own" {
        local status_wanted=$((RANDOM % 124)) text=$RANDOM$RANDOM
        assemble_elf <<END
        mov     dx, HC_PORT
next:   mov     al, 2                   # HC_GETCHAR
        out     dx, al
        in      eax, dx
        cmp     eax, -1
        je      end
        mov     ebx, eax
        mov     al, 1                   # HC_PUTCHAR
        out     dx, al
        jmp     next
end:    mov     bl, $status_wanted
        mov     al, 0                   # HC_EXIT
        out     dx, al
END
        run_minikvm guest.elf < <(echo -n "$text")
        assert_ended "$status_wanted"
        assert_stdout "$text"
}

# --- Interrupts and exceptions ---

# demand: 5 points, step 6: the timer's interrupts arrive, for each guest its own
# hint: `ticks` prints nothing when no timer is there, and ends at once when no interrupt controller
# hint: is. Each guest needs both of its own.
# bats test_tags=kept
@test "fifty ticks of the timer arrive, and none is counted twice" {
        run_minikvm "$protected/ticks.elf"
        assert_ended 0
        assert_stdout $'ticks: 10\nticks: 20\nticks: 30\nticks: 40\nticks: 50\n'
}

@test "two guests have a timer each" {
        run_minikvm --color=always "$protected/ticks.elf" "$protected/ticks.elf"
        assert_ended 0
        by_colour out
        assert_said 1 $'ticks: 10\nticks: 20\nticks: 30\nticks: 40\nticks: 50\n'
        assert_said 2 $'ticks: 10\nticks: 20\nticks: 30\nticks: 40\nticks: 50\n'
}

# demand: 4 points, step 5: exceptions are the guest's, and a triple fault is a crash
# hint: To call the guest's handler, the processor reads the code segment from the table in memory.
# hint: Where does GDTR point, and is the table there?
@test "a division by zero is caught by the guest, which lives on" {
        run_minikvm "$protected/exceptions.elf"
        assert_ended 0
        assert_stdout $'caught exception 0, error code 0\nstill here, after 1 exception\n'
}

# bats test_tags=kept
@test "a triple fault on request ends the guest with 126; what it has said before is there" {
        run_minikvm "$protected/exceptions.elf" < <(echo t)
        assert_message 126 exceptions.elf 'triple fault'
        assert_equal "$(tail -n 1 out)" 'now without an interrupt table'
}

@test "the interrupt table is empty at the start: the first exception is the last" {
        printf -v code '\\x%02x' 0x0f 0x0b              # ud2
        make_elf guest.elf code="$code"
        run_minikvm guest.elf
        assert_message 126 guest.elf 'triple fault'
        assert_stdout ''
}

# --- Beside real-mode guests ---

# demand: 5 points, step 6: 32-bit and real-mode guests run beside each other
# hint: What does one guest change that another uses? A guest that never ends may have an interrupt
# hint: controller that it should not have.
# bats test_tags=kept
@test "counter, ticks and multiplication at once: each says all that it says alone" {
        local guests=("$real/counter.bin" "$protected/ticks.elf" "$real/multiplication.bin")
        for i in 1 2 3; do
                run_minikvm "${guests[i - 1]}"
                assert_ended 0
                mv out "alone.$i"
        done
        run_minikvm --color=always "${guests[@]}"
        assert_ended 0
        by_colour out
        for i in 1 2 3; do
                cmp "out.$i" "alone.$i"
        done
}

@test "four guests with interrupt controllers at once" {
        run_minikvm --color=always "$protected"/{ticks,hello32,exceptions,ticks}.elf
        assert_ended 0
        by_colour out
        assert_said 1 $'ticks: 10\nticks: 20\nticks: 30\nticks: 40\nticks: 50\n'
        assert_equal "$(head -n 1 out.2)" 'Hello from 32-bit protected mode!'
        assert_equal "$(tail -n 1 out.3)" 'still here, after 1 exception'
        assert_said 4 $'ticks: 10\nticks: 20\nticks: 30\nticks: 40\nticks: 50\n'
}

@test "a 32-bit guest that crashes leaves the others alone, and it is named" {
        local text=t$RANDOM$RANDOM
        talker talker.bin "$text" 3
        run_minikvm --color=always "$protected/ticks.elf" "$protected/exceptions.elf" talker.bin < /dev/zero
        assert_status 3                         # input is the first guest's: nothing asks for a crash
        printf -v code '\\x%02x' 0x0f 0x0b
        make_elf crash.elf code="$code"
        run_minikvm --color=always "$protected/ticks.elf" crash.elf talker.bin
        assert_message 126 crash.elf 'triple fault'
        by_colour out
        assert_said 1 $'ticks: 10\nticks: 20\nticks: 30\nticks: 40\nticks: 50\n'
        assert_said 3 "$text"
}

# --- Crashes ---

# demand: 4 points, step 1: a 32-bit guest that leaves its memory, or makes an unknown call, is stopped and reported
# hint: The message has the size of this guest's own memory. A file that was opened is closed on
# hint: every way out of the function.
# bats test_tags=kept
@test "a guest that leaves its 32 MiB is stopped, with the address, the registers and the code there" {
        local address=$((0x2000000 + RANDOM * 65536 + RANDOM)) marker
        marker=$(random_hex)
        printf -v address '%08x' $address
        assemble_elf <<END
        mov     ebx, 0x$marker
        mov     eax, [0x$address]
        hlt
END
        run_minikvm guest.elf
        assert_message 126 guest.elf "touched $(printf 0x%x $((16#$address)))" 'outside its 32768 KiB' "ebx=$marker" \
                'eip=00100005' 'cs=0008 ds=0010 es=0010' \
                "a1 ${address:6:2} ${address:4:2} ${address:2:2} ${address:0:2} f4"
        assert_stdout ''
}

@test "a write outside, and a jump outside, end the guest too" {
        assemble_elf <<'END'
        mov     dword ptr [0xD0000000], 1
END
        run_minikvm guest.elf
        assert_message 126 guest.elf 'touched 0xd0000000'
        assemble_elf <<'END'
        mov     eax, 0xD0000000
        jmp     eax
END
        run_minikvm guest.elf
        assert_message 126 guest.elf 'crashed' 'code at 0xd0000000: none, that is outside its memory'
}

@test "without memory for a guest's file, the file is closed again" {
        assemble_elf <<<hlt
        trace bash -c 'ulimit -v 20000 && exec "$@"' - "$MINIKVM" "$PWD/guest.elf"
        assert_refused guest.elf 'Cannot allocate memory'
        assert_closed "$PWD/guest.elf"
}

@test "an unknown hypercall from 32-bit code is a crash" {
        local number=$((RANDOM % 200 + 50)) code
        # mov dx, HC_PORT;  mov al, number;  out dx, al
        printf -v code '\\x%02x' 0x66 0xba 0x00 0x05 0xb0 $number 0xee
        make_elf guest.elf code="$code"
        run_minikvm guest.elf
        assert_message 126 guest.elf "unknown hypercall $number"
}

# --- The end from outside ---

# Starts a guest that prints '!' and goes on with this code; stops it by each signal in turn.
assert_stoppable() {
        local code signal

        # mov dx, COM1;  mov al, '!';  out dx, al
        printf -v code '\\x%02x' 0x66 0xba 0xf8 0x03 0xb0 0x21 0xee "$@"
        make_elf guest.elf code="$code"
        for signal in INT TERM; do
                start_minikvm guest.elf >out
                for _ in {1..100}; do
                        [[ ! -s out ]] || break
                        sleep 0.05
                done
                assert_equal "$(<out)" '!'
                assert_stops_by "$signal"
        done
}

# demand: 4 points, step 6: what cannot be stopped by itself is stopped by a signal
# hint: A guest in HLT sleeps inside KVM_RUN, and no exit comes. The first thread takes the signal
# hint: and ends the process, as in chapter 05.
# bats test_tags=kept
@test "a guest in CLI and HLT, which KVM never leaves by itself, is stopped at once" {
        assert_stoppable 0xfa 0xf4 0xeb 0xfd            # cli;  hlt;  jmp hlt
}

@test "a guest that waits for an interrupt, which never comes, is stopped at once" {
        # mov al, 0xff;  out 0x21, al;  sti;  hlt;  jmp hlt
        assert_stoppable 0xb0 0xff 0xe6 0x21 0xfb 0xf4 0xeb 0xfd
}

@test "a guest that spins is stopped at once" {
        assert_stoppable 0xeb 0xfe                      # jmp itself
}

@test "when nobody reads any more, a guest in CLI and HLT ends with the others" {
        make_elf halted.elf code='\xfa\xf4'
        timeout -k 5 20 "$MINIKVM" halted.elf "$BATS_FILE_TMPDIR/babbler.bin" 2>err | head -c 10 >out
        assert_equal "${PIPESTATUS[0]}" 141
}

# --- Failures ---

# demand: 4 points, step 6: every call that fails is named
# hint: Each new call can fail: look at its result, print its name and the reason, end with 125.
# hint: `strace -e inject=ioctl:error=ENOMEM:when=7` makes the seventh fail.
@test "every call for a 32-bit guest that fails is named" {
        make_elf guest.elf
        assert_failures_told guest.elf
}

# demand: 4 points, step 1: nothing leaks, and no tick is lost
# hint: Who gives the buffer with the file back, also when the guest cannot be made? And KVM_RUN
# hint: with EINTR has not failed: it is made again.
@test "no failure for a 32-bit guest leaks, with sanitizers looking on" {
        make_elf guest.elf
        assert_elf_failures_clean
}

@test "a KVM_RUN that a signal interrupted is made again, and no tick is lost" {
        run_traced "$protected/ticks.elf"
        run_injected "inject=ioctl:error=EINTR:when=$(ioctl_number KVM_RUN)+7" "$protected/ticks.elf"
        assert_stdout $'ticks: 10\nticks: 20\nticks: 30\nticks: 40\nticks: 50\n'
}
