/*
 * minimal: the smallest guest there is. It asks for nothing, says nothing, and stops.
 *
 * Every guest in this folder begins with the same two lines. `.code16` tells the assembler that
 * the processor will be in real mode, the mode that every x86 processor starts in, where
 * instructions work on 16 bits unless they say otherwise. `.intel_syntax noprefix` lets us write
 * as Intel's manual does: the destination comes first, and a register is called ax, not %ax.
 *
 * There is no main, no library and no file format around it: the image is the machine code and
 * nothing else, and the processor starts at its first byte. Here that is the only one, 0xF4.
 */
        .code16
        .intel_syntax noprefix

        hlt
