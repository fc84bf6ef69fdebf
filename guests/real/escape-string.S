/*
 * escape-string: moves strings across the end of its segment.
 *
 * An instruction with REP goes on and on. But SI and DI have 16 bits: after offset 0xFFFF comes
 * offset 0, and what was to be the neighbour's first byte is our own.
 */
#include "escape.inc"

what_we_do:
        .asciz  "Moves strings across the end of its segment.\n"

targets:
        .long   0                       /* prepare fills it in */
        .long   0

/* The only target is what lies behind our own segment. */
prepare:
        mov     eax, [own_base]
        add     eax, SEGMENT_SIZE
        mov     [targets], eax
        ret

/* One byte from the end of the segment, and the rest from behind it. */
read_target:
        mov     si, SEGMENT_SIZE - 1
        mov     di, offset loot - 1
        mov     cx, 1 + BYTES
        rep movsb                       /* copy from DS:SI to ES:DI, CX times */
        ret

/* One byte to the end of the segment, and the rest behind it, up to the spot. */
write_target:
        mov     di, SEGMENT_SIZE - 1
        mov     cx, 1 + SPOT + 1
        mov     al, '!'
        rep stosb                       /* store AL at ES:DI, CX times */
        ret
