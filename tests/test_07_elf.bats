# Chapter 07: which ELF files are loaded, and where, and which are refused, and why.
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/elf

setup_file() { program_of 07; }

mib=$((1 << 20))
ram=$((32 * mib))

# A good file, which would print its text, but for these fields: refused, with this reason.
refuses() {
        local reason=$1

        make_elf bad.elf text="t$RANDOM$RANDOM" "${@:2}"
        run_minikvm bad.elf
        assert_refused bad.elf "$reason"
}

# The same is loaded and runs.
accepts() {
        local text=t$RANDOM$RANDOM status=$((RANDOM % 100))

        make_elf good.elf text="$text" status=$status "$@"
        run_minikvm good.elf
        assert_stdout "$text"
        assert_ended $status
}

# --- What runs ---

# demand: 4 points, step 2: an ELF file's segments lie where they should, .bss is zero
# hint: p_paddr says where a segment goes, p_filesz how many bytes come from the file. The rest of
# hint: p_memsz stays zero. Is all of the file in the buffer?
# bats test_tags=kept
@test "an ELF file prints a text and ends with a status of its own" {
        accepts
}

@test "a segment lies where its physical address says, whatever its virtual address is" {
        local address=$((mib + RANDOM * 512))
        accepts p_paddr=$address p_vaddr=$((RANDOM * 4096)) e_entry=$address
}

@test "the first and the last bytes of RAM can be loaded" {
        accepts p_paddr=0 e_entry=0
        local size=$((100 + RANDOM % 100))
        accepts p_paddr=$((ram - size)) p_memsz=$size e_entry=$((ram - size))
}

@test "a file of several hundred KiB is loaded to its last byte" {
        local last

        last=$(random_text 1)
        assemble_elf <<END
        mov     dx, COM1
        mov     al, [last]
        out     dx, al
        mov     dx, HC_PORT
        mov     bl, 0
        mov     al, HC_EXIT
        out     dx, al
        .fill   $(random_between 200000 400000), 1, 0x2D
last:   .ascii  "$last"
END
        run_minikvm guest.elf
        assert_ended 0
        assert_stdout "$last"
}

# demand: 4 points, step 3: segments may touch each other, be empty, come in any order
# hint: Two ranges overlap only if they have a byte in common. Try ranges that touch, and empty
# hint: ones.
@test "a segment may touch the descriptor table on either side" {
        accepts p_paddr=$((0x500 - 200)) p_memsz=200 e_entry=$((0x500 - 200))
        accepts p_paddr=$((0x500 + 24)) e_entry=$((0x500 + 24))
}

@test "two segments may touch; they and what they hold may be in any order" {
        local code=$((mib + RANDOM))
        accepts e_phnum=2 p_paddr=$code e_entry=$code p_memsz=100 q_paddr=$((code + 100)) q_memsz=5000
        accepts e_phnum=2 p_paddr=$code e_entry=$code q_paddr=$((code - 5000)) q_memsz=5000
        # A note is not loaded
        accepts e_phnum=2 p_paddr=$code e_entry=$code q_type=4 q_filesz=20 q_paddr=$code
}

@test "an empty segment takes no room, wherever it lies" {
        # mov bl, 42;  mov dx, HC_PORT;  mov al, HC_EXIT;  out dx, al
        local code='\xb3\x2a\x66\xba\x00\x05\xb0\x00\xee'
        local where=$((mib + 1 + RANDOM % 8))
        make_elf behind.elf code="$code" e_phnum=2 q_paddr=$where
        run_minikvm behind.elf
        assert_ended 42
        make_elf before.elf code="$code" e_phnum=2 p_paddr=$where p_filesz=0 q_paddr=$mib q_filesz=9
        run_minikvm before.elf
        assert_ended 42
}

# bats test_tags=kept
@test "what a segment has in memory and not in the file is zero" {
        # It prints 5000 bytes from its own end on
        #       mov dx, COM1;  mov esi, 0x100019;  mov ecx, 5000;  rep outsb
        #       mov bl, 0;  mov dx, HC_PORT;  mov al, HC_EXIT;  out dx, al
        local code='\x66\xba\xf8\x03\xbe\x19\x00\x10\x00\xb9\x88\x13\x00\x00\xf3\x6e'
        code+='\xb3\x00\x66\xba\x00\x05\xb0\x00\xee'
        make_elf bss.elf code="$code" p_memsz=$((25 + 5000))
        # what follows in the file belongs to nobody
        printf '%05000d' "$RANDOM" >>bss.elf
        run_minikvm bss.elf
        assert_ended 0
        head -c 5000 /dev/zero >zeros
        assert_stdout_file zeros
}

@test "the same guest loaded twice has its own memory each time" {
        local text=t$RANDOM$RANDOM
        make_elf one.elf text="$text"
        run_minikvm one.elf one.elf one.elf one.elf
        assert_ended 0
        # In any order
        fold -w 1 out | sort >letters
        cmp letters <(fold -w 1 <<<"$text$text$text$text" | sort)
}

# --- What is refused: the file ---

# demand: 4 points, step 3: a file that ends too early, or points beyond its end, is refused
# hint: Check each offset against the size of the file before you use it. In 32 bits a sum can
# hint: become small again.
@test "a file that ends within its ELF header" {
        refuses 'ELF header is cut off' cut=$((5 + RANDOM % 47))
}

@test "a file that ends within its program headers" {
        refuses 'program headers reach beyond the end of the file' cut=$((52 + RANDOM % 32))
        refuses 'program headers reach beyond the end of the file' e_phnum=2 cut=$((84 + RANDOM % 32))
        refuses 'program headers reach beyond the end of the file' e_phnum=64
}

