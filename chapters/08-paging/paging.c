/* paging.c - the guest's page tables: made before it starts, walked when we need what they say. */
#include "minikvm.h"
#include "x86.h"

/* Maps all of RAM twice, at 0 and at KERNEL_BASE, in pages of 4 MiB (SDM 3A, 4.3, table 4-4). */
void paging_set_mode(struct guest *guest, struct kvm_sregs *sregs)
{
        uint32_t *directory = (uint32_t *)(guest->vm.mem + PAGE_DIRECTORY);

        for (uint32_t address = 0; address < guest->vm.mem_size; address += PAGE_SIZE_4M) {
                uint32_t entry = address | PDE_PS | PTE_W | PTE_P;      /* supervisor only */
                directory[address / PAGE_SIZE_4M] = entry;
                directory[(KERNEL_BASE + address) / PAGE_SIZE_4M] = entry;
        }
        sregs->cr3 = PAGE_DIRECTORY;
        sregs->cr4 |= CR4_PSE;
        sregs->cr0 |= CR0_PG;
}

/* An entry of a table that the guest may have put anywhere: outside RAM there are none. */
static uint32_t read_entry(const struct vm *vm, uint32_t table, uint32_t index)
{
        uint64_t address = (table & PTE_ADDR_MASK) + index * sizeof(uint32_t);
        uint32_t entry = 0;

        if (address + sizeof(entry) <= vm->mem_size)
                memcpy(&entry, vm->mem + address, sizeof(entry));
        return entry;
}

/* As the CPU does it (SDM 3A, 4.3), for the 32-bit paging that guests start with. */
struct walk paging_walk(const struct vm *vm, const struct kvm_sregs *sregs, uint32_t address)
{
        struct walk walk = {.phys = address, .rights = PTE_P | PTE_W | PTE_U};

        if (!(sregs->cr0 & CR0_PG))
                return walk;
        if (sregs->cr4 & CR4_PAE)               /* tables of another form, which we cannot read */
                return (struct walk){0};
        walk.pde = read_entry(vm, sregs->cr3, address >> PDE_SHIFT);
        walk.rights = walk.pde & walk.rights;
        if (walk.pde & PDE_PS && sregs->cr4 & CR4_PSE) {
                walk.phys = (walk.pde & PDE_LARGE_ADDR_MASK) | address % PAGE_SIZE_4M;
                walk.phys |= (uint64_t)(walk.pde >> 13 & 0xFF) << 32;   /* PSE-36: bits 32 to 39 */
                if (walk.pde & PDE_LARGE_RESERVED)
                        walk.rights = 0;        /* the CPU faults there, whoever asks */
                return walk;
        }
        walk.pte = walk.rights & PTE_P ? read_entry(vm, walk.pde, address >> PTE_SHIFT & 0x3FF) : 0;
        walk.rights &= walk.pte;
        walk.phys = (walk.pte & PTE_ADDR_MASK) | address % PAGE_SIZE_4K;
        return walk;
}

/* Where the bytes of a guest-virtual address are; *size shrinks to those that are on its page. */
uint8_t *paging_find(const struct vm *vm, const struct kvm_sregs *sregs, uint32_t address,
                     uint32_t *size)
{
        uint32_t needed = sregs->ss.dpl == 3 ? PTE_P | PTE_U : PTE_P;   /* SS.DPL is the CPL */
        uint32_t rest_of_page = PAGE_SIZE_4K - address % PAGE_SIZE_4K;
        struct walk walk = paging_walk(vm, sregs, address);

        if (*size > rest_of_page)
                *size = rest_of_page;
        if ((walk.rights & needed) != needed || walk.phys + *size > vm->mem_size)
                return NULL;
        return vm->mem + walk.phys;
}
