/* Fills the table of processes. */
#include <unistd.h>

int main(void)
{
        for (;;)
                fork();
}
