/*
 * multiplication: the tables of 2 to 9, side by side.
 *
 * Two loops, one in the other, as in C:
 *
 *      for (bl = 1; bl <= 9; bl++)
 *              for (bh = 2; bh <= 9; bh++)
 *                      print(bh, "x", bl, "=", bh * bl);
 */
#include "hypercalls.h"

        .code16
        .intel_syntax noprefix

        mov     bl, 1
row:
        mov     bh, 2
column:
        mov     al, bh
        add     al, '0'                 /* from a number to its digit */
        call    putchar
        mov     al, 'x'
        call    putchar
        mov     al, bl
        add     al, '0'
        call    putchar
        mov     al, '='
        call    putchar

        mov     al, bh
        mul     bl                      /* AX = AL * BL: two bytes give a product of 16 bits */
        mov     cx, 2
        call    print_decimal

        inc     bh
        cmp     bh, 9
        ja      end_of_row
        mov     si, offset gap
        call    print
        jmp     column
end_of_row:
        mov     al, '\n'
        call    putchar
        inc     bl
        cmp     bl, 9
        jbe     row
        hlt

gap:    .asciz  "  "

#include "print.inc"
