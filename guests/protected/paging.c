/* Looks at the paging it was started with, adds a page of its own, and catches a page fault. */
#include "guest.h"

#define OWN_BASE        0xC0000000u     /* no page is here at the start */

static uint32_t own_table[PAGE_TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE_4K)));
static uint8_t frames[2][PAGE_SIZE_4K] __attribute__((aligned(PAGE_SIZE_4K)));

/* The processor's tables hold physical addresses, our pointers are virtual ones. */
static uint32_t physical(const void *pointer)
{
        return (uint32_t)pointer - KERNEL_BASE;
}

static void map_own(uint32_t page, const void *frame)
{
        own_table[page] = physical(frame) | PTE_P | PTE_W;
}

/* A page that was missing is given a frame, and the instruction that touched it runs again. */
static void on_exception(struct frame *frame)
{
        uint32_t address;

        asm volatile ("mov %0, cr2" : "=r" (address));
        print("exception %u, error code %u, CR2=0x%x\n", frame->vector, frame->error, address);
        if (frame->vector != EXC_PF || address >> PDE_SHIFT != OWN_BASE >> PDE_SHIFT)
                hypercall(HC_EXIT, 1, 0);
        map_own((address >> PTE_SHIFT) % PAGE_TABLE_ENTRIES, frames[1]);
}

/* Two virtual addresses, one physical: what is written at the high one is there at the low one. */
static void show_alias(void)
{
        static volatile uint32_t word = 1;
        volatile uint32_t *low = (volatile uint32_t *)physical((void *)&word);

        word = 0x12345678;
        print("0x%x holds 0x%x, 0x%x holds 0x%x\n",
              (uint32_t)&word, word, (uint32_t)low, *low);
}

int main(void)
{
        uint32_t cr0, cr3, cr4;
        uint32_t *directory;
        volatile uint32_t *own = (volatile uint32_t *)OWN_BASE;
        volatile uint32_t *missing = (volatile uint32_t *)(OWN_BASE + PAGE_SIZE_4K);

        asm volatile ("mov %0, cr0" : "=r" (cr0));
        asm volatile ("mov %0, cr3" : "=r" (cr3));
        asm volatile ("mov %0, cr4" : "=r" (cr4));
        print("CR0.PG=%u CR4.PSE=%u CR3=0x%x\n", !!(cr0 & CR0_PG), !!(cr4 & CR4_PSE), cr3);
        show_alias();

        interrupts_catch(on_exception);
        directory = (uint32_t *)(cr3 + KERNEL_BASE);
        directory[OWN_BASE >> PDE_SHIFT] = physical(own_table) | PTE_P | PTE_W;
        map_own(0, frames[0]);
        *own = 0xCAFE;
        print("0x%x holds 0x%x, its frame too: 0x%x\n", OWN_BASE, *own,
              *(volatile uint32_t *)frames[0]);

        *missing = 0xBEEF;
        print("0x%x holds 0x%x, its frame too: 0x%x\n", (uint32_t)missing, *missing,
              *(volatile uint32_t *)frames[1]);
        return 0;
}
