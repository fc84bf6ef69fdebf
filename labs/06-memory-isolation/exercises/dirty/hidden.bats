# Exercise: written pages. Tests that only the grader has.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm
load lib/several

setup_file() { several_of 06; }

# demand: 6 points: the first page and the last one count, and so do all of them
# hint: try the pages 0x0 and 0xff, and a guest that writes every page.
@test "the first page and the last one count" {
        assemble guest.bin <<'END'
        mov     ax, 0
        mov     es, ax
        mov     es:[4095], al
        mov     ax, 0xF000
        mov     es, ax
        mov     es:[0xFFFF], al
        hlt
END
        run_minikvm --dirty guest.bin
        assert_status 0
        assert_equal "$error" 'minikvm: guest.bin: wrote 2 of 256 pages: 0x0 0xff'
}

@test "a guest that writes all of its memory has one range" {
        assemble guest.bin <<'END'
        mov     ax, 0
next:   mov     es, ax
        add     byte ptr es:[0], 0      /* what is there stays there, and is written */
        add     ax, 0x100
        jnz     next
        hlt
END
        run_minikvm --dirty guest.bin
        assert_status 0
        assert_equal "$error" 'minikvm: guest.bin: wrote 256 of 256 pages: 0x0-0xff'
}

# demand: 6 points: what the processor itself writes counts: CALL and INT push on the stack
# hint: nothing in your program knows which instruction wrote. Do not look for it there.
@test "what the processor itself writes counts: CALL and INT push on the stack" {
        local page

        assemble guest.bin <<'END'
        call    1f
1:      hlt
END
        run_minikvm --dirty guest.bin
        assert_equal "$error" 'minikvm: guest.bin: wrote 1 of 256 pages: 0x1f'
        page=$(random_between 64 200)
        assemble guest.bin <<END
        mov     ax, 0
        mov     ds, ax
        mov     word ptr ds:[0x21 * 4], offset handler
        mov     ds:[0x21 * 4 + 2], cs
        mov     ax, $page * 256
        mov     ss, ax
        mov     sp, 0x800
        int     0x21
handler:
        hlt
END
        run_minikvm --dirty guest.bin
        assert_equal "$error" "$(printf 'minikvm: guest.bin: wrote 2 of 256 pages: 0x0 0x%x' "$page")"
}

# demand: 4 points: a write that lies across two pages is in both
# hint: KVM marks pages, whatever the size of a write.
@test "a write that lies across two pages is in both" {
        local page

        page=$(random_between 64 200)
        assemble guest.bin <<END
        mov     ax, $page * 256
        mov     es, ax
        mov     es:[0xFFE], eax
        hlt
END
        run_minikvm --dirty guest.bin
        assert_status 0
        assert_equal "$error" "$(printf 'minikvm: guest.bin: wrote 2 of 256 pages: 0x%x-0x%x' "$page" $((page + 1)))"
}

# demand: 6 points: what an IN brings into the guest's memory counts
# hint: for rep insb KVM writes into the guest's memory what your program gave. That is the guest's write.
@test "what an IN brings into the guest's memory counts" {
        local page

        page=$(random_between 64 200)
        assemble guest.bin <<END
        mov     ax, $page * 256
        mov     es, ax
        mov     di, 0xF00
        mov     cx, 0x300
        mov     dx, UNUSED
        rep insb
        hlt
END
        run_minikvm --dirty guest.bin
        assert_status 0
        assert_equal "$error" "$(printf 'minikvm: guest.bin: wrote 2 of 256 pages: 0x%x-0x%x' "$page" $((page + 1)))"
}
