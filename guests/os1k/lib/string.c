/* Memory and strings. Of a copy loop in C a compiler makes a call to memcpy: hence the assembly. */
#include "lib.h"

void *memcpy(void *to, const void *from, size_t size)
{
        void *next = to;

        asm volatile ("rep movsb" : "+D" (next), "+S" (from), "+c" (size) : : "memory");
        return to;
}

void *memset(void *to, int byte, size_t size)
{
        void *next = to;

        asm volatile ("rep stosb" : "+D" (next), "+c" (size) : "a" (byte) : "memory");
        return to;
}

int strcmp(const char *a, const char *b)
{
        for (; *a && *a == *b; a++, b++)
                ;
        return *a - *b;
}
