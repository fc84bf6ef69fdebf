/* console.c - where the guests' output goes: byte by byte, never held back. */
#include "minikvm.h"

bool console_putchar(struct guest *guest, uint8_t byte)
{
        while (write(STDOUT_FILENO, &byte, 1) < 0) {
                if (errno != EINTR)
                        return call_failed(guest->name, "write to stdout");
        }
        return true;
}
