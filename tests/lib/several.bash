# What the tests of several guests at once share, from chapter 05 on: `load lib/several`, behind
# `load lib/minikvm`.
# shellcheck shell=bash disable=SC2034,SC2154 # variables of bats, of minikvm.bash, and for tests

real=$repository/guests/real

# For setup_file: several_of 05. Makes what all tests of the file use.
several_of() {
        program_of "$1"
        cd "$BATS_FILE_TMPDIR" || return
        make -s -C "$real"
        # The VM's own file system starts programs six times as fast as the one that it shares
        [[ ! $OWN ]] || { cp "$MINIKVM" . && MINIKVM=$PWD/minikvm; }
        assemble_guests
        random_letters 1 'a-z'
        random_letters 2 'A-Z'
        random_letters 3 '0-9'
        random_letters 4 '!-/:-@'
}

# talker.bin prints the text that lies behind it (see talker), asker.bin prints '?' and then what it
# reads, babbler.bin prints without end.
assemble_guests() {
        assemble talker.bin <<'END'
                mov     si, offset text
                mov     dx, HC_PORT
        next:   mov     bl, [si]
                cmp     bl, 0
                je      end
                mov     al, HC_PUTCHAR
                out     dx, al
                inc     si
                jmp     next
        end:    mov     bl, [status]
                mov     al, [hypercall]
                out     dx, al
                .byte   0
        status = .
        hypercall = . + 1
        text = . + 2
END
        assemble asker.bin <<'END'
                mov     dx, HC_PORT
                mov     bl, '?'
        print:  mov     al, HC_PUTCHAR
                out     dx, al
                mov     al, HC_GETCHAR
                out     dx, al
                in      eax, dx
                mov     bl, al
                cmp     eax, -1
                jne     print
                hlt
END
        assemble babbler.bin <<'END'
                mov     dx, HC_PORT
                mov     al, HC_PUTCHAR
                mov     bl, 'x'
        again:  out     dx, al
                jmp     again
END
}

# Makes a guest that prints a text and ends: talker FILE TEXT [STATUS [HYPERCALL]]
# It ends by the hypercall HC_EXIT (0); another number is none that there is, and so a crash.
talker() {
        local -a code
        local end

        mapfile -d '' -t code <"$BATS_FILE_TMPDIR/talker.bin"
        printf -v end '\\x%02x\\x%02x' "${3-0}" "${4-0}"
        # shellcheck disable=SC2059 # the escapes are for the format
        { printf '%s\0' "${code[@]}" && printf "$end" && printf '%s\0' "$2"; } >"$1"
}

crashing() { talker "$1" "$2" 0 99; }

