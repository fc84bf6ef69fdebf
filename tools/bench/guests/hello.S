/* hello: a line of text to the serial port, byte by byte. */
#include "x86.h"

        .code16
        .intel_syntax noprefix

        mov     si, offset text
        mov     cx, offset end - text
        mov     dx, COM1
next:
        lodsb
        out     dx, al
        loop    next

#include "exit.inc"

text:   .ascii  "Hello from a guest!\n"
end:
