/* irqchip.c - interrupt controllers and a timer, inside KVM: costly, so not for every guest. */
#include "minikvm.h"

/* A page that KVM on older Intel CPUs needs while the guest does not page: beside TSS_ADDR. */
#define IDENTITY_MAP_ADDR       0xFFFBC000

/* Must come before the vCPU, which gets its local APIC from it (api.rst, "KVM_CREATE_IRQCHIP"). */
bool irqchip_create(struct guest *guest)
{
        uint64_t identity_map = IDENTITY_MAP_ADDR;
        struct kvm_pit_config pit = {0};

        if (ioctl(guest->vm->fd, KVM_SET_IDENTITY_MAP_ADDR, &identity_map) < 0)
                return call_failed(guest->name, "KVM_SET_IDENTITY_MAP_ADDR");
        if (ioctl(guest->vm->fd, KVM_CREATE_IRQCHIP, 0) < 0)
                return call_failed(guest->name, "KVM_CREATE_IRQCHIP");
        if (ioctl(guest->vm->fd, KVM_CREATE_PIT2, &pit) < 0)    /* after the irqchip */
                return call_failed(guest->name, "KVM_CREATE_PIT2");
        return true;
}
