/* irqchip.c - interrupt controllers and a timer, inside KVM. */
#include "minikvm.h"

/*
 * Not for every guest: with them HLT waits in the kernel for an interrupt and never exits, but
 * real-mode guests end by HLT. Must come before the vCPU, which gets its local APIC from it
 * (api.rst, "KVM_CREATE_IRQCHIP").
 */
bool irqchip_create(struct guest *guest)
{
        struct kvm_pit_config pit = {0};

        if (ioctl(guest->vm.fd, KVM_CREATE_IRQCHIP, 0) < 0)
                return call_failed(guest->name, "KVM_CREATE_IRQCHIP");
        if (ioctl(guest->vm.fd, KVM_CREATE_PIT2, &pit) < 0)     /* after the irqchip */
                return call_failed(guest->name, "KVM_CREATE_PIT2");
        return true;
}
