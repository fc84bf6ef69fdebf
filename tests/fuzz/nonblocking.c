/* nonblocking - runs a program whose stdout is a pipe of one page that does not wait for its
 * reader. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
        if (argc < 2 || fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 4096) < 0 ||
            fcntl(STDOUT_FILENO, F_SETFL, O_WRONLY | O_NONBLOCK) < 0) {
                perror("nonblocking");
                return 125;
        }
        execv(argv[1], argv + 1);
        perror(argv[1]);
        return 125;
}
