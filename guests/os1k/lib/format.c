/* Text out of a format and its arguments. */
#include <stdbool.h>
#include <stdint.h>

#include "format.h"

#define NUMBER_MAX      12      /* the longest: -2147483648 and its end */

struct output {
        char *text;
        size_t size, length;
};

struct field {
        bool left, zeros;
        int width;
};

static void put(struct output *output, char character)
{
        if (output->length + 1 < output->size)
                output->text[output->length++] = character;
}

static void put_field(struct output *output, struct field field, const char *text)
{
        int padding = field.width;

        for (const char *end = text; *end; end++)
                padding--;
        for (; !field.left && padding > 0; padding--)
                put(output, field.zeros ? '0' : ' ');
        while (*text)
                put(output, *text++);
        for (; padding > 0; padding--)
                put(output, ' ');
}

/* The digits come out last one first, so the array is filled from its end. */
static const char *number_text(char array[NUMBER_MAX], uint32_t value, uint32_t base, bool negative)
{
        char *digit = array + NUMBER_MAX - 1;

        *digit = '\0';
        do {
                *--digit = "0123456789abcdef"[value % base];
                value /= base;
        } while (value);
        if (negative)
                *--digit = '-';
        return digit;
}

/* Reads flags and width and returns where the conversion's letter is. */
static const char *read_field(const char *form, struct field *field)
{
        *field = (struct field) { 0 };
        for (; *form == '-' || *form == '0'; form++) {
                field->left |= *form == '-';
                field->zeros |= *form == '0';
        }
        for (; *form >= '0' && *form <= '9'; form++)
                field->width = field->width * 10 + *form - '0';
        return form;
}

size_t format(char *text, size_t size, const char *form, va_list arguments)
{
        struct output output = { .text = text, .size = size };
        struct field field;
        char array[NUMBER_MAX] = "";
        int number;

        for (; *form; form++) {
                if (*form != '%') {
                        put(&output, *form);
                        continue;
                }
                form = read_field(form + 1, &field);
                switch (*form) {
                case 's':
                        put_field(&output, field, va_arg(arguments, const char *));
                        break;
                case 'd':
                        number = va_arg(arguments, int);
                        put_field(&output, field,
                                  number_text(array, number < 0 ? -(uint32_t)number : (uint32_t)number,
                                              10, number < 0));
                        break;
                case 'u':
                case 'x':
                        put_field(&output, field,
                                  number_text(array, va_arg(arguments, uint32_t),
                                              *form == 'u' ? 10 : 16, false));
                        break;
                case 'c':
                        put(&output, (char)va_arg(arguments, int));
                        break;
                default:
                        put(&output, *form);
                }
        }
        output.text[output.length] = '\0';
        return output.length;
}
