/* Counts, slowly enough to be watched from beside. */
#include "user.h"

#define PAUSE           (HZ / 10)

void main(void)
{
        int last;

        ask_numbers("Count to which number? ", &last, 1, 1, 1000);
        for (int i = 1; i <= last; i++) {
                system_call(SYS_SLEEP, system_call(SYS_UPTIME, 0, 0) + PAUSE, 0);
                print("%d\n", i);
        }
}
