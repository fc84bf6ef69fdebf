/* probe.c - what an x86 CPU says about itself, and whether its KVM can page. */
#include "minikvm.h"
#include "x86.h"

#include <cpuid.h>

/* SDM 2A, "CPUID": leaf 1, ECX. APM 3, E.4.2: leaf 0x80000001, ECX. */
#define CPUID_1_ECX_VMX                 (1u << 5)
#define CPUID_1_ECX_HYPERVISOR          (1u << 31)      /* never set on a real CPU */
#define CPUID_80000001_ECX_SVM          (1u << 2)

static unsigned int cpuid_ecx(unsigned int leaf)
{
        unsigned int eax, ebx, ecx, edx;

        return __get_cpuid(leaf, &eax, &ebx, &ecx, &edx) ? ecx : 0;
}

bool cpu_has_virtualization(void)
{
        return (cpuid_ecx(1) & CPUID_1_ECX_VMX) || (cpuid_ecx(0x80000001) & CPUID_80000001_ECX_SVM);
}

bool cpu_is_virtual(void)
{
        return cpuid_ecx(1) & CPUID_1_ECX_HYPERVISOR;
}

/* Sets CR0.PG and looks whether it stays: a KVM that cannot page drops it without a word. */
static bool try_paging(int vcpu_fd, enum kvm_support *support)
{
        struct kvm_sregs sregs;

        if (ioctl(vcpu_fd, KVM_GET_SREGS, &sregs) < 0)
                return call_failed("probe", "KVM_GET_SREGS");
        sregs.cr0 |= CR0_PE | CR0_PG;
        sregs.cr4 |= CR4_PSE;
        if (ioctl(vcpu_fd, KVM_SET_SREGS, &sregs) < 0)
                return call_failed("probe", "KVM_SET_SREGS");
        if (ioctl(vcpu_fd, KVM_GET_SREGS, &sregs) < 0)
                return call_failed("probe", "KVM_GET_SREGS");
        *support = sregs.cr0 & CR0_PG ? KVM_FULL : KVM_PARTIAL;
        return true;
}

enum kvm_support probe_paging(int kvm_fd)
{
        enum kvm_support support = KVM_NONE;
        int vm_fd = kvm_create_vm(kvm_fd);
        int vcpu_fd = vm_fd < 0 ? -1 : ioctl(vm_fd, KVM_CREATE_VCPU, 0);

        if (vcpu_fd < 0)
                call_failed("probe", vm_fd < 0 ? "KVM_CREATE_VM" : "KVM_CREATE_VCPU");
        else
                try_paging(vcpu_fd, &support);
        close(vcpu_fd);
        close(vm_fd);
        return support;
}
