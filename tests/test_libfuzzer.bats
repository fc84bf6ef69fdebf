# The loader and the page walker of chapter 09, in-process: libFuzzer makes up files and page tables.
# bats file_tags=needs:host
load lib/load

setup_file() {
        cd "$BATS_TEST_DIRNAME/.." || return
        make -s -C tests/fuzz
}

# What is in the corpus, and what libFuzzer makes of it in so many runs, always the same ones. It
# prints what went wrong, as base64 too: a new file of the corpus, once it is mended.
fuzz() {
        cp -r "$BATS_TEST_DIRNAME/fuzz/corpus/$1" "$BATS_TEST_TMPDIR/corpus"
        cd "$BATS_TEST_TMPDIR" || return
        run timeout 120 "$BATS_TEST_DIRNAME/../build/fuzz/fuzz-$1" -seed=1 -runs="$2" -max_len=4096 \
                -timeout=20 -close_fd_mask=1 corpus
        # its messages go to stderr, which stays open for reports; refusals are many
        [[ $status == 0 ]] || fail "$(grep -v '^minikvm: ' <<<"$output" | tail -n 60)"
        [[ $output =~ 'Done '([0-9]+)' runs' ]] || fail "it did not run"
        ((BASH_REMATCH[1] > $(find corpus -type f | wc -l) / 2)) || fail "only ${BASH_REMATCH[1]} runs"
}

@test "no ELF file or image makes the loader read or write where it may not, or place a wrong byte" { fuzz elf 150000; }

@test "no page tables make HC_WRITE's walk leave the guest's memory, or differ from the manual's" { fuzz paging 20000; }
