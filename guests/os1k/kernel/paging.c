/* Memory: frames of 4 MiB to give away, and page directories that show a process its own one. */
#include "kernel.h"

/* The frames that nobody has, the next to give away last. Frame 0 is the kernel's own. */
static uint32_t free_frames[PROCESS_MAX] = { 7, 6, 5, 4, 3, 2, 1 };
uint32_t frames_free = PROCESS_MAX;

/* The physical address of a frame of zeros: what a process left there is nobody's business. */
uint32_t frame_alloc(void)
{
        uint32_t frame = free_frames[--frames_free] * PAGE_SIZE_4M;
        uint32_t next = frame + KERNEL_BASE;
        uint32_t count = PAGE_SIZE_4M / 4;

        asm volatile ("rep stosd" : "+D" (next), "+c" (count) : "a" (0) : "memory");
        return frame;
}

void frame_free(uint32_t frame)
{
        free_frames[frames_free++] = frame / PAGE_SIZE_4M;
}

/* The kernel is in every directory, so that interrupts find it, but without PTE_U. */
void directory_init(uint32_t *directory, uint32_t memory)
{
        memcpy(directory, boot_directory, PAGE_SIZE_4K);
        directory[0] = 0;
        directory[USER_BASE >> PDE_SHIFT] = memory | PTE_P | PTE_W | PTE_U | PDE_PS;
}
