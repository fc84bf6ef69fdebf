/*
 * counter: counts from 0 to 9, and asks the hypervisor to print.
 *
 * A serial port has to be imitated, for guests expect it to behave like the real thing. A
 * hypercall is plainer: a question to the hypervisor, in a form that the two agreed on. OUT to
 * HC_PORT asks it. AL says which one, BL what to print; OUT leaves both as they are.
 */
#include "hypercalls.h"

        .code16
        .intel_syntax noprefix

        mov     dx, HC_PORT
        mov     al, HC_PUTCHAR
        mov     cl, '0'
next:
        mov     bl, cl
        out     dx, al                  /* the digit */
        mov     bl, '\n'
        out     dx, al                  /* the end of its line */

        inc     cl
        cmp     cl, '9'
        jbe     next                    /* "jump if below or equal" */
        hlt
