/* Text out of a format and its arguments, for code that has no libc below it. */
#ifndef FORMAT_H
#define FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Fills text, always ends it, cuts what does not fit, and returns its length.
 * It knows %s %c %d %u %x and %%, a width, and before the width - (to the left) or 0 (zeros).
 */
size_t format(char *text, size_t size, const char *form, va_list arguments);

#endif
