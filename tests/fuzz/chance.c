/* chance.c - numbers that look random and are the same for the same seed. */
#include "fuzz.h"

static uint64_t state;

void chance_seed(uint64_t seed)
{
        state = seed;
}

/* SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). */
uint64_t chance(void)
{
        uint64_t z = state += 0x9E3779B97F4A7C15;

        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
}

uint32_t below(uint32_t limit)
{
        return chance() % limit;
}

bool one_in(uint32_t n)
{
        return below(n) == 0;
}

uint32_t one_of(const uint32_t *values, size_t count)
{
        return values[below(count)];
}

void random_bytes(uint8_t *bytes, size_t size)
{
        for (size_t i = 0; i < size; i++)
                bytes[i] = chance();
}

uint32_t odd_number(void)
{
        static const uint32_t edges[] = {
                0, 1, 0x80, 0xFF, 0x500, 0xFFF, 0x1000, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x10001,
                0xFFFFF, 0x100000, CODE_AT, TABLES_AT, 0x3FFFFF, 0x400000, 0x1FFFFFF, 0x2000000,
                0x7FFFFFFF, 0x80000000, 0x80100000, 0x81FFFFFF, 0xFFFFFFFF,
        };

        if (one_in(4))
                return chance();
        return ONE_OF(edges) + (one_in(2) ? below(9) - 4 : 0);
}
