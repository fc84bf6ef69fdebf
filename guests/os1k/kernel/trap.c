/*
 * Every interrupt, exception and system call comes to trap(). All gates are interrupt gates: the
 * kernel runs with interrupts off, but for the HLT in schedule(), so nothing in it is interrupted.
 */
#include "kernel.h"

static const char *const exception_names[EXC_COUNT] = {
        [EXC_DE] = "divide error", [EXC_DB] = "debug exception", [EXC_NMI] = "NMI",
        [EXC_BP] = "breakpoint", [EXC_OF] = "overflow", [EXC_BR] = "BOUND range exceeded",
        [EXC_UD] = "invalid opcode", [EXC_NM] = "device not available", [EXC_DF] = "double fault",
        [EXC_TS] = "invalid TSS", [EXC_NP] = "segment not present", [EXC_SS] = "stack fault",
        [EXC_GP] = "general protection fault", [EXC_PF] = "page fault",
        [EXC_AC] = "alignment check", [EXC_MC] = "machine check",
};

/* SDM 3A, 6.11. The flags in the upper half lie as in a segment descriptor. */
static uint64_t interrupt_gate(const char *stub, uint32_t privilege)
{
        uint32_t offset = (uint32_t)stub;
        uint32_t high = (offset & 0xFFFF0000) | SEG_DESC_P | privilege << SEG_DESC_DPL_SHIFT
                        | GATE_TYPE_INTERRUPT32 << SEG_DESC_TYPE_SHIFT;

        return (uint64_t)high << 32 | KERNEL_CODE << 16 | (offset & 0xFFFF);
}

void idt_init(void)
{
        static uint64_t idt[SYSCALL_VECTOR + 1];
        static const struct table_pointer pointer = { .limit = sizeof(idt) - 1, .base = idt };

        for (int i = 0; i < EXC_COUNT + IRQ_COUNT; i++)
                idt[i] = interrupt_gate(vectors + i * STUB_SIZE, 0);
        /* The only gate that INT may pass in user mode. */
        idt[SYSCALL_VECTOR] = interrupt_gate(system_call_stub, 3);
        asm volatile ("lidt %0" : : "m" (pointer));
}

static bool from_user(const struct trap_frame *frame)
{
        return (frame->cs & SEL_RPL) == 3;
}

/* A program's mistake ends the program. The kernel's, the shell's or the machine's ends it all. */
void kill_current(const struct trap_frame *frame, const char *why)
{
        bool fatal = !from_user(frame) || current->pid == SHELL_PID || frame->vector == EXC_NMI
                     || frame->vector == EXC_DF || frame->vector == EXC_MC;
        uint32_t address;

        asm volatile ("mov %0, cr2" : "=r" (address));
        print("%s: %s (pid %u): %s at EIP 0x%x", fatal ? "kernel panic" : "killed", current->name,
              current->pid, why, frame->eip);
        if (frame->vector == EXC_PF)
                print(", %s 0x%x", address == frame->eip ? "jumping to"
                      : frame->error & PF_ERR_W ? "writing" : "reading", address);
        print("\n");
        if (fatal)
                shut_down(PANIC_STATUS);
        process_end(current);
}

static void interrupt(const struct trap_frame *frame)
{
        outb(PIC1_CMD, PIC_EOI);        /* until then the controller sends no other */
        if (frame->vector == IRQ_BASE + IRQ_TIMER) {
                ticks++;
                current->ticks += from_user(frame);
                wake(TIMER_TICK);
        } else if (frame->vector == IRQ_BASE + IRQ_KEYBOARD) {
                keyboard_poll();
                wake(KEY_TYPED);
        }
}

/* Gets the registers of who was interrupted, returns those of who goes on. */
struct trap_frame *trap(struct trap_frame *frame)
{
        if (frame->vector < IRQ_BASE)
                kill_current(frame, exception_names[frame->vector]);
        else if (frame->vector == SYSCALL_VECTOR)
                frame->eax = system_call(frame);
        else
                interrupt(frame);
        if (!from_user(frame))
                return frame;           /* it was schedule() */
        if (frame->vector != SYSCALL_VECTOR || !can_run(current))
                schedule();
        return &current->frame;
}
