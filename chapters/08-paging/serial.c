/* serial.c - COM1, as much of a 16550 UART as printing needs. */
#include "minikvm.h"
#include "x86.h"

bool serial_access(struct guest *guest, bool in, uint16_t port, uint8_t *byte)
{
        if (in) {                       /* always ready to send; of other registers, all ones */
                *byte = port == COM1_LSR ? LSR_THRE | LSR_TEMT : 0xFF;
                return true;
        }
        if (port == COM1_LCR)
                guest->serial_lcr = *byte;
        if (port != COM1 || guest->serial_lcr & LCR_DLAB)       /* with DLAB it is the divisor */
                return true;
        return console_write(guest, byte, 1);
}
