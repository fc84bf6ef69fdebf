# Exercise of chapter 09: a disk.
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

# demand: 16 points: the guest reads sectors of the file, in any order
# hint: pread() reads at a place of its own choice. Is it among the calls that the sandbox allows?
# hint: The file has to be opened before the sandbox closes.
@test "sectors at random, the first and the last: each byte is that of the file" {
        random_bytes $((512 * 40)) >disk
        chosen=$(random_between 1 38)
        for sector in "$chosen" 39 0; do
                { read_sector 0x30000 "$sector" && print_eax && print_bytes 512 && echo hlt; } | assemble
                run_minikvm --disk=disk guest.bin
                assert_ended 0
                cmp out <(printf '\000\002\000\000' && tail -c +$((512 * sector + 1)) disk | head -c 512)
        done
}

# demand: 12 points: where the file ends, and where there is none
# hint: What does pread() return there?
@test "the last sector may be short, behind it there is nothing, and without a disk there is no answer" {
        size=$((512 + RANDOM % 500 + 5))
        head -c $size /dev/zero | tr '\0' d >disk
        {
                echo 'mov ax, 0x3000; mov es, ax; mov di, 0; mov cx, 600; mov al, 46; cld; rep stosb'
                read_sector 0x30000 1 && print_eax
                read_sector 0x30000 2 && print_eax
                read_sector 0x30000 0x800001 && print_eax
                print_bytes 600 && echo hlt
        } | assemble
        run_minikvm --disk=disk guest.bin
        assert_ended 0
        assert_equal "$(od -A n -v -t d4 -N 12 out | tr -s ' ')" " $((size - 512)) 0 0"
        assert_equal "$(tail -c +13 out)" "$(head -c $((size - 512)) disk)$(head -c $((600 - size + 512)) /dev/zero | tr '\0' .)"
        { read_sector 0x30000 0 && print_eax && echo hlt; } | assemble
        run_minikvm guest.bin
        assert_ended 0
        assert_equal "$(out_bytes 0 9)" ffffffff
}

# demand: 10 points: --help knows the option; a file that is not there is told before a guest runs
# hint: call_failed() says why.
@test "--help knows the option; a file that is not there is told, and nothing runs" {
        run_minikvm --help
        assert_ended 0
        [[ $output == *--disk* ]] || show '--disk expected'
        run_minikvm --disk=missing "$real/hello.bin"
        assert_refused missing 'No such file'
        echo x >disk
        run_minikvm --disk=disk "$real/hello.bin"
        assert_ended 0
}
