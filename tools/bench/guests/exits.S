/*
 * COUNT exits of one kind, as fast as the guest can make them. The kinds:
 *
 *   OUT       a byte to a port where there is no device
 *   PUTCHAR   a hypercall that writes one byte
 *   WRITE     a hypercall that writes a text of 64 bytes
 *   OUTSB     rep outsb to the serial port, 100 bytes to an instruction
 */
#include "hypercalls.h"
#include "x86.h"

#define OUT             1
#define PUTCHAR         2
#define WRITE           3
#define OUTSB           4
#define UNUSED_PORT     0x1230

        .code16
        .intel_syntax noprefix

        mov     al, HC_PUTCHAR
        mov     bl, '.'
        mov     ecx, 100
        mov     dx, HC_PORT
        mov     edi, COUNT
#if KIND == OUT
        mov     dx, UNUSED_PORT
#elif KIND == WRITE
        mov     al, HC_WRITE
        mov     ebx, 0x10000 + offset text      /* without paging: an address in RAM */
        mov     ecx, 64
#elif KIND == OUTSB
        mov     dx, COM1
        mov     edi, COUNT / 100
#endif
next:
#if KIND == OUTSB
        mov     si, offset text
        mov     cx, 100
        rep outsb
#else
        out     dx, al
#endif
        dec     edi
        jnz     next

#include "exit.inc"

text:   .fill   100, 1, '.'
