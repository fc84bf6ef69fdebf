/* The programs: each an executable of its own, put into the kernel's file byte by byte. */
        .section .rodata
        .balign 4
        .global programs
programs:
        .irp name, shell, multiplication, counter, echo, fibonacci, primes, calculator, factorial, \
                   gcd, about, rogue
        .pushsection .rodata.programs, "a"
1:      .asciz  "\name"
2:      .incbin "build/\name\().bin"
3:
        .popsection
        .long   1b, 2b, 3b
        .endr
        .long   0
