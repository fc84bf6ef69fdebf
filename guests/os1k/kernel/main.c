/* From the first line of C to the first process, and the ways to the end. */
#include "hypercalls.h"
#include "kernel.h"

struct trap_frame *kernel_main(void)
{
        static const struct command shell = { .name = "shell" };

        gdt_init();
        idt_init();
        irq_init();
        keyboard_poll();        /* an old byte in the controller would keep new ones from coming */
        process_start(&shell);
        schedule();
        return &current->frame;
}

/* Mini-KVM ends the guest at the hypercall. On another machine nobody listens at that port. */
_Noreturn void shut_down(uint8_t status)
{
        asm volatile ("out dx, al" : : "d" (HC_PORT), "a" (HC_EXIT), "b" (status));
        print("The system has stopped, you may turn the machine off.\n");
        for (;;)
                asm volatile ("cli\n\thlt");
}
