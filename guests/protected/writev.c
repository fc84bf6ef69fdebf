/* Hands buffers to the hypervisor by virtual address: good ones, scattered ones, bad ones. */
#include "guest.h"

#define OWN_BASE        0xC0000000u     /* pages 0 and 1 are ours, page 2 is not there */
#define BEYOND_BASE     0xC0400000u     /* one 4 MiB page where the machine has no RAM */
#define BEYOND_RAM      0xE0000000u
#define TABLE_BEYOND    0xC0800000u     /* a page table where the machine has no RAM */

static uint32_t own_table[PAGE_TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE_4K)));
static char frames[3][PAGE_SIZE_4K] __attribute__((aligned(PAGE_SIZE_4K)));

static const char greeting[] = "written through a virtual address\n";
static const char across[] = "this line lies in two frames that are no neighbours\n";

static uint32_t physical(const void *pointer)
{
        return (uint32_t)pointer - KERNEL_BASE;
}

/* Page 0 is the last frame and page 1 the first: the frame between them belongs to neither. */
static void map_own(void)
{
        uint32_t cr3;
        uint32_t *directory;

        asm volatile ("mov %0, cr3" : "=r" (cr3));
        directory = (uint32_t *)(cr3 + KERNEL_BASE);
        own_table[0] = physical(frames[2]) | PTE_P | PTE_W;
        own_table[1] = physical(frames[0]) | PTE_P | PTE_W;
        directory[OWN_BASE >> PDE_SHIFT] = physical(own_table) | PTE_P | PTE_W;
        directory[BEYOND_BASE >> PDE_SHIFT] = BEYOND_RAM | PTE_P | PTE_W | PDE_PS;
        directory[TABLE_BEYOND >> PDE_SHIFT] = BEYOND_RAM | PTE_P | PTE_W;
}

static void try_write(const char *what, uint32_t address, uint32_t length)
{
        uint32_t result = hypercall(HC_WRITE, address, length);

        print("%s: %s", what, result == HC_ERROR ? "refused\n" : "");
        if (result != HC_ERROR)
                print("%u bytes\n", result);
}

int main(void)
{
        uint32_t boundary = OWN_BASE + PAGE_SIZE_4K;
        uint32_t start = boundary - sizeof(across) / 2;

        try_write("a good pointer", (uint32_t)greeting, sizeof(greeting) - 1);
        try_write("the same by its low address", physical(greeting), sizeof(greeting) - 1);

        map_own();
        for (uint32_t i = 0; i < sizeof(across); i++)
                ((char *)start)[i] = across[i];
        for (uint32_t i = 0; i < PAGE_SIZE_4K; i++)
                frames[1][i] = '?';
        try_write("across two pages", start, sizeof(across) - 1);

        try_write("nothing at all", (uint32_t)greeting, 0);
        try_write("no page there", OWN_BASE + 2 * PAGE_SIZE_4K, 1);
        try_write("only its end has no page", boundary + PAGE_SIZE_4K - 8, 9);
        try_write("a page outside RAM", BEYOND_BASE, 1);
        try_write("a page table outside RAM", TABLE_BEYOND, 1);
        try_write("longer than 64 KiB", (uint32_t)greeting, HC_WRITE_MAX + 1);
        try_write("as long as 32 bits can say", (uint32_t)greeting, 0xFFFFFFFF);
        try_write("past the end of the address space", 0xFFFFFFF0, 0x20);
        return 0;
}
