/* Text out of a format and its arguments. It goes out in one piece, unless it is very long. */
#include <stdarg.h>

#include "lib.h"

static char text[256];
static size_t length;

static void flush(void)
{
        text_out(text, length);
        length = 0;
}

static void put(char character)
{
        if (length == sizeof(text))
                flush();
        text[length++] = character;
}

static void put_number(unsigned int value, char kind)
{
        unsigned int base = kind == 'x' ? 16 : 10;

        if (kind == 'd' && (int)value < 0) {
                put('-');
                value = -value;
        }
        if (value >= base)
                put_number(value / base, kind);
        put("0123456789abcdef"[value % base]);
}

void print(const char *form, ...)
{
        va_list arguments;

        va_start(arguments, form);
        for (; *form; form++) {
                if (*form != '%')
                        put(*form);
                else if (*++form == 's')
                        for (const char *next = va_arg(arguments, const char *); *next; next++)
                                put(*next);
                else
                        put_number(va_arg(arguments, unsigned int), *form);
        }
        va_end(arguments);
        flush();
}
