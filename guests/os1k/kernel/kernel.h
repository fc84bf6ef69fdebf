/* The kernel at a glance: where things are, what a process is, and what each file offers. */
#pragma once

#include "abi.h"
#include "x86.h"

#define KERNEL_BASE     0x80000000      /* where the kernel sees physical memory */
#define RAM_SIZE        0x02000000      /* 32 MiB: what Mini-KVM gives, and all we use */
#define PROCESS_MAX     7               /* one for each 4 MiB of it, after the kernel's */

/* Selectors, in the order of the table in gdt.c; the user's ask for privilege level 3. */
#define KERNEL_CODE     0x08
#define KERNEL_DATA     0x10
#define USER_CODE       (0x18 | 3)
#define USER_DATA       (0x20 | 3)
#define TSS_SELECTOR    0x28

#define IRQ_BASE        EXC_COUNT       /* the first vector that is not Intel's */
#define STUB_SIZE       16              /* of the stubs in vectors.S */
#define FRAME_CS        44              /* offset of cs in struct trap_frame */
#define PANIC_STATUS    99              /* the guest's exit status after a panic */

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stdint.h>

#include "lib.h"
#include "ports.h"

/* What an interrupt leaves behind, lowest address first. The processor pushes it from the end. */
struct trap_frame {
        uint32_t edi, esi, ebp, unused, ebx, edx, ecx, eax;     /* PUSHAD, in vectors.S */
        uint32_t vector;                /* a stub in vectors.S */
        uint32_t error;                 /* the processor, or the stub, which pushes 0 */
        uint32_t eip, cs, eflags;       /* the processor */
        uint32_t esp, ss;               /* the processor, but only on the way out of user mode */
};

_Static_assert(offsetof(struct trap_frame, cs) == FRAME_CS, "what vectors.S believes");

enum event { NO_EVENT, KEY_TYPED, TIMER_TICK, PROCESS_ENDED };     /* what a process can wait for */

/* A process is what it would do next, its registers, and what it can see, its page directory. */
struct process {
        uint32_t directory[PAGE_TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE_4K)));
        struct trap_frame frame;        /* the processor puts it right here: gdt_set_stack() */
        uint32_t pid;                   /* 0: nobody is here */
        struct process *parent;         /* who started it; NULL: nobody is here, or the shell */
        const char *name;
        uint32_t ticks;                 /* of processor time */
        enum event waits_for;           /* NO_EVENT: it can run */
        bool background;                /* it has no keyboard */
};

struct program {
        const char *name, *image, *image_end;   /* all NULL: the table ends here */
};

struct __attribute__((packed)) table_pointer {  /* what LGDT and LIDT read: SDM 3A, 2.4 */
        uint16_t limit;
        const void *base;
};

/* boot.S */
extern const uint32_t boot_directory[PAGE_TABLE_ENTRIES];
/* main.c */
struct trap_frame *kernel_main(void);
_Noreturn void shut_down(uint8_t status);
/* gdt.c: segments, and where the next interrupt of user mode finds a stack */
void gdt_init(void);
void gdt_set_stack(const void *end);
/* vectors.S */
extern const char vectors[], system_call_stub[];
/* trap.c */
void idt_init(void);
struct trap_frame *trap(struct trap_frame *frame);
void kill_current(const struct trap_frame *frame, const char *why);
/* pic.c: the interrupt controllers, and the timer */
void irq_init(void);
/* keyboard.c: what was typed and not yet read */
void keyboard_poll(void);
int keyboard_take(void);
/* console.c: text_out() of lib.h, and lines of input */
int console_read(char *line);
/* paging.c */
void directory_init(uint32_t *directory, uint32_t memory);
/* process.c */
extern struct process *current;
extern uint32_t ticks;
int process_start(const struct command *command);
void process_end(struct process *process);
struct process *process_find(uint32_t pid);
void process_list(void);
bool can_run(const struct process *process);
void wake(enum event event);
void schedule(void);
/* programs.S */
extern const struct program programs[];
/* syscall.c */
uint32_t system_call(struct trap_frame *frame);

#endif
