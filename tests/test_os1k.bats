# 1K OS: its nine programs, its shell, its processes; through a pipe and on a terminal.
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/terminal
load lib/os1k

setup_file() { os1k_of 09; }

teardown() {
        leave_terminal
        rm -f screen
}

not_one() { says "That has to be a whole number from $1 to $2."; }
# 1K OS with tests/broken/family.c, which starts and ends others.
one_more_program() {
        make_helpers broken
        os=$repository/build/broken/added/os1k.elf
}

not_two() { says "That has to be two whole numbers from $1 to $2."; }

# --- The nine programs ---

@test "1, the multiplication table, of random numbers and of wrong ones" {
        local prompt='The multiplication table of which number? ' i

        n=$(random_between -200000000 200000000)
        begin
        types "$shell" 1
        for wrong in x '' "$n $n" 200000001 -99999999999999999999; do
                types "$prompt" "$wrong"
                not_one -200000000 200000000
        done
        types "$prompt" "  $n "
        for i in {1..10}; do
                says "$i x $n = $((i * n))"
        done
        types "$shell" 'multiplication -7'
        for i in {1..10}; do
                says "$i x -7 = $((i * -7))"
        done
        types "$shell" halt
        converse
}

@test "2, the counter, counts a tenth of a second for each number" {
        local prompt='Count to which number? ' n=$((RANDOM % 5 + 3)) i begin_us

        begin
        types "$shell" 'counter 0'
        not_one 1 1000
        types "$prompt" 1001
        not_one 1 1000
        types "$prompt" "$n"
        mapfile -t numbers < <(seq "$n")
        says "${numbers[@]}"
        types "$shell" halt
        begin_us=${EPOCHREALTIME/./}
        converse_by_pipe
        ((${EPOCHREALTIME/./} - begin_us >= n * 100000)) || fail "that was too fast"
        converse_on_terminal
}

@test "3, echo, says what it was told, until an empty line" {
        begin
        types "$shell" 3
        says 'An empty line ends this.'
        for text in "$(random_text 40)" ' two  spaces ' "!\"#\$%&'()*+,-./:;<=>?@[\\]^_\`{|}~ 0123456789"; do
                types 'echo> ' "$text"
                says "$text"
        done
        types 'echo> ' ''
        word=$(random_text 10)
        types "$shell" "echo $word"
        says 'An empty line ends this.' "$word"
        types 'echo> ' ''
        types "$shell" halt
        converse
}

@test "4, Fibonacci, and where 32 bits end" {
        local prompt='How many Fibonacci numbers? (32 bits end at 47) ' n=$((RANDOM % 20 + 1)) i a b

        begin
        types "$shell" 4
        for wrong in 0 48 -1 seven; do
                types "$prompt" "$wrong"
                not_one 1 47
        done
        types "$prompt" "$n"
        for n in "$n" 47; do
                ((n < 47)) || types "$shell" '4 47'
                for ((i = 1, a = 0, b = 1; i <= n; i++)); do
                        says "F($i) = $b"
                        ((b += a, a = b - a, 1))
                done
        done
        types "$shell" halt
        converse
}

@test "5, primes up to a limit" {
        local prompt='The primes up to which number? ' limit=$((RANDOM % 900 + 100)) primes

        begin
        types "$shell" primes
        for wrong in 1 100001 ten; do
                types "$prompt" "$wrong"
                not_one 2 100000
        done
        types "$prompt" "$limit"
        primes=$(seq 2 "$limit" | factor | awk 'NF == 2 { printf "%d ", $2 }')
        says "$primes"
        types "$shell" '5 2'
        says '2 '
        types "$shell" halt
        converse
}

