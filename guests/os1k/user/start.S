/* Where every program starts, and how it ends. */
#include "abi.h"

        .intel_syntax noprefix

        .section .text.start, "ax"
        .global _start
_start:
        call    main
        mov     eax, SYS_EXIT
        int     SYSCALL_VECTOR
