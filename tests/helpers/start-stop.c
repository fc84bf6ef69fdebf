/*
 * start-stop: starts a program and stops it at a random moment, again and again.
 *
 *      start-stop ROUNDS STATUS PROGRAM GUEST GUEST [GUEST...]
 *
 * Each time with all the guests, or with two or more of the first. What stops it is SIGINT,
 * SIGTERM, SIGHUP, or that nobody reads its output any more. Right is then 128 + the signal's
 * number (SIGPIPE's in the last case), as the shell counts. STATUS is what it ends with by itself,
 * which is right as well, for the moment may come too late; -1 if it never ends. The program gets a
 * stdin on which nothing ever comes, and a stdout that is full after a few bytes.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_S = 10, ROOM = 64 };

extern char **environ;

static _Noreturn void fail(const char *what)
{
        fprintf(stderr, "start-stop: %s: %s\n", what, strerror(errno));
        exit(1);
}

static long now_us(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Makes a pipe that has ROOM bytes left; says in *filled how many are in it. */
static void make_pipe(int ends[2], int *filled)
{
        char rest[4096] = {0};

        if (pipe2(ends, O_CLOEXEC) < 0)
                fail("pipe");
        int size = fcntl(ends[1], F_SETPIPE_SZ, sizeof(rest));
        if (size < 0)
                fail("F_SETPIPE_SZ");
        for (*filled = 0; *filled < size - ROOM; ) {
                int room = size - ROOM - *filled;
                ssize_t n =
                        write(ends[1], rest, room < (int)sizeof(rest) ? room : (int)sizeof(rest));
                if (n < 0)
                        fail("write");
                *filled += n;
        }
}

/* Starts the program with no signal blocked or ignored. */
static pid_t start(char **argv, int in, int out)
{
        posix_spawn_file_actions_t files;
        posix_spawnattr_t attributes;
        sigset_t none, all;
        pid_t pid;

        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
        errno = posix_spawn(&pid, argv[0], &files, &attributes, argv, environ);
        if (errno)
                fail(argv[0]);
        posix_spawn_file_actions_destroy(&files);
        posix_spawnattr_destroy(&attributes);
        return pid;
}

/* Waits until there is more than that in the pipe, or the program has ended. */
static void await_output(pid_t pid, int fd, int filled)
{
        long deadline = now_us() + PATIENCE_S * 1000000L;
        siginfo_t ended = {0};
        int bytes;

        while (ioctl(fd, FIONREAD, &bytes) == 0 && bytes <= filled && now_us() < deadline) {
                waitid(P_PID, pid, &ended, WEXITED | WNOHANG | WNOWAIT);
                if (ended.si_pid)
                        return;
                usleep(500);
        }
}

/* How the program ended, as the shell counts; -1 if it does not end. */
static int await_end(pid_t pid)
{
        const struct timespec patience = {.tv_sec = PATIENCE_S};
        sigset_t child;
        int status;

        sigemptyset(&child);
        sigaddset(&child, SIGCHLD);
        while (waitpid(pid, &status, WNOHANG) == 0) {
                if (sigtimedwait(&child, NULL, &patience) < 0 && errno == EAGAIN)
                        return -1;
        }
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* One round; false, after a message, if the program did not end as it should have. */
static bool try(char **argv, int guests, int in, int by_itself, long *longest_start,
                long *longest_stop)
{
        static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
        int signal = signals[rand() % 4];
        int out[2], filled;
        long begin = now_us();

        make_pipe(out, &filled);
        char *spared = argv[1 + guests];
        argv[1 + guests] = NULL;
        pid_t pid = start(argv, in, out[1]);
        argv[1 + guests] = spared;
        close(out[1]);
        if (*longest_start == 0 || rand() % 2) {        /* while it runs, or while it starts? */
                await_output(pid, out[0], filled);
                if (*longest_start < now_us() - begin)
                        *longest_start = now_us() - begin;
                usleep(rand() % 10000);
        } else {
                usleep(rand() % *longest_start);
        }
        long moment = now_us();
        if (signal == SIGPIPE)
                close(out[0]);
        else
                kill(pid, signal);
        int status = await_end(pid);
        if (*longest_stop < now_us() - moment)
                *longest_stop = now_us() - moment;
        if (signal != SIGPIPE)
                close(out[0]);
        if (status == 128 + signal || (status >= 0 && status == by_itself))
                return true;
        fprintf(stderr, "start-stop: %s, %ld us after the start: status %d%s\n",
                strsignal(signal), moment - begin, status, status < 0 ? ": it hangs" : "");
        if (status < 0)
                kill(pid, SIGKILL);
        return false;
}

int main(int argc, char **argv)
{
        sigset_t child;
        int in[2], wrong = 0;
        long longest_start = 0, longest_stop = 0;

        if (argc < 6) {
                fputs("usage: start-stop ROUNDS STATUS PROGRAM GUEST GUEST [GUEST...]\n", stderr);
                return 1;
        }
        srand(now_us());
        sigemptyset(&child);
        sigaddset(&child, SIGCHLD);
        sigprocmask(SIG_BLOCK, &child, NULL);
        if (pipe2(in, O_CLOEXEC) < 0)
                fail("pipe");
        int rounds = atoi(argv[1]);
        for (int i = 0; i < rounds && wrong < 3; i++)
                wrong += !try(argv + 3, 2 + rand() % (argc - 5), in[0], atoi(argv[2]),
                              &longest_start, &longest_stop);
        printf("%d rounds, %d wrong; at most %ld ms to the first output, %ld ms to the end\n",
               rounds, wrong, longest_start / 1000, longest_stop / 1000);
        return wrong > 0;
}
