/*
 * fibonacci: the Fibonacci numbers, as far as 16 bits go.
 *
 * Every number is the sum of the two before it. How do we know when to stop? When a sum needs a
 * 17th bit, ADD puts that bit into the carry flag CF, and JNC ("jump if no carry") looks there.
 * In C we would have to compare; the processor has known all along.
 */
#include "hypercalls.h"

        .code16
        .intel_syntax noprefix

        mov     ax, 0                   /* AX = a number that has been printed */
        mov     bx, 1                   /* BX = the one after it */
        mov     cx, 0                   /* no spaces to make columns */
        call    print_decimal
next:
        xchg    ax, bx                  /* AX = the one after it, BX = the one before */
        mov     si, offset gap
        call    print
        call    print_decimal
        add     bx, ax                  /* BX = their sum, the next one */
        jnc     next

        mov     si, offset newline
        call    print
        hlt

gap:    .asciz  " "
newline:
        .asciz  "\n"

#include "print.inc"
