# Exercise of chapter 08, the map of a guest: what students do not get.
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/several
load lib/elf

setup_file() { several_of 08; }

# In the file `memory` are lines, ADDRESS NUMBER: what the guest's memory is to hold at the end, of two the last.
# Here it begins with the directory that a guest starts with.
start_memory() { awk 'BEGIN { for (i = 0; i < 16; i++) print 4096 + i % 8 * 4 + int(i / 8) * 2048, i % 8 * 4194304 + 131 }' >memory; }

# Puts numbers there: put_words ADDRESS NUMBER...
put_words() { printf '%d %d\n' "$@" >>memory; }

# The same by a program of awk's, in which word(ADDRESS, NUMBER) does it
put_many() {
        awk -v seed="$RANDOM" '
        function random(n) { return int(rand() * n) }
        function random_word() { return random(65536) * 65536 + random(65536) }
        function word(address, number) { printf "%.0f %.0f\n", address, number }
        BEGIN { srand(seed); '"$1"' }' >>memory
}

# Makes guest.elf, linked at BASE: it brings its memory to that state, does what CODE says, and ends with 5.
guest_with_memory() {
        {
                echo 'mov esi, offset table'
                echo 'next: mov eax, [esi]; mov ebx, [esi + 4]; mov [eax], ebx; add esi, 8; cmp esi, offset end; jne next'
                echo "${2-}"
                echo 'mov bl, 5; mov al, HC_EXIT; mov dx, HC_PORT; out dx, al'
                echo '.balign 4; table:'
                awk -v base="$(($1))" '{ printf ".long %.0f, %.0f\n", base + $1, $2 }' memory
                echo 'end:'
        } | assemble_elf guest.elf "$1"
}

