/* What the kernel and the programs agree on. Read by C and by assembly. */
#pragma once

/*
 * A program has one 4 MiB page. Its stack is at the bottom, so that running off it leaves the page;
 * behind it lies its argument, then the program, which starts at its first byte.
 */
#define USER_BASE               0x40000000
#define USER_ARGUMENT           0x40010000      /* LINE_SIZE bytes; the stack begins below them */
#define USER_PROGRAM            0x40011000

/* INT 0x80: EAX is the call, EBX and ECX are its arguments, and the result comes back in EAX. */
#define SYSCALL_VECTOR          0x80
#define SYS_EXIT                0       /* with all it has started; of the shell: all ends */
#define SYS_WRITE               1       /* EBX = text, ECX = its length; result: bytes written */
#define SYS_READ                2       /* EBX = LINE_SIZE bytes; result: length, 0 at the end */
#define SYS_START               3       /* EBX = struct command; result: pid, see process_start() */
#define SYS_WAIT                4       /* EBX = pid: until it has ended; for whom, see SYS_KILL */
#define SYS_SLEEP               5       /* EBX = what SYS_UPTIME shall be */
#define SYS_UPTIME              6       /* result: timer ticks since the start */
#define SYS_LIST                7       /* prints the processes */
/* EBX = pid: of what the caller has started, or what that has, and so on. Result: 0, or else -1. */
#define SYS_KILL                8

#define LINE_SIZE               4096    /* of a line of input, with its end */
#define WRITE_MAX               128     /* bytes that one SYS_WRITE writes at most: a long line */
#define NAME_SIZE               16
#define SHELL_PID               1
#define HZ                      100     /* timer ticks in a second */

#ifndef __ASSEMBLER__
struct command {
        char name[NAME_SIZE];           /* of the program */
        char argument[LINE_SIZE];       /* its first input */
        int background;                 /* it, and what it starts, has no keyboard */
};
#endif
