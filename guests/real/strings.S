/*
 * strings: moves whole strings between memory and a port, with one instruction each.
 *
 *      OUTSB   sends the byte at DS:SI to the port in DX, then moves SI on by one
 *      INSB    stores a byte from the port in DX at ES:DI, then moves DI on by one
 *      REP     in front of either: do it CX times, counting CX down to 0
 *
 * The direction flag DF says which way "on" is. CLD clears it: SI and DI go up. STD sets it: they
 * go down, so a string is taken from its last byte to its first.
 *
 * For a hypervisor, `rep outsb` is one instruction and many bytes. It must serve all of them.
 */
#include "x86.h"                        /* COM1, COM1_LSR (line status) and its bit LSR_THRE */

        .code16
        .intel_syntax noprefix

        /* Upwards: SI starts at the first byte. */
        cld
        mov     dx, COM1
        mov     si, offset upwards
        mov     cx, offset upwards_length       /* OFFSET: the number, nothing from memory */
        rep outsb

        /* Downwards: SI starts at the last byte. */
        std
        mov     si, offset downwards_end - 1
        mov     cx, offset downwards_length
        rep outsb

        /* The other way round: the line status, read eight times into eight bytes of memory. */
        cld
        mov     dx, COM1_LSR
        mov     di, offset status
        mov     cx, 8
        rep insb

        /* Count in AL, as a digit, how many of them say that the port is ready to send. */
        mov     al, '0'
        mov     si, offset status
count:
        test    byte ptr [si], LSR_THRE /* AND, but only for the flags */
        jz      not_ready               /* "jump if zero" */
        inc     al
not_ready:
        inc     si
        cmp     si, offset status + 8
        jne     count                   /* "jump if not equal" */
        mov     [digit], al             /* the text below has a place for it */

        mov     dx, COM1
        mov     si, offset result
        mov     cx, offset result_length
        rep outsb
        hlt

upwards:
        .ascii  "rep outsb, DF = 0: from the first byte up\n"
upwards_length = . - upwards            /* "." is the place that the assembler has reached */

downwards:                              /* written backwards, to come out forwards */
        .ascii  "\nnwod etyb tsal eht morf :1 = FD ,bstuo per"
downwards_end:
downwards_length = . - downwards

result:
        .ascii  "rep insb: ready to send, "
digit:  .ascii  "? times of 8\n"
result_length = . - result

status: .space  8
