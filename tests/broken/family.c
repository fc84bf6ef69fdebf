/*
 * family.c - one more program for 1K OS: it starts others, and does to them, and to those that are
 * not its own, what the kernel must allow or refuse. Its first input says which.
 */
#include "user.h"

#define MANY            (1 << 20)

static char stars[MANY];

static void copy(char *to, const char *from)
{
        while ((*to++ = *from++))
                ;
}

/* Starts a program, in the foreground as far as we have a say. */
static int start(const char *program, const char *argument)
{
        static struct command command;

        copy(command.name, program);
        copy(command.argument, argument);
        return system_call(SYS_START, (uint32_t)&command, 0);
}

static void start_and_wait(const char *program, const char *argument)
{
        system_call(SYS_WAIT, start(program, argument), 0);
        print("the child has ended\n");
}

static void hear(void)
{
        char line[LINE_SIZE];

        print("heard: %s\n", read_line("hear> ", line) ? line : "nothing");
}

/* None of these is its child: the shell is 1, a sibling 2, itself 3. */
static void meddle(void)
{
        static const int pids[] = { 0, 1, 2, 3, 4, -1, 2147483647, -2147483647 - 1 };

        for (unsigned int i = 0; i < sizeof(pids) / sizeof(pids[0]); i++)
                print("%d: wait %d, kill %d\n", pids[i], system_call(SYS_WAIT, pids[i], 0),
                      system_call(SYS_KILL, pids[i], 0));
}

static void kill_child(void)
{
        int pid = start("rogue", "spin");

        print("kill the child: %d\n", system_call(SYS_KILL, pid, 0));
        print("kill it again: %d\n", system_call(SYS_KILL, pid, 0));
}

/* Writes for two seconds, each time as much as there is. */
static void write_much(void)
{
        int end = system_call(SYS_UPTIME, 0, 0) + 2 * HZ, written;

        memset(stars, '*', MANY);
        do
                written = system_call(SYS_WRITE, (uint32_t)stars, MANY);
        while (system_call(SYS_UPTIME, 0, 0) < end);
        print("\n%d at a time\n", written);
        text_out(stars, 3000);
        print("\n");
}

void main(void)
{
        char what[LINE_SIZE];

        read_line("What? ", what);
        if (strcmp(what, "hear") == 0)
                hear();
        else if (strcmp(what, "parent") == 0)
                start_and_wait("family", "hear");
        else if (strcmp(what, "leave") == 0)    /* and the child wants the keyboard */
                start("family", "hear");
        else if (strcmp(what, "waiter") == 0)
                start_and_wait("rogue", "spin");
        else if (strcmp(what, "meddle") == 0)
                meddle();
        else if (strcmp(what, "kill") == 0)
                kill_child();
        else if (strcmp(what, "write") == 0)
                write_much();
        while (strcmp(what, "breed") == 0)
                start("family", "breed");
}
