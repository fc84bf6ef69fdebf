/* The programs: each an executable of its own, put into the kernel's file byte by byte. */
/* PROGRAMS is the Makefile's list, each word of it in PROGRAM() */
#define PROGRAM(name)   name,

        .section .rodata
        .balign 4
        .global programs
programs:
        .irp name, shell, PROGRAMS rogue
        .pushsection .rodata.programs, "a"
1:      .asciz  "\name"
2:      .incbin "build/\name\().bin"
3:
        .popsection
        .long   1b, 2b, 3b
        .endr
        .long   0, 0, 0
