/* Text to the serial port. */
#include "format.h"
#include "guest.h"

void print(const char *form, ...)
{
        char text[256];
        va_list arguments;

        va_start(arguments, form);
        format(text, sizeof(text), form, arguments);
        va_end(arguments);

        for (const char *next = text; *next; next++) {
                while (!(inb(COM1_LSR) & LSR_THRE))
                        ;
                outb(COM1, *next);
        }
}
