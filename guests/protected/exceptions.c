/*
 * Divides by zero and lives on. Then, if the next byte of its input is a t, it throws its interrupt
 * table away and divides once more: that exception has no handler, nor has the double fault that
 * follows, and what comes third stops the machine.
 */
#include "guest.h"

#define DIV_LENGTH      2               /* bytes of DIV ECX: F7 F1 */

static uint32_t caught;

static void on_exception(struct frame *frame)
{
        print("caught exception %u, error code %u\n", frame->vector, frame->error);
        caught++;
        /* A fault leaves EIP at the instruction that faulted (SDM 3A, 6.5): step over it. */
        frame->eip += DIV_LENGTH;
}

static void divide_by_zero(void)
{
        asm volatile ("div ecx" : : "a" (1), "d" (0), "c" (0) : "cc");
}

int main(void)
{
        const struct idt_pointer empty = { 0 };

        interrupts_catch(on_exception);
        divide_by_zero();
        print("still here, after %u exception\n", caught);

        if ((uint8_t)hypercall(HC_GETCHAR, 0, 0) != 't')
                return 0;
        print("now without an interrupt table\n");
        asm volatile ("lidt %0" : : "m" (empty));
        divide_by_zero();
        return 1;
}
