/* console.c - where the guests' output goes: byte by byte, never held back. */
#include "minikvm.h"

#include <fcntl.h>
#include <poll.h>

/* Descriptors 0 to 2 may come closed: /dev/kvm must not become a guest's stdin or stdout. */
void console_open(void)
{
        int fd;

        while ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0 && fd <= STDERR_FILENO)
                ;
        close(fd);
}

/* After a read or write that failed: true to try again, false after a message. */
static bool may_retry(struct guest *guest, int fd, short events, const char *call)
{
        struct pollfd ready = {.fd = fd, .events = events};

        if (errno == EINTR)
                return true;
        if (errno != EAGAIN)
                return call_failed(guest->name, call);
        poll(&ready, 1, -1);                    /* somebody made it non-blocking: wait here */
        return true;
}

bool console_putchar(struct guest *guest, uint8_t byte)
{
        while (write(STDOUT_FILENO, &byte, 1) < 0) {
                if (!may_retry(guest, STDOUT_FILENO, POLLOUT, "write to stdout"))
                        return false;
        }
        return true;
}
