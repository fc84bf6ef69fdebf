/* code.c - instructions by chance, of the kinds that a hypervisor has something to do with. */
#include "fuzz.h"
#include "hypercalls.h"

#include <string.h>

enum { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI };

void code_add(struct code *code, const void *bytes, size_t size)
{
        if (code->size + size > code->max)
                return;
        memcpy(code->bytes + code->size, bytes, size);
        code->size += size;
}

#define ADD(code, ...) code_add(code, (const uint8_t[]){__VA_ARGS__}, \
                                sizeof((const uint8_t[]){__VA_ARGS__}))

/* The next instruction has operands of this size, whatever the mode. */
static void operands_of(struct code *code, int bits)
{
        if (bits != 8 && (bits == 32) != code->is_32bit)
                ADD(code, 0x66);
}

static void set(struct code *code, int reg, uint32_t value)
{
        operands_of(code, 32);
        ADD(code, 0xB8 + reg, value, value >> 8, value >> 16, value >> 24);
}

static uint32_t some_port(void)
{
        static const uint32_t ports[] = {
                0x3F8, 0x3F8, 0x3F9, 0x3FB, 0x3FD, 0x3F5, HC_PORT, HC_PORT, 0x4FD, 0x60, 0x64, 0x61,
                0x20, 0x21, 0xA0, 0xA1, 0x40, 0x42, 0x43, 0x4D0, 0x70, 0xCF8, 0xCFC, 0xFFFF,
        };

        return one_in(8) ? below(0x10000) : ONE_OF(ports);
}

static int some_bits(void)
{
        static const uint32_t bits[] = {8, 16, 32};

        return ONE_OF(bits);
}

static void in_out(struct code *code)
{
        int bits = some_bits();
        uint32_t port = some_port();

        set(code, EDX, port);
        operands_of(code, bits);
        if (port < 0x100 && one_in(2))
                ADD(code, 0xE4 + (bits != 8) + 2 * one_in(2), port);
        else
                ADD(code, 0xEC + (bits != 8) + 2 * one_in(2));
}

static void string_in_out(struct code *code)
{
        int bits = some_bits();

        set(code, EDX, some_port());
        set(code, ECX, one_in(4) ? odd_number() : below(5000));
        set(code, ESI, odd_number());
        set(code, EDI, odd_number());
        ADD(code, 0xFC + one_in(8));                            /* cld, std */
        if (one_in(4))
                ADD(code, 0x26 + 8 * below(4));                 /* another segment */
        if (one_in(8))
                ADD(code, 0x67);                                /* the other size of addresses */
        operands_of(code, bits);
        ADD(code, 0xF3, 0x6C + (bits != 8) + 2 * one_in(2));    /* rep ins, rep outs */
}

static void hypercall(struct code *code)
{
        static const uint32_t numbers[] = {
                HC_EXIT, HC_PUTCHAR, HC_PUTCHAR, HC_PUTCHAR, HC_GETCHAR, HC_WRITE, HC_WRITE,
                HC_WRITE, HC_WRITE, HC_WRITE, HC_WRITE, HC_WRITE + 1,
        };
        static const uint32_t sizes[] = {0, 1, 2, 4095, 4096, 4097, 65535, 65536, 65537, ~0u};

        set(code, EBX, odd_number());
        set(code, ECX, one_in(3) ? below(0x12000) : ONE_OF(sizes));
        set(code, EAX, one_in(64) ? below(256) : ONE_OF(numbers));
        set(code, EDX, HC_PORT);
        ADD(code, 0xEE);
        if (one_in(2)) {
                operands_of(code, 32);
                ADD(code, 0xED);
        }
}

static void load_segment(struct code *code)
{
        uint32_t selector = one_in(2) ? below(16) * 8 + below(8) : odd_number();
        static const uint32_t registers[] = {0, 2, 3, 4, 5};    /* ES, SS, DS, FS, GS */

        set(code, EAX, selector);
        switch (below(8)) {
        case 0:                                                 /* a far jump or call */
                ADD(code, one_in(2) ? 0xEA : 0x9A, code->size + 7, one_in(4) ? 0x10 : 0);
                if (code->is_32bit)
                        ADD(code, 0x10, 0);
                ADD(code, selector, selector >> 8);
                break;
        case 1:                                                 /* lldt, ltr */
                ADD(code, 0x0F, 0x00, 0xD0 + 8 * one_in(2));
                break;
        case 2:                                                 /* les, lds of some memory */
                ADD(code, 0xC4 + one_in(2), below(0x40));
                break;
        default:
                ADD(code, 0x8E, 0xC0 + 8 * ONE_OF(registers));
        }
}

