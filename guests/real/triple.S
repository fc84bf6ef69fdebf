/*
 * triple: a triple fault, the end of every processor that has nowhere left to go.
 *
 * Division by zero raises an exception. Its handler cannot be called, for we have made the
 * interrupt table empty: that is a second exception, a double fault. Its handler cannot be called
 * either: that is the third, and now the processor shuts down. A PC would reset itself.
 *
 * We turn on protected mode first. In real mode a processor checks the table's limit as well, but
 * KVM's instruction emulator, which stands in for some processors there, does not.
 */
#include "x86.h"

        .code16
        .intel_syntax noprefix

        lidt    [empty_table]
        mov     eax, cr0
        or      al, CR0_PE              /* "protection enable" */
        mov     cr0, eax

        mov     cl, 0
        div     cl
        hlt                             /* not reached */

empty_table:                            /* what LIDT loads */
        .word   0                       /* the last valid offset in the table */
        .long   0                       /* where it begins */
