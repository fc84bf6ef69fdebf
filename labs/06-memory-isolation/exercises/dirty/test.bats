# Exercise: written pages. Tests that everybody gets.
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

# Sets `pages`: numbers of some pages, none beside another, in order, from all over a guest's memory.
random_pages() {
        local page=$((0x20 + RANDOM % 20)) i

        pages=("$page")
        for i in 1 2 3 4; do
                pages+=($((page += 2 + RANDOM % 30)))
        done
        pages+=($((0xb8 + RANDOM % 60)))
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
                assert_wrote guest.bin "${pages[@]}"
                assert_equal "$(wc -l <err)" 1
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
        mapfile -t pages < <(seq "$first" $((first + count - 1)))
        assert_wrote guest.bin "${pages[@]}" 81 82 84
}

# demand: 10 points: a page that is only read is not written
# hint: KVM knows who writes. Does your program touch the guest's memory by itself?
@test "a page that is only read is not written" {
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
        assert_wrote guest.bin
}

# demand: 8 points: of four guests, each has its own pages listed
# hint: whose VM do you ask, and is it still there?
@test "of four guests, each has its own pages listed" {
        local i
        local -A wanted

        for i in 1 2 3 4; do
                random_pages
                writer "$i.bin" "${pages[@]}"
                wanted[$i]=${pages[*]}
        done
        run_minikvm --dirty 1.bin 2.bin 3.bin 4.bin
        assert_status 0
        for i in 1 2 3 4; do
                # shellcheck disable=SC2086 # several words
                assert_wrote "$i.bin" ${wanted[$i]}
        done
        assert_equal "$(wc -l <err)" 4
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
        assert_wrote guest.bin "$page"
}

# demand: 4 points: --help names --dirty
# hint: the usage in main.c.
@test "--help names --dirty" {
        run_minikvm --help
        assert_ended 0
        assert_output --partial ' --dirty '
}
