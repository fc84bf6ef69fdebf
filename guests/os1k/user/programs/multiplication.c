/* The multiplication table of a number. */
#include "user.h"

#define LIMIT           200000000       /* ten times that still fits into 32 bits */

void main(void)
{
        int number;

        ask_numbers("The multiplication table of which number? ", &number, 1, -LIMIT, LIMIT);
        for (int i = 1; i <= 10; i++)
                print("%d x %d = %d\n", i, number, i * number);
}
