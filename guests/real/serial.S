/*
 * serial: prints as one has to on a real PC. It sets the port up first, and asks it before every
 * byte whether there is room for one, for a wire is slow.
 *
 * The chip, a 16550, has more registers than its eight port numbers can tell apart. While the bit
 * DLAB of its line control register is set, the number of the data register means the divisor
 * instead, which is the speed: 115,200 bits a second, divided by it.
 */
#include "x86.h"                        /* COM1 and its registers, LCR_DLAB, LSR_THRE */

        .code16
        .intel_syntax noprefix

        mov     dx, COM1_LCR
        mov     al, LCR_DLAB
        out     dx, al
        mov     dx, COM1
        mov     al, '0'                 /* 115,200 / 48: 2400 bits a second. '0' is number 48, */
        out     dx, al                  /* so you see who prints the speed. */
        mov     dx, COM1_IER            /* where the divisor's upper half is at this moment */
        mov     al, 0
        out     dx, al
        mov     dx, COM1_LCR
        mov     al, LCR_8N1             /* eight bits, no parity, one stop bit; DLAB is off again */
        out     dx, al

        mov     si, offset message
next:
        mov     bl, [si]                /* BL, for AL is needed below */
        cmp     bl, 0
        je      done
        mov     dx, COM1_LSR
wait:
        in      al, dx
        test    al, LSR_THRE            /* AND, but only for the flags */
        jz      wait                    /* no room yet */
        mov     dx, COM1
        mov     al, bl
        out     dx, al
        inc     si
        jmp     next
done:
        hlt

message:
        .asciz  "Set up, asked before every byte, and on its way at 2400 bits a second.\n"
