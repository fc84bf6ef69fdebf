/* hypercall.c - port 0x500: what a guest may ask of us. */
#include "minikvm.h"
#include "hypercalls.h"

/* Prints bytes of the guest's, page by page; without print, only sees whether it may read all. */
static bool each_page(struct guest *guest, const struct kvm_sregs *sregs, uint32_t address,
                      uint32_t size, bool print)
{
        while (size > 0) {
                uint32_t chunk = size;
                const uint8_t *bytes = paging_find(&guest->vm, sregs, address, &chunk);
                if (!bytes || (print && !console_write(guest, bytes, chunk)))
                        return false;
                address += chunk;
                size -= chunk;
        }
        return true;
}

/* All of the bytes go to stdout, or, when the guest cannot read one of them itself, none. */
static bool hc_write(struct guest *guest, uint32_t address, uint32_t size)
{
        struct kvm_run *run = guest->vcpu.run;
        struct kvm_sregs *sregs = &run->s.regs.sregs;

        if (!(run->kvm_valid_regs & KVM_SYNC_X86_SREGS)) {
                if (ioctl(guest->vcpu.fd, KVM_GET_SREGS, sregs) < 0)
                        return call_failed(guest->name, "KVM_GET_SREGS");
                if (run->kvm_valid_regs)        /* who writes once will write again: with exits */
                        run->kvm_valid_regs |= KVM_SYNC_X86_SREGS;
        }
        if (size > HC_WRITE_MAX || (uint64_t)address + size > 1ull << 32 ||
            !each_page(guest, sregs, address, size, false))
                return true;
        guest->hypercall_result = size;
        return each_page(guest, sregs, address, size, true);
}

bool hypercall_access(struct guest *guest, bool in, uint8_t *data, int size)
{
        struct kvm_regs regs;

        if (in) {
                memcpy(data, &guest->hypercall_result, size);   /* both are little-endian */
                return true;
        }
        if (size != 1)
                return guest_crash(guest, "OUT of %d bits to the hypercall port", size * 8);
        if (!vcpu_get_regs(guest, &regs))
                return false;
        trace(guest, "hypercall %u, ebx=0x%llx ecx=0x%llx", data[0], regs.rbx, regs.rcx);
        guest->hypercall_result = HC_ERROR;     /* for those that have none */
        switch (data[0]) {
        case HC_EXIT:
                if ((regs.rbx & 0xFF) > 123)    /* from 124 on: time limits, minikvm, signals */
                        return guest_crash(guest, "HC_EXIT with a status above 123");
                return guest_exit(guest, regs.rbx & 0xFF);
        case HC_PUTCHAR:
                return console_write(guest, &regs.rbx, 1);
        case HC_GETCHAR:
                return console_getchar(guest, &guest->hypercall_result);
        case HC_WRITE:
                return hc_write(guest, regs.rbx, regs.rcx);
        default:
                return guest_crash(guest, "unknown hypercall %u", data[0]);
        }
}
