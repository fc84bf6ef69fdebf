/* The first instructions, and the header by which QEMU knows a kernel. */
#include "kernel.h"

#define MULTIBOOT_MAGIC         0x1BADB002
#define MULTIBOOT_ADDRESSES     0x00010000      /* flag: read the addresses below, not ELF's */
#define RAM_PDES                (RAM_SIZE / PAGE_SIZE_4M)
#define KERNEL_PDE              (KERNEL_BASE / PAGE_SIZE_4M)
#define KERNEL_PAGE             (PTE_P + PTE_W + PDE_PS)

        .intel_syntax noprefix

        .global kernel_entry, kernel_stack_end, boot_directory

        .section .text.start, "ax"
        .balign 4
multiboot_header:
        .long   MULTIBOOT_MAGIC
        .long   MULTIBOOT_ADDRESSES
        .long   -(MULTIBOOT_MAGIC + MULTIBOOT_ADDRESSES)
        .long   multiboot_header - KERNEL_BASE
        .long   kernel_start - KERNEL_BASE
        .long   kernel_data_end - KERNEL_BASE
        .long   kernel_end - KERNEL_BASE
        .long   kernel_entry - KERNEL_BASE

/*
 * Mini-KVM jumps here by the address above KERNEL_BASE, with paging on. QEMU jumps here by the
 * physical address, with paging off. Up to the RETF nothing depends on which of them it was.
 */
kernel_entry:
        mov     eax, CR4_PSE
        mov     cr4, eax
        mov     eax, offset boot_directory - KERNEL_BASE
        mov     cr3, eax
        /* EM: x87 instructions fault, so no process can leave numbers there for the next one. */
        mov     eax, CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_EM | CR0_PE
        mov     cr0, eax
        lgdt    [gdt_pointer]
        mov     eax, KERNEL_DATA
        mov     ss, eax
        mov     eax, USER_DATA          /* flat as well, and good for both sides */
        mov     ds, eax
        mov     es, eax
        mov     esp, offset kernel_stack_end
        mov     eax, offset high
        push    KERNEL_CODE
        push    eax
        retf                            /* a far return is a jump that loads CS too */
high:
        call    kernel_main
        jmp     trap_return             /* with what kernel_main returned: the first process */

/* All RAM is mapped in 4 MiB pages at KERNEL_BASE; the page at 0 is for the way up to there. */
        .section .rodata
        .balign PAGE_SIZE_4K
boot_directory:
        .long   KERNEL_PAGE
        .fill   KERNEL_PDE - 1, 4, 0
        .set    frame, 0
        .rept   RAM_PDES
        .long   frame + KERNEL_PAGE
        .set    frame, frame + PAGE_SIZE_4M
        .endr
        .fill   PAGE_TABLE_ENTRIES - KERNEL_PDE - RAM_PDES, 4, 0

/* The kernel's only stack: it starts afresh with every interrupt of user mode. */
        .bss
        .balign 16
        .skip   4096
kernel_stack_end:
