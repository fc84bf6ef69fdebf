/* terminal.c - stdin as a keyboard: every key at once, unseen; and put back on every way out. */
#include "minikvm.h"

#include <fcntl.h>
#include <signal.h>
#include <termios.h>

static struct {
        pthread_mutex_t lock;
        int fd;                         /* the terminal, also when stdin is closed; 0: not ours */
        struct termios found;           /* how we found it */
} terminal = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* No lines and no echo: the guest edits and shows. Ctrl-C and Ctrl-Z still are signals to us. */
static void set_raw(void)
{
        struct termios raw = terminal.found;

        raw.c_lflag &= ~(ICANON | ECHO);
        raw.c_iflag |= ICRNL;
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        if (tcsetattr(terminal.fd, TCSANOW, &raw) < 0)
                call_failed("terminal", "tcsetattr");
}

void terminal_raw(void)
{
        pthread_mutex_lock(&terminal.lock);
        if (terminal.fd == 0 && tcgetattr(STDIN_FILENO, &terminal.found) == 0) {
                terminal.fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
                set_raw();
        }
        pthread_mutex_unlock(&terminal.lock);
}

void terminal_restore(void)
{
        pthread_mutex_lock(&terminal.lock);
        if (terminal.fd > 0)
                tcsetattr(terminal.fd, TCSANOW, &terminal.found);
        terminal.fd = 0;
        pthread_mutex_unlock(&terminal.lock);
}

/* Ctrl-Z: the shell gets its terminal back, and we stop as anybody would. Then SIGCONT, and go on. */
void terminal_suspend(void)
{
        pthread_mutex_lock(&terminal.lock);
        if (terminal.fd > 0)
                tcsetattr(terminal.fd, TCSANOW, &terminal.found);
        kill(getpid(), SIGSTOP);
        if (terminal.fd > 0)
                set_raw();
        pthread_mutex_unlock(&terminal.lock);
}
