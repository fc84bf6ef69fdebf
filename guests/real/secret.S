/*
 * secret: keeps a secret in its memory, and tells nobody.
 *
 * It says that it has one, stays long enough for a neighbour to look around, and then sees
 * whether its secret is still what it was. The text is never printed: whoever knows it has read
 * this guest's memory. peek and the escape guests try.
 *
 * Another secret can be chosen when the guest is built: -DSECRET='"text"'
 */
#include "hypercalls.h"
#include "x86.h"

#ifndef SECRET
#define SECRET          "look under the doormat"
#endif

#define PATIENCE        5000            /* how long to wait: a number of reads from a port */

        .code16
        .intel_syntax noprefix

        jmp     start

marker: .ascii  "SECRET: "              /* peek looks for this, and prints what follows */
secret: .asciz  SECRET
copy:   .asciz  SECRET                  /* to compare with. It has no marker */
length = . - copy

start:
        mov     si, offset hello
        call    print

        /* Waiting. Every IN is an exit to the hypervisor, which takes the time we want to pass. */
        mov     cx, PATIENCE
        mov     dx, COM1_LSR            /* the serial port's line status: harmless to read */
wait_for_neighbours:
        in      al, dx
        loop    wait_for_neighbours     /* subtract 1 from CX, jump if it is not 0 yet */

        /* CMPSB compares the bytes at DS:SI and ES:DI; REPE repeats it while they are equal. */
        mov     si, offset secret
        mov     di, offset copy
        mov     cx, offset length
        repe cmpsb
        mov     si, offset kept
        je      report
        mov     si, offset changed
report:
        call    print
        hlt

hello:
        .asciz  "I have a secret.\n"
kept:
        .asciz  "My secret is as it was.\n"
changed:
        .asciz  "Somebody has changed my secret!\n"

#include "print.inc"
