/* console.c - the terminal that all guests share: a colour for each, the input for the first. */
#include "minikvm.h"
#include "hypercalls.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

static struct {
        pthread_mutex_t lock;           /* a colour and the character in it go out together */
        bool has_colors;
        const struct guest *color_of;   /* whose colour the terminal has now */
} console = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Descriptors 0 to 2 may come closed: /dev/kvm must not become a guest's stdin or stdout. */
void console_open(void)
{
        int fd;

        while ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0 && fd <= STDERR_FILENO)
                ;
        close(fd);
        setvbuf(stderr, NULL, _IOLBF, 0);       /* whole lines, whoever speaks */
}

bool console_set_color(const char *when)
{
        const char *no_color = getenv("NO_COLOR");
        bool always = strcmp(when, "always") == 0, by_itself = strcmp(when, "auto") == 0;

        console.has_colors =
                always || (by_itself && isatty(STDOUT_FILENO) && !(no_color && *no_color));
        return always || by_itself || strcmp(when, "never") == 0;
}

/* Waits so many milliseconds to read or write: 0 for not at all, -1 for as long as it takes. */
static bool is_ready(int fd, short events, int ms)
{
        struct pollfd ready = {.fd = fd, .events = events};

        return poll(&ready, 1, ms) == 1 && ready.revents == events;
}

/* After a read or write that failed: true to try again, false when the guest must end. */
static bool may_retry(struct guest *guest, int fd, short events, const char *call)
{
        if (errno == EINTR)
                return true;
        if (errno == EPIPE || errno == EFBIG) {         /* nobody can print any more: stop all */
                int signal = errno == EPIPE ? SIGPIPE : SIGXFSZ;
                kill(getpid(), signal);
                return guest_exit(guest, 128 + signal);
        }
        int error = errno;
        bool in_background = error == EIO && fd == STDIN_FILENO && tcgetpgrp(fd) > 0; /* no keys */
        errno = error;
        if (error != EAGAIN && !in_background)          /* EAGAIN: somebody made it non-blocking */
                return call_failed(guest->name, call);
        if (in_background)
                poll(NULL, 0, 100);
        else
                is_ready(fd, events, -1);
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

        if (!console.has_colors || console.color_of == guest)
                return true;
        console.color_of = guest;
        return write_all(guest, colors[guest->number], 5);
}

bool console_putchar(struct guest *guest, uint8_t byte)
{
        pthread_mutex_lock(&console.lock);
        bool ok = set_color(guest) && write_all(guest, &byte, 1);
        pthread_mutex_unlock(&console.lock);
        return ok;
}

/*
 * Puts the terminal's own colour back; waits for room as is_ready() does. Who holds the lock is
 * printing, and soon done unless there is no room: we try again and again. Then we keep the lock,
 * so that nobody prints after this.
 */
void console_reset(int ms)
{
        while (pthread_mutex_trylock(&console.lock) != 0) {
                if (!is_ready(STDOUT_FILENO, POLLOUT, ms))
                        return;
        }
        if (!console.color_of || !is_ready(STDOUT_FILENO, POLLOUT, ms))
                return;
        if (write(STDOUT_FILENO, "\033[0m", 4) < 0)
                call_failed("output", "write to stdout");
}

/* stderr is ours from now on; false when a message would have to wait for somebody who reads it. */
bool console_lock_messages(void)
{
        while (ftrylockfile(stderr) != 0) {
                if (!is_ready(STDERR_FILENO, POLLOUT, 0))
                        return false;
        }
        return is_ready(STDERR_FILENO, POLLOUT, 0);
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
