# Chapter 03: port I/O, a serial port, guests from files.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 03; }

# A guest that prints a text to the serial port, then does what stdin says.
assemble_printing() {
        local text=$1

        { cat <<END
        mov     dx, COM1
        mov     si, offset text
        mov     cx, offset end - text
        rep outsb
        jmp     then
text:   .ascii  "$text"
end:
then:
END
                cat; } | assemble
}

# A guest that runs the code on stdin, then writes the bytes from `data` to `end` to the serial port.
assemble_dumping() {
        { cat; cat <<END
        mov     dx, COM1
        mov     si, offset data
        mov     cx, offset end - data
        cld
        rep outsb
        hlt
END
                echo "$1"
                echo 'end:'; } | assemble
}

# --- Guests from files ---

# demand: 4 points, step 2: what a guest sends to the serial port appears, every byte as it is
# hint: Which byte is taken from struct kvm_run, and how is it written? A byte may be 0 or 255.
# bats test_tags=kept
@test "a guest prints to the serial port: its text, and nothing else" {
        text=$(random_text 300)
        assemble <<END
        mov     dx, COM1
        mov     si, offset text
next:   mov     al, [si]
        cmp     al, 0
        je      done
        out     dx, al
        inc     si
        jmp     next
done:   hlt
text:   .asciz  "$text"
END
        run_minikvm guest.bin
        assert_ended 0
        assert_stdout "$text"
}

@test "every byte comes out as it is, 0 and 255 too" {
        assemble <<'END'
        mov     dx, COM1
        mov     al, 0
next:   out     dx, al
        inc     al
        jnz     next
        hlt
END
        run_minikvm guest.bin
        assert_ended 0
        printf "$(printf '\\x%02x' {0..255})" >expected
        assert_stdout_file expected
}

# demand: 4 points, step 1: HLT ends the guest, with 0 and no message
# hint: KVM_EXIT_HLT is the end that a guest wants: status 0, and not a word from us.
@test "a guest of one byte halts with status 0 and says nothing" {
        one_byte
        run_minikvm one.bin
        assert_ended 0
        assert_stdout ''
}

# demand: 4 points, step 3: registers and memory are as promised at the start
# hint: Which bytes differ? Selectors and stack pointer come first, then six registers, flags and
# hint: the first IP.
# bats test_tags=kept
@test "at the start, registers and memory are as promised" {
        assemble_dumping 'data: .space 40' <<'END'
        mov     [data + 0], cs
        mov     [data + 2], ds
        mov     [data + 4], es
        mov     [data + 6], ss
        mov     [data + 8], esp
        mov     [data + 12], eax
        mov     [data + 16], ebx
        mov     [data + 20], ecx
        mov     [data + 24], edx
        mov     [data + 28], esi
        mov     [data + 32], edi
        pushf
        pop     [data + 36]
        call    here
here:   pop     [data + 38]
        sub     word ptr [data + 38], offset here
END
        run_minikvm guest.bin
        assert_ended 0
        # segments 1000, ESP FFFE, six registers 0, flags 2, and IP began at 0
        assert_equal "$(out_bytes 0 40)" "0010001000100010feff0000$(printf '00%.0s' {1..24})02000000"
}

# demand: 4 points, step 3: there is 1 MiB of RAM, and the vector table is the guest's
# hint: How large is the guest's memory, what is in it at the start, and which addresses may the
# hint: guest fill?
# bats test_tags=kept
@test "there is 1 MiB of memory: its first and its last byte hold what is written" {
        local first=$((RANDOM % 256)) last=$((RANDOM % 256))
        assemble_dumping 'data: .space 2' <<END
        mov     ax, 0
        mov     es, ax
        mov     byte ptr es:[0], $first
        mov     ax, 0xFFFF
        mov     fs, ax
        mov     byte ptr fs:[15], $last
        mov     al, es:[0]
        mov     [data], al
        mov     al, fs:[15]
        mov     [data + 1], al
END
        run_minikvm guest.bin
        assert_ended 0
        assert_equal "$(out_bytes 0 2)" "$(printf '%02x%02x' $first $last)"
}