@test "6, the calculator: precedence, negative numbers, division by zero, overflow, nonsense" {
        local a b c

        begin
        types "$shell" 6
        says 'An empty line ends this.'
        a=$((RANDOM % 99 + 1)) b=$((RANDOM % 99 + 1)) c=$((RANDOM % 99 + 1))
        for text in "$a+$b*$c" "$a*$b+$c" "-$a - -$b" "$((a * b)) / -$c * $c" "$a-$b-$c" 2147483647 -2147483648 '7/2*2'; do
                types 'calculate> ' "$text"
                says "$text = $((text))"
        done
        for text in "$a/0" "$a + $b / 0 * $c"; do
                types 'calculate> ' "$text"
                says "$text: division by zero"
        done
        for text in 2147483647+1 -2147483648-1 65536*65536 -2147483648/-1; do
                types 'calculate> ' "$text"
                says "$text: that does not fit into 32 bits"
        done
        for text in abc "$a +" "* $b" "$a $b" "$a + + $b" 2147483648 '(1)' 5%3; do
                types 'calculate> ' "$text"
                says "$text: I know numbers of 32 bits, and + - * / between them"
        done
        types 'calculate> ' ''
        types "$shell" halt
        converse
}

@test "6, the calculator, on 60 random expressions" {
        local operators='+-*/' i j text value

        begin
        types "$shell" 6
        says 'An empty line ends this.'
        for i in {1..60}; do
                text=$((RANDOM % 199 - 99))
                for ((j = RANDOM % 4; j >= 0; j--)); do
                        text+=" ${operators:RANDOM % 4:1} $((RANDOM % 79 - 39))"
                done
                types 'calculate> ' "$text"
                if [[ "$text " == *'/ 0 '* ]]; then
                        says "$text: division by zero"
                else
                        says "$text = $((text))"
                fi
        done
        types 'calculate> ' ''
        types "$shell" halt
        converse_by_pipe
}

@test "7, the factorial, and where 32 bits end" {
        local prompt='The factorial of which number? (32 bits end at 12) ' product=1 i

        begin
        for wrong in 13 -1 1x; do
                types "$shell" "factorial $wrong"
                not_one 0 12
                types "$prompt" 0
                says '0! = 1'
        done
        for i in {1..12}; do
                ((product *= i))
                types "$shell" "7 $i"
                says "$i! = $product"
        done
        types "$shell" halt
        converse
}

@test "8, the greatest common divisor of two numbers" {
        local prompt='Greatest common divisor of which two numbers? ' limit=2147483647 a b x y

        begin
        types "$shell" gcd
        for wrong in 12 '1 2 3' 'a b' "1 $((limit + 1))"; do
                types "$prompt" "$wrong"
                not_two -$limit $limit
        done
        types "$prompt" '0 0'
        says 'gcd(0, 0) = 0'
        for _ in 1 2 3; do
                a=$((RANDOM * (RANDOM % 999 + 1))) b=$((-RANDOM * (RANDOM % 999 + 1)))
                types "$shell" "8 $a $b"
                for ((x = a, y = -b; y; )); do
                        ((b = x % y, x = y, y = b, 1))
                done
                says "gcd(${typed[-1]#8 } = $x"
        done
        transcript=$(sed -E 's/^gcd\((-?[0-9]+) (-?[0-9]+) =/gcd(\1, \2) =/' <<<"$transcript")$'\n'
        types "$shell" halt
        converse
}

@test "9, about, and the shell's help and mistakes" {
        begin
        types "$shell" about
        says '1K OS is an operating system in less than a thousand lines of C and assembly.' \
                'Every program is a process, in user mode, in memory that no other can see, and' \
                'a hundred times a second the timer takes the processor away from it.'
        name=$(random_text 30)
        for wrong in 0 10 -1 "$name" 9x; do
                types "$shell" "$wrong"
                says "${wrong:0:15}? There is no such command: try help."
        done
        types "$shell" ''
        types "$shell" '   '
        types "$shell" '  factorial   3  '
        says '3! = 6'
        types "$shell" halt
        converse

        input=$'help\nhalt\n'
        run_os "$os"
        for text in '1  multiplication' '2  counter' '3  echo' '4  fibonacci' '5  primes' '6  calculator' \
                '7  factorial' '8  gcd' '9  about' ps kill uptime halt rogue; do
                [[ $output == *"$text"* ]] || fail "help does not name $text: $output"
        done
}

