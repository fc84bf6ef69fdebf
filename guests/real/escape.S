/*
 * escape: tries to read and to write memory that belongs to a neighbour.
 *
 * One source, one image for each way out that real mode has: -DWAY_<name> chooses it. Chapter 05
 * loads guest i at address 0x10000 * (i + 1) of a memory that all share. Chapter 06 gives every
 * guest a memory of its own. What has to happen (-write is the same without reading first):
 *
 *      image                   in chapter 05           in chapter 06
 *      escape-segment          escapes                 finds its own empty memory
 *      escape-string           finds itself            finds itself
 *      escape-offset           is refused by the processor, in both
 *      escape-unreal           escapes                 finds its own empty memory
 *      escape-flat, -write     escapes, then ends      its own empty memory, then ends
 *      escape-a20, -write      ends                    ends
 *
 * "Ends" means: the guest touches memory that does not exist, and is stopped with status 126.
 * (QEMU's software CPU does not check segment limits: where it stands in for a processor,
 * escape-offset does what escape-unreal does.)
 *
 * The other guests have a status of their own: 1 if something was read that is not theirs, or 0.
 */
#include "hypercalls.h"
#include "x86.h"

#define BYTES           32              /* how many to read of a neighbour's memory */
#define SPOT            16              /* which one of them to overwrite, with a '!' */
#define STACK_TOP       0xFFFE
#define SEGMENT_SIZE    0x10000

        .code16
        .intel_syntax noprefix

        jmp     start
        .balign BYTES                   /* escape-string will overwrite these first bytes */

start:
        /* When the processor refuses, that is interrupt 13, EXC_GP. Its vector: offset, segment. */
        mov     ax, 0
        mov     es, ax
        mov     word ptr es:[EXC_GP * 4], offset refused
        mov     es:[EXC_GP * 4 + 2], cs

        mov     eax, 0
        mov     ax, cs
        mov     es, ax
        shl     eax, 4
        mov     [own_base], eax         /* the address of our segment, CS * 16 */
        call    prepare

        mov     si, offset what_we_do
        call    print
        mov     bx, offset targets

/* For every address in the table: say it, read there, write there. */
next_target:
        mov     edx, [bx]               /* EDX = the address, in all that follows */
        add     bx, 4
        cmp     edx, [own_base]
        je      next_target             /* that is not a neighbour, that is us */
        cmp     edx, 0                  /* the end of the table */
        je      done

        mov     si, offset text_at
        call    print
        mov     eax, edx
        call    print_hex

#ifndef BLIND
        mov     si, offset text_read
        call    print
        mov     word ptr [after_refusal], offset try_write
        call    read_target
        call    judge
#endif
try_write:
        mov     si, offset text_write
        call    print
        mov     word ptr [after_refusal], offset end_of_line
        call    write_target
        mov     si, offset text_done
        call    print
end_of_line:
        mov     al, '\n'
        call    putchar
        jmp     next_target

done:
        mov     bl, [status]
        mov     al, HC_EXIT
        mov     dx, HC_PORT
        out     dx, al

/* Interrupt 13 comes here. We do not return to what was refused, but go on behind it. */
refused:
        mov     ax, cs
        mov     ds, ax
        mov     sp, STACK_TOP           /* forget what was on the stack: like longjmp() */
        mov     si, offset text_refused
        call    print
        mov     ax, [after_refusal]
        jmp     ax

/* Say what the bytes in loot are: zeros, our own first bytes, or somebody else's. */
judge:
        mov     di, offset loot         /* SCASB compares AL with the byte at ES:DI ... */
        mov     cx, BYTES
        mov     al, 0
        repe scasb                      /* ... and REPE repeats it while they are equal */
        mov     si, offset text_zeros
        je      1f

        mov     si, offset loot         /* CMPSB compares the bytes at DS:SI and ES:DI */
        mov     di, 0
        mov     cx, BYTES
        repe cmpsb
        mov     si, offset text_ourselves
        je      1f

        mov     byte ptr [status], 1
        mov     si, offset text_escaped
        call    print
        call    print_loot
        mov     si, offset text_quote
1:      call    print
        ret

/* Print the bytes in loot, with a dot for what is no printable character. */
print_loot:
        mov     si, offset loot
        mov     cx, BYTES
1:      mov     al, [si]
        inc     si
        cmp     al, ' '
        jb      2f
        cmp     al, '~'
        jbe     3f
2:      mov     al, '.'
3:      call    putchar
        loop    1b
        ret

/*
 * The ways. read_target copies what is at address EDX to loot, write_target puts a '!' there.
 */
#ifdef WAY_string

#define TEXT    "Moves strings across the end of its segment.\n"

/* There is one target only: what lies behind our segment. */
prepare:
        mov     eax, [own_base]
        add     eax, SEGMENT_SIZE
        mov     [targets], eax
        ret

/* Start at the last byte of the segment, and copy so many that the rest comes from behind it. */
read_target:
        mov     si, SEGMENT_SIZE - 1
        mov     di, offset loot - 1
        mov     cx, 1 + BYTES
        rep movsb                       /* copy from DS:SI to ES:DI, CX times */
        ret

/* Likewise, and fill everything up to the spot. */
write_target:
        mov     di, SEGMENT_SIZE - 1
        mov     cx, 1 + SPOT + 1
        mov     al, '!'
        rep stosb                       /* store AL at ES:DI, CX times */
        ret

#else

/*
 * All other ways make DS:ESI point at the target (aim), and take DS back afterwards (come_back).
 * An instruction with a 32-bit register in the brackets has an offset of 32 bits.
 */
