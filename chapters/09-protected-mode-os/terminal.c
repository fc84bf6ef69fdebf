/* terminal.c - stdin as a keyboard: every key at once, unseen; and put back on every way out. */
#include "minikvm.h"

#include <termios.h>

static struct {
        pthread_mutex_t lock;
        bool raw;
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
        if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
                call_failed("terminal", "tcsetattr");
}

void terminal_raw(void)
{
        pthread_mutex_lock(&terminal.lock);
        terminal.raw = tcgetattr(STDIN_FILENO, &terminal.found) == 0;   /* false: no terminal */
        if (terminal.raw)
                set_raw();
        pthread_mutex_unlock(&terminal.lock);
}

void terminal_restore(void)
{
        pthread_mutex_lock(&terminal.lock);
        if (terminal.raw)
                tcsetattr(STDIN_FILENO, TCSANOW, &terminal.found);
        terminal.raw = false;
        pthread_mutex_unlock(&terminal.lock);
}

/* Ctrl-Z: the shell gets its terminal back, and we stop. Somebody sends SIGCONT, and we go on. */
void terminal_suspend(void)
{
        pthread_mutex_lock(&terminal.lock);
        if (terminal.raw)
                tcsetattr(STDIN_FILENO, TCSANOW, &terminal.found);
        kill(getpid(), SIGSTOP);
        if (terminal.raw)
                set_raw();
        pthread_mutex_unlock(&terminal.lock);
}
