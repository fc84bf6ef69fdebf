/*
 * hello: the first guest that speaks. It sends a text to the serial port, byte by byte.
 *
 * What to know about real mode before reading on:
 *
 * Registers are the processor's variables. AX, BX, CX, DX, SI, DI, BP and SP hold 16 bits each.
 * AL is the low byte of AX and AH the high one; BL, CL and DL belong to BX, CX and DX.
 *
 * An address has two parts, segment:offset, and means the byte at segment * 16 + offset. The
 * segment comes from a segment register: CS for instructions, DS for data, SS for the stack, ES
 * as a second one for data. The hypervisor loads the image at the start of a segment and sets all
 * four to that segment. So a label in this file is an offset, and works wherever the image lies.
 *
 * Devices are not memory. They answer to port numbers: OUT sends a byte to a port, IN gets one.
 */
#define COM1            0x3F8           /* what is written here leaves through the serial line */

        .code16
        .intel_syntax noprefix

        mov     dx, COM1                /* OUT takes the port number from DX */
        mov     si, offset message      /* SI = where message is, like char *si = message */
next:
        mov     al, [si]                /* AL = the byte at DS:SI */
        cmp     al, 0                   /* is it the 0 that ends the text? */
        je      done                    /* "jump if equal" */
        out     dx, al
        inc     si
        jmp     next
done:
        hlt

/*
 * On a real PC we would have to ask the port after every byte whether it is ready for the next
 * one, for a wire is slow. This one hands the byte to the hypervisor and is always ready.
 */
message:
        .asciz  "Hello from real mode!\n"
