/* The shell: reads commands, does some itself and starts programs for the others. */
#include "user.h"

#define PROGRAM(name)   #name,

static const char programs[][NAME_SIZE] = { PROGRAMS };         /* the Makefile's list */
static const int count = sizeof(programs) / sizeof(programs[0]);

static void help(void)
{
        for (int i = 0; i < count; i++)
                print("%d  %s\n", i + 1, programs[i]);
        print("A number or name starts a program. What comes after it is its first input;\n"
              "with & at the end it runs in the background, without the keyboard.\n"
              "rogue tries what a program must not do. ps shows the processes, kill and a\n"
              "number ends one, uptime shows the time since the start, and halt ends it all.\n");
}

static void kill(const char *text)
{
        int pid;

        if (!parse_number(&text, &pid) || *text)
                print("Which process? Give its number: ps shows them all.\n");
        else if (pid == SHELL_PID)
                print("Process %d is the shell: halt ends it, and 1K OS.\n", pid);
        else if (system_call(SYS_KILL, pid, 0) < 0)
                print("I have no process %d to end: try ps.\n", pid);
        else
                print("Process %d has ended.\n", pid);
}

static void start(struct command *command)
{
        const char *name = command->name;
        int number, pid;

        if (parse_number(&name, &number) && !*name && number >= 1 && number <= count)
                memcpy(command->name, programs[number - 1], NAME_SIZE);
        pid = system_call(SYS_START, (uint32_t)command, 0);
        if (pid == 0)
                print("%s? There is no such command: try help.\n", command->name);
        else if (pid < 0)
                print("There is no room for another process.\n");
        else if (command->background)
                print("%s is process %d.\n", command->name, pid);
        else
                system_call(SYS_WAIT, pid, 0);
}

/* NAME [ARGUMENT] [&]. A name that is too long is cut: it is no program's in any case. */
static void parse(const char *line, struct command *command)
{
        size_t length = 0;

        for (line = skip_spaces(line); *line && *line != ' ' && *line != '&'; line++)
                if (length < NAME_SIZE - 1)
                        command->name[length++] = *line;
        command->name[length] = '\0';
        length = 0;
        for (line = skip_spaces(line); *line && *line != '&'; line++)
                command->argument[length++] = *line;
        while (length && command->argument[length - 1] == ' ')
                length--;
        command->argument[length] = '\0';
        command->background = *line == '&';
}

void main(void)
{
        static struct command command;
        char line[LINE_SIZE];

        print("1K OS: a shell and a few programs. Type help to see what there is.\n");
        while (read_line("1k> ", line)) {
                parse(line, &command);
                if (strcmp(command.name, "help") == 0)
                        help();
                else if (strcmp(command.name, "ps") == 0)
                        system_call(SYS_LIST, 0, 0);
                else if (strcmp(command.name, "uptime") == 0)
                        print("up %d seconds\n", system_call(SYS_UPTIME, 0, 0) / HZ);
                else if (strcmp(command.name, "kill") == 0)
                        kill(command.argument);
                else if (strcmp(command.name, "halt") == 0)
                        return;
                else if (*command.name)
                        start(&command);
        }
        print("The input has ended, and so does 1K OS.\n");
}
