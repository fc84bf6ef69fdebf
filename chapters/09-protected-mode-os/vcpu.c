/* vcpu.c - a virtual CPU: its registers, and running it. */
#include "minikvm.h"
#include "x86.h"

#include <sys/mman.h>

bool vcpu_create(struct guest *guest, int kvm_fd)
{
        struct vcpu *vcpu = &guest->vcpu;

        vcpu->fd = ioctl(guest->vm.fd, KVM_CREATE_VCPU, 0);
        if (vcpu->fd < 0)
                return call_failed(guest->name, "KVM_CREATE_VCPU");

        int size = ioctl(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
        if (size < 0)
                return call_failed(guest->name, "KVM_GET_VCPU_MMAP_SIZE");

        void *run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
        if (run == MAP_FAILED)
                return call_failed(guest->name, "mmap of struct kvm_run");
        vcpu->run = run;
        vcpu->run_size = size;

        /* Registers come with every exit, where KVM can do that (api.rst, "KVM_CAP_SYNC_REGS"). */
        int fields = ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_SYNC_REGS);
        if (fields < 0)
                return call_failed(guest->name, "KVM_CHECK_EXTENSION");
        vcpu->run->kvm_valid_regs = fields & KVM_SYNC_X86_REGS;
        return true;
}

void vcpu_destroy(struct guest *guest)
{
        munmap(guest->vcpu.run, guest->vcpu.run_size);
        close(guest->vcpu.fd);
}

bool vcpu_set_real_mode(struct guest *guest)
{
        struct kvm_regs regs = {.rip = 0, .rsp = 0xFFFE, .rflags = EFLAGS_FIXED};
        struct kvm_sregs sregs;
        struct kvm_segment *segments[] = {&sregs.cs, &sregs.ds, &sregs.es, &sregs.ss};

        if (ioctl(guest->vcpu.fd, KVM_GET_SREGS, &sregs) < 0)
                return call_failed(guest->name, "KVM_GET_SREGS");
        for (int i = 0; i < 4; i++) {
                segments[i]->selector = REAL_MODE_SEGMENT;
                segments[i]->base = REAL_MODE_SEGMENT * 16;     /* SDM 3B, "8086 Emulation" */
        }
        if (ioctl(guest->vcpu.fd, KVM_SET_SREGS, &sregs) < 0)
                return call_failed(guest->name, "KVM_SET_SREGS");
        return ioctl(guest->vcpu.fd, KVM_SET_REGS, &regs) == 0 ||
               call_failed(guest->name, "KVM_SET_REGS");
}

bool vcpu_get_regs(struct guest *guest, struct kvm_regs *regs)
{
        if (guest->vcpu.run->kvm_valid_regs)
                *regs = guest->vcpu.run->s.regs.regs;
        else if (ioctl(guest->vcpu.fd, KVM_GET_REGS, regs) < 0)
                return call_failed(guest->name, "KVM_GET_REGS");
        return true;
}

/* The bytes at the instruction pointer: what the guest does next. */
static void print_code(struct guest *guest, const struct kvm_sregs *sregs, uint64_t address,
                       FILE *to)
{
        int count = 0;

        fprintf(to, "  code at 0x%llx:", (unsigned long long)address);
        for (; count < 8; count++) {
                uint32_t one = 1;
                const uint8_t *byte = paging_find(&guest->vm, sregs, address + count, &one);
                if (!byte)
                        break;
                fprintf(to, " %02x", *byte);
        }
        fputs(count ? "\n" : " none that the guest can read\n", to);
}

/* How the guest's page tables map an address. */
static void print_walk(struct guest *guest, const struct kvm_sregs *sregs, uint32_t address,
                       FILE *to)
{
        struct walk walk = paging_walk(&guest->vm, sregs, address);

        fprintf(to, "  page of 0x%08x: pde=%08x pte=%08x, %s%s%s", address, walk.pde, walk.pte,
                walk.rights & PTE_P ? "present" : "not present",
                walk.rights & PTE_W ? ", writable" : "", walk.rights & PTE_U ? ", user" : "");
        if (walk.rights & PTE_P)
                fprintf(to, ", at 0x%llx", (unsigned long long)walk.phys);
        fputc('\n', to);
}