@test "but for the image, memory is all zeros at the start" {
        assemble <<'END'
        mov     bx, 0
        mov     eax, 0
        cld
next:   mov     es, bx                  /* 64 KiB from here on, 4 bytes at a time */
        mov     di, 0
        mov     cx, 0x4000
        cmp     bx, 0x1000
        jne     look
        mov     di, offset end          /* our own: behind the image, below the stack */
        mov     cx, (0xFF00 - (end - next)) / 4 - 4
look:   repe scasd
        jne     found
        add     bx, 0x1000
        jnz     next
        mov     bl, 0
        jmp     finish
found:  mov     al, '!'
        mov     dx, COM1
        out     dx, al
finish: hlt
end:
END
        run_minikvm guest.bin
        assert_ended 0
        assert_stdout ''
}

@test "the interrupt vectors are the guest's to fill" {
        # below 128: KVM's instruction emulator, where it stands in for a processor, takes others for negative
        local vector=$((RANDOM % 96 + 32))
        text=$(random_text 20)
        assemble <<END
        mov     ax, 0
        mov     es, ax
        mov     word ptr es:[$vector * 4], offset handler
        mov     es:[$vector * 4 + 2], cs
        int     $vector
        hlt
handler:
        mov     dx, COM1
        mov     si, offset text
        mov     cx, 20
        rep outsb
        iret
text:   .ascii  "$text"
END
        run_minikvm guest.bin
        assert_ended 0
        assert_stdout "$text"
}

# demand: 4 points, step 3: an image of 65280 bytes runs, a longer one is refused
# hint: Which is the largest size that is taken? A pipe gives an image in pieces, and has no size
# hint: to ask for.
# bats test_tags=kept
@test "an image of 65280 bytes runs, to its last byte" {
        assemble <<'END'
        mov     dx, COM1
        mov     al, [65279]
        out     dx, al
        hlt
END
        local last=$((RANDOM % 64 + 64))
        truncate -s 65279 guest.bin
        printf "\\x$(printf %x $last)" >>guest.bin
        run_minikvm guest.bin
        assert_ended 0
        assert_equal "$(out_bytes 0 9)" "$(printf %x $last)"
}

@test "an image that comes in pieces, through a pipe, is read to its end" {
        text=$(random_text 20)
        assemble_printing "$text" <<<hlt
        mkfifo pieces.bin
        { head -c 15 && sleep 0.2 && cat; } <guest.bin >pieces.bin 3>&- &
        run_minikvm pieces.bin
        exec {end}<>pieces.bin {end}>&-         # if nobody has opened it, its writer ends now
        assert_ended 0
        assert_stdout "$text"
}

@test "an image of 65281 bytes is refused" {
        truncate -s 65281 guest.bin
        run_minikvm guest.bin
        assert_refused 'guest.bin' 'too large' '65280'
}

@test "a file without end is refused" {
        run_minikvm /dev/zero
        assert_refused '/dev/zero' 'too large'
}

# demand: 4 points, step 3: a file that cannot be read is refused, with the reason
# hint: Is every step looked at: opening, reading, nothing in it? Does the message name the file
# hint: and the reason?
@test "a file that does not exist is refused" {
        name=$(random_text 8).bin
        run_minikvm "$name"
        assert_refused "$name" 'No such file or directory'
}

@test "an empty file is refused" {
        : >nothing.bin
        run_minikvm nothing.bin
        assert_refused 'nothing.bin' 'empty'
}

# bats test_tags=kept
@test "a directory is refused" {
        mkdir folder
        run_minikvm folder
        assert_refused 'folder' 'directory'
}

@test "a file that must not be read is refused" {
        one_byte
        chmod 000 one.bin
        run_apart without_privileges timeout -k 5 20 "$MINIKVM" one.bin
        assert_refused 'one.bin' 'Permission denied'
}

@test "a file that fails while it is read is refused" {
        one_byte
        trace -P "$PWD/one.bin" -e trace=read -e inject=read:error=EIO "$MINIKVM" "$PWD/one.bin"
        assert_refused 'one.bin' 'Input/output error'
}

@test "the image's file is closed before the guest runs" {
        one_byte
        run_traced "$PWD/one.bin"
        assert_ended 0
        sed -i '/KVM_RUN/q' trace
        assert_closed "$PWD/one.bin"
}

# demand: 4 points, step 3: a file of another kind is refused, and its kind named
# hint: The first bytes of a file tell its kind. Look at them before anything runs.
@test "a 64-bit ELF file is refused, and its kind named" {
        run_minikvm /bin/true
        assert_refused '/bin/true' '64-bit'
}

