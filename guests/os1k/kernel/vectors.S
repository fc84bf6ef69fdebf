/* Where the processor enters the kernel and leaves it. */
#include "kernel.h"

        .intel_syntax noprefix

        .text
        .global vectors, system_call_stub, trap_return
        .balign STUB_SIZE
vectors:
        .set    number, 0
        .rept   EXC_COUNT + IRQ_COUNT
        .balign STUB_SIZE
        /* SDM 3A, 6.13: only these exceptions push an error code, the others get a 0 here. */
        .if ((0x60227D00 >> number) & 1) == 0
        push    0
        .endif
        push    number
        jmp     trap_entry
        .set    number, number + 1
        .endr
system_call_stub:
        push    0
        push    SYSCALL_VECTOR

/*
 * The processor and the stub have begun a struct trap_frame: in the process's own structure when
 * they interrupted user mode (gdt_set_stack), on the kernel's stack when they woke the idle kernel.
 */
trap_entry:
        pushad
        mov     eax, USER_DATA          /* whatever a program has put there; it is flat as well */
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        cld                             /* C code counts on it, programs do as they please */
        mov     eax, esp
        test    dword ptr [esp + FRAME_CS], SEL_RPL
        jz      1f                      /* it was the kernel: stay on its stack */
        mov     esp, offset kernel_stack_end
1:      push    eax
        call    trap

/* The frame that trap() returns is that of who shall go on. */
trap_return:
        mov     esp, eax
        popad
        add     esp, 8                  /* vector and error code */
        iretd
