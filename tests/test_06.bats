# Chapter 06: each guest in a memory of its own, and what happens to one that leaves it.
# bats file_tags=needs:kvm
load lib/load
load lib/minikvm
load lib/several

setup_file() { several_of 06; }

# The secret is what it was, and the guest that tried has not printed it, or a part of it.
assert_secret_kept() {
        assert_said $((3 - place)) $'I have a secret.\nMy secret is as it was.\n'
        [[ $(<"out.$place") != *"${secret:0:8}"* ]] || fail "$(<"out.$place")"
}

# For each of so many addresses, the guest that tried has printed this: assert_found REGEX COUNT
assert_found() {
        local pattern="^At 0x[0-9a-f]{8}: $1\$"

        run grep '^At' "out.$place"
        assert_equal "${#lines[@]}" "$2"
        for line in "${lines[@]}"; do
                [[ $line =~ $pattern ]] || fail "$line"
        done
}

# The guest has been stopped for touching this address, and nothing else is said.
assert_stopped_at() {
        assert_message 126 ": crashed: touched $1, outside its 1024 KiB of memory" 'eip=' 'cs=' 'code at'
        assert_equal "$(grep -c '^minikvm: ' err)" 1
}

# demand: 6 points, step 2: peek finds nothing
# hint: How many VMs are made, and does each have RAM of its own? strace shows
# hint: KVM_SET_USER_MEMORY_REGION: compare userspace_addr.
# bats test_tags=kept
@test "peek finds nothing" {
        run_beside_secret "$real/peek.bin"
        assert_ended 0
        assert_secret_kept
        assert_said $place $'Looking for a secret in the first megabyte ...\nNothing found.\n'
}

# demand: 6 points, step 2: other segments lead into the guest's own memory
# hint: A guest may load any segment: what it finds there has to be its own RAM, all of 1 MiB, full
# hint: of zeros.
# bats test_tags=kept
@test "a guest that loads its neighbours' segments finds its own empty memory" {
        run_beside_secret "$real/escape-segment.bin"
        assert_ended 0
        assert_secret_kept
        assert_found 'read \.\.\. only zeros, write \.\.\. done' 3
}

@test "a guest that moves strings across the end of its segment finds itself" {
        run_beside_secret "$real/escape-string.bin"
        assert_ended 0
        assert_secret_kept
        assert_found 'read \.\.\. only ourselves, write \.\.\. done' 1
}

@test "a guest that uses offsets beyond its segment is refused, or finds its own empty memory" {
        run_beside_secret "$real/escape-offset.bin"
        assert_ended 0
        assert_secret_kept
        # QEMU's software CPU does not check segment limits
        assert_found 'read \.\.\. (refused|only zeros), write \.\.\. (refused|done)' 3
}

# demand: 6 points, step 2: unreal and protected mode lead into the guest's own memory
# hint: Whatever mode the guest is in, only the slots count. Is RAM there up to 1 MiB, and nothing
# hint: behind it?
@test "a guest in unreal mode finds its own empty memory" {
        run_beside_secret "$real/escape-unreal.bin"
        assert_ended 0
        assert_secret_kept
        assert_found 'read \.\.\. only zeros, write \.\.\. done' 3
}

@test "a guest in protected mode finds its own empty memory, and is stopped where that ends" {
        run_beside_secret "$real/escape-flat.bin"
        assert_stopped_at 0x10000000
        assert_secret_kept
        assert_found 'read \.\.\. (only zeros, write \.\.\. done)?' 4

        run_beside_secret "$real/escape-flat-write.bin"
        assert_stopped_at 0x10000010
        assert_secret_kept
        assert_found 'write \.\.\. (done)?' 4
}

# Makes 1.bin to 4.bin. Each puts its mark, a dword, at the same places of every page of its RAM: 256 pages, 6 random
# places in each, all different, none where the image or the stack lies. What was there is read in the same step, and
# must be 0; so of two guests that share a page, the later one finds the other's mark, whoever that is. KVM lends whole
# pages.
four_markers() {
        local i

        for i in {0..5}; do
                echo "        .word $((1024 + (i * 116 + RANDOM % 116) * 4))"
        done >places
        for i in 1 2 3 4; do
                assemble "$i.bin" <<END
                mov     ebp, 0                  /* what has to be there */
        again:  mov     ax, 0
        page:   mov     es, ax
                mov     si, offset places
        place:  mov     di, [si]
                mov     ebx, 0x$i$i$i$i$i$i$i$i
                xchg    ebx, es:[di]
                cmp     ebx, ebp
                jne     found
                add     si, 2
                cmp     si, offset places + 12
                jne     place
                add     ax, 0x100
                jnz     page
                cmp     ebp, 0
                mov     ebp, 0x$i$i$i$i$i$i$i$i
                je      again                   /* and once more: it is as we left it */
                mov     bl, '.'
                jmp     tell
        found:  and     bl, 7                   /* 1 to 4: whose mark that is */
                add     bl, '0'
        tell:   mov     dx, HC_PORT
                mov     al, HC_PUTCHAR
                out     dx, al
                hlt
        places:
$(<places)
END
        done
}

# demand: 8 points, step 2: no page of a guest's RAM is another's
# hint: Look at each slot's userspace_addr and size for each VM: do two ranges overlap?
# bats test_tags=kept
@test "no page of a guest's RAM is another guest's: four mark them all, and find no mark but their own" {
        four_markers
        run_minikvm --color=always 1.bin 2.bin 3.bin 4.bin
        assert_ended 0
        by_colour out
        for i in 1 2 3 4; do
                [[ $(<"out.$i") == . ]] || fail "guest $i found a mark of guest $(<"out.$i") (0: not a mark) in its own RAM"
        done
}

