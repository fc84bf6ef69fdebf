/*
 * bare.c - the limit: a guest run with the calls to KVM that it needs and no others. Nothing is
 * explained, checked for the user's sake, stopped or torn down: what minikvm takes beyond this is
 * what it costs to be more than that. Every byte a guest prints is one write, as in minikvm.
 *
 *     bare IMAGE       a flat real-mode image; ends with the guest's status
 */
#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hypercalls.h"
#include "x86.h"

enum { RAM = 0x100000, IMAGE = 0x10000, IMAGE_MAX = 0xFF00 };

#define TSS_ADDR        0xFFFBD000      /* api.rst: "this ioctl is required on Intel-based hosts" */

static int check(int result, const char *call)
{
        if (result < 0)
                err(125, "%s", call);
        return result;
}

static uint8_t *create_ram(int vm, const char *path)
{
        uint8_t *ram = mmap(NULL, RAM, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        int file = check(open(path, O_RDONLY), path);

        if (ram == MAP_FAILED)
                err(125, "mmap of RAM");
        check(read(file, ram + IMAGE, IMAGE_MAX), path);
        struct kvm_userspace_memory_region region = {
                .memory_size = RAM,
                .userspace_addr = (uintptr_t)ram,
        };
        check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
        return ram;
}

static struct kvm_run *map_run(int kvm, int vcpu)
{
        int size = check(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
        struct kvm_run *run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);

        if (run == MAP_FAILED)
                err(125, "mmap of struct kvm_run");
        run->kvm_valid_regs = KVM_SYNC_X86_REGS;
        return run;
}

static void set_registers(int vcpu)
{
        struct kvm_regs regs = {.rsp = 0xFFFE, .rflags = EFLAGS_FIXED};
        struct kvm_sregs sregs;

        check(ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
        sregs.cs.base = sregs.ds.base = sregs.es.base = sregs.ss.base = IMAGE;
        sregs.cs.selector = sregs.ds.selector = sregs.es.selector = sregs.ss.selector = IMAGE >> 4;
        check(ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
        check(ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

static void put(const void *bytes, size_t size)
{
        check(write(STDOUT_FILENO, bytes, size), "write");
}

static void hypercall(const struct kvm_regs *regs, const uint8_t *ram)
{
        uint32_t address = regs->rbx, size = regs->rcx;

        switch (regs->rax & 0xFF) {
        case HC_EXIT:
                _exit(regs->rbx & 0xFF);
        case HC_PUTCHAR:
                return put(&regs->rbx, 1);
        case HC_WRITE:
                if (address >= RAM || size > RAM - address)
                        errx(126, "HC_WRITE from outside RAM");
                return put(ram + address, size);
        default:
                errx(126, "unknown hypercall");
        }
}

static void handle_io(const struct kvm_run *run, const uint8_t *ram)
{
        const uint8_t *data = (const uint8_t *)run + run->io.data_offset;

        if (run->io.port == HC_PORT)
                hypercall(&run->s.regs.regs, ram);
        for (uint32_t i = 0; run->io.port == COM1 && i < run->io.count; i++)
                put(data + i, 1);
}

int main(int argc, char **argv)
{
        int kvm = check(open("/dev/kvm", O_RDWR), "/dev/kvm");
        int vm = check(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");

        if (argc != 2)
                errx(125, "usage: bare IMAGE");
        check(ioctl(vm, KVM_SET_TSS_ADDR, TSS_ADDR), "KVM_SET_TSS_ADDR");
        uint8_t *ram = create_ram(vm, argv[1]);
        int vcpu = check(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
        struct kvm_run *run = map_run(kvm, vcpu);
        set_registers(vcpu);
        for (;;) {
                check(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
                if (run->exit_reason == KVM_EXIT_HLT)
                        return 0;
                if (run->exit_reason != KVM_EXIT_IO)
                        errx(126, "exit %u", run->exit_reason);
                handle_io(run, ram);
        }
}
