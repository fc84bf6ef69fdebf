/* minikvm.h - the map of the program: first the structs, then what each file offers. */
#ifndef MINIKVM_H
#define MINIKVM_H

#ifndef __x86_64__
#error "This is not a 64-bit x86 CPU, and KVM runs guests of its own kind: use another machine."
#endif

#include <errno.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* How minikvm ends when it could not do what was asked. */
enum { STATUS_CANNOT = 125 };

/* How much of KVM is here: none, enough for real-mode guests, all of it. */
enum kvm_support { KVM_NONE, KVM_PARTIAL, KVM_FULL };

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
        struct kvm_run *run;            /* why the guest stopped, and data for that */
        size_t run_size;                /* in bytes */
};

/* All that one guest is. */
struct guest {
        const char *name;               /* as messages call it */
        struct vm vm;
        struct vcpu vcpu;
};

/* main.c - the story: parse, open, run the guest. */

/* kvm.c - /dev/kvm: open it, or say exactly why not. */
int kvm_open(void);             /* a descriptor of /dev/kvm; -1 after a message */
int kvm_create_vm(int kvm_fd);  /* a descriptor of a new VM; -1 and errno */
int kvm_report(void);           /* prints what KVM is like here; an exit status */

/* probe.c - what an x86 CPU says about itself, and whether its KVM can page. */
bool cpu_has_virtualization(void);      /* VMX (Intel) or SVM (AMD), by CPUID */
bool cpu_is_virtual(void);              /* we are in a virtual machine ourselves */
enum kvm_support probe_paging(int kvm_fd);      /* can guests page? KVM_NONE after a message */

/* error.c - what went wrong: said once, where it is known. */
bool call_failed(const char *name, const char *call);   /* prints why, from errno; always false */

/* vm.c - a virtual machine and its memory. */
bool vm_create(struct vm *vm, int kvm_fd, const char *name, size_t mem_size);
void vm_destroy(struct vm *vm);         /* also after vm_create gave false, and a message */

/* vcpu.c - a virtual CPU: its registers, and running it. False after a message, all of them. */
bool vcpu_create(struct guest *guest, int kvm_fd);
void vcpu_destroy(struct guest *guest);
bool vcpu_set_real_mode(struct guest *guest);           /* to run at 1000:0000 next */
bool vcpu_print(struct guest *guest, FILE *to);         /* its registers, and the code at CS:EIP */
bool vcpu_enter(struct guest *guest);                   /* runs the guest until it needs us */
const char *exit_name(uint32_t exit_reason);            /* "KVM_EXIT_HLT" and so on */

#endif
