# Makes 32-bit ELF files: `load lib/elf`, behind `load lib/minikvm`.
# shellcheck shell=bash disable=SC2034,SC2154 # variables of bats, of other helpers, and for tests

# Appends numbers to `bytes` as printf's escapes, in the byte order that e_data says: put SIZE NUMBER...
put() {
        local size=$1 number i shift escape

        for number in "${@:2}"; do
                for ((i = 0; i < size; i++)); do
                        shift=$((8 * (e_data == 2 ? size - 1 - i : i)))
                        printf -v escape '\\x%02x' $((number >> shift & 0xFF))
                        bytes+=$escape
                done
        done
}

# Makes a program, byte by byte: make_elf FILE [FIELD=VALUE...]
#
# The fields are those of elf(5), e_class and e_data for two bytes of e_ident, p_... for the first and
# q_... for the second program header (which counts only with e_phnum=2). The file's contents lie at
# offset 116. They are `code`, as printf's escapes, four characters for each byte; without that a
# program that prints `text` (of letters and digits) to the serial port and ends with `status`.
# cut=N leaves only so many bytes of the file.
#
# A process of its own, because bats looks at every command of a test, which takes time.
make_elf() (
        trap - DEBUG
        set +T
        local file=$1 bytes='' text='' status=0 code='' cut=100000
        local e_class=1 e_data=1 e_type=2 e_machine=3 e_entry=0x100000 e_phoff=52 e_phentsize=32 e_phnum=1
        local p_type=1 p_offset=116 p_vaddr=0 p_paddr=0x100000 p_filesz='' p_memsz=''
        local q_type=1 q_offset=116 q_vaddr=0 q_paddr=0x200000 q_filesz=0 q_memsz=''
        (($# < 2)) || local "${@:2}"

        [[ $code ]] || printing_code "$p_paddr" ${#text} "$status"
        p_filesz=${p_filesz:-$((${#code} / 4 + ${#text}))}
        printf -v bytes '\\x7f\\x45\\x4c\\x46\\x%02x\\x%02x\\x01' "$e_class" "$e_data"
        put 1 0 0 0 0 0 0 0 0 0
        put 2 "$e_type" "$e_machine"
        put 4 1 "$e_entry" "$e_phoff" 0 0
        put 2 52 "$e_phentsize" "$e_phnum" 0 0 0
        put 4 "$p_type" "$p_offset" "$p_vaddr" "$p_paddr" "$p_filesz" "${p_memsz:-$p_filesz}" 7 1
        put 4 "$q_type" "$q_offset" "$q_vaddr" "$q_paddr" "$q_filesz" "${q_memsz:-$q_filesz}" 7 1
        bytes+=$code
        # shellcheck disable=SC2059 # the escapes are for the format
        printf "${bytes:0:4 * cut}" >"$file"
        ((${#bytes} / 4 > cut)) || printf '%s' "$text" >>"$file"
)

# Sets `code`: it prints the text behind it and ends: printing_code ITS-ADDRESS LENGTH STATUS
printing_code() {
        local bytes='' e_data=1 HC_PORT HC_EXIT

        eval "$(hypercalls)"
        put 4 0x03F8BA66                        # mov dx, COM1
        put 1 0xBE                              # mov esi, the text's address
        put 4 $(($1 + 25))
        put 1 0xB9                              # mov ecx, its length
        put 4 "$2"
        put 2 0x6EF3                            # rep outsb
        put 1 0xB3 "$3"                         # mov bl, its status
        put 2 0xBA66 "$HC_PORT"                 # mov dx, HC_PORT
        put 1 0xB0 "$HC_EXIT"                   # mov al, HC_EXIT
        put 1 0xEE                              # out dx, al
        code=$bytes
}

# Makes guest.elf, or another file, of assembly on stdin: protected mode, Intel's notation. It lies at
# 1 MiB; with a second argument, 0x80000000, it starts with paging.
assemble_elf() {
        local file=${1-guest.elf} base=${2-0}

        as --32 -msyntax=intel -mnaked-reg -mx86-used-note=no --defsym COM1=0x3F8 -o guest.o \
                <(hypercalls && cat) &&
                ld -m elf_i386 -N -e "$((base + 0x100000))" -o "$file" -T <(
                        echo "SECTIONS { . = $base + 0x100000; .text : AT(ADDR(.text) - $base) { *(.text) } }"
                ) guest.o
}

# Runs guest.elf with every call failing, one at a time: no crash, no leak, and status 125. The first
# is not counted: the console looks for /dev/null with it, and can do without.
assert_elf_failures_clean() {
        local n

        sanitized
        for ((n = 2; n < 100; n++)); do
                MINIKVM_FAIL=$n run_sanitized guest.elf
                [[ $error == *'fail: '* ]] || break
                assert_status 125
                assert_error_has 'minikvm: ' 'Cannot allocate memory'
        done
        ((n > 15)) || fail "only $((n - 2)) calls were made to fail"
        assert_ended 0
}
