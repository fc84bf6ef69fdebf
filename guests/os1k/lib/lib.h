/* The little of a libc that kernel and programs share. */
#pragma once

#include <stddef.h>

/* print.c: knows %s %d %u and %x. Whoever uses it says in text_out() where the text goes. */
__attribute__((format(printf, 1, 2))) void print(const char *form, ...);
void text_out(const char *text, size_t length);

/* string.c: as in the C standard; a compiler may call the first two by itself. */
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int strcmp(const char *a, const char *b);
