/* Says what it was told. */
#include "user.h"

void main(void)
{
        char line[LINE_SIZE];

        print("An empty line ends this.\n");
        while (read_line("echo> ", line) && *line)
                print("%s\n", line);
}
