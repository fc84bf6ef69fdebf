/* The greatest common divisor of two numbers, as Euclid found it. */
#include "user.h"

#define LIMIT           2147483647

void main(void)
{
        int numbers[2], a, b;

        ask_numbers("Greatest common divisor of which two numbers? ", numbers, 2, -LIMIT, LIMIT);
        a = numbers[0];
        b = numbers[1];
        while (b) {
                int rest = a % b;

                a = b;
                b = rest;
        }
        print("gcd(%d, %d) = %d\n", numbers[0], numbers[1], a < 0 ? -a : a);
}
