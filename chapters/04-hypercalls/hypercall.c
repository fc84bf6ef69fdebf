/* hypercall.c - port 0x500: what a guest may ask of us. */
#include "minikvm.h"
#include "hypercalls.h"

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
                return console_putchar(guest, regs.rbx);
        case HC_GETCHAR:
                return console_getchar(guest, &guest->hypercall_result);
        default:
                return guest_crash(guest, "unknown hypercall %u", data[0]);
        }
}
