/* trace.c - -v: what every exit was, on stderr. */
#include "minikvm.h"

#include <stdarg.h>

void trace(const struct guest *guest, const char *format, ...)
{
        char text[128];
        va_list arguments;

        if (!guest->trace)
                return;
        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        fprintf(stderr, "minikvm: %s: exit %llu: %s: %s\n", guest->name, guest->stats.total,
                exit_name(guest->vcpu.run->exit_reason), text);
}
