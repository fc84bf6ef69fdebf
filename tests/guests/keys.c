/*
 * keys.c - a guest without paging that prints every scancode it reads, in hexadecimal. It reads one
 * byte for each interrupt 1. When they go down, some keys have it do more than that:
 *
 *      z       interrupts stay off for a while, and nothing is read
 *      p       from now on interrupts stay off: it looks at the controller's status, over and over
 *      g       prints what HC_GETCHAR gives, in brackets
 *      x       triple fault
 *      Ctrl    the end, with status 7
 */
#include <stdbool.h>

#include "guest.h"

#define IRQ_BASE        EXC_COUNT
#define KEY_Z           0x2C
#define KEY_P           0x19
#define KEY_G           0x22
#define KEY_X           0x2D
#define KEY_CTRL        0x1D
#define LONG_WHILE      600000000ull    /* cycles: some tenths of a second */

static bool polls;

static uint64_t now(void)
{
        uint64_t cycles;

        asm volatile ("rdtsc" : "=A" (cycles));
        return cycles;
}

static _Noreturn void crash(void)
{
        const struct idt_pointer none = { .limit = 0, .base = 0 };

        asm volatile ("lidt %0\n\tud2" : : "m" (none));
        __builtin_unreachable();
}

static void take(uint8_t scancode)
{
        uint64_t start = now();

        print("%x ", scancode);
        if (scancode == KEY_Z)
                while (now() - start < LONG_WHILE)
                        ;
        else if (scancode == KEY_P)
                polls = true;
        else if (scancode == KEY_G)
                print("[%x] ", hypercall(HC_GETCHAR, 0, 0));
        else if (scancode == KEY_X)
                crash();
        else if (scancode == KEY_CTRL)
                hypercall(HC_EXIT, 7, 0);
}

static void on_interrupt(struct frame *frame)
{
        if (frame->vector != IRQ_BASE + IRQ_KEYBOARD) {
                print("(vector %u) ", frame->vector);
                hypercall(HC_EXIT, 8, 0);
        }
        outb(PIC1_CMD, PIC_EOI);
        take(inb(KBD_DATA));
}

static void pic_start(void)
{
        outb(PIC1_CMD, PIC_ICW1_INIT);
        outb(PIC1_DATA, IRQ_BASE);
        outb(PIC1_DATA, 1 << IRQ_CASCADE);
        outb(PIC1_DATA, PIC_ICW4_8086);
        outb(PIC1_DATA, (uint8_t)~(1 << IRQ_KEYBOARD));
}

int main(void)
{
        interrupts_catch(on_interrupt);
        pic_start();
        inb(KBD_STATUS);
        print("ready\n");
        while (!polls)
                asm volatile ("sti\n\thlt\n\tcli" : : : "memory");
        for (;;)
                if (inb(KBD_STATUS) & KBD_STATUS_OBF)
                        take(inb(KBD_DATA));
}