@test "a 32-bit ELF file is refused, and the chapter named that runs it" {
        only_before 07 "runs such a file"
        echo hlt | as --32 -o guest.o
        ld -m elf_i386 -e 0 -o guest.elf guest.o
        run_minikvm guest.elf
        assert_refused 'guest.elf' 'ELF' 'chapter 07'
}

# Makes a guest that crashes in a file of that name, and runs it; then without the file.
run_named() {
        assemble "$1" <<<'lidt [0]; mov eax, cr0; or al, 1; mov cr0, eax; mov cl, 0; div cl'
        run_minikvm "$1"
        assert_message 126
        crash=${error%%$'\n'*}
        rm "$1"
        run_minikvm "$1"
        assert_refused 'No such file'
}

assert_shown_as() {
        local crash

        run_named "$1"
        [[ $crash == "minikvm: $2: "*'triple fault'* ]] || fail "$(cat -v <<<"$crash")"
        [[ $error == "minikvm: $2: "*'No such file or directory'* ]] || show "the name expected as $2"
}

# demand: 4 points, step 3: a guest's name cannot forge messages
# hint: A name may have control characters in it. What does a terminal see of them?
@test "a guest's name neither forges a line nor commands the terminal" {
        assert_shown_as $'a\nminikvm: b\r.bin' 'a?minikvm: b?.bin'
        assert_shown_as $'\e]0;title\a\x7f.bin' '?]0;title??.bin'
        # U+009B is to some terminals what Escape and [ are; the other letters are Czech and Korean
        assert_shown_as $'\xc2\x9b31m.bin' $'\xc2?31m.bin'
        assert_shown_as $'\xc4\x9b\xed\x95\x9c.bin' $'\xc4\x9b\xed\x95\x9c.bin'
}

@test "a name too long to be shown is not cut in the middle of a character" {
        local length crash

        # as a guest's name, and as the path to its file
        for length in {57..63}; do
                run_named "$(printf '%*s' "$length" '' | tr ' ' x)"$'\xed\x95\x9c\xed\x95\x9c'
                [[ $crash =~ ^'minikvm: 'x+($'\xed\x95\x9c')*': ' ]] || fail "$(cat -v <<<"$crash")"
        done
        for length in {506..511}; do
                run_minikvm "$(printf '%*s' "$length" '' | tr ' ' /)"$'\xed\x95\x9c\xed\x95\x9c'
                [[ $error =~ ^'minikvm: '/+($'\xed\x95\x9c')*': No such' ]] || fail "$(cat -v err)"
        done
}

# demand: 4 points, step 3: wrong arguments: the usage is shown
# hint: How many arguments may there be, and which begin with a dash? The usage goes to stderr,
# hint: with status 125.
# bats test_tags=kept
@test "a script is refused" {
        printf '#!/bin/sh\necho no\n' >script
        run_minikvm script
        assert_refused 'script:' 'script'
}

@test "without a guest, the usage is shown" {
        run_minikvm
        assert_usage 'guest'
}

@test "too many guests are refused" {
        one_byte
        run_minikvm one.bin one.bin one.bin one.bin one.bin
        assert_usage
        if is_before 05; then
                run_minikvm one.bin one.bin
                assert_usage
        fi
}

@test "an option that does not exist is refused and named" {
        local option
        one_byte
        option=--$(random_text 8)
        run_minikvm "$option"
        assert_refused "$option"
        run_minikvm "$option" one.bin
        assert_refused
}

# --- Ports ---

# demand: 4 points, step 4: the line status and the line control register work
# hint: The line status says "ready" at one port only. Bit 7 of the line control register makes
# hint: port 0x3F8 another register.
# bats test_tags=kept
@test "the line status says: ready to send, nothing received" {
        assemble_dumping 'data: .byte 0' <<'END'
        mov     dx, COM1 + 5
        in      al, dx
        mov     [data], al
END
        run_minikvm guest.bin
        assert_ended 0
        assert_equal $((0x$(out_bytes 0 1) & 0x61)) $((0x60))
}

@test "only one of the serial port's eight registers is the line status" {
        assemble_dumping 'data: .space 8' <<'END'
        mov     dx, COM1
        mov     di, offset data
next:   in      al, dx
        mov     [di], al
        inc     di
        inc     dx
        cmp     dx, COM1 + 8
        jne     next
END
        run_minikvm guest.bin
        assert_ended 0
        local registers status
        registers=$(out_bytes 0 8) status=$(out_bytes 5 1)
        [[ $registers != "$status$status$status$status$status$status$status$status" ]] || fail "all of them are 0x$status"
}

