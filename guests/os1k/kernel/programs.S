/* The programs: each an executable of its own, put into the kernel's file byte by byte. */
#define PROGRAM(name)   entry name;

        .macro entry name
        .pushsection .rodata.programs, "a"
1:      .asciz  "\name"
2:      .incbin "build/\name\().bin"
3:
        .popsection
        .long   1b, 2b, 3b
        .endm

        .section .rodata
        .balign 4
        .global programs
programs:
        PROGRAM(shell) PROGRAMS PROGRAM(rogue)  /* PROGRAMS is from the Makefile's list */
        .long   0, 0, 0
