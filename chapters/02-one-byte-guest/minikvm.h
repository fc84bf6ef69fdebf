/* minikvm.h - the map of the program: the structs first, then what each file offers, in reading order. */
#ifndef MINIKVM_H
#define MINIKVM_H

#if !defined(__x86_64__) && !defined(__i386__)
#error "From chapter 02 on the code is for x86 only: its guests are x86 programs. See chapter 01."
#endif

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* How minikvm ends when it could not do what was asked. */
enum { STATUS_CANNOT = 125 };

/* What a real-mode guest gets: 1 MiB of RAM, and its first instruction at 1000:0000. */
enum { REAL_MODE_RAM = 0x100000, REAL_MODE_SEGMENT = 0x1000 };

/* A virtual machine: a guest-physical address space. */
struct vm {
        int fd;
        uint8_t *mem;                   /* the guest's RAM: guest-physical 0 is mem[0] */
        size_t mem_size;                /* in bytes */
};

/* A virtual CPU, and the memory in which KVM and we talk about it. */
struct vcpu {
        int fd;
        struct kvm_run *run;            /* shared with KVM: why the guest stopped, and data for that */
        size_t run_size;                /* in bytes */
};

/* All that one guest is. */
struct guest {
        const char *name;               /* as messages call it */
        struct vm *vm;
        struct vcpu vcpu;
        uint16_t segment;               /* where its image lies: a real-mode segment */
};

/* main.c - the story: parse, open, run the guest. */

/* kvm.c - /dev/kvm: open it, or say exactly why not. */
int kvm_open(void);             /* a descriptor of /dev/kvm that we can work with; -1 after a message */
int kvm_report(void);           /* prints what KVM is like here; an exit status */
bool call_failed(const char *name, const char *call, const char *remedy);  /* says so; always false */

/* probe.c - questions that only an x86 CPU can answer. */
bool cpu_is_x86(void);
bool cpu_has_virtualization(void);      /* VMX (Intel) or SVM (AMD), by CPUID */
bool cpu_is_virtual(void);              /* we are in a virtual machine ourselves */
int kvm_can_page(int kvm_fd);           /* 1 or 0: do 32-bit guests get paging? -1 after a message */

/* vm.c - a virtual machine and its memory. */
struct vm *vm_create(int kvm_fd, const char *name, size_t mem_size);    /* NULL after a message */
void vm_destroy(struct vm *vm);

/* vcpu.c - a virtual CPU: its registers, and running it. False after a message, all of them. */
bool vcpu_create(struct guest *guest, int kvm_fd, int id);
void vcpu_destroy(struct guest *guest);
bool vcpu_set_real_mode(struct guest *guest);           /* to run at guest->segment:0 next */
bool vcpu_print_regs(struct guest *guest, FILE *to);
bool vcpu_enter(struct guest *guest);                   /* runs the guest until it needs us */
const char *exit_name(uint32_t exit_reason);            /* "KVM_EXIT_HLT" and so on */

#endif