# bats test_tags=kept
@test "while its baud rate is set, the serial port prints nothing" {
        text=$(random_text 2)
        assemble <<END
        mov     dx, COM1 + 3
        mov     al, 0x80                /* line control: the divisor latch */
        out     dx, al
        mov     dx, COM1
        mov     al, '!'
        out     dx, al
        mov     dx, COM1 + 3
        mov     al, 3                   /* 8 data bits, one stop bit */
        out     dx, al
        mov     dx, COM1
        mov     al, '${text:0:1}'
        out     dx, al
        inc     dx                      /* no interrupts */
        out     dx, al
        dec     dx
        mov     al, '${text:1:1}'
        out     dx, al
        hlt
END
        run_minikvm guest.bin
        assert_ended 0
        assert_stdout "$text"
}

# demand: 4 points, step 2: other ports read all ones, and ignore writes
# hint: Where there is no device, IN reads all ones in every width, and OUT does nothing.
# bats test_tags=kept
@test "ports without a device read all ones, 8, 16 and 32 bits wide" {
        local before
        before=$(random_hex)
        assemble_dumping 'data: .space 12' <<END
        mov     dx, UNUSED + $((RANDOM % 16 * 4))
        mov     eax, 0x$before
        in      al, dx
        mov     [data], eax
        mov     eax, 0x$before
        in      ax, dx
        mov     [data + 4], eax
        in      eax, dx
        mov     [data + 8], eax
END
        run_minikvm guest.bin
        assert_ended 0
        # little-endian: the bytes that IN left alone come last
        local upper=${before:2:2}${before:0:2}
        assert_equal "$(out_bytes 0 12)" "ff${before:4:2}${upper}ffff${upper}ffffffff"
}

@test "what is written to ports without a device is ignored, 8, 16 and 32 bits wide" {
        text=$(random_text 20)
        assemble_printing "$text" <<'END'
        mov     dx, UNUSED
        mov     eax, 0x21212121
        out     dx, al
        out     dx, ax
        out     dx, eax
        out     0x80, al
        mov     cx, 100
        mov     si, 0
        rep outsb
        hlt
END
        run_minikvm guest.bin
        assert_ended 0
        assert_stdout "$text"
}

# demand: 4 points, step 5: wide accesses meet the device at each port
# hint: A word at a port is a byte at this port and a byte at the next one. Which of them belongs
# hint: to COM1?
@test "a wide OUT to the serial port prints its lowest byte" {
        text=$(random_text 3)
        assemble <<END
        mov     dx, COM1
        mov     eax, 0x21210000 + '${text:0:1}'
        out     dx, al
        mov     eax, 0x21210000 + '${text:1:1}'
        out     dx, ax
        mov     eax, 0x00210000 + '${text:2:1}'
        out     dx, eax
        hlt
END
        run_minikvm guest.bin
        assert_ended 0
        assert_stdout "$text"
}

@test "a wide IN meets a device at each of its ports" {
        assemble_dumping 'data: .space 4' <<'END'
        mov     dx, COM1 + 4            /* modem control, line status, and two more */
        in      ax, dx
        mov     [data], ax
        mov     dx, COM1 + 5
        in      eax, dx
        mov     [data + 2], ax
END
        run_minikvm guest.bin
        assert_ended 0
        assert_equal $((0x$(out_bytes 1 1) & 0x60)) $((0x60))
        assert_equal $((0x$(out_bytes 2 1) & 0x60)) $((0x60))
}

# demand: 4 points, step 2: string instructions are served whole: rep outs
# hint: One exit may bring several bytes: count says how many, and they follow one another in
# hint: struct kvm_run.
# bats test_tags=kept
@test "rep outsb prints hundreds of bytes, upwards and downwards" {
        local length
        length=$(random_between 300 600)
        text=$(random_text "$length")
        assemble <<END
        mov     dx, COM1
        mov     si, offset text
        mov     cx, $length
        rep outsb
        std
        dec     si
        mov     cx, $length
        rep outsb
        hlt
text:   .ascii  "$text"
END
        run_minikvm guest.bin
        assert_ended 0
        assert_stdout "$text$(rev <<<"$text")"
}

