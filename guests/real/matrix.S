/*
 * matrix: multiplies two matrices of 8 by 8 and prints the product.
 *
 * The left one is Pascal's triangle, the right one the same triangle mirrored. Their product is
 * known: it has Pascal's triangle in it again, turned by an eighth. Every number is the sum of
 * the one above it and the one to its left, so a mistake cannot hide.
 *
 * An element of the product is a row of the left matrix times a column of the right one:
 *
 *      sum = 0;
 *      for (k = 0; k < N; k++)
 *              sum += left[row][k] * right[k][column];
 */
#include "hypercalls.h"

#define N       8

        .code16
        .intel_syntax noprefix

        mov     si, offset left         /* SI = the first element of a row of left */
        mov     ch, N                   /* CH = rows to go */
row:
        mov     di, offset right        /* DI = the first element of a column of right */
        mov     cl, N                   /* CL = columns to go */
column:
        call    dot_product
        push    cx
        mov     cx, 5
        call    print_decimal           /* the sum, five characters wide */
        pop     cx

        inc     di                      /* the next column begins one byte further on */
        dec     cl
        jnz     column

        mov     al, '\n'
        call    putchar
        add     si, N                   /* the next row begins N bytes further on */
        dec     ch
        jnz     row
        hlt

/* AX = the row at SI times the column at DI. */
dot_product:
        push    cx
        push    si
        push    di
        mov     dx, 0                   /* DX = the sum */
        mov     cx, N
1:      mov     al, [si]
        mul     byte ptr [di]           /* AX = AL * the byte at DI */
        add     dx, ax
        inc     si                      /* along the row */
        add     di, N                   /* down the column */
        loop    1b                      /* subtract 1 from CX, jump if it is not 0 yet */
        mov     ax, dx
        pop     di
        pop     si
        pop     cx
        ret

left:
        .byte   1,  0,  0,  0,  0,  0,  0,  0
        .byte   1,  1,  0,  0,  0,  0,  0,  0
        .byte   1,  2,  1,  0,  0,  0,  0,  0
        .byte   1,  3,  3,  1,  0,  0,  0,  0
        .byte   1,  4,  6,  4,  1,  0,  0,  0
        .byte   1,  5, 10, 10,  5,  1,  0,  0
        .byte   1,  6, 15, 20, 15,  6,  1,  0
        .byte   1,  7, 21, 35, 35, 21,  7,  1

right:
        .byte   1,  1,  1,  1,  1,  1,  1,  1
        .byte   0,  1,  2,  3,  4,  5,  6,  7
        .byte   0,  0,  1,  3,  6, 10, 15, 21
        .byte   0,  0,  0,  1,  4, 10, 20, 35
        .byte   0,  0,  0,  0,  1,  5, 15, 35
        .byte   0,  0,  0,  0,  0,  1,  6, 21
        .byte   0,  0,  0,  0,  0,  0,  1,  7
        .byte   0,  0,  0,  0,  0,  0,  0,  1

#include "print.inc"
