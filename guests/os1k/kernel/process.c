/*
 * Processes: how they start, take turns, wait and end.
 *
 * The kernel has one stack, and nothing on it outlives an interrupt. So to go from one process to
 * another is no more than this: the interrupt came with one process's registers, and when it is
 * served trap() returns the registers of another.
 */
#include "kernel.h"

static struct process processes[PROCESS_MAX];   /* the first has RAM's second 4 MiB, and so on */

struct process *current = processes;
uint32_t ticks;                         /* of the timer, since the start */

/* The process with this pid; with 0 a free place. NULL: there is none. */
struct process *process_find(uint32_t pid)
{
        for (struct process *process = processes; process < processes + PROCESS_MAX; process++)
                if (process->pid == pid)
                        return process;
        return NULL;
}

/* Gives the new process's pid; 0 when there is no such program, -1 when there is no room. */
int process_start(const struct command *command)
{
        static uint32_t last_pid;
        const struct program *program = programs;
        struct process *process = process_find(0);
        uint32_t memory;
        char *seen;

        while (program->name && strcmp(program->name, command->name) != 0)
                program++;
        if (!program->name)
                return 0;
        if (!process)
                return -1;

        memory = (process - processes + 1) * PAGE_SIZE_4M;
        directory_init(process->directory, memory);
        /* The kernel sees the new memory above KERNEL_BASE, the process from USER_BASE on. */
        seen = (char *)(memory + KERNEL_BASE - USER_BASE);
        memcpy(seen + USER_ARGUMENT, command->argument, LINE_SIZE);
        memcpy(seen + USER_PROGRAM, program->image, program->image_end - program->image);
        process->frame = (struct trap_frame) {
                .eip = USER_PROGRAM, .cs = USER_CODE, .eflags = EFLAGS_FIXED | EFLAGS_IF,
                .esp = USER_ARGUMENT, .ss = USER_DATA,
        };
        process->name = program->name;
        process->background = command->background || current->background;
        process->ticks = 0;
        process->waits_for = NO_EVENT;
        process->parent = current == process ? NULL : current;  /* nobody starts the shell */
        process->pid = ++last_pid;
        return process->pid;
}

/*
 * Ends a process, and what it has started, so that all of that ends with it. It may be the current
 * one: its directory stays in use until schedule() finds another.
 */
void process_end(struct process *process)
{
        if (process->pid == SHELL_PID)
                shut_down(0);
        for (struct process *child = processes; child < processes + PROCESS_MAX; child++)
                if (child->parent == process)
                        process_end(child);
        process->pid = 0;
        process->parent = NULL;
        wake(PROCESS_ENDED);
}

void process_list(void)
{
        int free = 0;

        print("pid\tticks\tstate\tname\n");
        for (struct process *process = processes; process < processes + PROCESS_MAX; process++)
                if (process->pid)
                        print("%u\t%u\t%s\t%s\n", process->pid, process->ticks,
                              process->waits_for ? "waiting" : "ready", process->name);
                else
                        free++;
        print("memory: %d of %d frames of 4 MiB are free\n", free, PROCESS_MAX);
}

/* The processes that wait for such an event ask again whether it was theirs. */
void wake(enum event event)
{
        for (struct process *process = processes; process < processes + PROCESS_MAX; process++)
                if (process->waits_for == event)
                        process->waits_for = NO_EVENT;
}

bool can_run(const struct process *process)
{
        return process->pid && !process->waits_for;
}

/*
 * Makes another process the current one: the next that can run, and round again. When none can, the
 * processor sleeps until an interrupt may have changed that: trap() serves it, and we look again.
 */
void schedule(void)
{
        struct process *next = current;

        do {
                next = next + 1 == processes + PROCESS_MAX ? processes : next + 1;
                if (next == current && !can_run(next))
                        asm volatile ("sti\n\thlt\n\tcli" : : : "memory");
        } while (!can_run(next));
        current = next;
        gdt_set_stack(&next->frame + 1);
        asm volatile ("mov cr3, %0" : : "r" ((uint32_t)next->directory - KERNEL_BASE) : "memory");
}
