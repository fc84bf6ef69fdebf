/* probe.c - questions that only an x86 CPU can answer. */
#include "minikvm.h"

#if defined(__x86_64__) || defined(__i386__)

#include "x86.h"

#include <cpuid.h>
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* SDM 2A, "CPUID": leaf 1, ECX. APM 3, E.4.1: leaf 0x80000001, ECX. */
#define CPUID_1_ECX_VMX                 (1u << 5)
#define CPUID_1_ECX_HYPERVISOR          (1u << 31)      /* never set on a real CPU */
#define CPUID_80000001_ECX_SVM          (1u << 2)

bool cpu_is_x86(void)
{
        return true;
}

static unsigned int cpuid_ecx(unsigned int leaf)
{
        unsigned int eax, ebx, ecx, edx;

        return __get_cpuid(leaf, &eax, &ebx, &ecx, &edx) ? ecx : 0;
}

bool cpu_has_virtualization(void)
{
        return (cpuid_ecx(1) & CPUID_1_ECX_VMX) ||
               (cpuid_ecx(0x80000001) & CPUID_80000001_ECX_SVM);
}

bool cpu_is_virtual(void)
{
        return cpuid_ecx(1) & CPUID_1_ECX_HYPERVISOR;
}

static int probe_failed(const char *call)
{
        fprintf(stderr, "minikvm: %s: %s\n", call, strerror(errno));
        return -1;
}

/* Sets CR0.PG and looks whether it stays: a KVM that cannot page 32-bit guests drops it silently. */
static int try_paging(int vcpu_fd)
{
        struct kvm_sregs sregs;

        if (ioctl(vcpu_fd, KVM_GET_SREGS, &sregs) < 0)
                return probe_failed("KVM_GET_SREGS");
        sregs.cr0 |= CR0_PE | CR0_PG;
        sregs.cr4 |= CR4_PSE;
        if (ioctl(vcpu_fd, KVM_SET_SREGS, &sregs) < 0)
                return probe_failed("KVM_SET_SREGS");
        if (ioctl(vcpu_fd, KVM_GET_SREGS, &sregs) < 0)
                return probe_failed("KVM_GET_SREGS");
        return (sregs.cr0 & CR0_PG) != 0;
}

int kvm_can_page(int kvm_fd)
{
        int vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
        if (vm_fd < 0)
                return probe_failed("KVM_CREATE_VM");

        int vcpu_fd = ioctl(vm_fd, KVM_CREATE_VCPU, 0);
        int answer = vcpu_fd < 0 ? probe_failed("KVM_CREATE_VCPU") : try_paging(vcpu_fd);

        if (vcpu_fd >= 0)
                close(vcpu_fd);
        close(vm_fd);
        return answer;
}

#else   /* some other CPU: it has a KVM of its own, with other registers */

bool cpu_is_x86(void)
{
        return false;
}

bool cpu_has_virtualization(void)
{
        return false;
}

bool cpu_is_virtual(void)
{
        return false;
}

int kvm_can_page(int kvm_fd)
{
        (void)kvm_fd;
        return 0;
}

#endif
