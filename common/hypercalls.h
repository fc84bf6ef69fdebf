/* The hypercalls: what a guest may ask of the hypervisor. Read by C and by assembly. */
#ifndef HYPERCALLS_H
#define HYPERCALLS_H

/*
 * OUT DX, AL with DX = HC_PORT asks: AL is the number, EBX and ECX are the arguments.
 * IN AL/AX/EAX, DX reads the result of the last one that asked: HC_ERROR when it has none.
 */
#define HC_PORT         0x500

#define HC_EXIT         0       /* BL = exit status; does not return */
#define HC_PUTCHAR      1       /* BL = character */
#define HC_GETCHAR      2       /* result: a byte of stdin, 0xFFFFFFFF at its end */
#define HC_WRITE        3       /* EBX = guest-virtual address, ECX = bytes; from chapter 08 */

#define HC_ERROR        0xFFFFFFFF      /* no result, or what went wrong */
#define HC_WRITE_MAX    0x10000         /* bytes that one HC_WRITE takes */

#endif
