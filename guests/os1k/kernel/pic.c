/* The two interrupt controllers, and the timer that keeps them busy. */
#include "kernel.h"

#define DIVISOR         (PIT_HZ / HZ)

/* Out of reset, as after firmware, IRQs come as exceptions: move them. Start the timer. */
void irq_init(void)
{
        outb(PIC1_CMD, PIC_ICW1_INIT);
        outb(PIC2_CMD, PIC_ICW1_INIT);
        outb(PIC1_DATA, IRQ_BASE);
        outb(PIC2_DATA, IRQ_BASE + 8);
        outb(PIC1_DATA, 1 << IRQ_CASCADE);
        outb(PIC2_DATA, IRQ_CASCADE);
        outb(PIC1_DATA, PIC_ICW4_8086);
        outb(PIC2_DATA, PIC_ICW4_8086);
        outb(PIC1_DATA, 0xFF & ~(1 << IRQ_TIMER | 1 << IRQ_KEYBOARD)); /* a set bit: not this one */
        outb(PIC2_DATA, 0xFF);

        outb(PIT_CMD, PIT_CH0_RATE);
        outb(PIT_CH0, DIVISOR & 0xFF);
        outb(PIT_CH0, DIVISOR >> 8);
}
