# Exercise of chapter 08, pages that are sealed: what students do not get.
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/several
load lib/elf

setup_file() { several_of 08; }

seal() { echo "mov ebx, $1; mov ecx, $2; mov dx, HC_PORT; mov al, $HC_SEAL; out dx, al; in eax, dx"; }
print_eax() { echo 'mov dx, COM1; out dx, al; shr eax, 8; out dx, al; shr eax, 8; out dx, al; shr eax, 8; out dx, al'; }
end_with() { echo "mov bl, $1; mov al, HC_EXIT; mov dx, HC_PORT; out dx, al"; }

# demand: 12 points: all or nothing
@test "when one of the bytes is not mapped the result is 0xffffffff, and nothing is sealed" {
        page=$((0x80000000 + ($(random_between 0x1000 0x1FFF) << 12)))
        {
                seal 0x81FFFFFF 2 && print_eax                  # the end of RAM
                seal $page 0x80000000 && print_eax
                seal $((page + 1)) 0xFFFFFFFF && print_eax      # it would come around
                seal 0xC0000000 1 && print_eax
                echo "mov dword ptr [0x81FFFFFC], 1; mov dword ptr [$page], 1"
                seal 0x81FFFFFF 1 && print_eax
                end_with 6
        } | assemble_elf guest.elf 0x80000000
        run_minikvm guest.elf
        assert_ended 6
        read -d '' -r -a words < <(od -A n -v -t d4 out) || true
        assert_equal "${words[*]}" '-1 -1 -1 -1 1'
}

# demand: 10 points: many pages, in any order, again and overlapping
@test "pages at random are sealed, some twice: all others can be written, and none of these" {
        mapfile -t chosen < <(shuf -i 64-255 -n 41 --random-source=<(random_bytes 4096))
        table=''
        for page in "${chosen[@]:0:40}" "${chosen[3]}" "${chosen[39]}"; do
                table+="${table:+, }$page"
        done
        # With `victim` it writes to one of the sealed pages at the end
        guest() {
                cat <<END
        mov     esi, offset table
next:   mov     ebx, [esi]
        add     esi, 4
        mov     byte ptr [pages + ebx], 1
        shl     ebx, 12
        add     ebx, 0x81000000
        mov     ecx, 4096
        mov     dx, HC_PORT
        mov     al, $HC_SEAL
        out     dx, al
        cmp     esi, offset end
        jne     next
        mov     ecx, 64
write:  mov     ebx, ecx
        shl     ebx, 12
        cmp     byte ptr [pages + ecx], 0
        jne     skip
        mov     [0x81000000 + ebx], ebx
        mov     [0x81000FFC + ebx], ebx
skip:   inc     ecx
        cmp     ecx, 256
        jne     write
        mov     dx, COM1
        mov     al, 'w'
        out     dx, al
        $1
        mov     bl, 4
        mov     al, HC_EXIT
        mov     dx, HC_PORT
        out     dx, al
        .balign 4
table:  .long   $table
end:    pages = 0x81800000
END
        }
        guest | assemble_elf guest.elf 0x80000000
        run_minikvm guest.elf
        assert_ended 4
        assert_stdout w
        for victim in "${chosen[3]}" "${chosen[20]}" "${chosen[39]}"; do
                guest "mov byte ptr [0x81000FFF + $victim * 4096], 1" | assemble_elf guest.elf 0x80000000
                run_minikvm guest.elf
                assert_message 126 "wrote to $(printf 0x1%06x $((victim * 4096 + 4095))), which is sealed"
                assert_stdout w
        done
}

@test "a sealed range in one piece: its first and its last page, but not those beside it" {
        first=$(random_between 0x1000 0x1100) pages=$(random_between 2 3000)
        for at in 0 $((pages * 4096 - 1)); do
                {
                        seal $((0x80000000 + (first << 12))) $((pages * 4096))
                        echo "mov byte ptr [0x80000000 + ($first << 12) - 1], 1; mov byte ptr [0x80000000 + ($first + $pages << 12)], 1"
                        echo "mov byte ptr [0x80000000 + ($first << 12) + $at], 1"
                } | assemble_elf guest.elf 0x80000000
                run_minikvm guest.elf
                assert_message 126 "wrote to $(printf 0x%x $(((first << 12) + at))), which is sealed"
        done
}

# demand: 10 points: a guest's seal is its own; a call of KVM's that fails is told
@test "a guest seals, its neighbours write to the same addresses" {
        { seal 0x40000 0x10000 && end_with 0; } | assemble sealer.bin
        { echo 'mov ax, 0x4000; mov ds, ax; mov cx, 1000; next: mov [bx], cx; in al, 0x80; loop next' && end_with 9; } | assemble
        run_minikvm guest.bin sealer.bin guest.bin
        assert_ended 9
        { seal 0x40000 0x10000 && echo 'mov ax, 0x4000; mov ds, ax; mov [bx], cx' && end_with 0; } | assemble sealer.bin
        run_minikvm guest.bin sealer.bin
        assert_message 9 'sealer.bin: crashed: wrote to 0x4'
}

@test "KVM_SET_USER_MEMORY_REGION that fails is told" {
        # strace counts the calls of each thread anew: the guest's is to have more of them than the first one
        { echo 'mov cx, 40; again: in al, 0x80; loop again' && seal 0x40000 1 && end_with 0; } | assemble
        run_traced guest.bin
        assert_status 0
        number=$(awk '/ioctl\(/ { n[$1]++ } /KVM_SET_USER_MEMORY_REGION/ { last = n[$1] } END { print last }' trace)
        ((number > 40)) || fail 'the guest asks for it, and KVM is asked for nothing'
        run_injected "inject=ioctl:error=ENOMEM:when=$number" guest.bin
        assert_message 125 KVM_SET_USER_MEMORY_REGION 'Cannot allocate memory'
}
