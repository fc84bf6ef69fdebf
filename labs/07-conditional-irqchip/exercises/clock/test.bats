# Exercise of chapter 07: a clock that knows the date.
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/several
load lib/elf

setup_file() { several_of 07; }

# The registers that tell the time and the date: all of them.
time_registers='0x00 0x02 0x04 0x06 0x07 0x08 0x09 0x32'

# Prints code that does what the arguments say, in order: REGISTER reads that register of the clock, and
# keeps what it read; REGISTER=VALUE writes. A second may begin between two of them: then all is done again.
at_the_clock() {
        local step

        echo 'again: mov di, 0x8000; cld; mov al, 0; out 0x70, al; in al, 0x71; mov bl, al'
        for step; do
                if [[ $step == *=* ]]; then
                        echo "mov al, ${step%=*}; out 0x70, al; mov al, ${step#*=}; out 0x71, al"
                else
                        echo "mov al, $step; out 0x70, al; in al, 0x71; stosb"
                fi
        done
        echo 'mov al, 0; out 0x70, al; in al, 0x71; cmp al, bl; jne again'
}

# The end of such a guest: it prints what it has read.
at_the_end() { echo 'mov si, 0x8000; mov cx, di; sub cx, si; mov dx, COM1; rep outsb; hlt'; }

# Makes guest.bin, which does that: clock_guest STEP...
clock_guest() { { at_the_clock "$@" && at_the_end; } | assemble; }

# Sets `bytes`: what `out` holds, in hexadecimal.
read_bytes() { read -d '' -r -a bytes < <(od -A n -v -t x1 out) || true; }

# A time as the eight registers show it, in decimal digits: time_of SECONDS
time_of() (
        export TZ=UTC0
        printf '%(%S %M %H )T%02d %(%d %m %y)T %s\n' "$1" $((($1 / 86400 + 4) % 7 + 1)) "$1" "$(century_of "$1")"
)
century_of() { printf '%(%Y)T' "$1" | head -c 2; }

# The eight bytes are a time between these two: assert_time FIRST LAST
assert_time() {
        local second

        for ((second = $1; second <= $2; second++)); do
                [[ "${bytes[*]}" != "$(time_of "$second")" ]] || return 0
        done
        show "a time between $(time_of "$1") and $(time_of "$2") expected, not ${bytes[*]}"
}

# --- What time it is ---

# demand: 10 points: --clock says what the clock shows at the start: in UTC, in BCD, with 24 hours
# hint: gmtime_r() takes a time_t apart. Each decimal digit has four bits of a register: 0x59 is 59.
# hint: Sunday is 1. tm_mon counts from 0, tm_year from 1900.
@test "with --clock, the registers show that time and date" {
        # shellcheck disable=SC2086 # these are many
        clock_guest $time_registers
        for start in "$(random_between 0 2000000000)" "$(random_between 2000000000 4000000000)"; do
                # Of the host's time zone nothing is to be seen
                TZ=EST$((RANDOM % 12 + 1)) run_minikvm --clock="$start" guest.bin
                assert_ended 0
                read_bytes
                assert_time "$start" $((start + 10))
        done
}

# demand: 10 points: without --clock, it shows the host's time, and it goes on
# hint: Ask the host for the time at each IN of the data port, not once.
@test "without --clock, it is the host's time; it goes on" {
        # Waits for the next second, then reads
        {
                echo 'mov al, 0; out 0x70, al; in al, 0x71; mov bl, al'
                echo 'next: in al, 0x71; cmp al, bl; je next'
                # shellcheck disable=SC2086 # these are many
                at_the_clock $time_registers
                at_the_end
        } | assemble
        begin=$EPOCHSECONDS
        run_minikvm guest.bin
        assert_ended 0
        read_bytes
        assert_time $((begin + 1)) "$EPOCHSECONDS"
}

# --- How it shows it ---

# demand: 8 points: register B chooses between BCD and binary, 24 and 12 hours
# hint: Register B starts as 0x02. Look at it whenever a register is read.
@test "register B: binary when bit 2 is set, two times twelve hours when bit 1 is clear" {
        hour=$(random_between 13 20) minute=$(random_between 12 58) day=$(random_between 12 28)
        start=$(date -u -d "2031-12-$day $hour:$minute:10" +%s)
        clock_guest 0x0B 0x04 0x02 0x07 0x0B=0x06 0x0B 0x04 0x02 0x07 0x08 0x09 0x32 0x0B=0x00 0x0B 0x04 0x02 \
                0x0B=0x04 0x0B 0x04 0x02 0x0B=0x02 0x0B 0x04
        run_minikvm --clock="$start" guest.bin
        assert_ended 0
        read_bytes
        printf -v expected '%02x ' 0x02 "0x$hour" "0x$minute" "0x$day" 0x06 "$hour" "$minute" "$day" 12 31 20 \
                0x00 $((0x80 | 0x$((hour - 12)))) "0x$minute" 0x04 $((0x80 | (hour - 12))) "$minute" 0x02 "0x$hour"
        assert_equal "${bytes[*]} " "$expected"
}

# --- The other registers ---

# demand: 8 points: the registers that do not tell the time are memory, or read as promised
# hint: Only the low seven bits of what is written to 0x70 choose a register.
@test "registers A, C and D are as promised; the rest is memory, zero at the start; the time cannot be written" {
        memory=$(printf '0x%02x ' 0x01 0x03 0x05 {14..49} {51..127})
        # shellcheck disable=SC2086 # these are many
        clock_guest $memory
        run_minikvm guest.bin
        assert_ended 0
        read_bytes
        assert_equal "${#bytes[@]} ${bytes[*]//00/}" "116 $(printf '%115s' '')"
        register=$((RANDOM % 64 + 64)) value=$((RANDOM % 200 + 20))
        minute=$(random_between 10 59)
        start=$(date -u -d "2026-07-14 09:$minute:10" +%s)
        clock_guest $((register | 0x80))=$value 0x31=$((value ^ 0xFF)) 0x0A=0 0x0C=0x55 0x0D=0 0x02=0x99 0x32=0x99 0x0B=0x7B \
                0x0A 0x0B 0x0C 0x0D $((register)) 0xB1 0x02 0x32
        run_minikvm --clock="$start" guest.bin
        assert_ended 0
        read_bytes
        printf -v expected '%02x ' 0x26 0x02 0x00 0x80 $value $((value ^ 0xFF))
        assert_equal "${bytes[*]} " "$expected$minute 20 "
}

# --- The command line ---

# demand: 6 points: --clock is explained by --help, and a time that is none is refused
# hint: strtoll() says where the number ends, and by errno whether it fits.
@test "--help knows --clock; what is no time up to the year 9999 is refused" {
        run_minikvm --help
        assert_ended 0
        [[ $output == *--clock* ]] || show '--clock expected'
        printf '\xf4' >guest.bin
        for time in '' "x$RANDOM" "$RANDOM"s -1 +1 ' 1' 0x10 1.5 253402300800 99999999999999999999; do
                run_minikvm --clock="$time" guest.bin
                assert_usage --clock
        done
        run_minikvm --clock=253402300799 guest.bin
        assert_ended 0
}