@test "rep outsw and rep outsd print the lowest byte of every item" {
        text=$(random_text 40)
        assemble <<END
        mov     dx, COM1
        mov     si, offset words
        mov     cx, 20
        rep outsw
        mov     si, offset longs
        mov     cx, 20
        rep outsd
        hlt
words:  .irpc   letter, ${text:0:20}
        .ascii  "\\letter\\()!"
        .endr
longs:  .irpc   letter, ${text:20:20}
        .ascii  "\\letter\\()!!\\0"
        .endr
END
        run_minikvm guest.bin
        assert_ended 0
        assert_stdout "$text"
}

# demand: 4 points, step 2: string instructions are served whole: rep ins
# hint: Each of count accesses gets an answer of its own, of the right size.
# bats test_tags=kept
@test "rep insb, insw and insd fill as much as they were asked for, and no more" {
        local bytes words longs
        bytes=$(random_between 1100 3000)
        words=$(random_between 600 1500)
        longs=$(random_between 300 700)
        assemble_dumping "data: .fill 16384, 1, '-'" <<END
        mov     dx, UNUSED
        mov     di, offset data
        mov     cx, $bytes
        rep insb
        inc     di
        mov     cx, $words
        rep insw
        inc     di
        mov     cx, $longs
        rep insd
END
        run_minikvm guest.bin
        assert_ended 0
        { printf '%*s-%*s-%*s' "$bytes" '' $((words * 2)) '' $((longs * 4)) ''
                printf '%*s' $((16384 - bytes - words * 2 - longs * 4 - 2)) '' | tr ' ' -; } | tr ' ' '\377' >expected
        assert_stdout_file expected
}

# --- How it ends ---

# demand: 4 points, step 1: a crash is never a success, and is reported: reason, registers, code
# hint: Which exit reasons are a success? All others end with 139, or 125 where KVM failed, and a
# hint: report.
# bats test_tags=kept
@test "a triple fault is a crash: reason, registers and code, and the output before it is there" {
        text=$(random_text 50)
        assemble_printing "$text" <<'END'
        lidt    [empty]
        mov     eax, cr0
        or      al, 1                   /* protected mode: there every processor looks at the limit */
        mov     cr0, eax
        mov     cl, 0
        div     cl
empty:  .word   0
        .long   0
END
        run_minikvm guest.bin
        assert_message 126 'guest.bin' 'triple fault' 'eip=' 'eax=' 'code at'
        assert_stdout "$text"
}

@test "a guest that leaves its memory has crashed: registers and code are those of the crime" {
        only_before 05 "has guests in one memory, or tells more"
        local eax ebx esi
        eax=$(random_hex) ebx=$(random_hex) esi=$(random_hex)
        assemble <<END
        mov     cx, 0xFFFF
        mov     es, cx
        mov     eax, 0x$eax
        mov     ebx, 0x$ebx
        mov     esi, 0x$esi
        nop
        mov     al, es:[0x4321]         /* at 0x18: 3 + 2 + 3 * 6 + 1 */
END
        run_minikvm guest.bin
        assert_message 126 'guest.bin' 'crashed' "eax=$eax" "ebx=$ebx" "esi=$esi" 'eip=00000018' 'es=ffff' \
                'code at 0x10018: 26 a0 21 43'
}

@test "a guest that jumps out of its memory has crashed, and that there is no code is told" {
        assemble <<'END'
        push    0xFFFF
        push    0xFFF0
        retf
END
        run_minikvm guest.bin
        assert_message 126 'guest.bin' 'crashed' 'eip=0000fff0' 'cs=ffff' 'code at 0x10ffe0: none'
}

@test "an exit of a kind that there should not be is a crash, and its number is told" {
        local number=$((1000 + RANDOM))

        sanitized
        one_byte
        MINIKVM_EXIT=$number run_sanitized one.bin
        assert_message 126 'one.bin' 'is not handled' "$number"
}

@test "a failed VM entry and an internal error of KVM's are crashes" {
        local number

        sanitized
        one_byte
        for number in 9 17; do          # KVM_EXIT_FAIL_ENTRY, KVM_EXIT_INTERNAL_ERROR
                MINIKVM_EXIT=$number run_sanitized one.bin
                assert_message 126 'one.bin' 'crashed'
        done
}

