/* What this is. */
#include "user.h"

void main(void)
{
        print("1K OS is an operating system in less than a thousand lines of C and assembly.\n"
              "Every program is a process, in user mode, in memory that no other can see, and\n"
              "a hundred times a second the timer takes the processor away from it.\n");
}
