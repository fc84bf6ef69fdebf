/* Port I/O, for guests in C. */
#ifndef PORTS_H
#define PORTS_H

#include <stdint.h>

static inline void outb(uint16_t port, uint8_t value)
{
        asm volatile ("out %w0, %b1" : : "Nd" (port), "a" (value));
}

static inline uint8_t inb(uint16_t port)
{
        uint8_t value;

        asm volatile ("in %b0, %w1" : "=a" (value) : "Nd" (port));
        return value;
}

#endif
