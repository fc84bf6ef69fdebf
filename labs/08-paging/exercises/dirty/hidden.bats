# Exercise of chapter 08, what has a guest written to: what students do not get.
# bats file_tags=needs:full
load lib/load
load lib/minikvm
load lib/several
load lib/elf

setup_file() { several_of 08; }

assert_report() { assert_equal "$error" "$(printf 'minikvm: %s\n' "$@")"; }
end_with() { echo "mov bl, $1; mov al, HC_EXIT; mov dx, HC_PORT; out dx, al"; }

# demand: 10 points: all of RAM, and every way to write
@test "the first page, the last page, a write across a boundary, the stack, all of RAM" {
        {
                echo 'mov byte ptr [0x10], 1; push eax; mov dword ptr [0x200FFE], 1'
                end_with 0
        } | assemble_elf
        run_minikvm --dirty guest.elf
        assert_status 0
        assert_report 'guest.elf: wrote 0x0 to 0xfff' 'guest.elf: wrote 0x200000 to 0x201fff' \
                'guest.elf: wrote 0x1fff000 to 0x1ffffff'
        {
                echo 'cld; mov edi, 0x101000; mov ecx, (0x2000000 - 0x101000) / 4096'
                echo 'next: mov [edi], edi; add edi, 4096; loop next'
                end_with 0
        } | assemble_elf
        run_minikvm --dirty guest.elf
        assert_status 0
        assert_report 'guest.elf: wrote 0x101000 to 0x1ffffff'
}

@test "real mode: the last page of 1 MiB, a byte that changes nothing, and what rep insb puts there" {
        page=$(random_between 0x30 0x80)
        {
                echo 'mov ax, 0xF000; mov ds, ax; mov byte ptr [0xFFFF], 0'
                echo "mov ax, $page << 8; mov es, ax; mov di, 4090; mov cx, 10; mov dx, 0x3FD; cld; rep insb"
                echo hlt
        } | assemble
        run_minikvm --dirty guest.bin
        assert_status 0
        assert_report "$(printf 'guest.bin: wrote 0x%x to 0x%x' $((page << 12)) $((((page + 2) << 12) - 1)))" \
                'guest.bin: wrote 0xff000 to 0xfffff'
}

@test "a guest with paging: what counts is the guest-physical page" {
        page=$(random_between 0x400 0x1FFE)
        { echo "mov dword ptr [0x80000000 + ($page << 12)], 1" && end_with 0; } | assemble_elf guest.elf 0x80000000
        run_minikvm --dirty guest.elf
        assert_status 0
        # the processor itself writes to the page directory, or it does not
        error=${error/#'minikvm: guest.elf: wrote 0x1000 to 0x1fff'$'\n'}
        assert_report "$(printf 'guest.elf: wrote 0x%x to 0x%x' $((page << 12)) $((((page + 1) << 12) - 1)))"
}

# demand: 10 points: each guest has its own report, also one that crashes
@test "four guests: each has the lines with its name, and its own pages" {
        for i in 1 2 3; do
                { echo "mov ax, 0x${i}800; mov ds, ax; mov [bx], cx; hlt"; } | assemble "$i.bin"
        done
        { echo 'mov dword ptr [0x300000], 1; mov eax, [0xD0000000]'; } | assemble_elf
        run_minikvm --dirty 1.bin guest.elf 2.bin 3.bin
        assert_message 126 'guest.elf: crashed: touched 0xd0000000'
        assert_equal "$(grep wrote err | sort)" "$(printf 'minikvm: %s\n' '1.bin: wrote 0x18000 to 0x18fff' \
                '2.bin: wrote 0x28000 to 0x28fff' '3.bin: wrote 0x38000 to 0x38fff' 'guest.elf: wrote 0x300000 to 0x300fff')"
}

# demand: 8 points: a KVM_GET_DIRTY_LOG that fails is told
@test "KVM_GET_DIRTY_LOG that fails is told, and ends the guest with 125" {
        # strace counts the calls of each thread anew: the guest's is to have more of them than the first one
        echo 'mov cx, 40; again: in al, 0x80; loop again; hlt' | assemble
        run_traced --dirty guest.bin
        assert_status 0
        number=$(awk '/ioctl\(/ { n[$1]++ } /KVM_GET_DIRTY_LOG/ { last = n[$1] } END { print last }' trace)
        ((number > 40)) || fail "not asked for after the guest's last exit: $(<trace)"
        run_injected "inject=ioctl:error=ENOMEM:when=$number" --dirty guest.bin
        assert_message 125 KVM_GET_DIRTY_LOG 'Cannot allocate memory'
}
