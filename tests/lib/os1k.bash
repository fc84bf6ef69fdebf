# A conversation with 1K OS, as it should go: `load lib/os1k`, behind `load lib/terminal`.
#
#       begin
#       types PROMPT TEXT       after this prompt somebody types this line
#       says LINE...            and this is the answer
#       types "$shell" halt
#       converse                holds the whole conversation, through a pipe and on a terminal
# shellcheck shell=bash disable=SC2034,SC2154 # variables of bats, of other helpers, and for tests

os=${OS1K-$repository/guests/os1k/os1k.elf}      # or another kernel, say a student's
shell='1k> '

# For setup_file: what all tests of a file use. Programs start six times as fast from the VM's own files.
os1k_of() {
        program_of 09
        cd "$BATS_FILE_TMPDIR" || return
        [[ ! $OWN ]] || { cp "$MINIKVM" . && MINIKVM=$PWD/minikvm; }
        [[ -e $os ]] || make -s -C "${os%/*}"
}

begin() {
        prompts=() typed=() input='' transcript=''
        says '1K OS: a shell and a few programs. Type help to see what there is.'
}

types() {
        prompts+=("$1") typed+=("$2")
        input+=$2$'\n' transcript+="$1$2"$'\n'
}

says() {
        local lines

        (($# == 0)) || printf -v lines '%s\n' "$@"
        transcript+=${lines-}
}

converse() {
        converse_by_pipe
        converse_on_terminal
}

# Runs 1K OS with `input`; `transcript` is what it has to print.
converse_by_pipe() {
        run_os "$os"
        printf '%s' "$transcript" >expected
        assert_same_text expected out
        assert_ended 0
}

# Runs a kernel with `input`, at once.
run_os() {
        printf '%s' "$input" >typed
        run_minikvm "$@" <typed
}

# Somebody who waits for each prompt. A terminal adds a carriage return to each line.
converse_on_terminal() {
        local i

        on_terminal "$MINIKVM" --color=never "$os"
        for i in "${!typed[@]}"; do
                see "${prompts[i]}"
                type_in "${typed[i]}"$'\n'
        done
        hang_up
        printf '%s' "${shown//$'\r'/}" >out
        assert_same_text expected out
        assert_equal "$status" 0
        assert_equal "$error" ''
        assert_put_back
}

assert_same_text() { cmp -s "$1" "$2" || fail "expected (<) and shown (>): $(diff "$1" "$2")"; }
