/* error.c - what went wrong: said once, where it is known. */
#include "minikvm.h"

bool call_failed(const char *name, const char *call)
{
        const char *remedy =
                strstr(call, "std") ? "see what it is connected to" :
                errno == ENOMEM || errno == EAGAIN || errno == EMFILE ? "see limits: ulimit -a" :
                errno == EBUSY ? "another hypervisor holds the CPU: end it first" :
                "see minikvm --check, and dmesg | grep -i kvm";

        fprintf(stderr, "minikvm: %s: %s: %m: %s\n", name, call, remedy);
        return false;
}
