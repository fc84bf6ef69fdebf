# Chapter 04: hypercalls.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm

setup_file() { program_of 04; }

# A guest that prints TEXT by hypercalls, then does what stdin says.
assemble_saying() {
        local text=$1

        { cat <<END
        mov     dx, HC_PORT
        mov     si, offset text
        mov     cx, ${#text}
        mov     al, HC_PUTCHAR
1:      mov     bl, [si]
        inc     si
        out     dx, al
        loop    1b
        jmp     then
text:   .ascii  "$text"
then:
END
                cat; } | assemble
}

# A guest that reads a byte of stdin and prints how IN shows the answer, 8, 16 and 32 bits wide, over
# and over until the input has ended twice: EAX was 0x11223344 before each.
assemble_asking() {
        assemble <<'END'
        mov     bp, 2
next:   mov     dx, HC_PORT
        mov     al, HC_GETCHAR
        out     dx, al
        mov     eax, 0x11223344
        in      al, dx
        mov     [data], eax
        mov     eax, 0x11223344
        in      ax, dx
        mov     [data + 4], eax
        in      eax, dx
        mov     [data + 8], eax
        mov     dx, COM1
        mov     si, offset data
        mov     cx, 12
        rep outsb
        cmp     eax, 0xFFFFFFFF
        jne     next
        dec     bp
        jnz     next
        hlt
data:   .space  12
END
}

# What that guest prints on an answer of 32 bits, given in hexadecimal, as bytes in memory.
answer() { echo "${1:0:2}332211${1:0:4}2211$1"; }

# demand: 5 points, step 1: HC_PUTCHAR prints every byte as it is, in order with the serial port
# hint: The character is BL, the lowest byte of EBX: is any of the 256 changed, or taken for the end
# hint: of a text? Do both ports go out through the same call, one byte at a time?
# bats test_tags=kept
@test "HC_PUTCHAR prints BL: every byte as it is" {
        assemble <<'END'
        mov     dx, HC_PORT
        mov     al, HC_PUTCHAR
        mov     ebx, 0x12345600
next:   out     dx, al
        inc     bl
        jnz     next
        hlt
END
        run_minikvm guest.bin
        assert_ended 0
        printf "$(printf '\\x%02x' {0..255})" >expected
        assert_stdout_file expected
}

@test "HC_PUTCHAR and the serial port come out in order" {
        text=$(random_text 10)
        assemble <<END
        mov     si, offset text
        mov     cx, 10
next:   mov     bl, [si]
        inc     si
        mov     dx, HC_PORT
        mov     al, HC_PUTCHAR
        out     dx, al
        mov     dx, COM1
        mov     al, bl
        out     dx, al
        loop    next
        hlt
text:   .ascii  "$text"
END
        run_minikvm guest.bin
        assert_ended 0
        assert_stdout "$(sed -E 's/(.)/\1\1/g' <<<"$text")"
}

# demand: 5 points, step 1: HC_EXIT ends the guest at once, with its status
# hint: The status is BL, not EBX. Does the loop stop there, do the calls that give back still come,
# hint: and is every status above 123 a crash?
# bats test_tags=kept
@test "HC_EXIT ends the guest at once, with the status in BL" {
        local status_wanted
        text=$(random_text 10)
        for status_wanted in 0 $((RANDOM % 122 + 1)) 123; do
                assemble_saying "$text" <<END
        mov     ebx, 0x12345600 + $status_wanted
        mov     al, HC_EXIT
        out     dx, al
        mov     al, HC_PUTCHAR
        mov     bl, '!'
        out     dx, al
END
                run_minikvm guest.bin
                assert_ended "$status_wanted"
                assert_stdout "$text"
        done
}

# bats test_tags=kept
@test "HC_EXIT gives back what was made for the guest" {
        only_before 05 "leaves that to the end of the process"
        assemble <<'END'
        mov     dx, HC_PORT
        mov     bl, 7
        mov     al, HC_EXIT
        out     dx, al
END
        run_traced guest.bin
        assert_status 7
        assert_all_given_back
}

@test "HC_EXIT with a status above 123 is a crash" {
        local status_wanted
        for status_wanted in 124 $((RANDOM % 131 + 125)); do
                assemble <<END
        mov     dx, HC_PORT
        mov     bl, $status_wanted
        mov     al, HC_EXIT
        out     dx, al
        hlt
END
                run_minikvm guest.bin
                assert_message 126 'guest.bin' 'HC_EXIT' '123'
                assert_stdout ''
        done
}

# demand: 4 points, step 2: HC_GETCHAR gives every byte of stdin, and tells 0xFF from its end
# hint: A byte has 256 values and the end is one more: what type holds the result, and is it
# hint: extended with a sign?
# bats test_tags=kept
@test "HC_GETCHAR gives the bytes of stdin, and tells 0xFF from the end of the input" {
        local expected='' byte
        assemble_asking
        { printf 'a\xff\x00\n'; random_bytes 4; } >in
        run_minikvm guest.bin <in
        assert_ended 0
        for byte in $(od -A n -v -t x1 in); do
                expected+=$(answer "${byte}000000")
        done
        assert_equal "$(out_bytes 0 96)" "$expected"
        # the end, and the end again
        assert_equal "$(out_bytes 96 99)" "$(answer ffffffff)$(answer ffffffff)"
}

# demand: 4 points, step 2: IN reads all ones when there is no result
# hint: The result waits somewhere between OUT and IN. What is there before the first call, and
# hint: after HC_PUTCHAR?
# bats test_tags=kept
@test "IN reads all ones before there is a result, and after a call that has none" {
        assemble <<'END'
        mov     dx, HC_PORT
        in      eax, dx
        mov     [data], eax
        mov     al, HC_GETCHAR
        out     dx, al
        in      eax, dx
        mov     [data + 4], eax
        mov     bl, '-'
        mov     al, HC_PUTCHAR
        out     dx, al
        in      eax, dx
        mov     [data + 8], eax
        mov     dx, COM1
        mov     si, offset data
        mov     cx, 12
        rep outsb
        hlt
data:   .space  12
END
        printf 'Z' >in
        run_minikvm guest.bin <in
        assert_ended 0
        assert_equal "$(out_bytes 0 99)" 2dffffffff5a000000ffffffff
}

# demand: 4 points, step 2: stdin that is closed, at its end or broken
# hint: read gives 0 at the end and -1 when it fails, which are two things. When descriptor 0 is
# hint: closed, which file that you open becomes number 0?
# bats test_tags=kept
@test "with stdin closed there is no input, and nothing else takes its place" {
        assemble_asking
        run_minikvm guest.bin <&-
        assert_ended 0
        assert_equal "$(out_bytes 0 24)" "$(answer ffffffff)$(answer ffffffff)"
}

@test "at the end of the input, AL, AX and EAX read all ones" {
        assemble_asking
        run_minikvm guest.bin
        assert_ended 0
        assert_equal "$(out_bytes 0 24)" "$(answer ffffffff)$(answer ffffffff)"
}

@test "stdin that cannot be read ends the guest with 125" {
        assemble_asking
        run_minikvm guest.bin <.
        assert_message 125 'guest.bin' 'Is a directory'
}

# demand: 4 points, step 2: a read that a signal interrupted is made again
# hint: read can fail with EINTR: that is neither the end of the input nor an error.
@test "a read that a signal interrupted is made again" {
        only_before 09 "has a sandbox, which no fault of strace's gets through"
        assemble_asking
        printf '\xfe' >in
        trace -P "$PWD/in" -e trace=read -e inject=read:error=EINTR:when=1..3+2 "$MINIKVM" guest.bin <in
        assert_ended 0
        assert_equal "$(out_bytes 0 99)" "$(answer fe000000)$(answer ffffffff)$(answer ffffffff)"
}

# demand: 4 points, step 2: a prompt appears before its answer is read
# hint: Does something keep the output until a line or a buffer is full?
@test "a prompt without a newline is there before the input is, and each answer comes at once" {
        text=$(random_text 12)
        text=${text//q/Q}            # q is the end
        assemble_saying "$text" <<'END'
next:   mov     al, HC_GETCHAR
        out     dx, al
        in      al, dx
        cmp     al, 'q'
        je      done
        mov     bl, al
        mov     al, HC_PUTCHAR
        out     dx, al
        jmp     next
done:   mov     bl, 7
        mov     al, HC_EXIT
        out     dx, al
END
        mkfifo to from
        timeout -k 5 20 "$MINIKVM" guest.bin <to >from 3>&- &
        exec 7>to 8<from
        read -r -t 15 -N 12 -u 8 seen || true
        assert_equal "$seen" "$text"
        for letter in a $'\n' "${text:0:1}"; do
                printf %s "$letter" >&7
                read -r -t 15 -N 1 -d '' -u 8 seen || true
                assert_equal "$seen" "$letter"
        done
        printf q >&7
        status=0
        wait $! || status=$?
        assert_equal "$status" 7
}

# demand: 4 points, step 2: a guest that waits for input can be stopped
# hint: The program waits in read. What do the signals SIGINT and SIGTERM do there, and does a loop
# hint: begin again?
# bats test_tags=kept
@test "a guest that waits for input is ended by Ctrl-C and SIGTERM at once" {
        assemble_asking
        mkfifo silent
        exec 7<>silent
        local signal
        for signal in INT TERM; do
                run_apart timeout -k 5 -s $signal --preserve-status 0.5 \
                        env --default-signal=INT,TERM "$MINIKVM" guest.bin <silent
                assert_status $((128 + $(kill -l $signal)))
        done
}

# demand: 4 points, step 1: an unknown hypercall is a crash: number, registers, code
# hint: Look at the switch's default: is it a crash, and does the report have all registers, as in
# hint: chapter 03?
# bats test_tags=kept
@test "an unknown hypercall is a crash: its number, the registers and the code are told" {
        local number ebx ecx edi
        number=$(random_between 4 255) ebx=$(random_hex) ecx=$(random_hex) edi=$(random_hex)
        text=$(random_text 10)
        assemble_saying "$text" <<END
        mov     ebx, 0x$ebx
        mov     ecx, 0x$ecx
        mov     edi, 0x$edi
        mov     eax, $number
        out     dx, al
        mov     al, HC_PUTCHAR
        out     dx, al
        hlt
END
        run_minikvm guest.bin
        assert_message 126 'guest.bin' "hypercall $number" "$(printf 'eax=%08x' "$number")" "ebx=$ebx" "ecx=$ecx" "edi=$edi" \
                'edx=00000500' 'cs=1000' 'eip=' 'code at 0x100'
        assert_stdout "$text"
}

@test "HC_WRITE is unknown to real-mode guests" {
        only_before 08 "offers it"
        assemble <<'END'
        mov     dx, HC_PORT
        mov     al, 3
        out     dx, al
        hlt
END
        run_minikvm guest.bin
        assert_message 126 'guest.bin' 'hypercall 3'
}

# demand: 4 points, step 1: a hypercall of 16 or 32 bits is a crash
# hint: KVM says in io.size how wide the OUT was. Is it looked at before the number?
@test "OUT of 16 or 32 bits to the hypercall port is a crash" {
        assemble <<'END'
        mov     dx, HC_PORT
        mov     ax, HC_PUTCHAR
        out     dx, ax
        hlt
END
        run_minikvm guest.bin
        assert_message 126 'guest.bin'
        assert_stdout ''
        assemble <<'END'
        mov     dx, HC_PORT
        mov     eax, HC_PUTCHAR
        out     dx, eax
        hlt
END
        run_minikvm guest.bin
        assert_message 126 'guest.bin'
        assert_stdout ''
}

# demand: 4 points, step 1: string instructions make every one of the calls: rep outsb
# hint: One instruction may be many accesses: io.count says how many KVM hands over at once. A call
# hint: that ends the guest ends this loop, too.
# bats test_tags=kept
@test "rep outsb to the hypercall port makes every one of the calls" {
        local count
        count=$(random_between 20 90)
        text=$(random_text 1)
        assemble <<END
        mov     dx, HC_PORT
        mov     bl, '$text'
        mov     si, offset calls
        mov     cx, $count + 3
        rep outsb
        hlt
calls:  .fill   $count, 1, HC_PUTCHAR
        .byte   HC_EXIT, HC_PUTCHAR, HC_PUTCHAR
END
        run_minikvm guest.bin
        # BL is the letter, and the status as well
        assert_ended "$(printf %d "'$text")"
        assert_stdout "$(printf "%${count}s" '' | tr ' ' "$text")"
}

# demand: 4 points, step 2: string instructions read the answer as often as asked: rep ins
# hint: io.count accesses of io.size bytes lie one behind the other in struct kvm_run: does every
# hint: one of them get the result?
# bats test_tags=kept
@test "rep insb, insw and insd read the answer as often as they were asked for" {
        local count text
        count=$(random_between 20 90)
        text=$(random_text 1)
        assemble <<END
        mov     dx, HC_PORT
        mov     al, HC_GETCHAR
        out     dx, al
        mov     di, offset data
        mov     cx, $count
        rep insb
        mov     cx, $count
        rep insw
        mov     cx, $count
        rep insd
        mov     dx, COM1
        mov     si, offset data
        mov     cx, $count * 7 + 1
        rep outsb
        hlt
data:   .fill   700, 1, '-'
END
        run_minikvm guest.bin <<<"$text"
        assert_ended 0
        { for ((i = 0; i < count; i++)); do printf %s "$text"; done
                for ((i = 0; i < count; i++)); do printf '%s\0' "$text"; done
                for ((i = 0; i < count; i++)); do printf '%s\0\0\0' "$text"; done
                printf '-'; } >expected
        assert_stdout_file expected
}

# demand: 4 points, step 6: registers come with the exit where KVM can do that
# hint: Ask for KVM_CAP_SYNC_REGS once, set kvm_valid_regs, and look at what strace still shows.
@test "where registers come with the exit, nobody asks for them" {
        assemble_saying "$(random_text 5)" <<<hlt
        run_traced guest.bin
        assert_status 0
        grep -q -E 'KVM_CAP_SYNC_REGS\) += [1-9]' trace || skip "this KVM has no KVM_CAP_SYNC_REGS"
        run grep -c 'KVM_GET_REGS' trace
        assert_output 0
}

# demand: 4 points, step 6: without KVM_CAP_SYNC_REGS everything works
# hint: Where the extension is missing, nobody fills in the registers in struct kvm_run: ask with
# hint: KVM_GET_REGS.
# bats test_tags=kept
@test "where registers do not come with the exit, hypercalls work as well" {
        local status_wanted=$((RANDOM % 123 + 1))
        text=$(random_text 5)
        assemble_saying "$text" <<END
        mov     bl, $status_wanted
        mov     al, HC_EXIT
        out     dx, al
END
        run_traced guest.bin
        assert_status "$status_wanted"
        follow='' run_injected "inject=ioctl:retval=0:when=$(ioctl_number KVM_CAP_SYNC_REGS)" guest.bin
        assert_ended "$status_wanted"
        assert_stdout "$text"
        # from chapter 05 on that is in another thread
        ! is_before 05 || grep -q KVM_GET_REGS trace
}

# --- Options, -v and --stats ---

# OUT and IN of every width, at ports that are there and that are not; `value` is random.
assemble_ports() {
        local hex
        hex=$(random_hex)
        value=0x$hex
        assemble <<END
        mov     eax, 0x$hex
        mov     dx, UNUSED
        out     dx, al
        out     dx, ax
        out     dx, eax
        in      eax, dx
        mov     dx, COM1 + 5
        in      al, dx
        mov     dx, HC_PORT
        mov     ebx, 0x$hex
        mov     al, HC_PUTCHAR
        out     dx, al
        hlt
END
}

# demand: 4 points, step 4: -v says what every exit was
# hint: Compare your lines with the page's, word by word. An IN has a value only after the device
# hint: gave it, and exits are counted from 1.
# bats test_tags=kept
@test "-v says what every exit was: its number and reason, the port, the width and the value" {
        assemble_ports
        run_minikvm -v guest.bin
        assert_status 0
        port=0x1230 low=${value:8:2} half=${value:6:4}
        low=$(printf '0x%x' "0x$low") half=$(printf '0x%x' "0x$half") value=$(printf '0x%x' "$value")
        cat >expected <<END
minikvm: guest.bin: exit 1: KVM_EXIT_IO: out $port, 8 bits: $low
minikvm: guest.bin: exit 2: KVM_EXIT_IO: out $port, 16 bits: $half
minikvm: guest.bin: exit 3: KVM_EXIT_IO: out $port, 32 bits: $value
minikvm: guest.bin: exit 4: KVM_EXIT_IO: in $port, 32 bits: 0xffffffff
minikvm: guest.bin: exit 5: KVM_EXIT_IO: in 0x3fd, 8 bits: 0x60
minikvm: guest.bin: exit 6: KVM_EXIT_IO: out 0x500, 8 bits: 0x1
minikvm: guest.bin: exit 6: KVM_EXIT_IO: hypercall 1, ebx=$value ecx=0x0
minikvm: guest.bin: exit 7: KVM_EXIT_HLT: the guest stops here
END
        diff expected err
}

# demand: 5 points, step 5: --stats counts the exits and the time, after a crash too
# hint: Is the exit counted before it is served, is the clock read on both sides of KVM_RUN, and
# hint: does a crash come past the place that prints?
# bats test_tags=kept
@test "--stats counts the exits by reason, and says where the time went" {
        count=$(random_between 3 40)
        assemble <<END
        mov     cx, $count
1:      out     0x10, al
        loop    1b
        hlt
END
        run_minikvm --stats guest.bin
        assert_status 0
        number='[0-9]+\.[0-9]{3} ms'
        assert_regex "$error" "^minikvm: guest.bin: $((count + 1)) exits, $count KVM_EXIT_IO, 1 KVM_EXIT_HLT; \
$number in the guest, $number in the VMM, [1-9][0-9]* exits/s\$"
        assert_stdout ''
}

@test "--stats: the time that a guest waits for its input is the VMM's" {
        assemble_asking
        mkfifo in
        { sleep 0.6; } >in &
        run_minikvm --stats guest.bin <in
        assert_status 0
        [[ $error =~ \ ([0-9]+)\.[0-9]+\ ms\ in\ the\ guest,\ ([0-9]+)\.[0-9]+\ ms\ in\ the\ VMM ]]
        ((BASH_REMATCH[2] > 400 && BASH_REMATCH[1] < 400)) || show "another time expected"
}

@test "a crash has its statistics too" {
        run_minikvm --stats "$repository/guests/real/unknown-hypercall.bin"
        assert_status 126
        assert_error_has 'crashed: ' ' exits'
}

# demand: 4 points, step 3: wrong options: the usage is shown; --help names all
# hint: Try each wrong command line by hand: a message on stderr, nothing on stdout, status 125.
# hint: --help goes to stdout.
@test "an option that there is not, too few or too many guests: the usage is told" {
        one_byte
        run_minikvm --no-such-option one.bin
        assert_refused '--no-such-option'
        run_minikvm -x one.bin
        assert_refused x
        run_minikvm -v
        assert_usage
        run_minikvm --check one.bin
        assert_usage '--check'
        run_minikvm one.bin --check
        assert_usage '--check'
        only_for 04 "has one guest only"
        run_minikvm one.bin one.bin
        assert_usage
}

@test "--help names every option, on stdout" {
        run_minikvm --help
        assert_ended 0
        for option in ' -v ' ' --stats ' ' --check ' --version GUEST; do
                assert_output --partial -- "$option"
        done
}

# demand: 5 points, step 6: every call that fails is named
# hint: Which call's result does nobody look at? The message names the call and the reason that
# hint: errno has.
@test "every call that fails is named" {
        assemble_saying "$(random_text 1)" <<<hlt
        assert_failures_told guest.bin
}

# demand: 4 points, step 6: sanitizers find nothing when a call fails
# hint: When a step fails, what the steps before it made has to be given back: descriptors,
# hint: mappings, the file.
@test "no failure leaks, with sanitizers looking on" {
        assemble_saying "$(random_text 1)" <<<hlt
        assert_failures_clean guest.bin
}

# --- The guests of this chapter ---

# Runs one of guests/real.
run_real() {
        make -s -C "$repository/guests/real" "$1.bin"
        run_minikvm "$repository/guests/real/$1.bin"
}

# demand: 4 points, step 2: the chapter's guests print what they should
# hint: Run the guest that failed by hand, with -v, and look for the first exit that is not as it
# hint: should be.
@test "counter counts" {
        run_real counter
        assert_ended 0
        assert_stdout "$(printf '%s\n' {0..9})"$'\n'
}

@test "multiplication multiplies" {
        local row column
        run_real multiplication
        assert_ended 0
        for row in {1..9}; do
                for column in {2..9}; do
                        printf '%dx%d=%2d' "$column" "$row" $((row * column))
                        ((column < 9)) && printf '  ' || echo
                done
        done >expected
        assert_stdout_file expected
}

@test "fibonacci adds up, as far as 16 bits go" {
        local a=0 b=1 expected=''
        run_real fibonacci
        assert_ended 0
        while ((a < 65536)); do
                expected+="$a "
                ((b += a, a = b - a))
        done
        assert_stdout "${expected% }"$'\n'
}

@test "matrix multiplies two matrices" {
        local i j
        local -a row
        run_real matrix
        assert_ended 0
        # Pascal's triangle times itself, mirrored, is Pascal's triangle again, turned by an eighth
        row=(1 1 1 1 1 1 1 1)
        for ((i = 0; i < 8; i++)); do
                printf '%5d' "${row[@]}"
                echo
                for ((j = 1; j < 8; j++)); do
                        ((row[j] += row[j - 1]))
                done
        done >expected
        assert_stdout_file expected
}

@test "interrupts are handled, the asked for and the other" {
        run_real interrupts
        assert_ended 0
        assert_output --partial 'interrupt 0x21: you called?'
        assert_output --partial 'interrupt 0: the processor cannot divide by zero'
        assert_equal "$(grep -c 'and back again' out)" 2
}

# bats test_tags=kept
@test "hypercalls makes each of them and ends with 42" {
        run_real hypercalls <<<"$(random_text 3)"
        assert_ended 42
        assert_line --index 0 'HC_PUTCHAR prints *'
        assert_line --index 1 --regexp '^HC_GETCHAR reads the byte [0-9]+$'
        assert_line --index 2 'HC_EXIT ends this guest with status 42'
        run_real hypercalls
        assert_ended 42
        assert_line --index 1 'HC_GETCHAR reads the end of the input'
}

@test "echo prints what it reads, whatever that is" {
        { random_bytes 500; printf '\xff\xff\x00\n'; } >in
        run_real echo <in
        assert_ended 0
        assert_stdout_file in
}

@test "unknown-hypercall crashes" {
        run_real unknown-hypercall
        assert_message 126 'unknown-hypercall.bin' 'unknown hypercall 99'
}

# demand: 4 points, step 2: sanitizers find nothing in the chapter's guests
# hint: Build with make SANITIZE=address,undefined and run that guest: the report names the line.
@test "sanitizers find nothing in these guests" {
        local guest wanted
        sanitized
        random_bytes 50 >in
        while read -r guest wanted; do
                run_sanitized "$repository/guests/real/$guest.bin" <in
                assert_status "$wanted"
        done <<'END'
minimal 0
hello 0
serial 0
strings 0
counter 0
hypercalls 42
echo 0
fibonacci 0
interrupts 0
unknown-hypercall 126
triple 126
END
}
