/*
 * peak.c - the most memory a command had at any time, in KiB, on stdout (what it prints goes away).
 *
 *     peak COMMAND [ARGUMENT...]
 *
 * The kernel counts from fork on, so our own pages too until exec: few, for we are small and
 * static.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
        struct rusage usage;
        int status;

        if (argc < 2)
                errx(1, "usage: peak COMMAND [ARGUMENT...]");
        pid_t pid = fork();
        if (pid == 0) {
                int null = open("/dev/null", O_RDWR);
                dup2(null, STDIN_FILENO);
                dup2(null, STDOUT_FILENO);
                execvp(argv[1], argv + 1);
                err(127, "%s", argv[1]);
        }
        if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
                err(1, "fork");
        printf("%ld\n", usage.ru_maxrss);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
