/* The programs' library. */
#include "user.h"

int system_call(uint32_t number, uint32_t ebx, uint32_t ecx)
{
        int result;

        asm volatile ("int %1" : "=a" (result)
                      : "i" (SYSCALL_VECTOR), "a" (number), "b" (ebx), "c" (ecx) : "memory");
        return result;
}

void text_out(const char *text, size_t length)
{
        for (size_t done = 0; done < length;)
                done += system_call(SYS_WRITE, (uint32_t)text + done, length - done);
}

bool read_line(const char *prompt, char *line)
{
        static char *const argument = (char *)USER_ARGUMENT;
        int length;

        if (*argument) {
                memcpy(line, argument, LINE_SIZE);
                *argument = '\0';
                return true;
        }
        print("%s", prompt);
        length = system_call(SYS_READ, (uint32_t)line, 0);
        line[length] = '\0';
        if (length && line[length - 1] == '\n')
                line[length - 1] = '\0';
        else
                print("\n");            /* it ended by Ctrl-D, which shows nothing */
        return length > 0;
}

const char *skip_spaces(const char *text)
{
        while (*text == ' ')
                text++;
        return text;
}

bool parse_number(const char **text, int *number)
{
        const char *next = skip_spaces(*text);
        bool negative = *next == '-';
        int64_t value = 0;

        next += negative;
        if (*next < '0' || *next > '9')
                return false;
        for (; *next >= '0' && *next <= '9'; next++)
                if (value <= INT32_MAX)         /* else it is too big already */
                        value = value * 10 + *next - '0';
        if (negative)
                value = -value;
        *text = skip_spaces(next);
        *number = (int)value;
        return *number == value;
}

static bool parse_numbers(const char *text, int *numbers, int count, int low, int high)
{
        for (int i = 0; i < count; i++)
                if (!parse_number(&text, &numbers[i]) || numbers[i] < low || numbers[i] > high)
                        return false;
        return *text == '\0';
}

void ask_numbers(const char *question, int *numbers, int count, int low, int high)
{
        char line[LINE_SIZE];

        while (read_line(question, line)) {
                if (parse_numbers(line, numbers, count, low, high))
                        return;
                print("That has to be %s from %d to %d.\n",
                      count == 1 ? "a whole number" : "two whole numbers", low, high);
        }
        system_call(SYS_EXIT, 0, 0);
}
