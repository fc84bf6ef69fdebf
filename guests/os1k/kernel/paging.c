/* Memory: the page directories that show each process its own 4 MiB, and the kernel to itself. */
#include "kernel.h"

/* Makes a directory for a process with this memory, by physical address, which is cleared. */
void directory_init(uint32_t *directory, uint32_t memory)
{
        uint32_t next = memory + KERNEL_BASE;
        uint32_t count = PAGE_SIZE_4M / 4;

        /* What the last process left there is nobody's business. */
        asm volatile ("rep stosd" : "+D" (next), "+c" (count) : "a" (0) : "memory");
        /* The kernel is in every directory, so that interrupts find it, but without PTE_U. */
        memcpy(directory, boot_directory, PAGE_SIZE_4K);
        directory[0] = 0;
        directory[USER_BASE >> PDE_SHIFT] = memory | PTE_P | PTE_W | PTE_U | PDE_PS;
}
