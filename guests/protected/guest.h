/* What the small 32-bit guests share. */
#ifndef GUEST_H
#define GUEST_H

#include <stdint.h>

#include "hypercalls.h"
#include "x86.h"

#define CODE_SELECTOR   0x08            /* in the GDT that the hypervisor left at 0x500 */
#define HIGH_BASE       0x80000000u     /* where a guest that starts with paging finds its RAM */

/* What is on the stack when an interrupt handler runs: vectors.S pushes it, lowest address first. */
struct frame {
        uint32_t edi, esi, ebp, esp_unused, ebx, edx, ecx, eax;
        uint32_t vector;
        uint32_t error;                 /* 0 for the vectors that have no error code */
        uint32_t eip, cs, eflags;       /* pushed by the processor */
};

typedef void interrupt_handler(struct frame *frame);

/* console.c: text to the serial port; the format is that of os1k/lib/format.h */
__attribute__((format(printf, 1, 2))) void print(const char *form, ...);

/* interrupts.c: an IDT in which every exception and IRQ ends in this handler */
void interrupts_catch(interrupt_handler *handler);

static inline void outb(uint16_t port, uint8_t value)
{
        asm volatile ("out %w0, %b1" : : "Nd" (port), "a" (value));
}

static inline uint8_t inb(uint16_t port)
{
        uint8_t value;

        asm volatile ("in %b0, %w1" : "=a" (value) : "Nd" (port));
        return value;
}

/* One question to the hypervisor, one answer: see hypercalls.h. */
static inline uint32_t hypercall(uint8_t number, uint32_t ebx, uint32_t ecx)
{
        uint32_t result;

        asm volatile ("out dx, al" : : "d" (HC_PORT), "a" (number), "b" (ebx), "c" (ecx) : "memory");
        asm volatile ("in eax, dx" : "=a" (result) : "d" (HC_PORT));
        return result;
}

#endif
