/*
 * echo: prints what it reads, until the input ends.
 *
 * HC_GETCHAR waits for a byte, and IN fetches it. IN AL would take 8 bits, and all 256 values of
 * those can be bytes of a file: 0xFF would look like the end of the input. IN EAX takes 32 bits,
 * and in 32 bits there is room for one more value. getchar() in C returns an int for that reason.
 */
#include "hypercalls.h"

        .code16
        .intel_syntax noprefix

        mov     dx, HC_PORT
next:
        mov     al, HC_GETCHAR
        out     dx, al                  /* ask */
        in      eax, dx                 /* fetch the answer */
        cmp     eax, HC_ERROR
        je      done

        mov     bl, al
        mov     al, HC_PUTCHAR
        out     dx, al
        jmp     next
done:
        hlt
