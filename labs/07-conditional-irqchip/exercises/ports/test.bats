# Exercise of chapter 07: which ports a guest needs.
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/several
load lib/elf

setup_file() { several_of 07; }

# Sets `ports`: so many different ones, in hexadecimal, none of COM1's or the hypercalls': random_ports COUNT
random_ports() { mapfile -t ports < <(shuf -i 2048-61439 -n "$1" --random-source=<(random_bytes 4096) | while read -r port; do printf '0x%x\n' "$port"; done); }

# Prints code that accesses a port: access PORT in|out TIMES [REGISTER]
access() {
        local register=${4-al} number=$((label += 1))

        echo "mov dx, $1; mov cx, $3"
        if [[ $2 == in ]]; then echo "again$number: in $register, dx"; else echo "again$number: out dx, $register"; fi
        echo "loop again$number"
}

# The report says this, in lines without `minikvm: `, and minikvm says nothing else.
assert_report() { assert_equal "$error" "$(printf 'minikvm: %s\n' "$@")"; }

# demand: 14 points: each port that the guest accesses is counted, IN and OUT apart
# hint: In which function do all accesses arrive, before any device has its turn?
# hint: What counts is the access: its port is the one that the instruction names, however wide it is.
@test "ports at random, in 8, 16 and 32 bits: each has its number, IN and OUT apart" {
        random_ports 4
        n=$(random_between 2 50)
        {
                access "${ports[0]}" out $((n + 300))
                access "${ports[1]}" in $((n + 200)) ax
                access "${ports[2]}" out $((n + 100)) eax
                access "${ports[0]}" in "$n" eax
                access "${ports[3]}" out 1 ax
                echo hlt
        } | assemble
        run_minikvm --ports guest.bin
        assert_status 0
        assert_report "guest.bin: port ${ports[0]} out $((n + 300))" "guest.bin: port ${ports[1]} in $((n + 200))" \
                "guest.bin: port ${ports[2]} out $((n + 100))" "guest.bin: port ${ports[0]} in $n" \
                "guest.bin: port ${ports[3]} out 1"
        assert_stdout ''
}

# demand: 14 points: the report is sorted
# hint: By the number first, then by the port, then IN before OUT: one comparison for qsort().
@test "the most used port comes first; of equal ones the lower port, and IN before OUT" {
        random_ports 6
        n=$(random_between 9 12)
        {
                access 0x80 in $((n - 1))
                for port in "${ports[@]}"; do
                        access "$port" out "$n"
                        access "$port" in "$n"
                done
                access 0x90 in 100
                echo 'mov dx, COM1; mov al, 65; out dx, al'
                echo hlt
        } | assemble
        mapfile -t expected < <(
                echo 'guest.bin: port 0x90 in 100'
                printf '%d\n' "${ports[@]}" | sort -n | while read -r port; do
                        printf "guest.bin: port 0x%x %s $n\n" "$port" in "$port" out
                done
                echo "guest.bin: port 0x80 in $((n - 1))"
        )
        run_minikvm --ports guest.bin
        assert_status 0
        assert_report "${expected[@]}" 'guest.bin: port 0x3f8 out 1'
        assert_stdout A
}

# demand: 12 points: a guest without accesses, --help, and nothing without the option
# hint: Is a guest that accesses nothing reported as well?
@test "a guest that accesses no port is reported as such; --help knows the option; without it there is no report" {
        echo hlt | assemble
        run_minikvm --ports guest.bin
        assert_status 0
        assert_report 'guest.bin: no ports'
        run_minikvm --help
        assert_ended 0
        [[ $output == *--ports* ]] || show '--ports expected'
        run_minikvm "$real/hello.bin"
        assert_ended 0
}
