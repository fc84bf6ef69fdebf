# Exercise of chapter 09, a keyboard for each guest: what students do not get.
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/several
load lib/elf
load lib/terminal
load lib/os1k

setup_file() {
        os1k_of 09
        make_helpers guests
}

teardown() { leave_terminal; }

keys=$repository/build/guests/keys.elf

# demand: 10 points: what cannot be done is told before a guest runs
@test "a guest that is not there, a number twice, no number and no file are wrong usage; --help knows the option" {
        printf 'a\1' >typed
        for option in 2:typed 0:typed 5:typed x:typed 1: 1 typed :typed 11:typed; do
                run_minikvm --keys=$option "$keys"
                assert_usage --keys
        done
        run_minikvm --keys=1:typed --keys=1:typed "$keys"
        assert_usage --keys
        run_minikvm --help
        [[ $output == *--keys* ]] || show '--keys expected'
}

@test "a file that is not there, and a guest that has no keyboard, are told, and nothing runs" {
        run_minikvm --keys=2:missing "$keys" "$keys"
        assert_refused missing 'No such file'
        printf 'a\1' >typed
        run_minikvm --keys=2:typed "$keys" "$repository/guests/real/hello.bin"
        assert_refused 'hello.bin' 'real-mode' 'keyboard'
}

# demand: 8 points: characters come when they come; the end of the file is Ctrl-D
@test "a named pipe: keys arrive one at a time; at its end Ctrl-D ends the guest" {
        mkfifo typed
        # opened for both, so that it waits for nobody: the program may refuse to start
        (
                exec {typed}<>typed
                printf a >&"$typed"
                sleep 2
                printf s >&"$typed"
                sleep 1
        ) 3>&- &
        run_minikvm --color=always --keys=2:typed "$repository/guests/protected/hello32.elf" "$keys"
        assert_ended 7
        by_colour out
        assert_said 2 $'ready\n1e 9e 1f 9f 1d '
}

@test "a signal ends guests that wait for keys from a pipe" {
        mkfifo one
        exec {one}<>one
        start_minikvm --keys=1:one --keys=2:one "$keys" "$keys" >out 2>err
        await_bytes 12 out
        assert_stops_by TERM
}

# demand: 8 points: the sandbox stays as it is, and a read that fails is told
@test "files are opened before the sandbox closes, and it allows no more calls than before" {
        printf 'a\1' >typed
        run_apart timeout -k 1 60 strace -f -qq -e signal=none -o trace "$MINIKVM" --keys=2:typed "$keys" "$keys" </dev/null
        assert_status 7
        grep -q '"typed"' trace || fail 'typed was not opened'
        sed -E '1,/seccomp(\(SECCOMP_SET_MODE_FILTER| resumed).*= 0$/d' trace >after
        if grep -E 'open|clone|pread|lseek|ioctl.*TCSET' after; then
                fail 'that call has no place in the sandbox'
        fi
        grep -q 'read(' after || fail 'no key was read in the sandbox'
}

@test "a file that cannot be read is told, and ends all with 125" {
        mkdir folder
        run_apart timeout -k 1 10 "$MINIKVM" --keys=2:folder "$keys" "$keys" < <(sleep 3)
        assert_message 125 folder 'Is a directory'
}

@test "a guest with a file ends: the terminal stays raw for the one that has it" {
        printf '\1' >typed
        on_terminal "$MINIKVM" --color=never --keys=2:typed "$keys" "$keys"
        see '1d '
        nap 0.5
        is_raw
        type_in $'\x01'
        hang_up
        assert_equal "$status" 7
        assert_put_back
}