bool vcpu_print(struct guest *guest, FILE *to)
{
        struct kvm_regs r;
        struct kvm_sregs s;

        if (ioctl(guest->vcpu.fd, KVM_GET_REGS, &r) < 0)
                return call_failed(guest->name, "KVM_GET_REGS");
        if (ioctl(guest->vcpu.fd, KVM_GET_SREGS, &s) < 0)
                return call_failed(guest->name, "KVM_GET_SREGS");
        fprintf(to, "  eax=%08llx ebx=%08llx ecx=%08llx edx=%08llx\n", r.rax, r.rbx, r.rcx, r.rdx);
        fprintf(to, "  esi=%08llx edi=%08llx ebp=%08llx esp=%08llx\n", r.rsi, r.rdi, r.rbp, r.rsp);
        fprintf(to, "  eip=%08llx eflags=%08llx cr0=%08llx cr2=%08llx cr3=%08llx cr4=%08llx\n",
                r.rip, r.rflags, s.cr0, s.cr2, s.cr3, s.cr4);
        fprintf(to, "  cs=%04x ds=%04x es=%04x fs=%04x gs=%04x ss=%04x\n", s.cs.selector,
                s.ds.selector, s.es.selector, s.fs.selector, s.gs.selector, s.ss.selector);
        print_code(guest, &s, s.cs.base + r.rip, to);
        if (s.cr0 & CR0_PG) {
                print_walk(guest, &s, s.cs.base + r.rip, to);
                print_walk(guest, &s, s.cr2, to);
        }
        return true;
}

/* Runs the guest until it needs us; false after a message. */
static bool vcpu_enter(struct guest *guest)
{
        int result;

        do {
                stats_enter(&guest->stats, IN_GUEST);
                result = ioctl(guest->vcpu.fd, KVM_RUN, 0);
                stats_enter(&guest->stats, IN_VMM);
        } while (result < 0 && errno == EINTR);
        return result == 0 || call_failed(guest->name, "KVM_RUN");
}

const char *exit_name(uint32_t exit_reason)
{
        switch (exit_reason) {
        case KVM_EXIT_IO:               return "KVM_EXIT_IO";
        case KVM_EXIT_HLT:              return "KVM_EXIT_HLT";
        case KVM_EXIT_MMIO:             return "KVM_EXIT_MMIO";
        case KVM_EXIT_SHUTDOWN:         return "KVM_EXIT_SHUTDOWN";
        case KVM_EXIT_FAIL_ENTRY:       return "KVM_EXIT_FAIL_ENTRY";
        case KVM_EXIT_INTERNAL_ERROR:   return "KVM_EXIT_INTERNAL_ERROR";
        default:                        return "an exit of another kind";
        }
}

/* One exit, one decision: true to run on, false when the guest has ended. */
static bool handle_exit(struct guest *guest)
{
        struct kvm_run *run = guest->vcpu.run;

        stats_count(&guest->stats, run->exit_reason);
        if (run->exit_reason != KVM_EXIT_IO)
                trace(guest, "the guest stops here");
        switch (run->exit_reason) {
        case KVM_EXIT_IO:
                return io_handle(guest);
        case KVM_EXIT_HLT:
                return guest_exit(guest, 0);
        case KVM_EXIT_MMIO:
                return guest_crash(guest, "touched 0x%llx, outside its %zu KiB of memory",
                                   run->mmio.phys_addr, guest->vm.mem_size >> 10);
        case KVM_EXIT_SHUTDOWN:
                return guest_crash(guest, "triple fault");
        case KVM_EXIT_FAIL_ENTRY:
                return guest_crash(guest, "entry failure, hardware reason 0x%llx",
                                   run->fail_entry.hardware_entry_failure_reason);
        case KVM_EXIT_INTERNAL_ERROR:
                return guest_crash(guest, "KVM internal error %u", run->internal.suberror);
        default:
                return guest_crash(guest, "%s is not handled (exit reason %u)",
                                   exit_name(run->exit_reason), run->exit_reason);
        }
}

void vcpu_run(struct guest *guest)
{
        while (vcpu_enter(guest) && handle_exit(guest))
                ;
        stats_enter(&guest->stats, ENDED);
}
