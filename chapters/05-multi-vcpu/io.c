/* io.c - KVM_EXIT_IO: which device an IN or OUT is for. */
#include "minikvm.h"
#include "hypercalls.h"

/* What IN reads. Devices are one byte wide: a wider access meets one at each of its ports. */
static void read_ports(struct guest *guest, uint16_t port, uint8_t *data, int size)
{
        if (port == HC_PORT)
                return hypercall_in(guest, data, size);
        for (int i = 0; i < size; i++)
                data[i] = serial_read(port + i);
}

/* What OUT writes; false when the guest is not to run on. */
static bool write_ports(struct guest *guest, uint16_t port, const uint8_t *data, int size)
{
        if (port == HC_PORT)
                return hypercall_out(guest, data, size);
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
        bool in = run->io.direction == KVM_EXIT_IO_IN;

        /* KVM may hand us several accesses of a rep ins or rep outs at once: count of that size */
        for (uint32_t i = 0; i < run->io.count; i++, data += run->io.size) {
                if (in)
                        read_ports(guest, run->io.port, data, run->io.size);
                uint32_t value = 0;
                memcpy(&value, data, run->io.size);
                trace(guest, "%s 0x%x, %d bits: 0x%x", in ? "in" : "out", run->io.port,
                      run->io.size * 8, value);
                if (!in && !write_ports(guest, run->io.port, data, run->io.size))
                        return false;
        }
        return true;
}