@test "a tenth program is one more file and one more word in the Makefile" {
        one_more_program
        begin
        types "$shell" '10 hear'
        types 'hear> ' 'by number'
        says 'heard: by number'
        types "$shell" 'family hear'
        types 'hear> ' 'by name'
        says 'heard: by name'
        types "$shell" 11
        says '11? There is no such command: try help.'
        types "$shell" halt
        converse
        input=$'help\nhalt\n'
        run_os "$os"
        [[ $output == *$'\n9  about\n10  family\nA number'* ]] || fail "$output"
}

# --- Input ---

@test "a line is edited by backspace and Ctrl-U, as one sees it" {
        begin
        input=$'8\x7f7 94\b\b5\n\b\b\x7f3x\x15\x15  9\x159\x7f7 6\nhalt\n'
        says "${shell}8"$'\b \b7 94\b \b\b \b5' '5! = 120' \
                "${shell}3x"$'\b \b\b \b  9\b \b\b \b\b \b9\b \b7 6' '6! = 720' "${shell}halt"
        converse_by_pipe
        on_terminal "$MINIKVM" "$os"
        see "$shell"
        type_in "$input"
        hang_up
        assert_equal "$status" 0
        [[ $shown == *"${shell}8"$'\b \b7 94\b \b\b \b5\r\n5! = 120\r\n'* ]] || fail "$shown"
}

@test "arrow keys and the like print nothing, and take nothing with them" {
        begin
        types "$shell" '8 12 18'
        says 'gcd(12, 18) = 6'
        types "$shell" ''
        types "$shell" ''
        types "$shell" '7 5'
        says '5! = 120'
        types "$shell" halt
        input=$'8\e[A 1\e[1;5C2\eOP\e[3~ 1\e[[A8\eOH\e\n\e[\n\eO\n\e7 \e\e[B5\nhalt\n'
        converse_by_pipe

        # On a terminal, where the bytes of one key come apart
        on_terminal "$MINIKVM" --color=never "$os"
        see "$shell"
        for key in 7 $'\e' '[' A ' ' $'\e' O D $'\e' '[' 1 5 '~' 6 $'\n'; do
                type_in "$key"
                nap 0.1
        done
        see $'6! = 720\r\n'"$shell"
        assert_equal "$before" $'7 6\r\n'
        type_in $'halt\n'
        hang_up
        assert_equal "$status" 0
}

@test "Ctrl-D ends a program that asks, and at the shell's prompt 1K OS" {
        begin
        on_terminal "$MINIKVM" --color=never "$os"
        for program in 1 2 3 4 5 6 7 8; do
                see "$shell"
                type_in "$program"$'\n'
                see $'\n'
                nap 0.2
                type_in $'\x04'
        done
        see "$shell"
        type_in $'\x04'
        hang_up
        assert_equal "$status" 0
        [[ $shown == *'The input has ended, and so does 1K OS.'* ]] || fail "$shown"
        assert_put_back
}

@test "the end of a pipe ends one program after the other, then the shell" {
        for input in $'6\n1+1\n' $'1\nx\n' $'echo word\n' $'3\nabc' $'rogue\n' '' $'\n\n' $'2 3\n' ' '; do
                run_os "$os"
                assert_ended 0
                assert_equal "${lines[-1]}" 'The input has ended, and so does 1K OS.'
        done
        # A line without an end is a line
        input=$'3\n'$(random_text 20)
        run_os "$os"
        [[ $output == *$'\n'"${input:2}"$'\n'* ]] || fail "$output"
}

@test "no stdin at all is the end of input" {
        run_apart timeout 20 "$MINIKVM" "$os" <&-
        assert_status 0
        assert_equal "${lines[-1]}" 'The input has ended, and so does 1K OS.'
}

@test "what is typed while programs compute is not lost" {
        local sum=$((RANDOM)) i

        on_terminal "$MINIKVM" --color=never "$os"
        see "$shell"
        type_in $'5 10000\n2 3\n'
        nap 0.1
        for i in {1..20}; do
                type_in $'7 '"$((i % 13))"$'\n'
                nap 0.02
        done
        type_in "6 $sum"$'+1\n\nhalt\n'
        see '9973 '
        see $'\n3\r\n'
        for i in 1 2 3 4 5 6 7 8 9 10 11 12 0 1 2 3 4 5 6 7; do
                see "${shell}7 $i"$'\r\n'"$i! = "
        done
        see "$sum+1 = $((sum + 1))"
        hang_up
        assert_equal "$status" 0
}

