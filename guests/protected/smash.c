/*
 * A hostile guest. It fills its page tables with rubbish and asks the hypervisor to write from
 * random addresses, thousands of times. It walks its tables itself as well, so it knows what each
 * answer has to be, and ends with 1 at the first wrong one.
 *
 * Everything follows from a seed, read as digits from the input (1 when there are none). What it
 * writes is rubbish too: on a terminal, send it through tail -n 1.
 */
#include <stdbool.h>

#include "guest.h"

#define ROUNDS          5000
#define RAM_SIZE        (32u << 20)
#define TABLES          4               /* page tables that random directory entries may point to */
#define RESERVED_BITS   0x003FE000      /* of a 4 MiB entry: physical address bits above 31 */
#define RAM_PDE         (KERNEL_BASE >> PDE_SHIFT)      /* from here on RAM stays mapped for us */
#define RAM_PDES        (RAM_SIZE / PAGE_SIZE_4M)

static uint32_t directory[PAGE_TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE_4K)));
static uint32_t tables[TABLES][PAGE_TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE_4K)));

static uint32_t random_state;

/* Xorshift: every value but 0 comes round. */
static uint32_t random(void)
{
        random_state ^= random_state << 13;
        random_state ^= random_state >> 17;
        random_state ^= random_state << 5;
        return random_state;
}

static uint32_t physical(const void *pointer)
{
        return (uint32_t)pointer - KERNEL_BASE;
}

static uint32_t read_seed(void)
{
        uint32_t seed = 0;

        for (;;) {
                uint8_t digit = (uint8_t)hypercall(HC_GETCHAR, 0, 0);

                if (digit < '0' || digit > '9')
                        break;
                seed = seed * 10 + digit - '0';
        }
        return seed ? seed : 1;
}

/* Some entries are rubbish, some map RAM, some point to our tables or back to the directory. */
static uint32_t random_entry(void)
{
        uint32_t flags = random() & (PAGE_SIZE_4K - 1);

        switch (random() % 5) {
        case 0:
                return random();
        case 1:
                return (random() % RAM_SIZE & PTE_ADDR_MASK & ~RESERVED_BITS) | flags | PTE_P;
        case 2:
                return (random() % RAM_SIZE & PTE_ADDR_MASK) | (flags & ~PDE_PS) | PTE_P;
        case 3:
                return physical(tables[random() % TABLES]) | (flags & ~PDE_PS) | PTE_P;
        default:
                return physical(directory) | (flags & ~PDE_PS) | PTE_P;
        }
}

static void scramble(void)
{
        for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++) {
                if (i >= RAM_PDE && i < RAM_PDE + RAM_PDES)
                        directory[i] = (i - RAM_PDE) * PAGE_SIZE_4M | PTE_P | PTE_W | PDE_PS;
                else
                        directory[i] = random_entry();
                for (uint32_t table = 0; table < TABLES; table++)
                        tables[table][i] = random_entry();
        }
        asm volatile ("mov cr3, %0" : : "r" (physical(directory)) : "memory");
}

static uint32_t read_ram(uint32_t address)
{
        return *(volatile uint32_t *)(address + KERNEL_BASE);
}

/* What the hypervisor has to do as well: walk the tables and look at nothing outside RAM. */
static bool is_mapped(uint32_t address)
{
        uint32_t entry = directory[address >> PDE_SHIFT];

        if (!(entry & PTE_P))
                return false;
        if (entry & PDE_PS)
                return !(entry & RESERVED_BITS) && (entry & PDE_LARGE_ADDR_MASK) < RAM_SIZE;
        if ((entry & PTE_ADDR_MASK) >= RAM_SIZE)
                return false;
        entry = read_ram((entry & PTE_ADDR_MASK) + (address >> PTE_SHIFT) % PAGE_TABLE_ENTRIES * 4);
        return (entry & PTE_P) && (entry & PTE_ADDR_MASK) < RAM_SIZE;
}

static uint32_t expected_result(uint32_t address, uint32_t length)
{
        if (length > HC_WRITE_MAX || (length && address + length - 1 < address))
                return HC_ERROR;
        for (uint32_t i = 0; i < length; i++)
                if (!is_mapped(address + i))
                        return HC_ERROR;
        return length;
}

static uint32_t random_length(void)
{
        switch (random() % 8) {
        case 0:
                return random();                        /* nearly always far too long */
        case 1:
                return 0u - random() % PAGE_SIZE_4K;    /* just below 2^32 */
        case 2:
                return HC_WRITE_MAX - 1 + random() % 3;
        case 3:
                return random() % (2 * PAGE_SIZE_4K);   /* across a page or two */
        default:
                return random() % 16;
        }
}

int main(void)
{
        uint32_t seed = read_seed();
        uint32_t written = 0;

        random_state = seed;
        for (uint32_t i = 0; i < ROUNDS; i++) {
                uint32_t address, length, expected, result;

                if (i % 100 == 0)
                        scramble();
                address = random();
                length = random_length();
                expected = expected_result(address, length);
                result = hypercall(HC_WRITE, address, length);
                written += result != HC_ERROR;
                if (result != expected) {
                        print("\nsmash: seed %u, round %u: HC_WRITE of 0x%x bytes at 0x%x ",
                              seed, i, length, address);
                        print("gave 0x%x, not 0x%x\n", result, expected);
                        return 1;
                }
        }
        print("\nsmash: seed %u: %u writes, %u of them done, the others refused\n",
              seed, ROUNDS, written);
        return 0;
}
