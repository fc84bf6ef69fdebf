/* protected.c - 32-bit protected mode: the state in which such a guest starts. */
#include "minikvm.h"
#include "x86.h"

/* A segment of 4 GiB from 0 on: what SDM 3A, 3.2.1 calls the basic flat model. */
static struct kvm_segment flat_segment(uint16_t selector, uint8_t type)
{
        return (struct kvm_segment){
                .selector = selector,
                .limit = 0xFFFFFFFF,
                .type = type,           /* accessed already, as VM entry demands */
                .s = 1,                 /* code or data, not a system segment */
                .present = 1,
                .db = 1,                /* 32-bit */
                .g = 1,                 /* the limit counts pages */
        };
}

/* A segment as its eight bytes in a descriptor table (SDM 3A, 3.4.5, figure 3-8). */
static uint64_t descriptor(const struct kvm_segment *segment)
{
        uint64_t limit = segment->limit >> 12;          /* in pages; the base is 0 */

        return (limit & 0xFFFF) | (uint64_t)segment->type << 40 | (uint64_t)segment->s << 44 |
               (uint64_t)segment->dpl << 45 | (uint64_t)segment->present << 47 |
               (limit >> 16 & 0xF) << 48 | (uint64_t)segment->db << 54 | (uint64_t)segment->g << 55;
}

/* The table goes into guest memory, and what the CPU would have read from it into its registers. */
static void set_segments(struct guest *guest, struct kvm_sregs *sregs)
{
        struct kvm_segment code = flat_segment(GDT_CODE, SEG_TYPE_CODE_ERA);
        struct kvm_segment data = flat_segment(GDT_DATA, SEG_TYPE_DATA_RWA);
        uint64_t gdt[] = {0, descriptor(&code), descriptor(&data)};

        memcpy(guest->vm.mem + GDT_ADDR, gdt, sizeof(gdt));
        sregs->gdt = (struct kvm_dtable){.base = GDT_ADDR, .limit = sizeof(gdt) - 1};
        sregs->idt = (struct kvm_dtable){0};            /* the first exception is the last */
        sregs->cs = code;
        sregs->ds = sregs->es = sregs->ss = data;
        sregs->fs = sregs->gs = sregs->ldt = (struct kvm_segment){.unusable = 1};
        /* a CPU in protected mode always has a task register */
        sregs->tr = (struct kvm_segment){.type = SEG_TYPE_TSS32_BUSY, .present = 1, .limit = 0x67};
}

bool protected_set_mode(struct guest *guest)
{
        struct kvm_regs regs = {.rip = guest->entry, .rsp = PROTECTED_MODE_RAM,
                                .rflags = EFLAGS_FIXED};
        struct kvm_sregs sregs;

        if (ioctl(guest->vcpu.fd, KVM_GET_SREGS, &sregs) < 0)
                return call_failed(guest->name, "KVM_GET_SREGS");
        set_segments(guest, &sregs);
        sregs.cr0 = CR0_PE | CR0_ET | CR0_NE;
        if (guest->entry >= KERNEL_BASE)
                paging_set_mode(guest, &sregs);
        if (ioctl(guest->vcpu.fd, KVM_SET_SREGS, &sregs) < 0)
                return call_failed(guest->name, "KVM_SET_SREGS");
        if (ioctl(guest->vcpu.fd, KVM_GET_SREGS, &sregs) < 0)
                return call_failed(guest->name, "KVM_GET_SREGS");
        if (guest->entry >= KERNEL_BASE && !(sregs.cr0 & CR0_PG))  /* dropped without a word */
                return refuse(guest->name, "this KVM cannot page 32-bit guests: try make shell-vm");
        return ioctl(guest->vcpu.fd, KVM_SET_REGS, &regs) == 0 ||
               call_failed(guest->name, "KVM_SET_REGS");
}
