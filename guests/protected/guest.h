/* What the small 32-bit guests share. */
#ifndef GUEST_H
#define GUEST_H

#include <stdint.h>

#include "hypercalls.h"
#include "lib.h"                /* print(), which 1K OS uses too */
#include "ports.h"
#include "x86.h"

#define CODE_SELECTOR   0x08            /* in the GDT that the hypervisor left at 0x500 */
#define KERNEL_BASE     0x80000000u     /* where a guest that starts with paging finds its RAM */

/* What is on the stack in an interrupt handler, lowest address first: see vectors.S. */
struct frame {
        uint32_t edi, esi, ebp, esp_unused, ebx, edx, ecx, eax;
        uint32_t vector;
        uint32_t error;                 /* 0 for the vectors that have no error code */
        uint32_t eip, cs, eflags;       /* pushed by the processor */
};

/* What LIDT reads: SDM 3A, 2.4.3. */
struct __attribute__((packed)) idt_pointer {
        uint16_t limit;
        uint32_t base;
};

typedef void interrupt_handler(struct frame *frame);

/* interrupts.c: an IDT in which every exception and IRQ ends in this handler */
void interrupts_catch(interrupt_handler *handler);

/* One question to the hypervisor, one answer: see hypercalls.h. */
static inline uint32_t hypercall(uint8_t number, uint32_t ebx, uint32_t ecx)
{
        uint32_t result;

        asm volatile ("out dx, al"
                      : : "d" (HC_PORT), "a" (number), "b" (ebx), "c" (ecx) : "memory");
        asm volatile ("in eax, dx" : "=a" (result) : "d" (HC_PORT));
        return result;
}

#endif
