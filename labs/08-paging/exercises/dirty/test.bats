# Exercise of chapter 08: what has a guest written to?
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/several
load lib/elf

setup_file() { several_of 08; }

# stderr is this, in lines without `minikvm: `, and nothing else.
assert_report() { assert_equal "$error" "$(printf 'minikvm: %s\n' "$@")"; }

# A line of the report: wrote GUEST FIRST-PAGE LAST-PAGE
wrote() { printf '%s: wrote 0x%x to 0x%x' "$1" $(($2 << 12)) $((($3 << 12) + 4095)); }

# Code that writes a byte somewhere on a page, and code that reads one there.
write_to() { echo "mov byte ptr [$((($1 << 12) + RANDOM % 4096))], $((RANDOM % 255 + 1))"; }
read_from() { echo "mov al, [$((($1 << 12) + RANDOM % 4096))]"; }
end_with() { echo "mov bl, $1; mov al, HC_EXIT; mov dx, HC_PORT; out dx, al"; }

# demand: 16 points: each page that the guest has written to is reported
# hint: A flag of a slot, KVM_MEM_LOG_DIRTY_PAGES, has KVM take notes; KVM_GET_DIRTY_LOG asks for them.
# hint: The bitmap has one bit for each page, from the lowest bit of its first byte on.
@test "pages at random, a byte on each: they are reported in order, and no others" {
        mapfile -t pages < <(shuf -i 512-4095 -n 12 --random-source=<(random_bytes 4096))
        { for page in "${pages[@]}"; do write_to $((page * 2)); done && end_with 5; } | assemble_elf
        mapfile -t expected < <(for page in "${pages[@]}"; do echo $((page * 2)); done | sort -n | while read -r page; do
                wrote guest.elf "$page" "$page" && echo
        done)
        run_minikvm --dirty guest.elf
        assert_status 5
        assert_report "${expected[@]}"
}

# demand: 14 points: pages in a row are one line; reading is no writing
# hint: What the program itself put into the guest's memory does not count: did the guest write it?
@test "pages in a row, written in any order, are one range; pages that were only read are not in it" {
        first=$(random_between 0x200 0x900) last=$((first + RANDOM % 8 + 3))
        {
                mapfile -t pages < <(seq "$first" "$last" | shuf --random-source=<(random_bytes 4096))
                for page in "${pages[@]}"; do write_to "$page"; done
                write_to $((last + 2))
                for page in $((first - 1)) $((last + 1)) $((last + 3)) 0x100; do read_from "$page"; done
                end_with 0
        } | assemble_elf
        run_minikvm --dirty guest.elf
        assert_status 0
        assert_report "$(wrote guest.elf "$first" "$last")" "$(wrote guest.elf $((last + 2)) $((last + 2)))"
}

@test "a guest that writes nothing is reported as such, whatever its file and its registers are" {
        { read_from 0x200 && end_with 0; } | assemble_elf
        echo hlt | assemble
        for guest in guest.elf guest.bin; do
                run_minikvm --dirty $guest
                assert_status 0
                assert_report "$guest: wrote nothing"
        done
}

# demand: 10 points: --help knows the option, and without it there is no report, and no log
# hint: A log that nobody wants costs a fault for each page.
@test "--help knows the option; without it KVM keeps no log and nothing is reported" {
        run_minikvm --help
        assert_ended 0
        [[ $output == *--dirty* ]] || show '--dirty expected'
        { write_to 0x200 && end_with 0; } | assemble_elf
        run_traced guest.elf
        assert_ended 0
        if grep -q -E 'LOG_DIRTY_PAGES|KVM_GET_DIRTY_LOG' trace; then
                fail "a log that nobody asked for: $(<trace)"
        fi
}