# demand: 10 points, step 3: a guest that leaves its memory is stopped and named, the others run on
# hint: Which exit comes for an address without a slot, for reads and for writes? The message has
# hint: the address from struct kvm_run, and the others run on.
# bats test_tags=kept
@test "a guest that reaches behind the first megabyte is stopped" {
        run_beside_secret "$real/escape-a20.bin"
        assert_stopped_at 0x100000
        assert_secret_kept

        run_beside_secret "$real/escape-a20-write.bin"
        assert_stopped_at 0x100010
        assert_secret_kept
}


# bats test_tags=kept
@test "a random address outside is named, and the others finish with all their output" {
        local address
        # below 4 GiB, where an interrupt controller of the CPU's own could not be
        address=$(printf '0x%x' $(((1 << 20) + (RANDOM << 15 | RANDOM))))
        for place in 1 4; do
                four_talkers 200
                assemble toucher.bin <<END
                lgdt    cs:[table]
                mov     eax, cr0
                or      al, 1
                mov     cr0, eax
                mov     ax, 8
                mov     ds, ax
                mov     eax, $address
                mov     al, ds:[eax]
                hlt
        table:  .word   15
                .long   0x10000 + gdt
        gdt:    .quad   0, 0x00CF93000000FFFF
END
                cp toucher.bin $place.bin
                texts[place]=
                run_minikvm --color=always 1.bin 2.bin 3.bin 4.bin
                assert_message 126 "minikvm: $place.bin: crashed: touched $address, outside its 1024 KiB of memory"
                by_colour out
                for i in 1 2 3 4; do
                        ((i == place)) || assert_said $i "${texts[i]}"
                done
                [[ ! -e out.$place ]]
        done
}

# demand: 10 points, step 2: every guest lies at the same addresses, in memory of its own
# hint: Two places know where an image begins, the loader and the registers: is a guest's number
# hint: still in one of them?
# bats test_tags=kept
@test "every guest lies at the same addresses: all begin at 1000:0000" {
        assemble looker.bin <<'END'
                mov     ax, cs
                mov     cx, 4
                mov     dx, HC_PORT
        digit:  rol     ax, 4
                mov     bl, al
                and     bl, 15
                add     bl, '0'
                push    ax
                mov     al, HC_PUTCHAR
                out     dx, al
                pop     ax
                loop    digit
                hlt
END
        run_minikvm --color=always looker.bin looker.bin looker.bin looker.bin
        assert_ended 0
        by_colour out
        for i in 1 2 3 4; do
                assert_said $i 1000
        done
}

# demand: 10 points, step 4: each thread tears down its own VM
# hint: What is made for a guest is closed and unmapped by its thread, at the end of a crash as
# hint: well, not when the last guest has ended.
@test "each guest's thread tears down its VM, and nobody else's" {
        one_byte
        run_traced one.bin one.bin one.bin one.bin
        assert_status 0
        assert_all_given_back
        # How many VMs that had a vCPU did each thread close?
        run awk '
        match($0, /\([0-9]+/) { fd = substr($0, RSTART + 1, RLENGTH - 1) }
        /KVM_CREATE_VCPU,/ && !/ = -1 / { vm[fd] = 1 }
        / close\(/ && fd in vm { closed[$1]++; delete vm[fd] }
        END { for (thread in closed) print closed[thread] }' trace
        assert_output $'1\n1\n1\n1'
}

@test "when a guest ends or crashes, its VM and its vCPU are gone, and the others run on" {
        random_words 20
        talker ended.bin "$text"
        crashing crashed.bin "$text"
        mkfifo in
        exec {in}<>in
        "$MINIKVM" "$BATS_FILE_TMPDIR/asker.bin" ended.bin crashed.bin "$real/spin.bin" <&"$in" >out 2>err 3>&- &
        pid=$!
        await_bytes 41 out
        for _ in {1..100}; do
                readlink "/proc/$pid/fd"/* >files || true
                [[ $(grep -c kvm-vm files) != 2 || $(grep -c kvm-vcpu files) != 2 ]] || break
                sleep 0.05
        done
        assert_equal "$(grep -c kvm-vm files) VMs, $(grep -c kvm-vcpu files) vCPUs" '2 VMs, 2 vCPUs'
        assert_stops_by TERM
}

# demand: 6 points, step 4: started and stopped at random moments, it never hangs
# hint: A signal must not wait for a guest, nor tear down what a running guest uses: the kernel does
# hint: that when the process ends.
@test "started and stopped at random moments, again and again, it never hangs and the status is right" {
        assert_starts_and_stops 125
}

# demand: 7 points, step 4: every call that fails: nothing runs
# hint: Is the result of every call for every VM looked at, and do all guests wait until the last
# hint: one is made?
@test "every call that fails while guests are made: nothing runs" {
        assert_middle_fails
}

# demand: 6 points, step 4: ThreadSanitizer finds nothing
# hint: Build with make SANITIZE=thread: its report names the two lines. What do the threads share,
# hint: now that each has a VM?
@test "ThreadSanitizer finds nothing: guests that run to their ends, crash, and are stopped" {
        assert_silent thread
}

# demand: 5 points, step 4: AddressSanitizer and UBSan find nothing
# hint: Build with make SANITIZE=address,undefined: is memory used after it was unmapped, or read
# hint: behind its end?
@test "AddressSanitizer and UBSan find nothing: guests that run to their ends, crash, and are stopped" {
        assert_silent sanitized
}
