/*
 * prompt.c - how long a command takes until it prints a text, in seconds, on stdout. It is ended
 * then.
 *
 *     prompt TEXT COMMAND [ARGUMENT...]
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return time.tv_sec + time.tv_nsec / 1e9;
}

/* Starts the command; a pipe that stays empty is its stdin. Returns where its output can be read.
 */
static int start(char **command, pid_t *pid)
{
        int in[2], out[2];

        if (pipe(in) < 0 || pipe(out) < 0 || (*pid = fork()) < 0)
                err(1, "cannot start %s", command[0]);
        if (*pid == 0) {
                dup2(in[0], STDIN_FILENO);
                dup2(out[1], STDOUT_FILENO);
                execvp(command[0], command);
                err(127, "%s", command[0]);
        }
        close(out[1]);
        return out[0];
}

int main(int argc, char **argv)
{
        char output[65536];
        size_t size = 0;
        ssize_t n;
        pid_t pid;

        if (argc < 3)
                errx(1, "usage: prompt TEXT COMMAND [ARGUMENT...]");
        double begin = now();
        int from = start(argv + 2, &pid);
        while ((n = read(from, output + size, sizeof(output) - 1 - size)) > 0) {
                size += n;
                output[size] = '\0';
                if (strstr(output, argv[1]))
                        break;
        }
        double end = now();
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        if (n <= 0)
                errx(1, "%s ended, or printed too much, without '%s'", argv[2], argv[1]);
        printf("%.6f\n", end - begin);
        return 0;
}