# demand: 4 points, step 2: output appears at once
# hint: A buffer of stdio keeps bytes back. Does a reader see a byte before the next one comes?
# bats test_tags=kept
@test "a prompt without a newline is there at once, while the guest runs on" {
        text=$(random_text 12)
        assemble_printing "$text" <<'END'
        jmp     .
END
        mkfifo pipe
        "$MINIKVM" guest.bin >pipe 3>&- &
        read -r -t 15 -N 12 seen <pipe || true
        kill $!
        assert_equal "$seen" "$text"
}

# demand: 4 points, step 2: a guest can be stopped and continued by signals
# hint: A signal may interrupt KVM_RUN and write(). Which of them has to be made again?
# bats test_tags=kept
@test "a guest that spins is ended by Ctrl-C and SIGTERM at once" {
        assemble <<'END'
        jmp     .
END
        local signal
        for signal in INT TERM; do
                run_apart timeout -k 5 -s $signal --preserve-status 0.5 \
                        env --default-signal=INT,TERM "$MINIKVM" guest.bin
                assert_status $((128 + $(kill -l $signal)))
        done
}

@test "a guest that is stopped and continued runs on" {
        # Most of the time it is in KVM_RUN, which a signal ends with EINTR
        assemble <<'END'
        mov     dx, COM1
        mov     al, 'x'
next:   out     dx, al
        mov     cx, 0
        loop    .
        jmp     next
END
        mkfifo pipe
        "$MINIKVM" guest.bin >pipe 3>&- &
        exec 7<pipe
        for _ in {1..5}; do
                read -r -t 15 -N 1 -u 7
                kill -STOP $!
                for _ in {1..500}; do
                        grep -q '^State:.T' "/proc/$!/status" && break
                        sleep 0.01
                done
                # what it has printed until then is no proof that it runs on (status 1 of read: its end)
                while read -r -t 0 -u 7; do
                        read -r -t 0.1 -N 5000 -u 7 || (($? > 128)) || fail "the guest has ended"
                done
                kill -CONT $!
        done
        read -r -t 15 -N 20 -u 7 seen || true
        kill $!
        assert_equal "${#seen}" 20
}

# A guest that prints without end.
assemble_endless() {
        assemble <<'END'
        mov     dx, COM1
        mov     al, 'x'
next:   out     dx, al
        jmp     next
END
}

# demand: 4 points, step 2: stdout that is closed, full or gone ends the guest with the right status
# hint: What does write() return then, and who looks at it? A reader that has gone ends the
# hint: program by SIGPIPE.
# bats test_tags=kept
@test "a reader that goes away ends the guest, with 141" {
        assemble_endless
        mkfifo pipe
        { read -r -N 1 && echo "$REPLY" >first; } <pipe 3>&- &
        status=0
        timeout -k 5 20 env --default-signal=PIPE "$MINIKVM" guest.bin >pipe 2>err || status=$?
        assert_equal "$status" 141
        assert_equal "$(<first)" x
        assert_equal "$(<err)" ''
}

# bats test_tags=kept
@test "a full disk ends the guest, with 125 and the reason" {
        assemble_endless
        status=0
        timeout -k 5 20 "$MINIKVM" guest.bin >/dev/full 2>err || status=$?
        error=$(<err)
        assert_message 125 'No space left on device'
}

@test "a stdout that takes no bytes is not KVM's fault" {
        local error

        only_before 09 "has a sandbox, which no fault of strace's gets through"
        assemble_endless
        for error in EINVAL EISDIR EIO; do
                trace -e trace=write -e "inject=write:error=$error:when=1" "$MINIKVM" guest.bin
                assert_message 125 'guest.bin'
                [[ $error != *KVM* ]] || show "no word of KVM expected"
        done
}

# demand: 4 points, step 2: no output is lost: slow readers, interrupted writes
# hint: write() may take nothing yet, or be interrupted. The byte has to go out later, and once.
@test "a slow reader of a non-blocking pipe gets everything" {
        assemble <<'END'
        mov     dx, COM1
        mov     cx, 40000
        mov     al, 'x'
1:      out     dx, al
        loop    1b
        mov     al, '!'
        out     dx, al
        hlt
END
        mkfifo full
        exec {pipe}<>full
        head -c 30000 /dev/zero >&"$pipe"
        # dd's own stdout, and so the pipe, is non-blocking from now on
        dd oflag=nonblock if=/dev/null status=none >&"$pipe"
        exec {reader}<full
        timeout -k 5 60 "$MINIKVM" guest.bin >&"$pipe" 2>err 3>&- &
        exec {pipe}>&-
        sleep 1
        { head -c 30000 >/dev/null; cat >out; } <&"$reader"
        wait $! || fail "status $?: $(<err)"
        assert_equal "$(tr -d x <out)" '!'
        assert_equal "$(wc -c <out)" 40001
}

