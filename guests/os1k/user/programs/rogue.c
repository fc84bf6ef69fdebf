/* Tries what a program must not do. Only spin is allowed, if rude: it never stops. */
#include "user.h"

#define KERNEL          0x80100000      /* where the kernel's code is */

static void commit(const char *crime)
{
        if (strcmp(crime, "read") == 0)
                (void)*(volatile int *)KERNEL;
        else if (strcmp(crime, "write") == 0)
                *(volatile int *)KERNEL = 0;
        else if (strcmp(crime, "jump") == 0)
                ((void (*)(void))KERNEL)();
        else if (strcmp(crime, "pointer") == 0)
                system_call(SYS_WRITE, KERNEL, 16);
        else if (strcmp(crime, "divide") == 0)
                asm volatile ("div cl" : : "a" (1), "c" (0));
        else if (strcmp(crime, "cli") == 0)
                asm volatile ("cli");
        else if (strcmp(crime, "hlt") == 0)
                asm volatile ("hlt");
        else if (strcmp(crime, "out") == 0)
                asm volatile ("out 0x21, al" : : "a" (0xFF));
        while (strcmp(crime, "stack") == 0)
                asm volatile ("push 0");
        while (strcmp(crime, "spin") == 0)
                ;
}

void main(void)
{
        static const char question[] =
                "Which crime? (read write jump pointer divide cli hlt out stack spin) ";
        char crime[LINE_SIZE];

        while (read_line(question, crime) && *crime) {
                commit(crime);
                print("%s: nothing has stopped me, or it is no crime.\n", crime);
        }
}
