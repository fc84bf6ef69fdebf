/* console.c - the terminal that all guests share: a colour for each, the input for the first. */
#include "minikvm.h"
#include "hypercalls.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

static struct {
        pthread_mutex_t lock;           /* a colour and the character in it go out together */
        bool color;
        const struct guest *speaker;    /* whose colour the terminal has now */
} console = {.lock = PTHREAD_MUTEX_INITIALIZER};

void console_open(enum color color)
{
        const char *no_color = getenv("NO_COLOR");
        int fd;

        /* Descriptors 0 to 2 may come closed: /dev/kvm must not become a guest's stdin. */
        while ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0 && fd <= STDERR_FILENO)
                ;
        close(fd);
        setvbuf(stderr, NULL, _IOLBF, 0);       /* whole lines, whoever speaks */
        console.color = color == COLOR_ALWAYS ||
                (color == COLOR_AUTO && isatty(STDOUT_FILENO) && !(no_color && *no_color));
}

void console_reset(int ms)
{
        struct pollfd ready = {.fd = STDOUT_FILENO, .events = POLLOUT};

        /* Perhaps nobody reads any more: do not wait for ever, and do not complain. */
        if (console.speaker && poll(&ready, 1, ms) == 1 && write(STDOUT_FILENO, "\033[0m", 4) < 0)
                return;
}

/* After a read or write that failed: true to try again, false when the guest must end. */
static bool may_retry(struct guest *guest, int fd, short events, const char *call)
{
        struct pollfd ready = {.fd = fd, .events = events};

        if (guest->stop)
                return false;
        if (errno == EINTR)
                return true;
        if (errno == EPIPE) {
                kill(getpid(), SIGPIPE);        /* nobody listens to any guest: stop all */
                return guest_exit(guest, 128 + SIGPIPE);
        }
        if (errno != EAGAIN)
                return call_failed(guest->name, call);
        poll(&ready, 1, -1);                    /* somebody made it non-blocking: wait here */
        return true;
}

static bool write_all(struct guest *guest, const void *bytes, size_t size)
{
        while (size > 0) {
                ssize_t n = write(STDOUT_FILENO, bytes, size);
                if (n < 0 && !may_retry(guest, STDOUT_FILENO, POLLOUT, "write to stdout"))
                        return false;
                if (n > 0) {
                        bytes += n;
                        size -= n;
                }
        }
        return true;
}

static bool set_color(struct guest *guest)
{
        static const char colors[MAX_GUESTS][6] = {"\033[36m", "\033[33m", "\033[32m", "\033[35m"};

        if (!console.color || console.speaker == guest)
                return true;
        console.speaker = guest;
        return write_all(guest, colors[guest->number], 5);
}

bool console_putchar(struct guest *guest, uint8_t byte)
{
        pthread_mutex_lock(&console.lock);
        bool ok = set_color(guest) && write_all(guest, &byte, 1);
        pthread_mutex_unlock(&console.lock);
        return ok;
}

/* Waits for a byte of stdin; HC_ERROR at its end, and for all guests but the first. */
bool console_getchar(struct guest *guest, uint32_t *result)
{
        uint8_t byte;
        ssize_t n = 0;

        while (guest->number == 0 && (n = read(STDIN_FILENO, &byte, 1)) < 0) {
                if (!may_retry(guest, STDIN_FILENO, POLLIN, "read from stdin"))
                        return false;
        }
        *result = n == 1 ? byte : HC_ERROR;
        return true;
}
