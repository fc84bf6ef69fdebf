/*
 * escape-offset: uses offsets that lead beyond its segment.
 *
 * Since the 386 an instruction may have a 32-bit register between the brackets, and so a 32-bit
 * offset. But in real mode a segment ends at offset 0xFFFF, and the processor refuses the rest.
 */
#include "escape.inc"

what_we_do:
        .asciz  "Uses 32-bit offsets beyond its segment.\n"

targets:
        .long   0x10000, 0x20000, 0x30000, 0x40000, 0

prepare:
        ret

read_target:
        mov     esi, edx
        sub     esi, [own_base]         /* how far it is from the start of our segment */
        mov     edi, offset loot
        mov     ecx, BYTES
        rep movs byte ptr es:[edi], byte ptr [esi]      /* MOVSB with 32-bit offsets */
        ret

write_target:
        mov     esi, edx
        sub     esi, [own_base]
        mov     byte ptr [esi + SPOT], '!'
        ret
