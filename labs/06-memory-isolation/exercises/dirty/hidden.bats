# Exercise: written pages. Tests that only the grader has.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm
load lib/several

setup_file() { several_of 06; }

# The list of these pages, as the task wants it.
list_of() {
        printf '%s\n' "$@" | awk '
        function range() { if (first != "") printf first == last ? " 0x%x" : " 0x%x-0x%x", first, last }
        $1 == "" { next }
        first == "" { printf ":" }
        first == "" || $1 != last + 1 { range(); first = $1 }
        { last = $1 }
        END { range() }'
}

# This guest has a line, and wrote these pages. Those of its image, 0x10 to 0x12, may be in it or not.
assert_wrote() {
        local line item page end
        local -a all=() others=()

        line=$(grep "^minikvm: $1: wrote " err) || show "no line about $1"
        for item in ${line#*pages}; do
                [[ $item != : ]] || continue
                [[ $item =~ ^:?(0x[0-9a-f]+)(-(0x[0-9a-f]+))?$ ]] || fail "a list in another form: $line"
                end=${BASH_REMATCH[3]:-${BASH_REMATCH[1]}}
                for ((page = BASH_REMATCH[1]; page <= end; page++)); do
                        all+=("$page")
                        ((page >= 0x10 && page <= 0x12)) || others+=("$page")
                done
        done
        assert_equal "$line" "minikvm: $1: wrote ${#all[@]} of 256 pages$(list_of "${all[@]}")"
        assert_equal "$(list_of "${others[@]}")" "$(list_of "${@:2}")"
}

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
        assert_wrote guest.bin 0 255
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
        assert_wrote guest.bin $((0x1f))
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
        assert_wrote guest.bin 0 "$page"
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
        assert_wrote guest.bin "$page" $((page + 1))
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
        assert_wrote guest.bin "$page" $((page + 1))
}
