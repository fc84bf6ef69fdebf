/*
 * outside: touches memory that is not there.
 *
 * The highest segment is 0xFFFF, and begins 16 bytes below the end of the first megabyte. Its
 * offset 16 is the first byte behind it: 0xFFFF * 16 + 16 = 0x100000. The guest has one megabyte.
 */
        .code16
        .intel_syntax noprefix

        mov     ax, 0xFFFF
        mov     ds, ax                  /* a segment register takes no constant, so by way of AX */
        mov     al, [16]
        hlt
