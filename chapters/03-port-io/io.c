/* io.c - KVM_EXIT_IO: which device an IN or OUT is for. */
#include "minikvm.h"
#include "x86.h"

/* One byte: IN reads it at a port, or OUT writes it there. False: the guest is not to run on. */
static bool access_port(struct guest *guest, bool in, uint16_t port, uint8_t *byte)
{
        switch (port) {
        case COM1 ... COM1_SCR:
                return serial_access(guest, in, port, byte);
        default:
                if (in)
                        *byte = 0xFF;   /* where there is no device, the bus gives all ones */
                return true;
        }
}

/* Devices are one byte wide: a wider access meets one at each of its ports. */
static bool access_ports(struct guest *guest, bool in, uint16_t port, uint8_t *data, int size)
{
        for (int i = 0; i < size; i++) {
                if (!access_port(guest, in, port + i, &data[i]))
                        return false;
        }
        return true;
}

bool io_handle(struct guest *guest)
{
        struct kvm_run *run = guest->vcpu.run;
        uint8_t *data = (uint8_t *)run + run->io.data_offset;
        bool in = run->io.direction == KVM_EXIT_IO_IN;

        /* KVM may hand us several accesses of a rep ins or rep outs at once: count of that size */
        for (uint32_t i = 0; i < run->io.count; i++, data += run->io.size) {
                if (!access_ports(guest, in, run->io.port, data, run->io.size))
                        return false;
        }
        return true;
}
