/* vcpu.c - a virtual CPU: its registers, and running it. */
#include "minikvm.h"
#include "x86.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

bool vcpu_create(struct guest *guest, int kvm_fd, int id)
{
        struct vcpu *vcpu = &guest->vcpu;

        *vcpu = (struct vcpu){.fd = ioctl(guest->vm->fd, KVM_CREATE_VCPU, id)};
        if (vcpu->fd < 0)
                return call_failed(guest->name, "KVM_CREATE_VCPU", "free some memory");

        int size = ioctl(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
        if (size < 0)
                return call_failed(guest->name, "KVM_GET_VCPU_MMAP_SIZE", "see minikvm --check");

        void *run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
        if (run == MAP_FAILED)
                return call_failed(guest->name, "mmap of struct kvm_run", "see ulimit -v");
        vcpu->run = run;
        vcpu->run_size = size;
        return true;
}

void vcpu_destroy(struct guest *guest)
{
        if (guest->vcpu.run)
                munmap(guest->vcpu.run, guest->vcpu.run_size);
        if (guest->vcpu.fd >= 0)
                close(guest->vcpu.fd);
}

/* In real mode a segment's base is its selector times 16 (SDM 3B, 21.1.1, "Address Translation"). */
static void set_segment(struct kvm_segment *segment, uint16_t selector)
{
        segment->selector = selector;
        segment->base = selector << 4;
}

bool vcpu_set_real_mode(struct guest *guest)
{
        struct kvm_regs regs = {.rip = 0, .rsp = 0xFFFE, .rflags = EFLAGS_FIXED};
        struct kvm_sregs sregs;

        if (ioctl(guest->vcpu.fd, KVM_GET_SREGS, &sregs) < 0)
                return call_failed(guest->name, "KVM_GET_SREGS", "see minikvm --check");
        set_segment(&sregs.cs, guest->segment);
        set_segment(&sregs.ds, guest->segment);
        set_segment(&sregs.es, guest->segment);
        set_segment(&sregs.ss, guest->segment);
        if (ioctl(guest->vcpu.fd, KVM_SET_SREGS, &sregs) < 0)
                return call_failed(guest->name, "KVM_SET_SREGS", "see minikvm --check");
        if (ioctl(guest->vcpu.fd, KVM_SET_REGS, &regs) < 0)
                return call_failed(guest->name, "KVM_SET_REGS", "see minikvm --check");
        return true;
}

bool vcpu_print_regs(struct guest *guest, FILE *to)
{
        struct kvm_regs r;
        struct kvm_sregs s;

        if (ioctl(guest->vcpu.fd, KVM_GET_REGS, &r) < 0)
                return call_failed(guest->name, "KVM_GET_REGS", "see minikvm --check");
        if (ioctl(guest->vcpu.fd, KVM_GET_SREGS, &s) < 0)
                return call_failed(guest->name, "KVM_GET_SREGS", "see minikvm --check");
        fprintf(to, "  eax=%08llx ebx=%08llx ecx=%08llx edx=%08llx\n", r.rax, r.rbx, r.rcx, r.rdx);
        fprintf(to, "  esi=%08llx edi=%08llx ebp=%08llx esp=%08llx\n", r.rsi, r.rdi, r.rbp, r.rsp);
        fprintf(to, "  eip=%08llx eflags=%08llx cr0=%08llx cr2=%08llx cr3=%08llx cr4=%08llx\n",
                r.rip, r.rflags, s.cr0, s.cr2, s.cr3, s.cr4);
        fprintf(to, "  cs=%04x ds=%04x es=%04x fs=%04x gs=%04x ss=%04x\n", s.cs.selector,
                s.ds.selector, s.es.selector, s.fs.selector, s.gs.selector, s.ss.selector);
        return true;
}

bool vcpu_enter(struct guest *guest)
{
        while (ioctl(guest->vcpu.fd, KVM_RUN, 0) < 0) {
                if (errno != EINTR)
                        return call_failed(guest->name, "KVM_RUN", "see dmesg");
        }
        return true;
}

const char *exit_name(uint32_t exit_reason)
{
        static const char *const names[] = {
                [KVM_EXIT_UNKNOWN] = "KVM_EXIT_UNKNOWN",
                [KVM_EXIT_EXCEPTION] = "KVM_EXIT_EXCEPTION",
                [KVM_EXIT_IO] = "KVM_EXIT_IO",
                [KVM_EXIT_HYPERCALL] = "KVM_EXIT_HYPERCALL",
                [KVM_EXIT_DEBUG] = "KVM_EXIT_DEBUG",
                [KVM_EXIT_HLT] = "KVM_EXIT_HLT",
                [KVM_EXIT_MMIO] = "KVM_EXIT_MMIO",
                [KVM_EXIT_IRQ_WINDOW_OPEN] = "KVM_EXIT_IRQ_WINDOW_OPEN",
                [KVM_EXIT_SHUTDOWN] = "KVM_EXIT_SHUTDOWN",
                [KVM_EXIT_FAIL_ENTRY] = "KVM_EXIT_FAIL_ENTRY",
                [KVM_EXIT_INTR] = "KVM_EXIT_INTR",
                [KVM_EXIT_NMI] = "KVM_EXIT_NMI",
                [KVM_EXIT_INTERNAL_ERROR] = "KVM_EXIT_INTERNAL_ERROR",
                [KVM_EXIT_SYSTEM_EVENT] = "KVM_EXIT_SYSTEM_EVENT",
        };

        if (exit_reason >= sizeof(names) / sizeof(names[0]) || !names[exit_reason])
                return "of a kind we do not know";
        return names[exit_reason];
}
