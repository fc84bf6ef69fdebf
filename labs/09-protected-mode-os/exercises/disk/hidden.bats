# Exercise of chapter 09, a disk: what students do not get.
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/several
load lib/elf

setup_file() { several_of 09; }

# Code that reads a sector: read_sector ADDRESS SECTOR. The result is in EAX.
read_sector() { echo "mov ebx, $1; mov ecx, $2; mov dx, HC_PORT; mov al, $HC_DISK; out dx, al; in eax, dx"; }

# Code that prints EAX, and code that prints COUNT bytes of the page at 0x30000, or from OFFSET in it:
# print_bytes COUNT [OFFSET]
print_eax() { echo "mov dx, COM1; out dx, al; shr eax, 8; out dx, al; shr eax, 8; out dx, al; shr eax, 8; out dx, al"; }
print_bytes() { echo "mov ax, 0x3000; mov ds, ax; mov si, ${2-0}; mov cx, $1; cld; mov dx, COM1; rep outsb"; }

# demand: 10 points: the guest's pointer is not believed
@test "real mode: a sector across two pages, up to the end of RAM, and beyond it, where nothing changes" {
        head -c 1024 /dev/zero | tr '\0' d >disk
        {
                read_sector 0x30F00 0 && print_eax
                read_sector 0xFFE00 1 && print_eax
                echo 'mov ax, 0xF000; mov es, ax; mov di, 0xFF00; mov cx, 256; mov al, 46; cld; rep stosb'
                read_sector 0xFFE01 0 && print_eax
                read_sector 0xFFFFFF00 0 && print_eax
                read_sector 0x40000000 0 && print_eax
                print_bytes 514 0xEFF
                echo 'mov ax, 0xF000; mov ds, ax; mov si, 0xFE00; mov cx, 512; rep outsb; hlt'
        } | assemble
        run_minikvm --disk=disk guest.bin
        assert_ended 0
        assert_equal "$(od -A n -v -t d4 -N 20 out | tr -s ' \n' ' ')" ' 512 512 -1 -1 -1 '
        d=$(head -c 512 disk)
        assert_equal "$(tail -c +21 out | tr '\0' 0)" "0${d}0${d:0:256}$(head -c 256 /dev/zero | tr '\0' .)"
}

@test "with paging: an address of 2 GiB and more, one that is not mapped, and one that is read-only" {
        text=$RANDOM$RANDOM$RANDOM
        echo -n "$text" >disk
        {
                read_sector 0x81000000 0 && print_eax
                read_sector 0xC0000000 0 && print_eax
                # the same 4 MiB, at 0x81400000, without the bit for writing
                echo "mov eax, [0x80001000 + (0x81000000 >> 22) * 4]; and eax, ~2"
                echo "mov [0x80001000 + (0x81400000 >> 22) * 4], eax; mov eax, cr3; mov cr3, eax"
                read_sector 0x81400000 0 && print_eax
                echo "mov esi, 0x81000000; mov ecx, ${#text}; cld; mov dx, COM1; rep outsb"
                echo "mov bl, 0; mov al, HC_EXIT; mov dx, HC_PORT; out dx, al"
        } | assemble_elf guest.elf 0x80000000
        run_minikvm --disk=disk guest.elf
        assert_ended 0
        assert_equal "$(od -A n -v -t d4 -N 12 out | tr -s ' ')" " ${#text} -1 -1"
        assert_equal "$(tail -c +13 out)" "$text"
}

# demand: 8 points: the disk is the first guest's
@test "the first guest has the disk, the second one gets no answer" {
        text=$RANDOM$RANDOM$RANDOM
        echo -n "$text" >disk
        { read_sector 0x30000 0 && print_eax && print_bytes ${#text} && echo hlt; } | assemble
        run_minikvm --color=always --disk=disk guest.bin guest.bin
        assert_ended 0
        by_colour out
        assert_equal "$(tail -c ${#text} out.1)" "$text"
        assert_equal "$(head -c 4 out.2 | od -A n -t x1 | tr -d ' ')" ffffffff
        if grep -q "$text" out.2; then fail 'the second guest has read it'; fi
}

# demand: 8 points: the sandbox stays tight, and a read that fails is told
@test "in the sandbox the file is read, and nothing is opened and no place sought" {
        random_bytes 1024 >disk
        { read_sector 0x30000 1 && print_bytes 512 && echo hlt; } | assemble
        run_apart timeout -k 1 60 strace -f -qq -e signal=none -o trace "$MINIKVM" --disk=disk guest.bin
        assert_status 0
        cmp out <(tail -c 512 disk)
        grep -q '"disk"' trace || fail 'disk was not opened'
        sed -E '1,/seccomp(\(SECCOMP_SET_MODE_FILTER| resumed).*= 0$/d' trace >after
        [[ -s after ]] || fail 'there is no sandbox'
        if grep -E 'open|seek|clone|execve|socket' after; then
                fail 'that call has no place in the sandbox'
        fi
}

@test "a disk that cannot be read is told, and ends the guest with 125" {
        mkdir folder
        { read_sector 0x30000 0 && echo hlt; } | assemble
        run_minikvm --disk=folder guest.bin
        assert_message 125 folder 'Is a directory'
}
