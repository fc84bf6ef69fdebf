/* Prints what a passed test prints, without end. */
#include <stdio.h>

int main(void)
{
        for (;;)
                puts("ok 1 the guest of one byte halts, and that is a success");
}