@test "4 KiB are pasted at once: a line of 3000 letters, and many lines" {
        local text word long='' sums=()

        for _ in {1..60}; do
                word=$(random_text 50)
                long+=$word
        done
        on_terminal "$MINIKVM" --color=never "$os"
        see "$shell"
        text=$'3\n'$long$'\n\n6\n'
        while ((${#text} < 4096)); do
                sums+=("$RANDOM-$RANDOM*$RANDOM")
                text+=${sums[-1]}$'\n'
        done
        type_in "$text"
        see $'\n'"$long"$'\r\necho> ' 60
        assert_equal "$before" $'3\r\nAn empty line ends this.\r\necho> '"$long"$'\r'
        for word in "${sums[@]}"; do
                see "calculate> $word"$'\r\n'"$word = $((word))"$'\r\n' 60
        done
        type_in $'\nhalt\n'
        hang_up
        assert_equal "$status" 0
}

@test "a line of more than 4 KiB does not run over: what does not fit is the next line" {
        text=$(random_text 50)
        for _ in {1..7}; do
                text+=$text
        done
        text=${text:0:5000}
        input=$'3\n'$text$'\n\nhalt\n'
        run_os "$os"
        assert_ended 0
        [[ $output == *$'\n'"${text:0:4095}"$'\n'* ]] || fail "$output"
        [[ $output == *$'\n'"${text:4095}"$'\n'* ]] || fail "$output"
}

# --- Processes ---

@test "every crime of rogue ends its process with a message, and nothing else" {
        local -A what=([read]='page fault' [write]='page fault' [jump]='page fault' [pointer]='bad system call'
                [divide]='divide error' [cli]='general protection fault' [hlt]='general protection fault'
                [out]='general protection fault' [stack]='page fault')
        local -A address=([read]=', reading 0x80100000' [write]=', writing 0x80100000'
                [jump]=', jumping to 0x80100000' [stack]=', writing 0x3ffffffc')
        local -A instruction=()
        local crimes=(read write jump pointer divide cli hlt out stack) crime pid=1 eip

        while read -r eip crime _; do
                # Behind the code lie constants, which objdump takes for more of it
                [[ ${instruction[$crime]-} ]] || instruction[$crime]=0x${eip%:}
        done < <(objdump -d -M intel --no-show-raw-insn "${os%/*}/build/rogue.elf" | grep -E -o '[0-9a-f]+:\s+(cli|hlt|div|out) ?')
        input=''
        for crime in "${crimes[@]}"; do
                input+="rogue $crime"$'\n7 '"$((++pid % 13))"$'\n'
        done
        input+=$'ps\nhalt\n'
        run_os "$os"
        assert_ended 0
        pid=0
        for crime in "${crimes[@]}"; do
                ((pid += 2))
                mapfile -t told < <(grep -A 3 "^1k> rogue $crime\$" out)
                [[ ${told[1]} =~ ^"killed: rogue (pid $pid): ${what[$crime]} at EIP "(0x[0-9a-f]+)"${address[$crime]-}"$ ]] || fail "$crime: ${told[1]}"
                eip=${BASH_REMATCH[1]}
                case $crime in
                jump) assert_equal "$eip" 0x80100000 ;;
                divide) assert_equal "$eip" "${instruction[div]}" ;;
                cli | hlt | out) assert_equal "$eip" "${instruction[$crime]}" ;;
                *) [[ $eip == 0x4001[1-9]* ]] || fail "$crime at $eip" ;;
                esac
                [[ ${told[2]} == "1k> 7 "* && ${told[3]} == *'! = '* ]] || fail "the shell after $crime: ${told[*]}"
        done
        [[ $output == *'memory: 6 of 7 frames of 4 MiB are free'* ]] || fail "$output"
}

