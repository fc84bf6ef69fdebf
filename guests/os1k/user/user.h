/* What a program has to work with: the kernel's calls, text out by print(), and lines in. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "lib.h"

/* A program starts here and ends when it returns. */
void main(void);

/* The calls of abi.h. */
int system_call(uint32_t number, uint32_t ebx, uint32_t ecx);

/*
 * Takes a line, without its end, into LINE_SIZE bytes: the first time what stood behind the
 * program's name, then what is typed after the prompt. False: the input has ended.
 */
bool read_line(const char *prompt, char *line);

/* Asks until it has that many numbers from low to high. At the end of input it ends the program. */
void ask_numbers(const char *question, int *numbers, int count, int low, int high);

/* Reads a number and moves past it and the spaces. False: there is none, or none of 32 bits. */
bool parse_number(const char **text, int *number);
const char *skip_spaces(const char *text);
