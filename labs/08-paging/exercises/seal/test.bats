# Exercise of chapter 08: pages that are sealed.
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/several
load lib/elf

setup_file() { several_of 08; }

# Code that seals: seal ADDRESS BYTES. The result is in EAX.
seal() { echo "mov ebx, $1; mov ecx, $2; mov dx, HC_PORT; mov al, $HC_SEAL; out dx, al; in eax, dx"; }

# Code that prints EAX as four bytes, and code that ends the guest with a status.
print_eax() { echo 'mov dx, COM1; out dx, al; shr eax, 8; out dx, al; shr eax, 8; out dx, al; shr eax, 8; out dx, al'; }
end_with() { echo "mov bl, $1; mov al, HC_EXIT; mov dx, HC_PORT; out dx, al"; }

# demand: 14 points: a write to a sealed page ends the guest, and says where it was
# hint: KVM_MEM_READONLY is a flag of a slot: RAM has to be cut into slots.
# hint: A slot cannot be changed. It has to be removed (memory_size 0) and added again.
# hint: A write to a read-only slot is a KVM_EXIT_MMIO, with an address inside RAM.
@test "a real-mode guest writes to a page that it has sealed: it crashes, and the address is named" {
        page=$(random_between 0x30 0x9F) offset=$(random_between 0 4095)
        { seal $((page << 12)) 1 && echo "mov ax, $page << 8; mov ds, ax; mov byte ptr [$offset], 1" && end_with 3; } | assemble
        run_minikvm guest.bin
        assert_message 126 'guest.bin: crashed' "wrote to $(printf 0x%x $((page << 12 | offset))), which is sealed" \
                "cs=1000 ds=$(printf %02x00 "$page")"
}

@test "a guest with paging: the same page, by another address" {
        page=$(random_between 0x1000 0x1FFF) offset=$(random_between 0 4092)
        { seal $((0x80000000 + (page << 12))) 4096 && echo "mov dword ptr [$((page << 12 | offset))], 1" && end_with 3; } |
                assemble_elf guest.elf 0x80000000
        run_minikvm guest.elf
        assert_message 126 'guest.elf: crashed' "wrote to $(printf 0x%x $((page << 12 | offset))), which is sealed"
}

# demand: 12 points: what is in a sealed page can be read as before, and the pages beside it written
# hint: userspace_addr of a slot is where its own first byte is.
@test "a sealed page keeps what is in it; the pages before and after it can still be written" {
        page=$(random_between 0x1000 0x1FFE) value=$((16#$(random_hex))) other=$((16#$(random_hex)))
        address=$((0x80000000 + (page << 12)))
        {
                echo "mov dword ptr [$address], $value; mov dword ptr [$((address + 4092))], $value + 1"
                seal "$address" 4096
                echo "mov dword ptr [$((address - 4))], $other; mov dword ptr [$((address + 4096))], $other + 1"
                for at in 0 4092 -4 4096; do
                        echo "mov eax, [$((address + at))]"
                        print_eax
                done
                # HC_WRITE reads as well
                echo "mov ebx, $address; mov ecx, 4; mov dx, HC_PORT; mov al, HC_WRITE; out dx, al"
                end_with 5
        } | assemble_elf guest.elf 0x80000000
        run_minikvm guest.elf
        assert_ended 5
        read -d '' -r -a words < <(od -A n -v -t x4 out) || true
        assert_equal "${words[*]}" "$(printf '%08x %08x %08x %08x %08x' $value $((value + 1)) $other $((other + 1)) $value)"
}

# demand: 10 points: the result is the number of pages
# hint: How many pages do two bytes lie on?
@test "the result is the number of pages on which the bytes lie: none, one, two, many" {
        count=$(random_between 3 900) page=$((0x80000000 + ($(random_between 0x1000 0x1B00) << 12)))
        {
                seal $page 0 && print_eax
                seal $((page + 4095)) 1 && print_eax
                seal $((page + 4095)) 2 && print_eax
                seal $((page + 4095)) $((count * 4096)) && print_eax
                end_with 0
        } | assemble_elf guest.elf 0x80000000
        run_minikvm guest.elf
        assert_ended 0
        read -d '' -r -a words < <(od -A n -v -t d4 out) || true
        assert_equal "${words[*]}" "0 1 2 $((count + 1))"
}
