/* What programs may ask for. They are not trusted: an improper request ends its process. */
#include "kernel.h"

/* Does the call exist, and does all memory that it uses, from EBX on, lie in the program's page? */
static bool is_proper(const struct trap_frame *frame)
{
        uint32_t offset = frame->ebx - USER_BASE, length;

        if (frame->eax == SYS_WRITE)
                length = frame->ecx;
        else if (frame->eax == SYS_READ)
                length = LINE_SIZE;
        else if (frame->eax == SYS_START)
                length = sizeof(struct command);
        else
                return frame->eax <= SYS_KILL;
        return offset < PAGE_SIZE_4M && length <= PAGE_SIZE_4M - offset;
}

/* Who has to wait asks again when the event has come: EIP goes back to the INT, EAX stays. */
static uint32_t ask_again(struct trap_frame *frame, enum event event)
{
        current->waits_for = event;
        frame->eip -= 2;                /* INT 0x80 is CD 80 */
        return frame->eax;
}

/* Only so much at once, because nobody else runs until it is out. */
static uint32_t sys_write(const struct trap_frame *frame)
{
        uint32_t length = frame->ecx < WRITE_MAX ? frame->ecx : WRITE_MAX;

        text_out((const char *)frame->ebx, length);
        return length;
}

static uint32_t sys_read(struct trap_frame *frame)
{
        int length = current->background ? 0 : console_read((char *)frame->ebx);

        return length < 0 ? ask_again(frame, KEY_TYPED) : (uint32_t)length;
}

/* Has the current process started this one, or one that has? Then it may wait for it or kill it. */
static bool is_ours(const struct process *process)
{
        while (process && process->parent != current)
                process = process->parent;
        return process;
}

static uint32_t sys_kill(const struct trap_frame *frame)
{
        struct process *process = process_find(frame->ebx);

        if (!is_ours(process))
                return -1;
        process_end(process);
        return 0;
}

uint32_t system_call(struct trap_frame *frame)
{
        if (!is_proper(frame))
                kill_current(frame, "bad system call");
        else if (frame->eax == SYS_EXIT)
                process_end(current);
        else if (frame->eax == SYS_WRITE)
                return sys_write(frame);
        else if (frame->eax == SYS_LIST)
                process_list();
        else if (frame->eax == SYS_READ)
                return sys_read(frame);
        else if (frame->eax == SYS_START)
                return process_start((const struct command *)frame->ebx);
        else if (frame->eax == SYS_WAIT)
                return is_ours(process_find(frame->ebx)) ? ask_again(frame, PROCESS_ENDED) : 0;
        else if (frame->eax == SYS_SLEEP)
                return ticks < frame->ebx ? ask_again(frame, TIMER_TICK) : 0;
        else if (frame->eax == SYS_UPTIME)
                return ticks;
        else if (frame->eax == SYS_KILL)
                return sys_kill(frame);
        return 0;
}
