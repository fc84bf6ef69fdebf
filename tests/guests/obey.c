/*
 * obey.c - a guest with paging that does what its input says, a line at a time. Numbers are in
 * hexadecimal. Physical memory is at 0x80000000 and up; from 16 MiB on it is free to use.
 *
 *      poke ADDRESS VALUE      writes four bytes
 *      peek ADDRESS            prints the byte there; says "fault" instead when it may not read it
 *      fill ADDRESS SIZE TEXT  writes TEXT over and over
 *      write ADDRESS SIZE      HC_WRITE; prints what that gave
 *      user ADDRESS SIZE       HC_WRITE from ring 3, which may do I/O; ends with 0 if that was
 *                              refused, else with 1
 *      cr3 VALUE, cr4 VALUE    loads a control register
 *      base VALUE              runs on in a code segment with this base, and so at other offsets
 *                              (where an exception would not find its handler)
 *      jump ADDRESS
 */
#include <stdbool.h>

#include "guest.h"

#define PEEK_LENGTH     2               /* bytes of MOV AL, [ECX]: 8A 01 */
#define DPL_3           0x60

static volatile bool faulted;

static char word[64];

/* Reads up to the next space or line feed; at the end of the input the guest ends. */
static char *read_word(void)
{
        size_t length = 0;

        for (;;) {
                uint32_t byte = hypercall(HC_GETCHAR, 0, 0);

                if (byte == HC_ERROR)
                        hypercall(HC_EXIT, 0, 0);
                if (byte == ' ' || byte == '\n')
                        break;
                if (length < sizeof(word) - 1)
                        word[length++] = byte;
        }
        word[length] = 0;
        return word;
}

static uint32_t read_number(void)
{
        uint32_t number = 0;

        for (const char *digit = read_word(); *digit; digit++)
                number = number * 16 + (*digit <= '9' ? *digit - '0' : (*digit | 0x20) - 'a' + 10);
        return number;
}

static bool is(const char *a, const char *b)
{
        while (*a && *a == *b)
                a++, b++;
        return *a == *b;
}

/* Only a peek may fault: it is stepped over. */
static void on_exception(struct frame *frame)
{
        faulted = true;
        if (frame->vector != EXC_PF) {
                print("exception %u at 0x%x\n", frame->vector, frame->eip);
                hypercall(HC_EXIT, 1, 0);
        }
        frame->eip += PEEK_LENGTH;
}

static void peek(uint32_t address)
{
        uint32_t byte;

        faulted = false;
        asm volatile ("mov al, [ecx]" : "=a" (byte) : "a" (0), "c" (address) : "memory");
        if (faulted)
                print("fault\n");
        else
                print("%x\n", byte);
}

static void fill(char *to, uint32_t size)
{
        const char *text = read_word();

        for (uint32_t i = 0, next = 0; i < size; i++) {
                to[i] = text[next++];
                if (!text[next])
                        next = 0;
        }
}

static void write(uint32_t address, uint32_t size)
{
        uint32_t result = hypercall(HC_WRITE, address, size);

        if (result == HC_ERROR)
                print("\nrefused\n");
        else
                print("\n0x%x written\n", result);
}

/* Entries 1 and 2 as the hypervisor has them, but 1 with a base; 3 and 4 for ring 3. */
static void load_gdt(uint32_t code_base)
{
        static uint64_t gdt[5];
        const struct idt_pointer pointer = { sizeof(gdt) - 1, (uint32_t)gdt };

        for (int i = 1; i <= 4; i++) {
                uint32_t type = i % 2 ? SEG_TYPE_CODE_ERA : SEG_TYPE_DATA_RWA;
                uint32_t high = 0xF0000 | SEG_DESC_G | SEG_DESC_DB | SEG_DESC_P | SEG_DESC_S |
                                type << SEG_DESC_TYPE_SHIFT;
                uint32_t base = i == 1 ? code_base : 0;

                if (i > 2)
                        high |= DPL_3 << 8;
                high |= (base >> 16 & 0xFF) | (base & 0xFF000000);
                gdt[i] = (uint64_t)high << 32 | base << 16 | 0xFFFF;
        }
        asm volatile ("lgdt %0" : : "m" (pointer));
}

/* Comes back in another code segment, at the same place: calls, being relative, work as before. */
static void change_base(uint32_t base)
{
        load_gdt(base);
        asm volatile ("push 0x08\n\t"
                      "mov eax, offset .Lthere%=\n\t"
                      "sub eax, %0\n\t"
                      "push eax\n\t"
                      "retf\n"
                      ".Lthere%=:" : : "r" (base) : "eax", "memory");
}

/* With IOPL 3 the hypercall's OUT and IN are allowed there. */
static void in_user_mode(uint32_t address, uint32_t size)
{
        uint32_t cr3;
        uint32_t *directory;

        asm volatile ("mov %0, cr3" : "=r" (cr3));
        directory = (uint32_t *)(cr3 + HIGH_BASE);
        directory[HIGH_BASE >> PDE_SHIFT] |= PTE_U;
        asm volatile ("mov cr3, %0" : : "r" (cr3) : "memory");
        load_gdt(0);
        asm volatile ("push 0x23\n\t"
                      "push esp\n\t"
                      "push 0x3002\n\t"                 /* EFLAGS: IOPL 3 */
                      "push 0x1B\n\t"
                      "mov eax, offset .Lring3%=\n\t"
                      "push eax\n\t"
                      "iretd\n"
                      ".Lring3%=:\n\t"
                      "mov al, %[write]\n\t"
                      "out dx, al\n\t"
                      "in eax, dx\n\t"
                      "xor ebx, ebx\n\t"
                      "cmp eax, -1\n\t"
                      "setne bl\n\t"
                      "mov al, %[exit]\n\t"
                      "out dx, al"
                      : : "b" (address), "c" (size), "d" (HC_PORT), [write] "i" (HC_WRITE),
                          [exit] "i" (HC_EXIT) : "eax", "memory");
}

static void obey(const char *command)
{
        uint32_t address;

        if (is(command, "poke")) {
                address = read_number();
                *(volatile uint32_t *)address = read_number();
                asm volatile ("mov eax, cr3\n\tmov cr3, eax" : : : "eax", "memory");
        } else if (is(command, "peek")) {
                peek(read_number());
        } else if (is(command, "fill")) {
                address = read_number();
                fill((char *)address, read_number());
        } else if (is(command, "write")) {
                address = read_number();
                write(address, read_number());
        } else if (is(command, "user")) {
                address = read_number();
                in_user_mode(address, read_number());
        } else if (is(command, "cr3")) {
                asm volatile ("mov cr3, %0" : : "r" (read_number()) : "memory");
        } else if (is(command, "cr4")) {
                asm volatile ("mov cr4, %0" : : "r" (read_number()) : "memory");
        } else if (is(command, "base")) {
                change_base(read_number());
        } else if (is(command, "jump")) {
                ((void (*)(void))read_number())();
        } else {
                print("what is %s?\n", command);
                hypercall(HC_EXIT, 1, 0);
        }
}

int main(void)
{
        interrupts_catch(on_exception);
        for (;;)
                obey(read_word());
}
