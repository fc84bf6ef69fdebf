/* terminal.c - stdin as a keyboard: every key at once, unseen; and put back on every way out. */
#include "minikvm.h"

#include <asm/termbits.h>               /* the kernel's own calls: the sandbox knows just these */
#include <signal.h>

static struct {
        pthread_mutex_t lock;           /* one change after the other */
        _Atomic bool taken, ended;      /* ours to change, `found` is filled; and never again */
        struct termios found;           /* how we found it */
} terminal = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Raw: no lines and no echo, the guest edits and shows. Ctrl-C and Ctrl-Z are still signals. */
void terminal_set(bool raw)
{
        pid_t foreground;

        pthread_mutex_lock(&terminal.lock);
        if (ioctl(STDIN_FILENO, TIOCGPGRP, &foreground) < 0)
                foreground = getpgrp();         /* not the terminal of our session */
        if (terminal.taken && foreground == getpgrp()) {        /* the background keeps off */
                struct termios settings = terminal.found;
                if (raw && !terminal.ended) {
                        settings.c_lflag &= ~(ICANON | ECHO);
                        settings.c_iflag |= ICRNL;
                        settings.c_cc[VMIN] = 1;
                        settings.c_cc[VTIME] = 0;
                }
                ioctl(STDIN_FILENO, TCSETS, &settings);
        }
        pthread_mutex_unlock(&terminal.lock);
}

void terminal_take(void)
{
        terminal.taken = ioctl(STDIN_FILENO, TCGETS, &terminal.found) == 0;
        terminal_set(true);
}

void terminal_restore(void)
{
        terminal.ended = true;
        terminal_set(false);
}

/* The signal that we took comes once more, and does what it always does: stop us, or nothing. */
void terminal_suspend(void)
{
        sigset_t stop;

        terminal_set(false);
        sigemptyset(&stop);
        sigaddset(&stop, SIGTSTP);
        kill(getpid(), SIGTSTP);
        pthread_sigmask(SIG_UNBLOCK, &stop, NULL);
        pthread_sigmask(SIG_BLOCK, &stop, NULL);
        terminal_set(true);
}
