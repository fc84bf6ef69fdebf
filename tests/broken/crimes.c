/*
 * crimes.c - takes the place of 1K OS's rogue: more that a user program must not do, by number. The
 * kernel has to end its process for each of them that is a crime; what "goes on" says so.
 */
#include "user.h"
#include "hypercalls.h"

#define KERNEL_DATA     0x10
#define PAGE_END        (USER_BASE + 0x400000)
#define NUMBERS_END     8               /* the first system call that there is not */

static struct command *const torn = (struct command *)(PAGE_END - NAME_SIZE);

/* Requests that the kernel has to look at closely. */
static void commit_call(int crime)
{
        switch (crime) {
        case 1:
                system_call(NUMBERS_END, 0, 0);
                break;
        case 2:
                system_call(0xFFFFFFFF, 0, 0);
                break;
        case 3:                         /* one byte too many */
                system_call(SYS_WRITE, PAGE_END - 16, 17);
                break;
        case 4:                         /* address + length is small again */
                system_call(SYS_WRITE, USER_BASE + 16, 0xFFFFFFF8);
                break;
        case 5:
                system_call(SYS_WRITE, 0x100000, 16);
                break;
        case 6:
                system_call(SYS_READ, 0x80100000, 0);
                break;
        case 7:
                system_call(SYS_READ, PAGE_END - LINE_SIZE + 1, 0);
                break;
        case 8:
                system_call(SYS_START, (uint32_t)torn, 0);
                break;
        case 9:
                system_call(SYS_START, 0x80100000, 0);
                break;
        case 10:
                system_call(SYS_WRITE, USER_BASE - 1, 2);
                break;
        }
}

/* Instructions that the processor has to refuse. */
static void commit_instruction(int crime)
{
        switch (crime) {
        case 11:
                asm volatile ("int 0x21");      /* the gate of the keyboard's interrupt */
                break;
        case 12:
                asm volatile ("int 14");
                break;
        case 13:
                asm volatile ("mov cr3, %0" : : "r" (0));
                break;
        case 14:
                asm volatile ("mov ds, %w0" : : "r" (KERNEL_DATA));
                break;
        case 15:
                asm volatile ("mov ss, %w0" : : "r" (KERNEL_DATA));
                break;
        case 16:
                asm volatile ("lidt [%0]" : : "r" (USER_BASE));
                break;
        case 17:
                asm volatile (".byte 0x9A, 0, 0, 0x10, 0x80, 8, 0");    /* call 8:0x80100000 */
                break;
        case 18:
                asm volatile(
                        "push 0x10\n\tpush esp\n\tpush 2\n\tpush 8\n\tpush 0x80100000\n\tiretd");
                break;
        case 19:
                asm volatile ("in al, 0x60" : : : "eax");
                break;
        case 20:
                asm volatile ("out dx, al" : : "d" (HC_PORT), "a" (HC_EXIT), "b" (42));
                break;
        case 21:
                asm volatile ("push 0x3202\n\tpopfd\n\tin al, 0x60" : : : "eax");      /* IOPL 3 */
                break;
        case 22:
                asm volatile ("push 0x4202\n\tpopfd\n\tiretd"); /* NT: IRET to another task */
                break;
        case 23:
                asm volatile ("push 0x302\n\tpopfd\n\tnop");    /* TF: a debug exception */
                break;
        case 24:
                asm volatile ("fld1");          /* one process's numbers would be another's */
                break;
        case 25:
                asm volatile ("mov eax, cr0" : : : "eax");
                break;
        case 26:
                asm volatile ("ud2");
                break;
        case 27:
                asm volatile ("int3");
                break;
        case 28:
                asm volatile ("str ax\n\tltr ax" : : : "eax");
                break;
        case 29:
                asm volatile ("mov esp, 0x80100000\n\tpush 0");
                break;
        case 30:
                asm volatile ("invlpg [0]\n\twbinvd");
                break;
        }
}

/* Odd, but no crimes: the kernel must not stumble over what a program leaves in registers. */
static void commit_oddity(int crime)
{
        switch (crime) {
        case 31:                        /* the direction flag is set when the kernel copies */
                asm volatile ("std\n\tint 0x80\n\tcld" : : "a" (SYS_UPTIME));
                break;
        case 32:                        /* no data segments at all */
                asm volatile ("push ds\n\tpush es\n\tmov ds, %w0\n\tmov es, %w0\n\t"
                              "mov fs, %w0\n\tmov gs, %w0\n\tmov eax, %1\n\tint 0x80\n\t"
                              "pop es\n\tpop ds" : : "r" (0), "i" (SYS_UPTIME) : "eax");
                break;
        case 33:                        /* no stack */
                asm volatile ("mov ecx, esp\n\txor esp, esp\n\tint 0x80\n\tmov esp, ecx"
                              : : "a" (SYS_UPTIME) : "ecx");
                break;
        case 34:                        /* to wait for nobody, for oneself, for nothing */
                system_call(SYS_WAIT, 12345678, 0);
                system_call(SYS_WAIT, 0, 0);
                break;
        case 35:                        /* a text of no length, at the page's end */
                system_call(SYS_WRITE, PAGE_END - 1, 0);
                break;
        case 36:
                torn[-300].name[0] = 0;
                for (int i = 0; i < NAME_SIZE; i++)     /* a name without an end */
                        torn[-300].name[i] = 'x';
                system_call(SYS_START, (uint32_t)&torn[-300], 0);
                break;
        case 37:                        /* NT goes with the process into the kernel and back */
                asm volatile ("push 0x4202\n\tpopfd\n\tint 0x80\n\tpush 0x202\n\tpopfd"
                              : : "a" (SYS_UPTIME));
                break;
        }
}

void main(void)
{
        int crime;

        ask_numbers("Which crime? ", &crime, 1, 1, 37);
        commit_call(crime);
        commit_instruction(crime);
        commit_oddity(crime);
        print("crime %d goes on\n", crime);
}