@test "the crimes leave the kernel's code and constants as they were" {
        mkfifo typed
        exec {in}<>typed
        "$MINIKVM" "$os" <typed >out 2>err 3>&- &
        pid=$!
        printf 'rogue %s\n' read write jump pointer divide cli hlt out stack 'spin &' >&"$in"
        printf 'uptime\n' >&"$in"
        for _ in {1..200}; do
                grep -q '^up ' out && break
                sleep 0.1
        done
        # Its RAM is the mapping of 32 MiB
        while read -r range _; do
                ((0x${range#*-} - 0x${range%-*} == 32 << 20)) && break
        done <"/proc/$pid/maps"
        # All that is not to be written to is the file's first segment, at 1 MiB
        read -r offset size < <(readelf -l -W "$os" | awk '$1 == "LOAD" && $4 == "0x00100000" && /R E/ { print $2, $5 }')
        ((size > 8000)) || fail "what is at 1 MiB?"
        dd if="/proc/$pid/mem" of=seen bs=4096 iflag=skip_bytes,count_bytes status=none \
                skip=$((0x${range%-*} + 0x100000)) count=$((size))
        dd if="$os" of=expected bs=4096 iflag=skip_bytes,count_bytes status=none skip=$((offset)) count=$((size))
        # The CPU itself notes in the page directory which entries it has used
        directory=$((0x$(nm "$os" | awk '$3 == "boot_directory" { print $1 }') - 0x80100000))
        ((directory > 0 && directory % 4096 == 0)) || fail "where is the page directory?"
        for file in seen expected; do
                dd if=/dev/zero of="$file" bs=4096 seek=$((directory / 4096)) count=1 conv=notrunc status=none
        done
        cmp seen expected
        printf 'halt\n' >&"$in"
        wait "$pid"
        pid=
}

@test "thirty-six more crimes, and eight oddities that are none" {
        local crime

        make_helpers broken
        input=''
        for crime in {1..44}; do
                input+="rogue $crime"$'\n'
        done
        input+=$'ps\nhalt\n'
        run_os "$repository/build/broken/crimes/os1k.elf"
        assert_ended 0
        for crime in {1..36}; do
                [[ ${lines[2 * crime - 1]} == "1k> rogue $crime" ]] || fail "${lines[2 * crime - 1]}"
                [[ ${lines[2 * crime]} == "killed: rogue (pid $((crime + 1))): "* ]] || fail "$crime: ${lines[2 * crime]}"
        done
        for crime in {37..44}; do
                assert_equal "${lines[2 * crime]}" "crime $crime goes on"
        done
        [[ $output == *'memory: 6 of 7 frames of 4 MiB are free'* ]] || fail "$output"
}

@test "a fault in the kernel is a panic, with a status of its own: 99" {
        make_helpers broken
        input=$'ps\nhalt\n'
        run_os "$repository/build/broken/panic/os1k.elf"
        assert_ended 99
        [[ ${lines[-1]} =~ ^'kernel panic: shell (pid 1): invalid opcode at EIP 0x801'[0-9a-f]{5}$ ]] || fail "$output"
}

@test "a thousand processes, one after the other, leave the memory as it was" {
        local i products=(1 1 2 6 24 120 720 5040 40320 362880 3628800 39916800 479001600)

        begin
        for ((i = 0; i < 900; i++)); do
                typed[i % 100]="7 $((i % 13))"
                says "${shell}7 $((i % 13))" "$((i % 13))! = ${products[i % 13]}"
                input+="7 $((i % 13))"$'\n'
                ((i % 9)) || input+=$'rogue hlt\n'
        done
        input=$'ps\n'$input$'ps\nhalt\n'
        printf '%s' "$input" >typed
        run_apart timeout 120 "$MINIKVM" "$os" <typed
        assert_ended 0
        grep -v -e '^killed: ' -e 'rogue hlt$' -e '^pid' -e '^1' -e '^memory' out >counted || true
        assert_equal "$(grep -c '^killed: rogue (pid [0-9]*): general protection' out)" 100
        assert_equal "$(grep -c '! = ' out)" 900
        assert_equal "$(grep -c '^memory: 6 of 7 frames of 4 MiB are free$' out)" 2
        printf '%s' "$transcript" | grep '! = ' >expected
        grep '! = ' out | cmp - expected
}

@test "a program that never makes a system call does not stop the others" {
        input=$'rogue spin &\nps\n2 3\nuptime\n7 5\nps\nhalt\n'
        run_os "$os"
        assert_ended 0
        [[ $output == *$'\n2\n3\n'*$'\n5! = 120\n'* ]] || fail "$output"
        # It got the processor while the others slept, about 30 ticks, and can be seen to do so
        mapfile -t spun < <(sed -n -E 's/^2\t([0-9]+)\tready\trogue$/\1/p' out)
        ((${#spun[@]} == 2 && spun[1] >= spun[0] + 20)) || fail "ticks: ${spun[*]}; $output"
        [[ $output =~ $'\n''up '[0-9]+' seconds'$'\n' ]] || fail "$output"
}

@test "two that spin get the same share of the processor" {
        input=$'rogue spin &\nrogue spin &\n2 10\nps\nhalt\n'
        run_os "$os"
        assert_ended 0
        mapfile -t spun < <(sed -n -E 's/^[23]\t([0-9]+)\tready\trogue$/\1/p' out)
        # Where a tick is not much longer than a system call, as in the VM, chance has a part in it
        ((${#spun[@]} == 2 && spun[0] + spun[1] >= 70 && spun[0] < 2 * spun[1] && spun[1] < 2 * spun[0])) ||
                fail "ticks: ${spun[*]}; $output"
}

@test "with no room for another process 1K OS says so, and runs on" {
        input=$'rogue spin &\nrogue spin &\nrogue spin &\nrogue spin &\nrogue spin &\nrogue spin &\n7 5\nps\nhalt\n'
        run_os "$os"
        assert_ended 0
        [[ $output == *$'7 5\nThere is no room for another process.\n'* ]] || fail "$output"
        [[ $output == *'memory: 0 of 7 frames of 4 MiB are free'* ]] || fail "$output"
}

@test "a program in the background has no keyboard: the shell keeps it" {
        input=$'3 &\n1 &\n7 4\n2 3\nps\nhalt\n'
        run_os "$os"
        assert_ended 0
        [[ $output == *$'7 4\n'*'4! = 24'* ]] || fail "$output"
        [[ $output == *'memory: 6 of 7 frames of 4 MiB are free'* ]] || fail "$output"
}

@test "what a program in the background starts has no keyboard either" {
        one_more_program
        on_terminal "$MINIKVM" --color=never "$os"
        see "$shell"
        type_in $'family parent &\n'
        see $'heard: nothing\r\n'
        see $'the child has ended\r\n'
        type_in $'8 12 18\n'
        see 'gcd(12, 18) = 6'
        # But in the foreground it has
        type_in $'family parent\n'
        see 'hear> '
        word=$(random_text 20)
        type_in "$word"$'\n'
        see "heard: $word"$'\r\nthe child has ended\r\n'"$shell"
        type_in $'halt\n'
        hang_up
        assert_equal "$status" 0
}

@test "a program does not outlive the one that started it, and leaves the keyboard to the shell" {
        one_more_program
        on_terminal "$MINIKVM" --color=never "$os"
        see "$shell"
        for _ in 1 2 3; do
                type_in $'family leave\n'
                see "$shell"
                type_in $'8 12 18\n'
                see 'gcd(12, 18) = 6'
                type_in $'ps\n'
                see 'memory: 6 of 7 frames'
                see "$shell"
        done
        type_in $'halt\n'
        hang_up
        assert_equal "$status" 0
}

@test "kill ends a process, and says whom it cannot end" {
        begin
        types "$shell" 'rogue spin &'
        says 'rogue is process 2.'
        for wrong in '' ' x' ' 2x' ' 2 3' ' 99999999999'; do
                types "$shell" "kill$wrong"
                says 'Which process? Give its number: ps shows them all.'
        done
        types "$shell" 'kill 1'
        says 'Process 1 is the shell: halt ends it, and 1K OS.'
        for nobody in 0 -1 3 2147483647; do
                types "$shell" "kill $nobody"
                says "I have no process $nobody to end: try ps."
        done
        types "$shell" 'kill 2'
        says 'Process 2 has ended.'
        types "$shell" 'kill 2'
        says 'I have no process 2 to end: try ps.'
        types "$shell" '7 5'
        says '5! = 120'
        types "$shell" halt
        converse

        input=$'rogue spin &\n1 7\nrogue spin &\nkill 2\nkill 4\nps\nhalt\n'
        run_os "$os"
        [[ $output == *'memory: 6 of 7 frames of 4 MiB are free'* ]] || fail "$output"
}

@test "who waits for a process that is killed goes on" {
        one_more_program
        on_terminal "$MINIKVM" --color=never "$os"
        see "$shell"
        type_in $'family waiter &\n'
        see "$shell"
        nap 0.5
        type_in $'ps\n'
        see $'\twaiting\tfamily\r\n3\t'
        see "$shell"
        type_in $'kill 3\n'
        see $'the child has ended\r\n'
        type_in $'ps\n'
        see 'memory: 6 of 7 frames'
        type_in $'halt\n'
        hang_up
        assert_equal "$status" 0
}

@test "kill ends a program that starts itself again and again, with all that it has started" {
        one_more_program
        on_terminal "$MINIKVM" --color=never "$os"
        see "$shell"
        type_in $'family breed &\n'
        see "$shell"
        nap 1
        type_in $'ps\n7 5\nkill 2\n'
        see 'memory: 0 of 7 frames'
        see 'There is no room for another process.'
        see 'Process 2 has ended.'
        type_in $'ps\n'
        see 'memory: 6 of 7 frames'
        type_in $'halt\n'
        hang_up
        assert_equal "$status" 0
}

@test "a program can end what it has started, and nobody else; it waits for nobody else" {
        one_more_program
        begin
        types "$shell" 'rogue spin &'
        says 'rogue is process 2.'
        types "$shell" 'family meddle'
        for nobody in 0 1 2 3 4 -1 2147483647 -2147483648; do
                says "$nobody: wait 0, kill -1"
        done
        types "$shell" 'family kill'
        says 'kill the child: 0' 'kill it again: -1'
        types "$shell" 'kill 2'
        says 'Process 2 has ended.'
        types "$shell" halt
        converse
}

@test "while a program writes a megabyte at a time, others run" {
        local stars

        one_more_program
        input=$'counter 10 &\nfamily write\nhalt\n'
        run_os "$os"
        assert_ended 0
        [[ $output == *$'\n128 at a time\n'* ]] || fail "${output:(-4000)}"
        stars=${output#*'***'}
        stars=${stars%%'128 at a time'*}
        # The counter has been heard in between
        mapfile -t numbers < <(grep -o -E '[0-9]+' <<<"$stars")
        ((${#numbers[@]} >= 2)) || fail "only '${numbers[*]}' in $stars"
        # The library writes on where a call has stopped
        stars=${output#*'128 at a time'}
        stars=${stars//[^*]}
        assert_equal "${#stars}" 3000
}

@test "uptime counts seconds" {
        input=$'uptime\n2 21\nuptime\nhalt\n'
        run_os "$os"
        mapfile -t up < <(sed -n -E 's/^up ([0-9]+) seconds$/\1/p' out)
        ((up[0] <= 1 && up[1] >= up[0] + 2 && up[1] <= up[0] + 4)) || fail "$output"
}

# --- Beside others ---

@test "1K OS beside three real-mode guests: all output is whole, and each in its colour" {
        load lib/several
        make -s -C "$real"
        for guest in chatter counter multiplication; do
                "$MINIKVM" "$real/$guest.bin" >"$guest.out" </dev/null
        done
        begin
        for i in {1..12}; do
                n=$((RANDOM % 100)) m=$((RANDOM % 100))
                types "$shell" "6 $n*$m"
                says 'An empty line ends this.' "$n*$m = $((n * m))"
                types 'calculate> ' ''
        done
        types "$shell" halt
        run_os --color=always "$os" "$real/chatter.bin" "$real/counter.bin" "$real/multiplication.bin"
        assert_ended 0
        by_colour out
        assert_said 1 "$transcript"
        cmp out.2 chatter.out
        cmp out.3 counter.out
        cmp out.4 multiplication.out
        ((switches > 20)) || fail "only $switches changes of colour"
}
