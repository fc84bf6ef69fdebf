/* One short stub for each vector: they differ in the number they push. */
        .intel_syntax noprefix

        .macro stub number
        .balign 16
        /* SDM 3A, 6.13: only these exceptions push an error code, the others get a 0 here. */
        .if ((0x60227D00 >> \number) & 1) == 0
        push    0
        .endif
        push    \number
        jmp     caught
        .endm

        .text
        .global vectors
        .balign 16
vectors:
        .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
                     22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, \
                     41, 42, 43, 44, 45, 46, 47
        stub    \number
        .endr

caught:
        pushad
        push    esp                     /* the handler's argument: struct frame * */
        mov     eax, [caught_by]
        call    eax
        add     esp, 4
        popad
        add     esp, 8                  /* vector and error code */
        iretd