/* Control registers keep most of what they had; descriptor tables come from anywhere. */
static void change_mode(struct code *code)
{
        static const uint32_t registers[] = {0, 0, 3, 4, 4, 2, 8};
        uint32_t reg = ONE_OF(registers);
        uint32_t bit = 1u << below(32);

        switch (below(4)) {
        case 0:                                                 /* lgdt, lidt [ebx] */
                set(code, EBX, odd_number());
                ADD(code, 0x0F, 0x01, 0x17 + 8 * one_in(2));
                break;
        case 1:
                set(code, EAX, odd_number() & 0xFFFF);
                ADD(code, 0x0F, 0x01, 0xF0);                    /* lmsw ax */
                break;
        default:
                if (one_in(8))
                        set(code, EAX, odd_number());
                else
                        ADD(code, 0x0F, 0x20, 0xC0 + 8 * (reg & 7));    /* mov eax, crN */
                operands_of(code, 32);
                ADD(code, 0x35, bit, bit >> 8, bit >> 16, bit >> 24);   /* xor eax, one bit */
                ADD(code, 0x0F, 0x22, 0xC0 + 8 * (reg & 7));            /* mov crN, eax */
        }
}

static void model_specific(struct code *code)
{
        static const uint32_t numbers[] = {
                0x10, 0x1B, 0x6E0, 0x174, 0x175, 0x176, 0x277, 0x2FF, 0x200, 0xC0000080, 0xC0000081,
                0xC0000100, 0xC0010117, 0x4B564D00, 0x4B564D02, 0x40000000, 0x800, 0x1A0, 0x8B,
        };

        set(code, ECX, one_in(8) ? odd_number() : ONE_OF(numbers));
        set(code, EAX, odd_number());
        set(code, EDX, one_in(2) ? 0 : odd_number());
        ADD(code, 0x0F, one_in(2) ? 0x30 : 0x32);               /* wrmsr, rdmsr */
}

static void touch_memory(struct code *code)
{
        set(code, EBX, odd_number());
        set(code, ESI, odd_number());
        set(code, EDI, odd_number());
        set(code, ECX, below(300));
        switch (below(4)) {
        case 0:
                ADD(code, 0xF3, 0xA4 + below(2));               /* rep movs */
                break;
        case 1:
                ADD(code, 0xF3, 0xAA + below(2));               /* rep stos */
                break;
        default:
                if (!code->is_32bit)
                        ADD(code, 0x67);
                ADD(code, 0x88 + below(4), 0x03 + 8 * below(8)); /* mov between [ebx] and another */
        }
}

/* Single instructions that the CPU asks the hypervisor about, or whose effect is far-reaching. */
static void rare(struct code *code)
{
        static const struct { uint8_t size, bytes[4]; } rares[] = {
                {1, {0xF4}}, {1, {0xFA}}, {1, {0xFB}}, {2, {0xFB, 0xF4}}, {1, {0xCC}}, {1, {0xF1}},
                {1, {0xCE}}, {1, {0xCF}}, {1, {0x9C}}, {1, {0x9D}}, {2, {0x0F, 0xA2}},
                {2, {0x0F, 0x31}}, {2, {0x0F, 0x0B}}, {2, {0x0F, 0x08}}, {2, {0x0F, 0x09}},
                {2, {0x0F, 0x05}}, {2, {0x0F, 0x34}}, {2, {0x0F, 0x35}}, {2, {0x0F, 0x06}},
                {3, {0x0F, 0x01, 0xC1}}, {3, {0x0F, 0x01, 0xD9}}, {3, {0x0F, 0x01, 0xD8}},
                {3, {0x0F, 0x01, 0xDC}}, {3, {0x0F, 0x01, 0xC8}}, {3, {0x0F, 0x01, 0xD1}},
                {3, {0x0F, 0x01, 0x3B}}, {3, {0x0F, 0x23, 0xF8}}, {3, {0x0F, 0x23, 0xC0}},
                {3, {0x0F, 0xAA, 0x90}}, {2, {0xF3, 0x90}}, {2, {0xDB, 0xE3}}, {2, {0xD9, 0x03}},
                {3, {0x0F, 0x28, 0x03}}, {1, {0xD7}}, {2, {0xF7, 0xF3}}, {1, {0x60}}, {1, {0x61}},
        };
        size_t i = below(sizeof(rares) / sizeof(rares[0]));

        if (one_in(4))
                ADD(code, 0xCD, chance());                      /* int n */
        else
                code_add(code, rares[i].bytes, rares[i].size);
}

static void any_bytes(struct code *code)
{
        uint8_t bytes[12];

        random_bytes(bytes, sizeof(bytes));
        code_add(code, bytes, 1 + below(sizeof(bytes)));
}

/* To user mode, with the right to do I/O: what follows runs there, hypercalls too. */
static void to_user_mode(struct code *code)
{
        if (!code->is_32bit)
                return;
        ADD(code, 0x6A, 0x23, 0x54);                            /* push the data segment, esp */
        ADD(code, 0x68, 0x02, 0x30, one_in(8) ? 2 : 0, 0);      /* push EFLAGS: IOPL 3; VM */
        ADD(code, 0x6A, 0x1B, 0xE8, 0, 0, 0, 0); /* push the code segment; call $+5 */
        ADD(code, 0x83, 0x04, 0x24, 0x05, 0xCF);                /* the address behind this iret */
}

static void jump(struct code *code)
{
        ADD(code, one_in(4) ? 0xE2 : 0x70 + below(16), one_in(4) ? chance() : below(30));
}

