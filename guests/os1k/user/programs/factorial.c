/* The factorial of a number. */
#include "user.h"

#define LAST            12              /* the next one does not fit into 32 bits */

void main(void)
{
        int number, product = 1;

        ask_numbers("The factorial of which number? (32 bits end at 12) ", &number, 1, 0, LAST);
        for (int i = 2; i <= number; i++)
                product *= i;
        print("%d! = %d\n", number, product);
}
