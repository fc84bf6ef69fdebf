/* The hypercalls: what a guest may ask of the hypervisor. Read by C and by assembly. */
#ifndef HYPERCALLS_H
#define HYPERCALLS_H

/*
 * OUT HC_PORT, AL asks: AL is the number, EBX, ECX and EDX are the arguments.
 * IN AL/AX/EAX, HC_PORT reads the result of the last one.
 */
#define HC_PORT         0x500

#define HC_EXIT         0       /* BL = exit status; does not return */
#define HC_PUTCHAR      1       /* BL = character */
#define HC_GETCHAR      2       /* result: a byte of stdin, 0xFFFFFFFF at its end */
#define HC_WRITE        3       /* EBX = guest-virtual address, ECX = bytes; from chapter 08 */

#define HC_ERROR        0xFFFFFFFF      /* what IN EAX reads when there is no result */
#define HC_WRITE_MAX    0x10000         /* bytes that one HC_WRITE takes */

#endif
