/* An interrupt descriptor table in which every vector leads to one C function. */
#include "guest.h"

#define VECTORS         (EXC_COUNT + IRQ_COUNT)
#define STUB_SIZE       16              /* as vectors.S aligns them */

/* A gate: SDM 3A, 6.11. */
struct gate {
        uint16_t offset_low;
        uint16_t selector;
        uint8_t zero;
        uint8_t type;                   /* bit 7: present */
        uint16_t offset_high;
};

extern char vectors[];                  /* vectors.S */

interrupt_handler *caught_by;           /* vectors.S calls it */

void interrupts_catch(interrupt_handler *handler)
{
        static struct gate idt[VECTORS];
        const struct idt_pointer pointer = { .limit = sizeof(idt) - 1, .base = (uint32_t)idt };

        for (uint32_t i = 0; i < VECTORS; i++) {
                uint32_t stub = (uint32_t)vectors + i * STUB_SIZE;

                idt[i] = (struct gate) {
                        .offset_low = stub & 0xFFFF,
                        .selector = CODE_SELECTOR,
                        .type = 0x80 | GATE_TYPE_INTERRUPT32,
                        .offset_high = stub >> 16,
                };
        }
        caught_by = handler;
        asm volatile ("lidt %0" : : "m" (pointer));
}
