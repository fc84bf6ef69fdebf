/* fuzz.h - the parts of the fuzzer: numbers by chance, instructions, guests, runs of them. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* chance.c - numbers that look random and are the same for the same seed. */
void chance_seed(uint64_t seed);
uint64_t chance(void);                          /* 64 random bits */
uint32_t below(uint32_t limit);                 /* 0 to limit - 1 */
bool one_in(uint32_t n);
uint32_t one_of(const uint32_t *values, size_t count);
void random_bytes(uint8_t *bytes, size_t size);
uint32_t odd_number(void);                      /* one that programs tend to get wrong */

#define ONE_OF(values) one_of(values, sizeof(values) / sizeof((values)[0]))

/* Machine code in the making. */
struct code {
        uint8_t *bytes;
        size_t size, max;
        bool is_32bit;
};

/* code.c - instructions by chance. */
void code_add(struct code *code, const void *bytes, size_t size);
void code_stream(struct code *code, int count);         /* so many snippets, then the end */
void code_catch_faults(struct code *code);              /* first: faults are stepped over */
void code_page(struct code *code, uint32_t directory);  /* switches paging on */

/* Where a 32-bit guest's parts lie: its code, tables that code_catch_faults fills, page tables. */
enum { CODE_AT = 0x100000, IDT_AT = 0x110000, GDT_AT = 0x111000, TSS_AT = 0x112000,
       TABLES_AT = 0x200000 };
enum { TABLES_SIZE = 8 * 4096 };

/* A guest's file. */
struct guest_file {
        const char *kind;
        uint8_t *bytes;
        size_t size;
};
enum { GUEST_FILE_MAX = 1 << 20 };

/* generate.c - guests by chance; real ones are what some of them are made of. */
void generate_learn(const char *path);          /* a real guest; ends the program if it cannot */
void generate(struct guest_file *file);         /* file->bytes has room for GUEST_FILE_MAX */

#endif
