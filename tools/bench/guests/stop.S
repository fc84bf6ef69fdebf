/* stop: a guest that ends at once, in a way that every hypervisor here understands (exit.inc). */
        .code16
        .intel_syntax noprefix

#include "exit.inc"
