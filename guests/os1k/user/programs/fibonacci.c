/* The first Fibonacci numbers. */
#include "user.h"

#define LAST            47              /* the next one does not fit into 32 bits */

void main(void)
{
        uint32_t previous = 0, number = 1;
        int count;

        ask_numbers("How many Fibonacci numbers? (32 bits end at 47) ", &count, 1, 1, LAST);
        for (int i = 1; i <= count; i++) {
                print("F(%d) = %u\n", i, number);
                number += previous;
                previous = number - previous;
        }
}
