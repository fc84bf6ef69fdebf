/* serial.c - COM1, as much of a 16550 UART as printing needs. */
#include "minikvm.h"
#include "x86.h"

/* Always ready to send. Where there is nothing to read, the bus gives all ones. */
uint8_t serial_read(uint16_t port)
{
        return port == COM1_LSR ? LSR_THRE | LSR_TEMT : 0xFF;
}

bool serial_write(struct guest *guest, uint16_t port, uint8_t byte)
{
        if (port == COM1_LCR)
                guest->serial_lcr = byte;
        if (port != COM1 || guest->serial_lcr & LCR_DLAB)       /* with DLAB it is the divisor */
                return true;
        return console_putchar(guest, byte);
}
