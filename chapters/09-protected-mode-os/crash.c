/* crash.c - how a guest ends: by its own wish, or by a crash, which is never a success. */
#include "minikvm.h"

#include <stdarg.h>

bool guest_exit(struct guest *guest, int status)
{
        guest->status = status;
        return false;
}

bool guest_crash(struct guest *guest, const char *format, ...)
{
        va_list arguments;

        flockfile(stderr);
        fprintf(stderr, "minikvm: %s: crashed: ", guest->name);
        va_start(arguments, format);
        vfprintf(stderr, format, arguments);
        va_end(arguments);
        fputc('\n', stderr);
        vcpu_print(guest, stderr);
        funlockfile(stderr);
        return guest_exit(guest, STATUS_CRASHED);
}
