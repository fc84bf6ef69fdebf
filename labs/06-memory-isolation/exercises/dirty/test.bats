# Exercise: written pages. Tests that everybody gets.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm
load lib/several

setup_file() { several_of 06; }

# Makes a guest that writes one byte into each of these pages: writer FILE PAGE...
writer() {
        local -a segments

        mapfile -t segments < <(printf '0x%x\n' "${@:2}" | sed 's/$/00/')
        assemble "$1" <<END
        mov     si, offset pages
next:   mov     ax, [si]
        mov     es, ax
        mov     al, es:[$((RANDOM % 4096))]
        mov     es:[$((RANDOM % 4096))], cl
        add     si, 2
        cmp     si, offset pages + 2 * $(($# - 1))
        jne     next
        hlt
pages:  .word   $(IFS=,; echo "${segments[*]}")
END
}

# Sets `pages`: numbers of some pages, none beside another, in order, from all over a guest's memory; and
# `listed`, what is to be said of them.
random_pages() {
        local page=$((0x20 + RANDOM % 20)) i

        pages=("$page")
        for i in 1 2 3 4; do
                pages+=($((page += 2 + RANDOM % 30)))
        done
        pages+=($((0xb8 + RANDOM % 60)))
        listed=$(printf ' 0x%x' "${pages[@]}")
}

# demand: 14 points: the pages that a guest has written are listed, all and no others
# hint: KVM_GET_DIRTY_LOG fills a bit for each page. 256 pages are more than one uint64_t.
@test "the pages that a guest has written are listed, all and no others" {
        for _ in 1 2 3; do
                random_pages
                writer guest.bin "${pages[@]}"
                run_minikvm --dirty guest.bin
                assert_status 0
                assert_stdout ''
                assert_equal "$error" "minikvm: guest.bin: wrote 6 of 256 pages:$listed"
        done
}

# demand: 10 points: neighbours are shown as one range
# hint: where does a range end: at its last page, or at the one after it?
@test "neighbours are shown as one range" {
        local first count

        first=$(random_between 32 47) count=$(random_between 3 15)
        assemble guest.bin <<END
        mov     ax, $first * 256
        mov     es, ax
        mov     di, 0
        mov     cx, $count * 4096
        rep stosb
        mov     ax, 0x5000
        mov     es, ax
        mov     es:[0x1000], al
        mov     es:[0x2FFF], al
        mov     es:[0x4000], al
        hlt
END
        run_minikvm --dirty guest.bin
        assert_status 0
        assert_equal "$error" "$(printf 'minikvm: guest.bin: wrote %d of 256 pages: 0x%x-0x%x 0x51-0x52 0x54' \
                $((count + 3)) "$first" $((first + count - 1)))"
}

# demand: 10 points: a page that is only read, or only loaded, is not written
# hint: your loader writes the image too, but not as the guest. Does KVM see that?
@test "a page that is only read, or only loaded, is not written" {
        assemble guest.bin <<'END'
        mov     ax, 0
next:   mov     ds, ax
        mov     si, 0
        mov     cx, 16
1:      lodsb
        loop    1b
        mov     ax, ds
        add     ax, 0x100
        jnz     next
        hlt
        .space  10000, 0x55
END
        run_minikvm --dirty guest.bin
        assert_status 0
        assert_equal "$error" 'minikvm: guest.bin: wrote 0 of 256 pages'
}

# demand: 8 points: of four guests, each has its own pages listed
# hint: whose VM do you ask, and is it still there?
@test "of four guests, each has its own pages listed" {
        local i

        for i in 1 2 3 4; do
                random_pages
                writer "$i.bin" "${pages[@]}"
                echo "minikvm: $i.bin: wrote 6 of 256 pages:$listed"
        done >expected
        run_minikvm --dirty 1.bin 2.bin 3.bin 4.bin
        assert_status 0
        sort err | diff expected -
}

# demand: 8 points: a guest that crashes has its pages listed too
# hint: a crash is one of several ends. Where do all of them come together?
@test "a guest that crashes has its pages listed too" {
        local page

        page=$(random_between 32 250)
        assemble guest.bin <<END
        mov     ax, $page * 256
        mov     es, ax
        mov     es:[7], al
        mov     dx, HC_PORT
        mov     al, 99
        out     dx, al
END
        run_minikvm --dirty guest.bin
        assert_message 126 'minikvm: guest.bin: crashed: unknown hypercall 99'
        assert_equal "$(grep ' wrote ' err)" "$(printf 'minikvm: guest.bin: wrote 1 of 256 pages: 0x%x' "$page")"
}

# demand: 4 points: --help names --dirty
# hint: the usage in main.c.
@test "--help names --dirty" {
        run_minikvm --help
        assert_ended 0
        assert_output --partial ' --dirty '
}
