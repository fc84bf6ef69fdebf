/*
 * escape-flat: enters protected mode, where a segment can be all of memory.
 *
 * It visits its neighbours, and then an address where no guest has any memory.
 */
#include "escape.inc"
#include "protected.inc"

what_we_do:
        .asciz  "Enters protected mode, with a segment of 4 GiB.\n"

targets:
        .long   0x10000, 0x20000, 0x30000, 0x40000, 0x10000000, 0

read_target:
        call    enter_protected_mode
        mov     ax, GDT_FLAT
        mov     ds, ax
        mov     esi, edx
        mov     edi, offset loot
        mov     ecx, BYTES
        rep movs byte ptr es:[edi], byte ptr [esi]      /* MOVSB with 32-bit offsets */
        jmp     return

write_target:
        call    enter_protected_mode
        mov     ax, GDT_FLAT
        mov     ds, ax
        mov     byte ptr [edx + SPOT], '!'

/* Back in real mode, segments end where they did last. The manual wants that to be 64 KiB. */
return:
        mov     ax, GDT_REAL
        mov     ds, ax
        call    leave_protected_mode
        ret
