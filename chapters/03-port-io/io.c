/* io.c - KVM_EXIT_IO: which device an IN or OUT is for. */
#include "minikvm.h"

/* What IN reads. Devices are one byte wide: a wider access meets one at each of its ports. */
static void read_ports(uint16_t port, uint8_t *data, int size)
{
        for (int i = 0; i < size; i++)
                data[i] = serial_read(port + i);
}

/* What OUT writes; false when the guest is not to run on. */
static bool write_ports(struct guest *guest, uint16_t port, const uint8_t *data, int size)
{
        for (int i = 0; i < size; i++) {
                if (!serial_write(guest, port + i, data[i]))
                        return false;
        }
        return true;
}

bool io_handle(struct guest *guest)
{
        struct kvm_run *run = guest->vcpu.run;
        uint8_t *data = (uint8_t *)run + run->io.data_offset;

        /* KVM may hand us several accesses of a rep ins or rep outs at once: count of that size */
        for (uint32_t i = 0; i < run->io.count; i++, data += run->io.size) {
                if (run->io.direction == KVM_EXIT_IO_IN)
                        read_ports(run->io.port, data, run->io.size);
                else if (!write_ports(guest, run->io.port, data, run->io.size))
                        return false;
        }
        return true;
}
