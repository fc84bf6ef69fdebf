/*
 * fuzz-paging.c - the page walker, called by libFuzzer with tables and registers that it makes up.
 *
 * Whatever the guest's tables say, paging_find gives RAM alone, and it holds what a walk by the
 * manual reads (SDM 3A, 4.3), which is written down here a second time, byte by byte.
 */
#include "minikvm.h"
#include "x86.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(truth) ((truth) ? (void)0 : abort())

/* What the data starts with; the rest of it is repeated all over RAM. */
struct input {
        uint32_t cr0, cr3, cr4, address, size;
        uint8_t pages;                  /* of RAM, and so much more: */
        uint8_t odd_bytes;
        uint8_t dpl, unused;
};

static bool entry_at(const struct vm *vm, uint64_t address, uint32_t *entry)
{
        if (address + 4 > vm->mem_size)
                return false;
        memcpy(entry, vm->mem + address, 4);
        return *entry & 1;
}

/* One byte, by the manual: true if this guest may read it. */
static bool read_byte(const struct vm *vm, const struct kvm_sregs *sregs, uint32_t address,
                      uint8_t *byte)
{
        uint32_t pde = 7, pte = 7;
        uint64_t phys = address;

        if (sregs->cr0 >> 31) {
                if (sregs->cr4 >> 5 & 1 ||
                    !entry_at(vm, (sregs->cr3 & ~0xFFFull) + (address >> 22) * 4, &pde))
                        return false;
                if (pde & 0x80 && sregs->cr4 & 0x10) {
                        if (pde & 1 << 21)              /* reserved: a page fault */
                                return false;
                        phys = (pde & 0xFFC00000) + ((uint64_t)(pde >> 13 & 0xFF) << 32) +
                               (address & 0x3FFFFF);
                } else {
                        if (!entry_at(vm, (pde & ~0xFFFull) + (address >> 12 & 0x3FF) * 4, &pte))
                                return false;
                        phys = (pte & ~0xFFFu) + (address & 0xFFF);
                }
                if (sregs->ss.dpl == 3 && !(pde & pte & 4))
                        return false;
        }
        if (phys >= vm->mem_size)
                return false;
        *byte = vm->mem[phys];
        return true;
}

static void compare(const struct vm *vm, const struct kvm_sregs *sregs, const struct input *in)
{
        uint32_t size = in->size % 0x10001;
        uint8_t byte;

        /* the hypercall has seen to it that addresses do not wrap around */
        if ((uint64_t)in->address + size > 1ull << 32)
                size = -in->address;
        for (uint32_t i = 0, chunk; i < size; i += chunk) {
                chunk = size - i;
                const uint8_t *bytes = paging_find(vm, sregs, in->address + i, &chunk);
                CHECK(chunk > 0 && chunk <= size - i);
                bool may = true;
                for (uint32_t j = 0; j < chunk && may; j++) {
                        may = read_byte(vm, sregs, in->address + i + j, &byte);
                        CHECK(!may || !bytes || bytes[j] == byte);
                }
                CHECK((bytes != NULL) == may);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct input in;

        if (size <= sizeof(in))
                return 0;
        memcpy(&in, data, sizeof(in));
        data += sizeof(in);
        size -= sizeof(in);

        struct vm vm = {.mem_size = in.pages % 16 * PAGE_SIZE_4K + in.odd_bytes};
        struct kvm_sregs sregs = {
                .cr0 = in.cr0, .cr3 = in.cr3, .cr4 = in.cr4, .ss.dpl = in.dpl % 4};

        vm.mem = malloc(vm.mem_size);
        for (size_t i = 0; i < vm.mem_size; i++)
                vm.mem[i] = data[i % size];
        compare(&vm, &sregs, &in);
        free(vm.mem);
        return 0;
}