void code_stream(struct code *code, int count)
{
        static void (*const snippets[])(struct code *) = {
                in_out, in_out, string_in_out, string_in_out, hypercall, hypercall, hypercall,
                load_segment, change_mode, model_specific, touch_memory, touch_memory, rare,
                any_bytes, to_user_mode, jump,
        };

        for (int i = 0; i < count; i++)
                snippets[below(sizeof(snippets) / sizeof(snippets[0]))](code);
        switch (below(3)) {
        case 0:
                ADD(code, 0xFA, 0xF4);                          /* cli; hlt */
                break;
        case 1:
                set(code, EBX, below(140));
                set(code, EDX, HC_PORT);
                ADD(code, 0xB0, HC_EXIT, 0xEE);                 /* mov al, HC_EXIT; out dx, al */
                break;
        default:
                ADD(code, 0xEB, below(256));                    /* a loop, with luck */
        }
}

/* mov dword [at], value */
static void store(struct code *code, uint32_t at, uint32_t value)
{
        ADD(code, 0xC7, 0x05, at, at >> 8, at >> 16, at >> 24,
            value, value >> 8, value >> 16, value >> 24);
}

/* An interrupt gate (SDM 3A, 6.11) for each exception, some of which push an error code. */
static void write_vectors(struct code *code, uint32_t handler, uint32_t error_code_handler)
{
        const uint32_t have_error_code = 1 << 8 | 0x1F << 10 | 1 << 17;

        for (uint32_t i = 0; i < 32; i++) {
                uint32_t to = have_error_code >> i & 1 ? error_code_handler : handler;
                store(code, IDT_AT + i * 8, 0x08 << 16 | (to & 0xFFFF));
                store(code, IDT_AT + i * 8 + 4, (to & 0xFFFF0000) | 0xEE00);
        }
}

/* From now on a fault goes on one byte behind where it happened. */
static void catch_faults_32bit(struct code *code)
{
        /* flat segments of the kernel and the user, a TSS at TSS_AT, 16-bit segments */
        static const uint64_t gdt[] = {
                0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF, 0x00CFFB000000FFFF, 0x00CFF3000000FFFF,
                0x0000891120000067, 0x000F9B000000FFFF, 0x000F93000000FFFF,
        };
        uint32_t start = CODE_AT + code->size;

        ADD(code, 0xEB, 4 + 7);
        ADD(code, 0xFF, 0x04, 0x24, 0xCF);                              /* inc [esp]; iret */
        ADD(code, 0x83, 0xC4, 0x04, 0xFF, 0x04, 0x24, 0xCF);            /* the error code first */
        write_vectors(code, start + 2, start + 6);
        for (uint32_t i = 0; i < 8 * 2; i++)
                store(code, GDT_AT + i * 4, gdt[i / 2] >> i % 2 * 32);
        store(code, TSS_AT + 4, 0x1F0000);                              /* ESP and SS of ring 0 */
        store(code, TSS_AT + 8, 0x10);
        /* the two tables' pseudo-descriptors, on the stack: sub esp, 8; mov word, mov dword */
        ADD(code, 0x83, 0xEC, 0x08, 0x66, 0xC7, 0x04, 0x24, 0x3F, 0x00, 0xC7, 0x44, 0x24, 0x02,
            0x00, 0x10, GDT_AT >> 16, 0x00, 0x0F, 0x01, 0x14, 0x24);    /* lgdt [esp] */
        ADD(code, 0x66, 0xC7, 0x04, 0x24, 0xFF, 0x00, 0xC7, 0x44, 0x24, 0x02,
            0x00, 0x00, IDT_AT >> 16, 0x00, 0x0F, 0x01, 0x1C, 0x24);    /* lidt [esp] */
        ADD(code, 0x66, 0xB8, 0x28, 0x00, 0x0F, 0x00, 0xD8);            /* ltr */
}

void code_catch_faults(struct code *code)
{
        if (code->is_32bit)
                return catch_faults_32bit(code);
        ADD(code, 0xEB, 8);
        uint8_t handler = code->size;
        ADD(code, 0x55, 0x89, 0xE5, 0xFF, 0x46, 0x02, 0x5D, 0xCF);      /* inc [sp]; iret */
        ADD(code, 0x31, 0xFF, 0x8E, 0xC7, 0xB9, 32, 0);         /* es:di = 0:0, cx = 32 */
        ADD(code, 0xB8, handler, 0, 0xAB, 0x8C, 0xC8, 0xAB);    /* offset, segment */
        ADD(code, 0xE2, 0xF7);                                  /* loop */
}

void code_page(struct code *code, uint32_t directory)
{
        set(code, EAX, directory);
        ADD(code, 0x0F, 0x22, 0xD8);                            /* mov cr3, eax */
        ADD(code, 0x0F, 0x20, 0xE0, 0x0C, one_in(4) ? 0 : 0x10, 0x0F, 0x22, 0xE0); /* CR4.PSE */
        ADD(code, 0x0F, 0x20, 0xC0, 0x0D, 0, 0, one_in(2), 0x80, 0x0F, 0x22, 0xC0);     /* CR0.PG */
}
