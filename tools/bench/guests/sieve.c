/* sieve: the primes below 50,000 by the sieve of Eratosthenes, COUNT times. It prints how many. */
#include "print.h"

enum { LIMIT = 50000 };

static uint8_t composite[LIMIT];

static uint32_t count_primes(void)
{
        uint32_t primes = 0;

        for (int i = 0; i < LIMIT; i++)
                composite[i] = 0;
        for (int i = 2; i < LIMIT; i++) {
                if (composite[i])
                        continue;
                primes++;
                for (int multiple = 2 * i; multiple < LIMIT; multiple += i)
                        composite[multiple] = 1;
        }
        return primes;
}

void compute(void)
{
        uint32_t primes = 0;

        for (int i = 0; i < COUNT; i++)
                primes = count_primes();
        print_number(primes);
}
