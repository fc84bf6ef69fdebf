/* A calculator for whole numbers. */
#include "user.h"

/*
 * The text is a sum of products. When an operator is neither * nor /, the product before it is
 * complete and goes into the sum. Returns what went wrong, or NULL.
 */
static const char *calculate(const char *text, int64_t *sum)
{
        static const char not_understood[] = "I know numbers of 32 bits, and + - * / between them";
        char operator = '+';
        int64_t product = 0;
        int number, sign = 1;

        *sum = 0;
        while (operator) {
                if (!parse_number(&text, &number))
                        return not_understood;
                if (operator == '*') {
                        product *= number;
                } else if (operator == '/' && number == 0) {
                        return "division by zero";
                } else if (operator == '/') {
                        /* A quotient that does not fit is a fault, and only -1 can make one. */
                        product = number == -1 ? -product : (int)product / number;
                } else if (operator == '+' || operator == '-') {
                        product = number;
                        sign = operator == '+' ? 1 : -1;
                } else {
                        return not_understood;
                }
                operator = *text;
                text += operator != '\0';
                if (operator != '*' && operator != '/')
                        *sum += sign * product;
                if (product != (int)product || *sum != (int)*sum)
                        return "that does not fit into 32 bits";
        }
        return NULL;
}

void main(void)
{
        char line[LINE_SIZE];
        int64_t sum;

        print("An empty line ends this.\n");
        while (read_line("calculate> ", line) && *line) {
                const char *trouble = calculate(line, &sum);

                if (trouble)
                        print("%s: %s\n", line, trouble);
                else
                        print("%s = %d\n", line, (int)sum);
        }
}
