/*
 * hypercalls: every hypercall that a real-mode guest has, once.
 *
 * HC_PUTCHAR prints a character, HC_GETCHAR reads one, HC_EXIT ends the guest with a status of
 * its own, which becomes the exit status of minikvm. HLT ends a guest as well, with status 0.
 */
#include "hypercalls.h"

#define STATUS  42

        .code16
        .intel_syntax noprefix

        /* HC_PUTCHAR: BL = the character. There is no result. */
        mov     si, offset putchar_text
        call    print
        mov     bl, '*'
        mov     al, HC_PUTCHAR
        mov     dx, HC_PORT
        out     dx, al

        /* HC_GETCHAR: no argument. IN fetches the result: a byte, or HC_ERROR at the end. */
        mov     si, offset getchar_text
        call    print
        mov     al, HC_GETCHAR
        mov     dx, HC_PORT
        out     dx, al
        in      eax, dx
        cmp     eax, HC_ERROR
        je      end_of_input
        mov     si, offset byte_text
        call    print
        mov     cx, 0
        call    print_decimal           /* AX, the lower half of EAX, holds the byte */
        jmp     leave_guest
end_of_input:
        mov     si, offset end_text
        call    print

        /* HC_EXIT: BL = the status. There is no way back, so nothing needs to follow. */
leave_guest:
        mov     si, offset exit_text
        call    print
        mov     bl, STATUS
        mov     al, HC_EXIT
        mov     dx, HC_PORT
        out     dx, al

putchar_text:
        .asciz  "HC_PUTCHAR prints "
getchar_text:
        .asciz  "\nHC_GETCHAR reads "
byte_text:
        .asciz  "the byte "
end_text:
        .asciz  "the end of the input"
exit_text:
        .asciz  "\nHC_EXIT ends this guest with status 42\n"

#include "print.inc"