# The map for that memory, in lines: expected_map DIRECTORY PSE
expected_map() {
        mapfile -t fields < <(awk -v directory="$(($1))" -v pse="$2" '
        function bit(number, n) { return int(number / 2 ^ n) % 2 }
        function end_range() {
                if (size)
                        printf "%.0f\n%.0f\n%.0f\n%s\n", start, start + size - 1, phys, rights
                size = 0
        }
        function page(at, bytes, to, writable, user) {
                user = (writable ? ", writable" : "") (user ? ", user" : "")
                if (at != start + size || to != phys + size || user != rights) {
                        end_range()
                        start = at; phys = to; rights = user
                }
                size += bytes
        }
        { memory[$1] = $2 }
        END {
                for (slot = 0; slot < 1024; slot++) {
                        pde = memory[directory + slot * 4] + 0
                        table = pde - pde % 4096
                        if (!bit(pde, 0))
                                continue
                        if (pse && bit(pde, 7)) {
                                if (!bit(pde, 21))
                                        page(slot * 2 ^ 22, 2 ^ 22, pde - pde % 2 ^ 22 + int(pde / 2 ^ 13) % 256 * 2 ^ 32,
                                                bit(pde, 1), bit(pde, 2))
                                continue
                        }
                        for (i = 0; i < 1024 && table < 2 ^ 25; i++) {
                                pte = memory[table + i * 4] + 0
                                if (bit(pte, 0))
                                        page(slot * 2 ^ 22 + i * 4096, 4096, pte - pte % 4096,
                                                bit(pte, 1) && bit(pde, 1), bit(pte, 2) && bit(pde, 2))
                        }
                }
                end_range()
        }' memory)
        printf 'minikvm: guest.elf: maps 0x%x to 0x%x at 0x%x%s\n' "${fields[@]}"
}

assert_map() {
        run_minikvm --map guest.elf
        assert_status 5
        expected_map "${1-0x1000}" "${2-1}" >expected
        diff expected err >difference || fail "expected, and what there is: $(head -n 20 difference)"
}

# demand: 10 points: a range goes on from table to table, whatever its pages' sizes, up to the last byte
@test "a range of small pages goes on in the next table, and then in a page of 4 MiB" {
        start_memory
        slot=$(random_between 0x210 0x3F0) first=$(random_between 1 1000)
        put_words $((0x1000 + slot * 4)) 0x200007 $((0x1004 + slot * 4)) 0x201007 $((0x1008 + slot * 4)) 0x02C00087
        put_many "for (page = $first; page < 2048; page++) word($((0x200000)) + page * 4, $((0x02400007)) + page * 4096)"
        guest_with_memory 0x80000000
        assert_map
        assert_equal "$(wc -l <err)" 3
}

@test "a range that ends with the last of all addresses, in a small page and in a large one" {
        start_memory
        put_words 0x1FFC 0x200003 0x200FFC $(($(random_between 0 0xFFFFF) << 12 | 1))
        guest_with_memory 0x80000000
        assert_map
        put_words 0x1FFC 0xFFC00085
        guest_with_memory 0x80000000
        assert_map
        [[ $error == *'maps 0xffc00000 to 0xffffffff at 0xffc00000, user' ]] || show 'the last 4 MiB expected'
}

# demand: 10 points: what counts is what a walk grants, whatever is in the tables
@test "a page is writable, and for user mode, only if both entries grant it; other bits do not matter" {
        start_memory
        # eight slots, one for each choice of rights and a bit more; the table grants in each eighth other ones
        put_many "for (i = 0; i < 8; i++) word($((0x1C00)) + i * 4, $((0x200001)) + i % 4 * 2 + int(i / 4) * 32)
                for (i = 0; i < 1024; i++) word($((0x200000)) + i * 4, i * 4096 + random(512) * 8 + int(i / 128) % 4 * 2 + 1)"
        guest_with_memory 0x80000000
        assert_map
}

@test "random numbers as tables: the directory as a table, tables outside of RAM, reserved bits, more than 4 GiB" {
        start_memory
        mapfile -t slots < <(shuf -i 528-1023 -n 5 --random-source=<(random_bytes 4096))
        put_many "for (i = 0; i < 1024; i++) word($((0x200000)) + i * 4, random_word())
                for (i = 528; i < 1024; i += random(8) + 1) word(4096 + i * 4, random_word())
                for (i = 530; i < 1024; i += random(30) + 1) word(4096 + i * 4, random(1024) * 4194304 + random(256) * 8192 + 135)"
        for table in 0x200 0x200 0x1 0x2000 0xFFFFF; do
                put_words $((0x1000 + slots[0] * 4)) $((table << 12 | RANDOM & 0xF66 | 1))
                slots=("${slots[@]:1}")
        done
        guest_with_memory 0x80000000
        assert_map
}

@test "without PSE in CR4 there are no pages of 4 MiB; the directory is where CR3 says" {
        directory=$((0x200000 + ($(random_between 0 100) << 12))) table=$((0x300000 + ($(random_between 0 100) << 12)))
        rm -f memory
        # in this one are the guest's code, and what else there is in the first 4 MiB
        put_many "for (i = 0; i < 1024; i++) word($table + i * 4, i * 4096 + 3)"
        put_words $directory $((table | 0x83))
        for _ in {1..4}; do
                put_words $((directory + $(random_between 1 1023) * 4)) $((table | RANDOM & 0xF66 | 0x81))
        done
        guest_with_memory 0 "mov eax, $directory + 0x18; mov cr3, eax; mov eax, cr0; or eax, 0x80000000; mov cr0, eax"
        assert_map $directory 0
}

# demand: 8 points: each guest has its own map, also one that crashes, and a call that fails is told
@test "four guests: each has the lines with its name, one of them after its crash report" {
        echo hlt | assemble real.bin
        echo 'mov bl, 0; mov al, HC_EXIT; mov dx, HC_PORT; out dx, al' | assemble_elf off.elf
        for name in one two; do
                frame=$([[ $name == one ]] && echo 0x01000083 || echo 0x02000087)
                {
                        echo "mov dword ptr [0x80001C00], $frame; mov eax, [0xC0000010]"
                        echo 'mov bl, 0; mov al, HC_EXIT; mov dx, HC_PORT; out dx, al'
                } | assemble_elf $name.elf 0x80000000
        done
        run_minikvm --map one.elf real.bin two.elf off.elf
        assert_status 126
        assert_error_has 'two.elf: crashed: touched 0x2000010'
        for name in one two; do
                rest=$([[ $name == one ]] && echo '1000000, writable' || echo '2000000, writable, user')
                assert_equal "$(grep "$name.elf: maps" err)" "$(printf "minikvm: $name.elf: maps %s\n" \
                        '0x0 to 0x1ffffff at 0x0, writable' '0x80000000 to 0x81ffffff at 0x0, writable' \
                        "0xc0000000 to 0xc03fffff at 0x$rest")"
        done
        assert_equal "$(grep 'does not page' err | sort)" \
                $'minikvm: off.elf: does not page\nminikvm: real.bin: does not page'
        (($(grep -n 'two.elf: crashed' err | cut -d : -f 1) < $(grep -n -m 1 'two.elf: maps' err | cut -d : -f 1))) ||
                show 'the crash report first'
}

@test "KVM_GET_SREGS that fails at the end is told, and ends the guest with 125" {
        # strace counts the calls of each thread anew: the guest's is to have more of them than the first one
        {
                echo 'mov ecx, 60; again: in al, 0x80; loop again'
                echo 'mov bl, 0; mov al, HC_EXIT; mov dx, HC_PORT; out dx, al'
        } | assemble_elf guest.elf 0x80000000
        run_traced --map guest.elf
        assert_status 0
        number=$(awk '/ioctl\(/ { n[$1]++ } /KVM_GET_SREGS/ { last = n[$1] } END { print last }' trace)
        ((number > 60)) || skip "it has them with the exit, and asks for nothing"
        run_injected "inject=ioctl:error=ENOMEM:when=$number" --map guest.elf
        assert_message 125 KVM_GET_SREGS 'Cannot allocate memory'
}
