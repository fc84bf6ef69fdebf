/*
 * interrupts: handles one that it asks for, and one that it does not.
 *
 * In real mode the first 1,024 bytes of memory are the interrupt vector table: 256 entries of
 * four bytes, the offset and the segment of the routine that handles interrupt n. On a PC the
 * BIOS fills it. Here is no BIOS, so the table is ours to fill. (In chapter 05 guests share their
 * memory, and with it this table: there, run this guest alone.)
 *
 * On interrupt n the processor pushes its flags, CS and IP, takes the new CS:IP from entry n, and
 * goes on there. IRET pops the three, and the interrupted program never notices. INT n does this
 * on request. The processor does it by itself when an instruction cannot be carried out: DIV by
 * zero is interrupt 0, and the IP on the stack is that of the DIV, so that one could mend the
 * operands and try again. (Intel SDM volume 3, "8086 Emulation".)
 */
#include "hypercalls.h"
#include "x86.h"

#define VECTOR_OURS     0x21            /* any number that the processor has no use for */

        .code16
        .intel_syntax noprefix

        mov     ax, 0
        mov     es, ax                  /* ES:0 = where the table begins */
        mov     word ptr es:[EXC_DE * 4], offset divide_error
        mov     es:[EXC_DE * 4 + 2], cs
        mov     word ptr es:[VECTOR_OURS * 4], offset our_interrupt
        mov     es:[VECTOR_OURS * 4 + 2], cs

        mov     si, offset asking
        call    print
        int     VECTOR_OURS
        mov     si, offset back
        call    print

        mov     si, offset dividing
        call    print
        mov     ax, 7
        mov     cl, 0
        div     cl                      /* AL = AX / CL. Two bytes of machine code: F6 F1 */
        mov     si, offset back
        call    print
        hlt

our_interrupt:
        push    si
        mov     si, offset handling_ours
        call    print
        pop     si
        iret

divide_error:
        push    si
        push    bp
        mov     si, offset handling_divide
        call    print
        mov     bp, sp                  /* BP is for addresses on the stack, in segment SS */
        add     word ptr [bp + 4], 2    /* there: BP, SI, IP, CS, flags. Return behind the DIV */
        pop     bp
        pop     si
        iret

asking:
        .asciz  "int 0x21\n"
handling_ours:
        .asciz  "  interrupt 0x21: you called?\n"
dividing:
        .asciz  "7 / 0\n"
handling_divide:
        .asciz  "  interrupt 0: the processor cannot divide by zero\n"
back:
        .asciz  "  and back again\n"

#include "print.inc"
