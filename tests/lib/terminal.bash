# A real terminal for a program under test, with somebody who types and looks: `load lib/terminal`,
# behind `load lib/minikvm`. script(1) makes the terminal, which is the controlling one of its session;
# bash alone does the rest, for in the VM each process costs 35 ms.
#
#       on_terminal "$MINIKVM" guest.elf        starts it
#       see 'a prompt'                          waits for that text, behind what was seen before
#       type_in $'an answer\n'
#       hang_up                                 waits for the end: sets `status`, and `error` (stderr)
# shellcheck shell=bash disable=SC2034,SC2154 # variables of bats, of other helpers, and for tests

# Sleeps without a process.
nap() { read -r -t "$1" -u "$never" || true; }

# Before the program starts, the terminal's settings are written down: `tty`, `cooked` (stty -g). Before
# that, $stty says what to change in them, and $redirect where the program's files are to be.
on_terminal() {
        [[ -v never ]] || { mkfifo never && exec {never}<>never; }
        rm -f keys session.* screen
        mkfifo keys
        exec {keyboard}<>keys
        cat >session <<END
trap : INT QUIT TSTP
${stty:+stty $stty}
echo "\$(tty) \$(stty -g)" >session.before
$(printf '%q ' "$@") 2>err ${redirect-}
echo "\$? \$(stty -g)" >session.after
END
        : >screen
        exec {screen}<screen
        # A shell without job control lets what it starts in the background ignore these two
        env --default-signal=INT,QUIT script -qfe -E always -c 'exec sh session' /dev/null <keys >>screen 3>&- &
        script=$! shown=''
        await_file session.before
        read -r tty cooked <session.before
}

# The same with an interactive shell, for what has to do with jobs: see '$ ', and type commands in.
on_shell() {
        [[ -v never ]] || { mkfifo never && exec {never}<>never; }
        rm -f keys screen
        mkfifo keys
        exec {keyboard}<>keys
        : >screen
        exec {screen}<screen
        env --default-signal=INT,QUIT script -qfe -E always -c "PS1='$ ' exec bash --norc --noediting -i" \
                /dev/null <keys >>screen 3>&- &
        script=$! shown=''
        see '$ '
        type_in $'echo "$(tty) $(stty -g)" >settings\n'
        see '$ '
        read -r tty cooked <settings
}

# Its last command.
leave_shell() {
        type_in $'exit\n'
        wait "$script" || true
        script=''
        exec {keyboard}>&- {screen}<&-
}

await_file() {
        local end=$((SECONDS + 20))

        until [[ -s $1 ]]; do
                ((SECONDS < end)) || fail "nothing in $1; the screen: $(<screen)"
                nap 0.02
        done
}

# Waits for TEXT on the screen: sets `before`, what stood between the text that was seen last and this.
see() {
        local LC_ALL=C end=$((SECONDS + ${2-20})) ended=''

        look
        while [[ $shown != *"$1"* ]]; do
                [[ ! $ended && $SECONDS -lt $end ]] || fail "'$1' does not come; the end of the screen: ${shown:(${#shown} < 600 ? 0 : -600)}$(cat err 2>/dev/null)"
                # When the program has ended, this is the last look
                [[ ! -s session.after ]] || { ended=1 && nap 0.3; }
                nap 0.02
                look
        done
        before=${shown%%"$1"*}
        shown=${shown:${#before} + ${#1}}
}

# Appends what is new on the screen to `shown`.
look() {
        local more

        IFS= read -r -d '' more <&"$screen" || true
        shown+=$more
}

type_in() { printf '%s' "$1" >&"$keyboard"; }

settings() { stty -F "$tty" -g; }

# Are the settings those for keys, one at a time and unseen?
is_raw() { [[ $(stty -F "$tty" -a) == *-icanon*-echo\ * ]]; }

# The program itself, which has the terminal as stdin (or else stderr's file): `pid`.
find_pid() {
        local process name

        for process in /proc/[0-9]*; do
                { read -r name <"$process/comm"; } 2>/dev/null || continue
                if [[ $name == minikvm && $process/fd/2 -ef err ]]; then
                        pid=${process#/proc/}
                        return
                fi
        done
        fail "no minikvm is running"
}

# Waits until the process has this state: T is stopped.
await_state() {
        local end=$((SECONDS + 10)) key value

        while :; do
                while read -r key value; do
                        [[ $key != State: || $value != "$1"* ]] || return 0
                done <"/proc/$pid/status"
                ((SECONDS < end)) || fail "no state $1"
                nap 0.02
        done
}

# Waits for the program's end: `status`, `after` (stty -g), `error`, and `shown`, the whole screen.
hang_up() {
        await_file session.after
        read -r status after <session.after
        wait "$script" || true
        script='' pid=''
        exec {keyboard}>&- {screen}<&-
        IFS= read -r -d '' shown <screen || true
        error=$(<err)
}

assert_put_back() { assert_equal "$after" "$cooked"; }

# For teardown: nothing is left running.
leave_terminal() {
        [[ -z ${script-} ]] || { kill -9 "$script" && wait "$script"; } 2>/dev/null || true
        [[ -z ${pid-} ]] || kill -9 "$pid" 2>/dev/null || true
}
