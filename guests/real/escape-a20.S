/*
 * escape-a20: reaches behind the first megabyte, without leaving real mode.
 *
 * Segment 0xFFFF begins 16 bytes below the end of the first megabyte, so its offset 16 is address
 * 0x100000. The 8086 had address lines A0 to A19 only, and came out at address 0. When the 286
 * brought A20, PCs got a switch for that line, for the sake of old programs. KVM has no switch.
 */
#include "escape.inc"

what_we_do:
        .asciz  "Reaches behind the first megabyte from segment 0xFFFF.\n"

targets:
        .long   0x100000, 0

prepare:
        ret

read_target:
        mov     ax, 0xFFFF
        mov     ds, ax
        mov     si, 16
        mov     di, offset loot
        mov     cx, BYTES
        rep movsb                       /* copy from DS:SI to ES:DI, CX times */
        ret

write_target:
        mov     ax, 0xFFFF
        mov     ds, ax
        mov     byte ptr [16 + SPOT], '!'
        ret
