/*
 * escape-unreal: brings a segment of 4 GiB back to real mode.
 *
 * Real mode changes where a segment begins, and never where it ends. That is 64 KiB from the start
 * on, until somebody changes it in protected mode and comes back: "unreal mode". The same offsets
 * that escape-offset is refused are then as good as any.
 */
#include "escape.inc"
#include "protected.inc"

what_we_do:
        .asciz  "Brings a segment of 4 GiB back from protected mode.\n"

targets:
        .long   0x10000, 0x20000, 0x30000, 0x40000, 0

read_target:
        call    become_unreal
        mov     esi, edx
        mov     edi, offset loot
        mov     ecx, BYTES
        rep movs byte ptr es:[edi], byte ptr [esi]      /* MOVSB with 32-bit offsets */
        ret

write_target:
        call    become_unreal
        mov     byte ptr [edx + SPOT], '!'
        ret

/* Make DS begin at 0 and end at 4 GiB, and be in real mode with it. */
become_unreal:
        call    enter_protected_mode
        mov     ax, GDT_FLAT
        mov     ds, ax
        call    leave_protected_mode
        ret
