/* Segments. All of them are flat: all they do is tell the kernel from the programs. */
#include "kernel.h"

/* Base and limit lie in pieces all over the eight bytes (SDM 3A, 3.4.5): here 0 and 4 GiB. */
#define FLAT_LIMIT      0x000F00000000FFFF
#define FLAT_FLAGS      (SEG_DESC_G | SEG_DESC_DB | SEG_DESC_P | SEG_DESC_S)
#define FLAT_SEGMENT(type, privilege) (FLAT_LIMIT | (uint64_t)(FLAT_FLAGS \
                | (privilege) << SEG_DESC_DPL_SHIFT | (type) << SEG_DESC_TYPE_SHIFT) << 32)

/* SDM 3A, 8.2.1: made for switching tasks, but all we need is where the kernel's stack is. */
static struct {
        uint32_t link;
        uint32_t esp0, ss0;             /* the stack for an interrupt of user mode */
        uint32_t unused[22];
        uint16_t trap, io_map;          /* where the bits are that allow ports */
} tss = { .ss0 = KERNEL_DATA, .io_map = sizeof(tss) };  /* past the end: none are */

static uint64_t gdt[] = {
        0,
        FLAT_SEGMENT(SEG_TYPE_CODE_ERA, 0),
        FLAT_SEGMENT(SEG_TYPE_DATA_RWA, 0),
        FLAT_SEGMENT(SEG_TYPE_CODE_ERA, 3),
        FLAT_SEGMENT(SEG_TYPE_DATA_RWA, 3),
        0,                              /* the TSS: gdt_init() */
};

const struct table_pointer gdt_pointer = { .limit = sizeof(gdt) - 1, .base = gdt };

void gdt_init(void)
{
        uint32_t base = (uint32_t)&tss;
        uint32_t high = (base & 0xFF000000) | (base >> 16 & 0xFF)
                        | SEG_DESC_P | SEG_TYPE_TSS32_AVAIL << SEG_DESC_TYPE_SHIFT;

        gdt[TSS_SELECTOR / 8] = (uint64_t)high << 32 | base << 16 | (sizeof(tss) - 1);
        asm volatile ("ltr %w0" : : "r" (TSS_SELECTOR));
}

void gdt_set_stack(const void *end)
{
        tss.esp0 = (uint32_t)end;
}
