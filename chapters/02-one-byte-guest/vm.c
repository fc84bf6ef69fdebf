/* vm.c - a virtual machine and its memory. */
#include "minikvm.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Three pages that KVM on older Intel CPUs needs for itself in real mode: above all guest RAM, below 4 GiB. */
#define TSS_ADDR        0xFFFBD000

static bool create_fd(struct vm *vm, int kvm_fd, const char *name)
{
        vm->fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
        if (vm->fd < 0)
                return call_failed(name, "KVM_CREATE_VM",
                                   "another hypervisor may hold the CPU, or memory is short");
        if (ioctl(vm->fd, KVM_SET_TSS_ADDR, TSS_ADDR) < 0)
                return call_failed(name, "KVM_SET_TSS_ADDR", "see minikvm --check");
        return true;
}

/* Guest RAM is memory of our own, which we lend to the guest: both sides see every change at once. */
static bool create_memory(struct vm *vm, const char *name)
{
        void *mem = mmap(NULL, vm->mem_size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mem == MAP_FAILED)
                return call_failed(name, "mmap of guest RAM", "free some memory, or see ulimit -v");
        vm->mem = mem;

        struct kvm_userspace_memory_region region = {
                .slot = 0,
                .guest_phys_addr = 0,
                .memory_size = vm->mem_size,
                .userspace_addr = (uintptr_t)vm->mem,
        };
        if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region) < 0)
                return call_failed(name, "KVM_SET_USER_MEMORY_REGION", "free some memory");
        return true;
}

struct vm *vm_create(int kvm_fd, const char *name, size_t mem_size)
{
        struct vm *vm = malloc(sizeof(*vm));
        if (!vm) {
                call_failed(name, "malloc", "free some memory");
                return NULL;
        }
        *vm = (struct vm){.fd = -1, .mem_size = mem_size};
        if (create_fd(vm, kvm_fd, name) && create_memory(vm, name))
                return vm;
        vm_destroy(vm);
        return NULL;
}

void vm_destroy(struct vm *vm)
{
        if (vm->fd >= 0)
                close(vm->fd);
        if (vm->mem)
                munmap(vm->mem, vm->mem_size);
        free(vm);
}
