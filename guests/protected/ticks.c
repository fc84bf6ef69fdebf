/* Counts timer interrupts: 100 a second, a line for every ten, and after fifty it ends. */
#include "guest.h"

#define HZ              100
#define LINE_TICKS      10
#define LAST_TICK       50
#define IRQ_BASE        EXC_COUNT       /* the first vector that is not Intel's */

static volatile uint32_t ticks;

static void on_interrupt(struct frame *frame)
{
        if (frame->vector != IRQ_BASE + IRQ_TIMER)
                return;
        ticks++;
        if (ticks % LINE_TICKS == 0)
                print("ticks: %u\n", ticks);
        if (ticks == LAST_TICK)         /* late ticks come in a row: let no more through */
                outb(PIC1_DATA, 0xFF);
        outb(PIC1_CMD, PIC_EOI);
}

/* Out of reset the vectors are those of exceptions: move all sixteen to where nothing else is. */
static void pic_start(void)
{
        outb(PIC1_CMD, PIC_ICW1_INIT);
        outb(PIC2_CMD, PIC_ICW1_INIT);
        outb(PIC1_DATA, IRQ_BASE);
        outb(PIC2_DATA, IRQ_BASE + 8);
        outb(PIC1_DATA, 1 << IRQ_CASCADE);
        outb(PIC2_DATA, IRQ_CASCADE);
        outb(PIC1_DATA, PIC_ICW4_8086);
        outb(PIC2_DATA, PIC_ICW4_8086);
        outb(PIC1_DATA, (uint8_t)~(1 << IRQ_TIMER));    /* a set bit holds its line back */
        outb(PIC2_DATA, 0xFF);
}

static void pit_start(void)
{
        outb(PIT_CMD, PIT_CH0_RATE);
        outb(PIT_CH0, (PIT_HZ / HZ) & 0xFF);
        outb(PIT_CH0, (PIT_HZ / HZ) >> 8);
}

int main(void)
{
        interrupts_catch(on_interrupt);
        pic_start();
        pit_start();
        while (ticks < LAST_TICK)
                asm volatile ("sti\n\thlt\n\tcli");     /* STI takes effect after HLT has begun */
        return 0;
}
