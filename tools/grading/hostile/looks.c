/* Prints each thing that it finds and should not. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void look(const char *path)
{
        if (opendir(path))
                printf("FOUND %s\n", path);
}

/* The machine's ways out, the grader's own among them. */
static void look_at_devices(void)
{
        const char *ways[] = { "console", "ttyS", "hvc", "vport", "kmsg", "mem", "port" };
        DIR *folder = opendir("/dev");
        struct dirent *entry;
        char path[300];

        while (folder && (entry = readdir(folder))) {
                snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
                for (int i = 0; i < 7; i++)
                        if (!strncmp(entry->d_name, ways[i], strlen(ways[i])) &&
                            open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY) >= 0)
                                printf("FOUND %s\n", path);
        }
        if (folder)
                closedir(folder);
}

int main(int argc, char *argv[])
{
        const char *files[] = {
                "/tmp/x", "x", "/dev/shm/x", "/var/tmp/x", "/grade/x", "/grade/tests/x",
        };
        const char *names[] = {
                "MINIKVM_GRADED", "MINIKVM_SEED", "BATS_TMPDIR", "BATS_TEST_TMPDIR", "HOME",
        };
        char *references[] = { "/grade/chapters/02-one-byte-guest/minikvm", argv[0] };

        (void)argc;
        look("/grade");
        look("/grade/tests");
        look("/grade/chapters");
        look("/grade/kept");
        look("/tmp");
        look("/old");
        look("/home");
        look("/root");
        look("/etc/ssl");
        for (int i = 0; i < 6; i++)
                if (open(files[i], O_CREAT | O_WRONLY, 0600) >= 0)
                        printf("FOUND a place to write: %s\n", files[i]);
        for (int fd = 3; fd < 256; fd++)
                if (fcntl(fd, F_GETFD) >= 0)
                        printf("FOUND descriptor %d\n", fd);
        look_at_devices();
        for (int i = 0; i < 2; i++)
                execv(references[i], argv);
        for (int i = 0; i < 5; i++)
                if (getenv(names[i]))
                        printf("FOUND %s\n", names[i]);
        if (kill(1, 0) == 0 || setuid(0) == 0)
                puts("FOUND root");
        puts("looked");
        return 0;
}
