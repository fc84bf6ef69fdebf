/* console.c - where the guests' output goes, byte by byte, and their input comes from. */
#include "minikvm.h"
#include "hypercalls.h"

bool console_putchar(struct guest *guest, uint8_t byte)
{
        while (write(STDOUT_FILENO, &byte, 1) < 0) {
                if (errno != EINTR)
                        return call_failed(guest->name, "write to stdout");
        }
        return true;
}

/* Waits for a byte of stdin; the result is HC_ERROR at its end. */
bool console_getchar(struct guest *guest, uint32_t *result)
{
        uint8_t byte;
        ssize_t n;

        while ((n = read(STDIN_FILENO, &byte, 1)) < 0) {
                if (errno != EINTR)
                        return call_failed(guest->name, "read from stdin");
        }
        *result = n == 1 ? byte : HC_ERROR;
        return true;
}
