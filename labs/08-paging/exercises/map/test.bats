# Exercise of chapter 08: the map of a guest.
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/several
load lib/elf

setup_file() { several_of 08; }

# Makes guest.elf, which starts with paging, writes numbers to addresses, and ends. In lines on stdin: ADDRESS NUMBER
poking() {
        {
                echo 'mov esi, offset table'
                echo 'next: mov eax, [esi]; mov ebx, [esi + 4]; mov [eax], ebx; add esi, 8; cmp esi, offset end; jne next'
                echo 'mov bl, 5; mov al, HC_EXIT; mov dx, HC_PORT; out dx, al'
                echo '.balign 4; table:'
                sed 's/\(.*\) \(.*\)/.long \1, \2/'
                echo 'end:'
        } | assemble_elf guest.elf 0x80000000
}

# Where an entry of the directory is.
pde() { echo $((0x80001000 + $1 * 4)); }

# Lines of the map, of which each has four arguments: maps FIRST LAST PHYSICAL RIGHTS...
maps() { printf 'minikvm: guest.elf: maps 0x%x to 0x%x at 0x%x%s\n' "$@"; }

# The map of guest.elf is what it starts with, and then these lines.
assert_map_ends_with() {
        run_minikvm --map guest.elf
        assert_status 5
        { maps 0 0x1FFFFFF 0 ', writable' 0x80000000 0x81FFFFFF 0 ', writable' && printf %s "$1"; } >expected
        diff expected err >difference || fail "expected, and what there is: $(head -n 20 difference)"
}

# demand: 16 points: pages of 4 MiB are in the map, with what they grant
# hint: Two addresses that follow on each other, to physical ones that do so, too: that is one range.
# hint: The map is made at the guest's end, of what is in CR3 and in the directory then.
@test "a guest that starts with paging: its RAM is mapped twice" {
        echo 'mov bl, 5; mov al, HC_EXIT; mov dx, HC_PORT; out dx, al' | assemble_elf guest.elf 0x80000000
        assert_map_ends_with ''
}

@test "pages of 4 MiB that the guest adds, anywhere and to anywhere" {
        rights=('' ', writable' ', user' ', writable, user') expected=''
        for flags in {0..3}; do
                slot=$(random_between $((0x210 + flags * 0x70)) $((0x270 + flags * 0x70))) frame=$(random_between 0 0x3FF)
                echo "$(pde "$slot") $((frame << 22 | 0x81 | flags << 1))"
                expected+=$(maps $((slot << 22)) $(((slot + 1 << 22) - 1)) $((frame << 22)) "${rights[flags]}")$'\n'
        done >pokes
        poking <pokes
        assert_map_ends_with "$expected"
}

# demand: 14 points: pages of 4 KiB are in the map, as ranges that are as long as can be
# hint: A range ends where the physical address or the rights do not go on.
@test "a page table with ranges at random: each is one line" {
        slot=$(random_between 0x210 0x3F0)
        # the next range has other frames with the same rights, or the next frames with other rights
        awk -v seed="$RANDOM" -v slot="$slot" '
        function random(n) { return int(rand() * n) }
        BEGIN {
                srand(seed)
                for (page = random(3); page < 1000; page += size + random(3)) {
                        size = random(20) + 1
                        if (random(2))
                                frame = random(1000000)
                        else
                                flags = (flags + random(3) + 1) % 4
                        for (i = 0; i < size; i++)
                                printf "%.0f %.0f\n", 2149580800 + (page + i) * 4, (frame + i) * 4096 + flags * 2 + 1
                        start = slot * 4194304 + page * 4096
                        printf "%.0f\n%.0f\n%.0f\n%s\n", start, start + size * 4096 - 1, frame * 4096,
                                (flags % 2 ? ", writable" : "") (flags > 1 ? ", user" : "") >"ranges"
                        frame += size
                }
        }' >pokes
        mapfile -t ranges <ranges
        { echo "$(pde "$slot") $((0x200007))" && cat pokes; } | poking
        assert_map_ends_with "$(maps "${ranges[@]}")"$'\n'
}

# demand: 6 points: a guest that does not page has one line
# hint: Bit PG of CR0, as KVM gives it at the guest's end, says whether the guest pages.
@test "a guest with paging off, in real mode or not, has one line" {
        echo hlt | assemble
        echo 'mov bl, 0; mov al, HC_EXIT; mov dx, HC_PORT; out dx, al' | assemble_elf
        for guest in guest.bin guest.elf; do
                run_minikvm --map $guest
                assert_status 0
                assert_equal "$error" "minikvm: $guest: does not page"
        done
}

# demand: 4 points: --help knows the option, and without it there is no map
# hint: The usage text is in main.c.
@test "--help knows the option; without it nothing is said" {
        run_minikvm --help
        assert_ended 0
        [[ $output == *--map* ]] || show '--map expected'
        echo "$(pde 0x300) 0x83" | poking
        run_minikvm guest.elf
        assert_ended 5
}
