/* The primes up to a number, by the sieve of Eratosthenes. */
#include "user.h"

#define LIMIT           100000

static bool composite[LIMIT + 1];

void main(void)
{
        int limit;

        ask_numbers("The primes up to which number? ", &limit, 1, 2, LIMIT);
        for (int i = 2; i <= limit; i++) {
                if (composite[i])
                        continue;
                print("%d ", i);
                for (int multiple = 2 * i; multiple <= limit; multiple += i)
                        composite[multiple] = true;
        }
        print("\n");
}
