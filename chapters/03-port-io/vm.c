/* vm.c - a virtual machine and its memory. */
#include "minikvm.h"

#include <sys/mman.h>

/* Three pages that KVM on older Intel CPUs needs for real mode: above RAM, below 4 GiB. */
#define TSS_ADDR        0xFFFBD000

/* Guest RAM is memory of ours that we lend to the guest: both see every change at once. */
static bool create_memory(struct vm *vm, const char *name, size_t mem_size)
{
        void *mem = mmap(NULL, mem_size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mem == MAP_FAILED)
                return call_failed(name, "mmap of guest RAM");
        vm->mem = mem;
        vm->mem_size = mem_size;

        struct kvm_userspace_memory_region region = {
                .slot = 0,
                .guest_phys_addr = 0,
                .memory_size = vm->mem_size,
                .userspace_addr = (uintptr_t)vm->mem,
        };
        return ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region) == 0 ||
               call_failed(name, "KVM_SET_USER_MEMORY_REGION");
}

bool vm_create(struct vm *vm, int kvm_fd, const char *name, size_t mem_size)
{
        *vm = (struct vm){.fd = kvm_create_vm(kvm_fd)};
        if (vm->fd < 0)
                return call_failed(name, "KVM_CREATE_VM");
        if (ioctl(vm->fd, KVM_SET_TSS_ADDR, TSS_ADDR) < 0)
                return call_failed(name, "KVM_SET_TSS_ADDR");
        return create_memory(vm, name, mem_size);
}

void vm_destroy(struct vm *vm)
{
        close(vm->fd);                  /* -1 and 0 bytes, of a half-made VM, are harmless */
        munmap(vm->mem, vm->mem_size);
}