@test "a file with more than 64 program headers" {
        refuses 'more than 64' e_phnum=$((65 + RANDOM))
        refuses 'more than 64' e_phnum=65535
}

@test "program headers at an offset near 2^32" {
        refuses 'program headers reach beyond the end of the file' e_phoff=$((0xFFFFFFFF - RANDOM % 32))
}

# bats test_tags=kept
@test "a file that ends within a segment" {
        refuses 'segment reaches beyond the end of the file' p_filesz=$((1000 + RANDOM)) p_memsz=$mib
}

@test "a segment at an offset near 2^32, or so large that the sum overflows" {
        local back=$((1 + RANDOM % 20))
        refuses 'segment reaches beyond the end of the file' p_offset=$((0xFFFFFFFF - back))
        refuses 'segment reaches beyond the end of the file' p_filesz=$((0xFFFFFFFF - back)) p_memsz=0xFFFFFFFF
}

# demand: 4 points, step 1: an ELF file for another machine, or of another kind, is refused
# hint: Compare e_ident's class and byte order, e_machine, e_type and e_phentsize, each with the one
# hint: value that you can load.
@test "a file for a big-endian CPU" {
        refuses 'not for a 32-bit x86 CPU' e_data=2
}

@test "a file that is neither for 32 nor for 64 bits" {
        refuses 'not for a 32-bit' e_class=$((3 + RANDOM % 250))
}

@test "a 64-bit ELF file" {
        refuses '64-bit ELF file' e_class=2
        cp /usr/bin/env bad.elf
        run_minikvm bad.elf
        assert_refused bad.elf '64-bit ELF file'
}

@test "a file for another CPU" {
        local machine=$((4 + RANDOM % 200))
        refuses 'not for a 32-bit x86 CPU' e_machine=$machine
}

@test "an object file, a shared object or position-independent program, and a core" {
        for type in 1 3 4; do
                refuses 'not linked to a fixed address' e_type=$type
        done
}

@test "program headers of another size" {
        refuses 'program headers have a wrong size' e_phentsize=$((33 + RANDOM % 100))
        refuses 'program headers have a wrong size' e_phentsize=$((RANDOM % 32))
}

# --- What is refused: its segments ---

# demand: 4 points, step 3: segments where there is no room are refused
# hint: A segment must lie in RAM, clear of the descriptor table and of the other segments, and have
# hint: room for what the file has. Compute its end in 64 bits.
@test "no program headers" {
        refuses 'entry point is not in a loaded segment' e_phnum=0
}

@test "program headers, but none to load" {
        refuses 'entry point is not in a loaded segment' p_type=4
}

@test "a segment outside the guest's memory" {
        refuses 'outside the guest' p_paddr=$((ram + RANDOM * 4096)) e_entry=$ram
        refuses 'outside the guest' p_paddr=$ram e_entry=$ram
        refuses 'outside the guest' p_paddr=0xFFFFF000 e_entry=0xFFFFF000
}

# bats test_tags=kept
@test "a segment across the end of the guest's memory" {
        local address=$((ram - 1 - RANDOM % 20))
        refuses 'outside the guest' p_paddr=$address e_entry=$address
        refuses 'outside the guest' p_memsz=$((31 * mib + 1))
}

@test "a segment whose end is beyond 2^32" {
        refuses 'outside the guest' p_memsz=$((0xFFFFFFFF - RANDOM))
        refuses 'outside the guest' p_paddr=0xFFFFFFF0 p_memsz=$((mib + RANDOM))
}

@test "a segment with more bytes in the file than in memory" {
        refuses 'more bytes in the file than in memory' p_memsz=$((1 + RANDOM % 20))
        refuses 'more bytes in the file than in memory' e_phnum=2 q_memsz=0 q_filesz=$((1 + RANDOM % 20))
}

@test "a segment on the descriptor table" {
        refuses 'descriptor table at 0x500' p_paddr=$((0x500 + RANDOM % 24)) e_entry=0x500
        refuses 'descriptor table at 0x500' p_paddr=0 p_memsz=$((0x501 + RANDOM)) e_entry=0
        refuses 'descriptor table at 0x500' e_phnum=2 q_paddr=0x400 q_memsz=$((0x101 + RANDOM))
}

@test "two segments on each other" {
        local code=$((mib + RANDOM))
        for other in $((code - 20)) $code $((code + 20)); do
                refuses 'segments overlap' e_phnum=2 p_paddr=$code e_entry=$code p_memsz=100 \
                        q_paddr=$other q_memsz=30
        done
        refuses 'segments overlap' e_phnum=2 q_paddr=$((mib - 4096)) q_memsz=$mib
}

# demand: 4 points, step 2: an entry point outside is refused, and nothing runs then
# hint: Some segment that was loaded must have the byte at e_entry. Check all guests before the
# hint: first one runs.
# bats test_tags=kept
@test "an entry point outside the segments" {
        refuses 'entry point' e_entry=$((mib - 1))
        refuses 'entry point' p_memsz=100 e_entry=$((mib + 100))
        refuses 'entry point' e_entry=$((2 * mib + RANDOM * 512))
        refuses 'entry point' e_entry=$((0xFFFFFFFF - RANDOM))
}

@test "an entry point in the upper half, where a guest without paging has no memory" {
        only_for 07 "starts no guest with paging"
        refuses 'entry point' e_entry=$((0x80000000 + mib))
}

@test "a refused file stops the whole run: no other guest says a word" {
        make_elf good.elf text=good
        make_elf bad.elf e_machine=40
        run_minikvm good.elf bad.elf good.elf
        assert_refused bad.elf '32-bit x86'
}
