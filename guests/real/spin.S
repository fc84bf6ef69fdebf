/*
 * spin: never ends, and never asks for anything.
 *
 * A guest that makes no exits does not give the processor back. Can the hypervisor still stop it?
 */
        .code16
        .intel_syntax noprefix

forever:
        jmp     forever