# bats test_tags=kept
@test "a closed stdout ends the guest that prints, with 125, and no other" {
        assemble_endless
        status=0
        timeout -k 5 20 "$MINIKVM" guest.bin >&- 2>err || status=$?
        error=$(<err)
        assert_message 125
        # that is what KVM says when a guest's output goes to /dev/kvm, which was opened as descriptor 1
        [[ $error != *'Invalid argument'* ]] || show "no output to /dev/kvm expected"
        one_byte
        timeout -k 5 20 "$MINIKVM" one.bin >&-
}

@test "a write that a signal interrupted is made again" {
        only_before 09 "has a sandbox, which no fault of strace's gets through"
        text=$(random_text 5)
        assemble_printing "$text" <<<hlt
        trace -e trace=write -e inject=write:error=EINTR:when=2+2 "$MINIKVM" guest.bin
        assert_ended 0
        assert_stdout "$text"
}

# demand: 4 points, step 3: what was made is given back
# hint: Every descriptor and mapping that was made: which one is still there when the program
# hint: ends, the image's file too?
@test "what was made for the guest is given back, after a crash too" {
        assemble_printing "$(random_text 5)" <<'END'
        mov     ax, 0xFFFF
        mov     es, ax
        mov     es:[16], al
        hlt
END
        run_traced guest.bin
        grep -q KVM_CREATE_VCPU trace
        assert_all_given_back
}

@test "what was made is given back when a call fails, too" {
        only_before 05 "leaves that to the end of the process"
        assemble_printing "$(random_text 1)" <<<hlt
        assert_failures_give_back guest.bin
}

# demand: 4 points, step 3: every call that fails is named
# hint: One call after the other is made to fail. Is each answer looked at, its request named, and
# hint: the status 125?
@test "every call that fails is named" {
        assemble_printing "$(random_text 1)" <<<hlt
        assert_failures_told guest.bin
}

# demand: 4 points, step 3: sanitizers find nothing
# hint: Run the build with SANITIZE=address,undefined yourself: its report names the line.
@test "no failure leaks, with sanitizers looking on" {
        assemble_printing "$(random_text 1)" <<<hlt
        assert_failures_clean guest.bin
}

@test "sanitizers find nothing in what is refused and in what crashes" {
        sanitized
        truncate -s 65281 large.bin
        : >empty.bin
        printf '\x7fELF\x02' >short.elf
        local file
        for file in large.bin empty.bin short.elf /bin/true . no-such-file; do
                run_sanitized "$file"
                assert_refused "$file"
        done
        assemble <<'END'
        mov     ax, 0xFFFF
        mov     es, ax
        mov     es:[16], al
END
        run_sanitized guest.bin
        assert_status 126
}

# demand: 4 points, step 5: the chapter's guests print what they should
# hint: Run the guest that is named, and compare with what the book prints.
# bats test_tags=kept
@test "the guests of this chapter run, and print what they are to" {
        cd "$repository/guests/real"
        make -s hello.bin serial.bin strings.bin triple.bin
        cd "$OLDPWD"
        run_minikvm "$repository/guests/real/hello.bin"
        assert_ended 0
        assert_stdout $'Hello from real mode!\n'
        run_minikvm "$repository/guests/real/serial.bin"
        assert_ended 0
        assert_stdout $'Set up, asked before every byte, and on its way at 2400 bits a second.\n'
        run_minikvm "$repository/guests/real/strings.bin"
        assert_ended 0
        assert_line --index 0 'rep outsb, DF = 0: from the first byte up'
        assert_line --index 1 'rep outsb, DF = 1: from the last byte down'
        assert_line --index 2 'rep insb: ready to send, 8 times of 8'
        run_minikvm "$repository/guests/real/triple.bin"
        assert_message 126 'triple.bin' 'triple fault'
}
