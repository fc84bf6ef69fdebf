# What needs no KVM: every chapter builds everywhere, and the sources are tidy.
# bats file_tags=needs:host
load lib/load

setup() {
        cd "$BATS_TEST_DIRNAME/.."
        output_folder=$BATS_TEST_TMPDIR list=$BATS_TEST_TMPDIR/list
}

# Builds every chapter with these variables of make; the compiler must have had nothing to say.
assert_all_build() {
        printf '%s\n' chapters/*/ | xargs -P "$(nproc)" -I FOLDER \
                make -s -C FOLDER BUILD="$output_folder/FOLDER" "$@" "$output_folder/FOLDER/minikvm" &>"$output_folder/said" ||
                fail "$(<"$output_folder/said")"
        assert_equal "$(<"$output_folder/said")" ''
}

# All files of the project with these names (patterns of git's); there must be some.
files() { git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do [[ ! -f $file ]] || echo "$file"; done | grep .; }

@test "every chapter builds with gcc, and the compiler is silent" {
        assert_all_build CC=gcc
}

@test "every chapter builds with clang, and the compiler is silent" {
        assert_all_build CC=clang
}

@test "every chapter builds with clang's sanitizers (with gcc's: tests/prepare), and the shared libc" {
        assert_all_build CC=clang SANITIZE=address,undefined CFLAGS=-O0
        run ldd "$output_folder/chapters/01-open-kvm/minikvm"
        assert_output --partial 'libc.so'
}

@test "programs lie at random addresses, static ones too, and their stacks are guarded" {
        local compiler program=$output_folder/minikvm

        for compiler in gcc clang; do
                make -s -C chapters/09-protected-mode-os BUILD="$output_folder" CC=$compiler "$program"
                run readelf --wide --file-header --program-headers "$program"
                # without rcrt1.o, the start of such a program, or without libc.a, there are none of these
                if [[ $($compiler -print-file-name=rcrt1.o) == /* && $($compiler -print-file-name=libc.a) == /* ]]; then
                        assert_output --regexp 'Type: +DYN'
                        refute_output --partial 'INTERP'
                fi
                rm "$program"
                make -s -C chapters/09-protected-mode-os BUILD="$output_folder" CC=$compiler STATIC=0 "$program"
                run readelf --wide --file-header --dyn-syms "$program"
                assert_output --regexp 'Type: +DYN'
                # a static program has it in any case, for the C library's sake
                assert_output --partial 'UND __stack_chk_fail'
                rm "$program"
        done
}

@test "a copy of a chapter builds anywhere, when it is told where common/ is" {
        cp -r chapters/04-hypercalls "$output_folder/lab"
        rm -f "$output_folder/lab/minikvm"
        ln -s "$PWD/common" "$output_folder/shared"
        run make -s -C "$output_folder/lab" COMMON=../shared minikvm
        assert_success
        run "$output_folder/lab/minikvm" --version
        assert_output --partial '(lab)'
}

@test "everything is built in a folder with a space in its name as well" {
        mkdir "$output_folder/a folder"
        files . | tar -c -T - | tar -x -C "$output_folder/a folder"
        cd "$output_folder/a folder"
        run make -s build
        assert_success
        run tests/prepare
        assert_success
        for program in sanitized/09-protected-mode-os/minikvm shim/09-protected-mode-os/minikvm guests/obey.elf \
                broken/panic/os1k.elf fuzz/fuzz; do
                [[ -s build/$program ]] || fail "no build/$program"
        done
}

@test "on a CPU that is not x86, the compiler says what is wrong" {
        for folder in chapters/*/; do
                run cc -E -U__x86_64__ -U__i386__ -Icommon "$folder/main.c"
                assert_failure
                assert_output --regexp '#error .*x86.*use another machine'
        done
}

# CPUs are made to order: fake_cpuid.h answers instead of the CPUID instruction. /dev/kvm is hidden.
@test "no device: the report tells by the CPU what to do" {
        local -a hide=(unshare --mount)

        ((EUID == 0)) || hide=(unshare --user --map-root-user --mount)
        "${hide[@]}" true 2>/dev/null || skip "a mount namespace of its own is not allowed here"
        make -s -C chapters/01-open-kvm BUILD="$output_folder" \
                CFLAGS="-include ../../tests/helpers/fake_cpuid.h" "$output_folder/minikvm"
        cd "$output_folder"
        cat >hide <<'END'
mount --bind "$1" /proc/cpuinfo && mount -t tmpfs none /dev && exec ./minikvm --check
END
        report() { FAKE_CPU=$1 run -125 "${hide[@]}" sh hide "$2"; }
        echo 'flags : fpu de pse' >without
        for flag in vmx svm; do
                echo "flags : fpu $flag pse" >with
                report $flag with
                assert_output --partial 'modprobe'
                report $flag,hypervisor with
                assert_output --partial 'modprobe'
                report $flag without
                assert_output --partial 'firmware'
        done
        report none without
        assert_output --partial "neither Intel's VMX nor AMD's SVM"
        refute_output --partial 'virtual machine, without'
        report hypervisor without
        assert_output --partial 'this is a virtual machine, without VMX and SVM'
        assert_output --partial 'nested'
        assert_line --regexp '^KVM here: none'
}

@test "sources have lines of at most 100 columns, without tabs and without spaces at the end" {
        files '*.[chS]' '*.inc' '*.ld' >"$list"
        run xargs grep -n -E '.{101}|'$'\t''|[[:space:]]$' <"$list"
        assert_output ''
}

@test "shellcheck finds nothing in any script" {
        # of a script with bats or to be sourced: not that variables come from elsewhere
        files '*.bash' '*.bats' >"$list"
        run xargs shellcheck -s bats --severity=warning -e SC2030,SC2031,SC2034,SC2154,SC2164 <"$list"
        assert_output ''
        { files '*.bash'; files ':!*.bats' | xargs grep -l -I -E '^#!/bin/(ba)?sh'; } >"$list"
        run xargs shellcheck <"$list"
        assert_output ''
}

@test "codespell finds nothing anywhere" {
        files ':!tests/fuzz/corpus' >"$list"
        run xargs codespell <"$list"
        assert_output ''
}

@test "every test file says what it needs" {
        for file in tests/test_*.bats; do
                run head -n 20 "$file"
                assert_line --regexp '^# bats file_tags=needs:(host|kvm|full)$'
        done
}

@test "tests/README.md has a line for every test file, and for no other" {
        run diff <(sed -n -E 's/^\| `(test_.*\.bats)` \| .+ \|$/tests\/\1/p' tests/README.md | sort) \
                <(printf '%s\n' tests/test_*.bats | sort)
        assert_output ''
}
