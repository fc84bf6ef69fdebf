/* generate.c - guests by chance: flat ones and ELF files, from noise to programs with a plan. */
#include "fuzz.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLAT_MAX = 65280, REAL_GUESTS_MAX = 64, CODE_MAX = 0x8000 };

static struct guest_file real_guests[REAL_GUESTS_MAX];
static int real_guest_count;

void generate_learn(const char *path)
{
        struct guest_file *guest = &real_guests[real_guest_count];
        FILE *file = fopen(path, "rb");

        if (!file || real_guest_count == REAL_GUESTS_MAX ||
            !(guest->bytes = malloc(GUEST_FILE_MAX))) {
                fprintf(stderr, "fuzz: %s cannot be read\n", path);
                exit(125);
        }
        guest->size = fread(guest->bytes, 1, GUEST_FILE_MAX, file);
        fclose(file);
        if (guest->size > 0)
                real_guest_count++;
}

/* Small ones more often than large ones. */
static size_t some_size(size_t max)
{
        return 1 + below((max - 1) >> below(12));
}

static void noise(struct guest_file *file)
{
        file->size = some_size(one_in(20) ? FLAT_MAX + 100 : FLAT_MAX);
        random_bytes(file->bytes, file->size);
}

static void flat_program(struct guest_file *file)
{
        struct code code = {.bytes = file->bytes, .max = FLAT_MAX};

        if (!one_in(4))
                code_catch_faults(&code);
        code_stream(&code, 1 + below(200));
        file->size = code.size;
}

/* Some bytes differ, some are those of another place; sometimes the end is missing. */
static void mutate(uint8_t *bytes, size_t *size, size_t first)
{
        if (*size <= first)
                return;
        for (uint32_t i = 1 + below(16); i > 0; i--) {
                size_t at = first + below(*size - first);
                size_t from = first + below(*size - first);
                size_t rest = *size - (at > from ? at : from);

                switch (below(4)) {
                case 0:
                        bytes[at] ^= 1 << below(8);
                        break;
                case 1:
                        bytes[at] = chance();
                        break;
                case 2:
                        for (uint32_t number = odd_number(); number && at < *size; number >>= 8)
                                bytes[at++] = number;
                        break;
                default:
                        memmove(bytes + at, bytes + from, below(rest < 64 ? rest : 64));
                }
        }
        if (one_in(16))
                *size = 1 + below(*size);
}

static void mutated(struct guest_file *file)
{
        const struct guest_file *real = &real_guests[below(real_guest_count)];

        file->size = real->size;
        memcpy(file->bytes, real->bytes, real->size);
        mutate(file->bytes, &file->size, 0);
}

/* Nothing but the headers of a real ELF file. */
static void mutated_headers(struct guest_file *file)
{
        const struct guest_file *real = &real_guests[below(real_guest_count)];
        size_t headers = sizeof(Elf32_Ehdr) + 4 * sizeof(Elf32_Phdr);

        file->size = real->size;
        memcpy(file->bytes, real->bytes, real->size);
        if (headers > file->size)
                headers = file->size;
        mutate(file->bytes, &headers, EI_NIDENT);
}

/* What is in a page table: pages inside RAM, at its end, outside, and tables that hold themselves.
 */
static uint32_t table_entry(void)
{
        static const uint32_t places[] = {
                0, TABLES_AT, TABLES_AT + 0x1000, TABLES_AT + 0x2000, TABLES_AT + 0x3000, CODE_AT,
                0x1FFF000, 0x2000000, 0x1C00000, 0x80000000, 0xFFFFF000, 0xFFC00000, 0x1FFE000,
        };
        uint32_t place = one_in(8) ? (uint32_t)chance() : ONE_OF(places);

        return (place & 0xFFFFF000) | (below(0x1000) & ~(one_in(2) ? 0x80 : 0)) | !one_in(8);
}

static void write_tables(uint8_t *tables)
{
        for (int i = 0; i < TABLES_SIZE; i += 4) {
                uint32_t entry = table_entry();
                memcpy(tables + i, &entry, 4);
        }
        /* The first 4 MiB, where code and tables lie, are mapped to themselves, or it ends soon. */
        for (int i = 0; i < TABLES_SIZE && !one_in(8); i += 4096) {
                uint32_t entry = 0x87;
                memcpy(tables + i, &entry, 4);
        }
}

/* An ELF file of two segments: machine code, and page tables. */
static void elf_of(struct guest_file *file, const struct code *code, bool high)
{
        uint32_t code_offset = sizeof(Elf32_Ehdr) + 2 * sizeof(Elf32_Phdr);
        Elf32_Ehdr header = {
                .e_ident = {0x7F, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
                .e_type = ET_EXEC, .e_machine = EM_386, .e_version = EV_CURRENT,
                .e_entry = CODE_AT + (high ? 0x80000000 : 0), .e_phoff = sizeof(Elf32_Ehdr),
                .e_ehsize = sizeof(header), .e_phentsize = sizeof(Elf32_Phdr), .e_phnum = 2,
        };
        Elf32_Phdr segments[2] = {
                {.p_type = PT_LOAD, .p_paddr = CODE_AT, .p_offset = code_offset,
                 .p_filesz = code->size, .p_memsz = code->size},
                {.p_type = PT_LOAD, .p_paddr = TABLES_AT, .p_offset = code_offset + code->size,
                 .p_filesz = TABLES_SIZE, .p_memsz = TABLES_SIZE},
        };

        memcpy(file->bytes, &header, sizeof(header));
        memcpy(file->bytes + sizeof(header), segments, sizeof(segments));
        memcpy(file->bytes + code_offset, code->bytes, code->size);
        write_tables(file->bytes + code_offset + code->size);
        file->size = code_offset + code->size + TABLES_SIZE;
}

static void elf_program(struct guest_file *file)
{
        static uint8_t bytes[CODE_MAX];
        struct code code = {.bytes = bytes, .max = sizeof(bytes), .is_32bit = true};
        bool paging = one_in(2);

        if (!one_in(8))
                code_catch_faults(&code);
        if (paging)
                code_page(&code, TABLES_AT + below(TABLES_SIZE) / 4096 * 4096);
        code_stream(&code, 1 + below(200));
        elf_of(file, &code, !paging && one_in(3));
}

static void elf_noise(struct guest_file *file)
{
        static uint8_t bytes[CODE_MAX];
        struct code code = {.bytes = bytes, .size = 1 + below(CODE_MAX), .is_32bit = true};

        random_bytes(bytes, code.size);
        elf_of(file, &code, one_in(2));
        if (one_in(2))
                mutate(file->bytes, &file->size, EI_NIDENT);
}

void generate(struct guest_file *file)
{
        static const struct {
                const char *kind;
                void (*make)(struct guest_file *file);
        } kinds[] = {
                {"noise", noise}, {"flat program", flat_program}, {"flat program", flat_program},
                {"mutated guest", mutated}, {"mutated guest", mutated},
                {"mutated headers", mutated_headers}, {"ELF noise", elf_noise},
                {"ELF program", elf_program}, {"ELF program", elf_program},
                {"ELF program", elf_program},
        };
        uint32_t i = below(sizeof(kinds) / sizeof(kinds[0]));

        file->kind = kinds[i].kind;
        kinds[i].make(file);
}
