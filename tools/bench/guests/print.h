/* Printing for guests in C, to the serial port. */
#ifndef PRINT_H
#define PRINT_H

#include "ports.h"
#include "x86.h"

/* A number in decimal and the end of the line: what was computed is seen to be right. */
static inline void print_number(uint32_t number)
{
        char digits[10];
        int count = 0;

        do {
                digits[count++] = '0' + number % 10;
                number /= 10;
        } while (number != 0);
        while (count > 0)
                outb(COM1, digits[--count]);
        outb(COM1, '\n');
}

#endif