# Takes a file apart by colour: FILE.1 is the first guest's text, and so on. Sets `switches`, how
# often the colour changed. Fails for a character without a colour, an escape sequence that is
# torn, sets the same colour again or has no text behind it, and a colour that is not put back.
by_colour() {
        rm -f "$1".[1-4]
        switches=$(LC_ALL=C awk -v RS='\033' -v ORS= -v file="$1" '
        function wrong(what) {
                print "by_colour: " what " in part " NR ": <" $0 ">\n" >"/dev/stderr"
                failed = 1
                exit 1
        }
        BEGIN { guest["[36m"] = 1; guest["[33m"] = 2; guest["[32m"] = 3; guest["[35m"] = 4 }
        reset { wrong("something behind the end") }
        NR == 1 { if ($0 != "") wrong("text without a colour"); next }
        $0 == "[0m" { reset = 1; next }
        {
                colour = substr($0, 1, 4)
                text = substr($0, 5)
                if (!(colour in guest))
                        wrong("a torn escape sequence")
                if (colour == last)
                        wrong("the same colour again")
                if (text == "")
                        wrong("a colour without text")
                last = colour
                print text >(file "." guest[colour])
                switches++
        }
        END {
                if (!failed && !reset)
                        wrong("no end of colour")
                print switches + 0
        }' "$1") || fail "$1 cannot be taken apart"
}

# After by_colour: guest N printed TEXT, to the last byte.
assert_said() {
        local said

        IFS= read -r -d '' said <"out.$1" || true
        assert_equal "$said" "$2"
}

# For setup_file. Texts are made once, for loops are slow where bats looks at every command.
random_letters() {
        awk -v seed="$RANDOM" -v kind="[$2]" '
        BEGIN {
                for (i = 33; i < 127; i++)
                        if (sprintf("%c", i) ~ kind)
                                letters[n++] = sprintf("%c", i)
                for (srand(seed); i < 4127; i++)
                        printf "%s", letters[int(rand() * n)]
        }' >"letters.$1"
}

# Sets `text`: so many letters, random ones: random_words COUNT [KIND]
random_words() {
        local letters

        IFS= read -r -d '' letters <"$BATS_FILE_TMPDIR/letters.${2-1}" || true
        text=${letters:RANDOM % 2000:$1}
}

# Four guests, talkers, with random texts of so many letters: sets `texts`; the files are 1.bin to
# 4.bin. The first has lower case, the second upper case, the others digits and signs, so that they
# can be told apart.
four_talkers() {
        local i text

        for i in 1 2 3 4; do
                random_words "$1" "$i"
                texts[i]=$text
                talker "$i.bin" "$text"
        done
}

# Without colours, the four talkers' texts are all there, in order, and nothing else.
assert_four_said() {
        assert_equal "${output//[^a-z]/}" "${texts[1]}"
        assert_equal "${output//[^A-Z]/}" "${texts[2]}"
        assert_equal "${output//[^0-9]/}" "${texts[3]}"
        assert_equal "${output//[a-zA-Z0-9]/}" "${texts[4]}"
}

# Starts the program in the background, with the caller's files: `pid`. Comes back when all guests
# have a thread beside the first one; after a second, the first one may be a guest's.
start_minikvm() {
        local guests=0 argument tries
        local -a threads=()

        for argument; do
                [[ $argument == -* ]] || ((guests += 1))
        done
        [[ ! ${MINIKVM_GRADED-} ]] || echo "$MINIKVM $*" >command.txt
        # A shell without job control lets what it starts in the background ignore these two
        env --default-signal=INT,QUIT "$MINIKVM" "$@" <&0 3>&- &
        pid=$!
        for tries in {1..200}; do
                threads=("/proc/$pid/task"/*)
                ((${#threads[@]} <= guests - (tries > 20))) || return 0
                kill -0 "$pid" 2>/dev/null || break
                sleep 0.05
        done
        # not into a pipe that is full, and that nobody reads
        fail "the guests did not start" 2>&"$said"
}

# Waits until a file has so many bytes, for ten seconds at most.
await_bytes() {
        local begin=$SECONDS

        until [[ $(wc -c <"$2") == "$1" ]]; do
                ((SECONDS - begin < 10)) || fail "not $1 bytes in $2, but $(wc -c <"$2")"
                sleep 0.05
        done
}

# Waits for its end, for ten seconds at most: sets `status`, and `took`, in milliseconds.
await_end() {
        local begin=${EPOCHREALTIME/./}

        while kill -0 "$pid" 2>/dev/null; do
                ((${EPOCHREALTIME/./} - begin < 10000000)) || { kill -9 "$pid"; fail "it hangs"; }
                sleep 0.05
        done
        took=$(((${EPOCHREALTIME/./} - begin) / 1000))
        status=0
        wait "$pid" || status=$?
}

# Sends a signal, and sees the program end by it, at once.
assert_stops_by() {
        kill -s "$1" "$pid"
        await_end
        assert_equal "$status" $((128 + $(kill -l "$1")))
        ((took < 3000)) || fail "it took $took ms to stop"
}

# Makes a pipe of that name that nobody reads, with room for so many bytes; opens it: `pipe`.
pipe_with_room() {
        mkfifo "$1"
        exec {pipe}<>"$1"
        head -c $((65536 - $2)) /dev/zero 1>&"$pipe"
}

# Starts what is in the worst position to be stopped: a guest that waits for input, one that spins,
# two that want to print into a full pipe.
start_busy() {
        mkfifo in
        exec {in}<>in
        pipe_with_room full 3
        start_minikvm "$@" "$real/echo.bin" "$real/spin.bin" "$BATS_FILE_TMPDIR/babbler.bin" \
                "$BATS_FILE_TMPDIR/babbler.bin" <&"$in" 1>&"$pipe" 2>err
        sleep 0.2
}

# secret.bin, with another secret: `secret`.
patch_secret() {
        local text

        random_words 22
        secret=$text
        LC_ALL=C sed "s/look under the doormat/$secret/g" "$real/secret.bin" >secret.bin
        grep -q -F "SECRET: $secret" secret.bin || fail "$real/secret.bin has another secret than it had"
}

# Runs a guest that tries to get at its neighbour's memory, and a neighbour, which has a `secret`.
# Who is first, at `place`, is random.
run_beside_secret() {
        patch_secret
        place=$((RANDOM % 2 + 1))
        if ((place == 1)); then
                run_minikvm --color=always "$1" secret.bin
        else
                run_minikvm --color=always secret.bin "$1"
        fi
        by_colour out
}

# --- Tests that both chapter 05 and chapter 06 have ---

# Twice COUNT times: with guests that never end, and with some that do. A class is graded with fewer.
assert_starts_and_stops() {
        local start_stop=$repository/build/start-stop count=$1

        [[ ! ${MINIKVM_GRADED-} ]] || count=50

        [[ -x $start_stop ]] || "$repository/tests/prepare" "$FOLDER"
        four_talkers 10
        run "$start_stop" "$count" -1 "$MINIKVM" "$BATS_FILE_TMPDIR"/{asker,babbler,babbler}.bin "$real/spin.bin"
        assert_success
        run "$start_stop" "$count" 0 "$MINIKVM" 1.bin 2.bin 3.bin 4.bin
        assert_success
}

# What is asked of the kernel from opening the second guest's file on until a guest runs: of each kind
# the first call.
middle_calls() { own_calls | sed -n '/ 2\.bin$/,$p' | awk '$3 == "KVM_RUN" { exit } !seen[$3]++'; }

assert_middle_fails() {
        local call number name names

        four_talkers 20
        run_traced 1.bin 2.bin 3.bin 4.bin
        assert_status 0
        own_calls | grep -v ' KVM_RUN$' >all
        middle_calls >middle
        (($(wc -l <middle) >= 6)) || fail "few calls in the trace: $(<trace)"
        while read -r call number name <&9; do
                run_injected "inject=$call:error=ENOMEM:when=$number" 1.bin 2.bin 3.bin 4.bin
                assert_refused
                # strace counts in each thread: where several call, another call may have failed first
                names=$(sed -n "s/^$call $number //p" all)
                [[ $names != "$name" ]] || assert_error_has '.bin: ' "$name" 'Cannot allocate memory'
        done 9<middle
}

# The chapter's own program, with sanitizers (tests/prepare): one run to the ends, one that is stopped.
assert_silent() {
        sanitized
        MINIKVM=$repository/build/$1/${FOLDER##*/}/minikvm
        four_talkers 100
        crashing 2.bin "${texts[2]}"
        run_minikvm -v --stats --color=always 1.bin 2.bin 3.bin "$BATS_FILE_TMPDIR/asker.bin"
        assert_message 126
        assert_sanitizers_silent
        start_busy --stats
        assert_stops_by TERM
        assert_sanitizers_silent
}

assert_sanitizers_silent() {
        error=$(<err)
        [[ $error != *Sanitizer* && $error != *'runtime error'* ]] || fail "$error"
}
