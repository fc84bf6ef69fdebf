/*
 * fake_cpuid.h - included before a chapter's sources, lets them see a CPU made to order: FAKE_CPU
 * lists what it has, of vmx, svm and hypervisor.
 */
#include <cpuid.h>
#include <stdlib.h>
#include <string.h>

static inline int fake_cpuid(unsigned int leaf, unsigned int *eax, unsigned int *ebx,
                             unsigned int *ecx, unsigned int *edx)
{
        const char *has = getenv("FAKE_CPU");

        *eax = *ebx = *ecx = *edx = 0;
        if (leaf == 1)
                *ecx = (strstr(has, "vmx") ? 1u << 5 : 0) |
                       (strstr(has, "hypervisor") ? 1u << 31 : 0);
        if (leaf == 0x80000001)
                *ecx = strstr(has, "svm") ? 1u << 2 : 0;
        return 1;
}

#define __get_cpuid fake_cpuid
