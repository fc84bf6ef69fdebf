/* start: where a guest in C begins and how it ends. It is linked first. */
        .code16gcc                      /* as the compiler's -m16: calls push 32 bits */
        .intel_syntax noprefix

        call    compute

#include "exit.inc"
