/*
 * unknown-hypercall: makes a hypercall that does not exist.
 *
 * What a hypervisor does not know it must not ignore, or else nobody notices the mistake.
 */
#include "hypercalls.h"

#define HC_UNKNOWN      99

        .code16
        .intel_syntax noprefix

        mov     dx, HC_PORT
        mov     al, HC_UNKNOWN
        out     dx, al
        hlt