read_target:
        call    aim
        mov     edi, offset loot
        mov     ecx, BYTES
        rep movs byte ptr es:[edi], byte ptr [esi]      /* ECX times */
        call    come_back
        ret

write_target:
        call    aim
        mov     byte ptr [esi + SPOT], '!'
        call    come_back
        ret
#endif

#ifdef WAY_segment

#define TEXT    "Loads the segments of its neighbours.\n"

/* Any number may be loaded into a segment register. */
aim:
        mov     eax, edx
        shr     eax, 4
        mov     ds, ax
        mov     esi, 0
        ret
#endif

#ifdef WAY_a20

#define TEXT    "Reaches behind the first megabyte from segment 0xFFFF.\n"

/*
 * Segment 0xFFFF begins at 0xFFFF0, and from its offset 16 on lies behind the first megabyte. The
 * 8086 had 20 address lines and began again at 0 there; PCs kept line A20 switchable for long.
 */
aim:
        mov     ax, 0xFFFF
        mov     ds, ax
        lea     esi, [edx - 0xFFFF0]    /* ESI = EDX - 0xFFFF0 */
        ret
#endif

#ifdef WAY_offset

#define TEXT    "Uses 32-bit offsets beyond its segment.\n"

/* Since the 386 an offset can have 32 bits. But in real mode, a segment ends at offset 0xFFFF. */
aim:
        mov     esi, edx
        sub     esi, [own_base]
        ret
#endif

#if defined(WAY_segment) || defined(WAY_a20) || defined(WAY_offset)
prepare:
        ret

come_back:
        mov     ax, cs
        mov     ds, ax
        ret
#endif

#if defined(WAY_flat) || defined(WAY_unreal)

#define GDT_CODE        0x08            /* selectors: the offsets of our descriptors in the GDT */
#define GDT_FLAT        0x10
#define GDT_REAL        0x18

/*
 * In protected mode a segment register holds a selector, the place of a descriptor in a table,
 * and the descriptor says where the segment begins and where it ends. The table is ours to write.
 * So we describe a segment of 4 GiB that begins at 0: everything there is.
 */
prepare:
        mov     eax, [own_base]
        or      [gdt_code + 2], eax     /* bytes 2 to 4 of a descriptor: where it begins */
        add     [gdt_register + 2], eax
        mov     [way_back + 2], cs
        ret

enter_protected_mode:
        lgdt    [gdt_register]
        mov     eax, cr0
        or      al, CR0_PE
        mov     cr0, eax
        ljmp    [way_in]                /* gives CS a selector, too */
protected_mode:
        ret

leave_protected_mode:
        mov     eax, cr0
        and     al, ~CR0_PE
        mov     cr0, eax
        ljmp    cs:[way_back]           /* gives CS a segment again */
real_mode:
        ret

way_in: .word   protected_mode, GDT_CODE
way_back:
        .word   real_mode, 0            /* offset, segment; prepare puts in ours */

gdt:                                    /* Intel SDM volume 3, "Segment Descriptors" */
        .quad   0                       /* selector 0 is not for use */
gdt_code:                               /* 16-bit code, 64 KiB, begins where our segment does */
        .word   0xFFFF, 0, 0x9B00, 0
        .word   0xFFFF, 0, 0x9300, 0xCF /* data, begins at 0, 4 GiB */
        .word   0xFFFF, 0, 0x9300, 0    /* data, begins at 0, 64 KiB */
gdt_register:                           /* what LGDT loads */
        .word   gdt_register - gdt - 1  /* the last valid offset in the table */
        .long   gdt                     /* its address; prepare adds our segment's */
#endif

#ifdef WAY_flat

#define TEXT    "Enters protected mode, with a segment of 4 GiB.\n"

aim:
        call    enter_protected_mode
        mov     ax, GDT_FLAT
        mov     ds, ax
        mov     esi, edx
        ret

/* Segment limits survive the way back to real mode, so put back one of 64 KiB before it. */
come_back:
        mov     ax, GDT_REAL
        mov     ds, ax
        call    leave_protected_mode
        mov     ax, cs
        mov     ds, ax
        ret
#endif

#ifdef WAY_unreal

#define TEXT    "Brings a segment of 4 GiB back from protected mode.\n"

/* Segment limits survive the way back to real mode. PC programmers call the result unreal mode. */
aim:
        call    enter_protected_mode
        mov     ax, GDT_FLAT
        mov     ds, ax
        call    leave_protected_mode
        mov     esi, edx
        ret

come_back:
        mov     ax, cs
        mov     ds, ax
        ret
#endif

targets:                                /* ends with 0 */
#if defined(WAY_string)
        .long   0                       /* known at run time only */
#elif defined(WAY_a20)
        .long   0x100000
#else
        .long   0x10000, 0x20000, 0x30000, 0x40000
#endif
#ifdef WAY_flat
        .long   0x10000000              /* where no guest has any memory */
#endif
        .long   0

own_base:
        .long   0
after_refusal:
        .word   0
status: .byte   0

        .byte   0                       /* escape-string's first byte, still from our segment */
loot:   .space  BYTES

what_we_do:
        .asciz  TEXT
text_at:
        .asciz  "At "
text_read:
        .asciz  ": read ... "
text_write:
#ifdef BLIND
        .asciz  ": write ... "
#else
        .asciz  ", write ... "
#endif
text_zeros:
        .asciz  "only zeros"
text_ourselves:
        .asciz  "only ourselves"
text_escaped:
        .asciz  "escaped: \""
text_quote:
        .asciz  "\""
text_done:
        .asciz  "done"
text_refused:
        .asciz  "refused"

#include "print.inc"
