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

bool refuse(const char *path, const char *reason)
{
        char shown[512];

        copy_printable(shown, sizeof(shown), path);
        fprintf(stderr, "minikvm: %s: %s\n", shown, reason);
        return false;
}

/* Bytes that command a terminal become '?': control characters, also UTF-8's C2 80 to C2 9F. */
void copy_printable(char *to, size_t size, const char *name)
{
        size_t length = strnlen(name, size - 1);

        while (length > 0 && (name[length] & 0xC0) == 0x80)     /* not through a UTF-8 character */
                length--;
        for (size_t i = 0; i < length; i++) {
                uint8_t byte = name[i];
                bool is_c1 = byte >= 0x80 && byte < 0xA0 && i > 0 && name[i - 1] == '\xC2';
                to[i] = byte < ' ' || byte == 0x7F || is_c1 ? '?' : byte;
        }
        to[length] = '\0';
}
