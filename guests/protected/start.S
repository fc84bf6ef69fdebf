/* Where every guest here starts, and how it ends. */
#include "hypercalls.h"

        .intel_syntax noprefix

        .section .text.start, "ax"
        .global _start
_start:
        add     esp, offset KERNEL_BASE /* the stack where this guest is linked (guest.ld) */
        call    main
        mov     ebx, eax                /* what main returns is the exit status */
        mov     dx, HC_PORT
        mov     al, HC_EXIT
        out     dx, al
stop:
        cli                             /* reached only where no hypervisor listens */
        hlt
        jmp     stop
