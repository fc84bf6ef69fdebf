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

/* How minikvm ends when it could not do what was asked, and when a guest crashed. */
enum { STATUS_CANNOT = 125, STATUS_CRASHED = 126 };

/* How far one gets with the KVM here: nowhere, only real-mode guests, all the way. */
enum venue { KVM_NONE, KVM_PARTIAL, KVM_FULL };

/* What a real-mode guest gets: 1 MiB of RAM, and its first instruction at 1000:0000. */
enum { REAL_MODE_RAM = 0x100000, REAL_MODE_SEGMENT = 0x1000 };

/* A segment is 64 KiB; the last 256 bytes of it are left to the stack. */
enum { REAL_MODE_IMAGE_MAX = 0x10000 - 256 };

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
        uint16_t segment;               /* where its image lies: a real-mode segment */
        struct vm *vm;
        struct vcpu vcpu;
        int status;                     /* how it ended: an exit status */
        uint8_t serial_lcr;             /* COM1's line control register */
};

/* A guest's file, as it was read. */
struct image {
        uint8_t bytes[REAL_MODE_IMAGE_MAX + 1];         /* one more: too large */
        size_t size;
};

/* main.c - the story: parse, open, run the guest. */

/* kvm.c - /dev/kvm: open it, or say exactly why not. */
int kvm_open(void);             /* a descriptor of /dev/kvm; -1 after a message */
int kvm_report(void);           /* prints what KVM is like here; an exit status */
bool call_failed(const char *name, const char *call);   /* prints why, from errno; always false */

/* probe.c - what an x86 CPU says about itself, and whether its KVM can page. */
bool cpu_has_virtualization(void);      /* VMX (Intel) or SVM (AMD), by CPUID */
bool cpu_is_virtual(void);              /* we are in a virtual machine ourselves */
enum venue probe_paging(int kvm_fd);    /* can 32-bit guests page? KVM_NONE after a message */

/* loader.c - a guest's image: from the file into the guest's memory. */
bool loader_read(const char *path, struct image *image);                /* false after a message */
void loader_place(struct guest *guest, const struct image *image);

/* vm.c - a virtual machine and its memory. */
struct vm *vm_create(int kvm_fd, const char *name, size_t mem_size);    /* NULL after a message */
void vm_destroy(struct vm *vm);

/* vcpu.c - a virtual CPU: its registers, and running it. False after a message. */
bool vcpu_create(struct guest *guest, int kvm_fd, int id);
void vcpu_destroy(struct guest *guest);
bool vcpu_set_real_mode(struct guest *guest);           /* to run at guest->segment:0 next */
bool vcpu_print(struct guest *guest, FILE *to);         /* its registers, and the code at CS:EIP */
const char *exit_name(uint32_t exit_reason);            /* "KVM_EXIT_HLT" and so on */
void vcpu_run(struct guest *guest);                     /* until the guest ends: guest->status */

/* crash.c - how a guest ends. Both return false: the guest is not to run on. */
bool guest_exit(struct guest *guest, int status);
__attribute__((format(printf, 2, 3)))
bool guest_crash(struct guest *guest, const char *format, ...);

/* io.c - KVM_EXIT_IO: which device an IN or OUT is for. False: the guest is not to run on. */
bool io_handle(struct guest *guest);

/* serial.c - COM1, as much of a 16550 UART as printing needs. */
uint8_t serial_read(uint16_t port);
bool serial_write(struct guest *guest, uint16_t port, uint8_t byte);    /* false after a message */

/* console.c - where the guests' output goes. */
bool console_putchar(struct guest *guest, uint8_t byte);                /* false after a message */

#endif
