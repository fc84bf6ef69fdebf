/* trace.c - -v: what every exit was, on stderr. */
#include "minikvm.h"

#include <stdarg.h>

void trace(const struct guest *guest, const char *format, ...)
{
        va_list arguments;

        if (!guest->trace || guest->stop)
                return;
        flockfile(stderr);
        fprintf(stderr, "minikvm: %s: exit %llu: %s: ", guest->name,
                (unsigned long long)guest->stats.total, exit_name(guest->vcpu.run->exit_reason));
        va_start(arguments, format);
        vfprintf(stderr, format, arguments);
        va_end(arguments);
        fputc('\n', stderr);
        funlockfile(stderr);
}
