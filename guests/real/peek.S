/*
 * peek: looks for a secret in all the memory it can reach, and prints what it finds.
 *
 * A real-mode program may load any number into a segment register. Nobody checks whether that
 * segment is its own. Segment n begins at address n * 16, so walking a segment register through
 * all its values, and looking at 16 bytes each time, reads the whole first megabyte.
 *
 * In chapter 05 that is the memory of all guests, and peek finds what secret.bin keeps. In chapter
 * 06 the same image finds nothing: it still reads a megabyte, but one that is all its own.
 */
#include "hypercalls.h"

#define PARAGRAPH       16              /* Intel's name for the 16 bytes that segments count in */
#define SEGMENT_SIZE    0x1000          /* 64 KiB, in paragraphs */
#define LONGEST         64              /* print no more of a secret than this */

        .code16
        .intel_syntax noprefix

        mov     si, offset hello
        call    print
        mov     bx, 0                   /* BX = the paragraph to look at */
look:
        /* Our own segment is the 64 KiB from CS on: not interesting. */
        mov     ax, bx
        mov     dx, cs
        sub     ax, dx                  /* AX = distance from CS, very large if BX is below it */
        cmp     ax, SEGMENT_SIZE
        jb      next_paragraph          /* "jump if below" */

        /* SCASB compares AL with the byte at ES:DI. REPNE repeats it while they differ. */
        mov     es, bx
        mov     di, 0
        mov     cx, PARAGRAPH
        mov     al, 'S'
again:
        repne scasb
        jne     next_paragraph          /* no S among these 16 bytes */
        call    compare_marker
        jne     try_rest
        call    tell
        inc     word ptr [found]
try_rest:
        jcxz    next_paragraph          /* "jump if CX is zero": that was the last of the 16 */
        jmp     again

next_paragraph:
        inc     bx
        cmp     bx, 0xFFFF              /* the very last one has no room for a secret */
        jb      look

        cmp     word ptr [found], 0
        jne     done
        mov     si, offset nothing
        call    print
done:
        hlt

/* Is the marker at ES:DI-1? The answer is in the zero flag, for JE and JNE. */
compare_marker:
        push    cx
        push    di
        dec     di                      /* SCASB had gone one further */
        mov     si, offset marker
        mov     cx, offset marker_length
1:      mov     al, [si]
        dec     al                      /* see below */
        cmp     al, es:[di]
        jne     2f
        inc     si
        inc     di
        loop    1b
        cmp     cx, cx                  /* all are equal: set the zero flag */
2:      mov     al, 'S'                 /* for SCASB. MOV and POP leave the flags alone */
        pop     di
        pop     cx
        ret

/* Print where the marker at ES:DI-1 is, and the text that follows it. */
tell:
        pushad
        mov     si, offset at
        call    print
        mov     eax, 0
        mov     ax, es
        shl     eax, 4                  /* segment * 16 ... */
        movzx   edi, di                 /* DI, made 32 bits wide with zeros */
        dec     edi
        add     eax, edi                /* ... + offset = the address */
        call    print_hex
        mov     al, ':'
        call    putchar
        mov     al, ' '
        call    putchar

        add     di, offset marker_length
        mov     cx, LONGEST
1:      mov     al, es:[di]
        cmp     al, 0
        je      2f
        call    putchar
        inc     di
        loop    1b
2:      mov     al, '\n'
        call    putchar
        popad
        ret

found:  .word   0

/*
 * The text to look for, "SECRET: ", with one added to every letter. A copy in plain text would be
 * found as well: by another peek, in our memory.
 */
marker: .byte   'S' + 1, 'E' + 1, 'C' + 1, 'R' + 1, 'E' + 1, 'T' + 1, ':' + 1, ' ' + 1
marker_length = . - marker

hello:
        .asciz  "Looking for a secret in the first megabyte ...\n"
at:
        .asciz  "Found at "
nothing:
        .asciz  "Nothing found.\n"

#include "print.inc"
