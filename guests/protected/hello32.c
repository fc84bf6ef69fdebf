/* The smallest 32-bit guest: it says hello and shows that it is in protected mode. */
#include "guest.h"

int main(void)
{
        uint32_t cr0;
        uint16_t cs, ss;

        asm volatile ("mov %0, cr0" : "=r" (cr0));
        asm volatile ("mov %w0, cs" : "=r" (cs));
        asm volatile ("mov %w0, ss" : "=r" (ss));
        print("Hello from 32-bit protected mode!\n");
        print("CR0.PE=%u CR0.PG=%u CS=0x%x SS=0x%x\n", cr0 & CR0_PE, !!(cr0 & CR0_PG), cs, ss);
        return 0;
}
