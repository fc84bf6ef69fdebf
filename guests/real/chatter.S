/*
 * chatter: talks a lot. It prints the numbers from 1 to 2000, ten in a line.
 *
 * Several chatterers at once show how guests share one terminal. Whoever takes their characters
 * apart again can tell from the numbers whether any is lost, doubled or out of order.
 */
#include "hypercalls.h"

#define LAST            2000
#define PER_LINE        10

        .code16
        .intel_syntax noprefix

        mov     si, 1                   /* SI = the number */
        mov     cx, 0                   /* printed without spaces before it */
line:
        mov     di, PER_LINE            /* DI = how many are still to come in this line */
next:
        mov     ax, si
        call    print_decimal
        inc     si
        dec     di
        jz      end_of_line
        mov     al, ' '
        call    putchar
        jmp     next
end_of_line:
        mov     al, '\n'
        call    putchar
        cmp     si, LAST
        jbe     line
        hlt

#include "print.inc"
