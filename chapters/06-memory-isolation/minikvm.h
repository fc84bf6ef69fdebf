/* minikvm.h - the map of the program: first the structs, then what each file offers. */
#ifndef MINIKVM_H
#define MINIKVM_H

#ifndef __x86_64__
#error "This is not a 64-bit x86 CPU, and KVM runs guests of its own kind: use another machine."
#endif

#include <errno.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* How minikvm ends when it could not do what was asked, and when a guest crashed. */
enum { STATUS_CANNOT = 125, STATUS_CRASHED = 126 };

/* How much of KVM is here: none, enough for real-mode guests, all of it. */
enum kvm_support { KVM_NONE, KVM_PARTIAL, KVM_FULL };

/* What a real-mode guest gets: 1 MiB of RAM, and its first instruction at 1000:0000. */
enum { REAL_MODE_RAM = 0x100000, REAL_MODE_SEGMENT = 0x1000 };

/* A segment is 64 KiB; the last 256 bytes of it are left to the stack. */
enum { REAL_MODE_IMAGE_MAX = 0x10000 - 256 };

enum { MAX_GUESTS = 4 };

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

/* Where a guest's time goes. */
enum place { IN_VMM, IN_GUEST, ENDED };

/* Exits counted, time measured, for --stats. One thread writes this, the first thread reads it. */
enum { EXIT_REASONS = 64 };
struct stats {
        bool wanted;
        _Atomic unsigned long long total, exits[EXIT_REASONS];
        _Atomic enum place place;       /* where the guest is now */
        _Atomic uint64_t since_ns;      /* since when; 0 before the first entry */
        _Atomic uint64_t ns[3];         /* how long it has been in each place before */
};

/* All that one guest is. */
struct guest {
        char name[64];                  /* as messages call it */
        int number;                     /* from 0 on, in the order of the command line */
        struct vm vm;
        struct vcpu vcpu;
        pthread_t thread;               /* in which the vCPU runs */
        int status;                     /* how it ended: an exit status */
        uint8_t serial_lcr;             /* COM1's line control register */
        uint32_t hypercall_result;      /* what IN from the hypercall port reads */
        bool trace;                     /* -v: say what every exit was */
        struct stats stats;
};

/* main.c - the story: parse, open, run the guests, report. */

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
bool refuse(const char *path, const char *reason);      /* prints both; always false */
void copy_printable(char *to, size_t size, const char *name);   /* for messages; may cut it */

/* guest.c - the guests: made, started in a thread each, waited for, stopped. */
bool guest_create(struct guest *guest, int kvm_fd, const char *path);
void guest_destroy(struct guest *guest);
int guests_run(struct guest *guests, int count);        /* an exit status */

/* loader.c - a guest's image: from the file into the guest's memory. */
bool loader_load(struct guest *guest, const char *path);                /* false after a message */

/* vm.c - a virtual machine and its memory. */
bool vm_create(struct vm *vm, int kvm_fd, const char *name, size_t mem_size);
void vm_destroy(struct vm *vm);         /* also after vm_create gave false, and a message */

/* vcpu.c - a virtual CPU: its registers, and running it. False after a message. */
bool vcpu_create(struct guest *guest, int kvm_fd);
void vcpu_destroy(struct guest *guest);
bool vcpu_set_real_mode(struct guest *guest);           /* to run at 1000:0000 next */
bool vcpu_get_regs(struct guest *guest, struct kvm_regs *regs);  /* as they were at the exit */
bool vcpu_print(struct guest *guest, FILE *to);         /* its registers, and the code at CS:EIP */
const char *exit_name(uint32_t exit_reason);            /* "KVM_EXIT_HLT" and so on */
void vcpu_run(struct guest *guest);                     /* until the guest ends: guest->status */

/* crash.c - how a guest ends. Both return false: the guest is not to run on. */
bool guest_exit(struct guest *guest, int status);
__attribute__((format(printf, 2, 3)))
bool guest_crash(struct guest *guest, const char *format, ...);

/* trace.c - -v: what every exit was, on stderr. */
__attribute__((format(printf, 2, 3)))
void trace(const struct guest *guest, const char *format, ...);

/* stats.c - --stats: exits by reason, and where the time went. */
void stats_enter(struct stats *stats, enum place place);        /* from now on it is there */
void stats_count(struct stats *stats, uint32_t reason);         /* one exit more */
void stats_print(const struct guest *guest);

/* io.c - KVM_EXIT_IO: which device an IN or OUT is for. False: the guest is not to run on. */
bool io_handle(struct guest *guest);

/* serial.c - COM1, as much of a 16550 UART as printing needs. */
bool serial_access(struct guest *guest, bool in, uint16_t port, uint8_t *byte);

/* hypercall.c - port 0x500: what a guest may ask of us. */
bool hypercall_access(struct guest *guest, bool in, uint8_t *data, int size);

/* console.c - the terminal that all guests share: a colour for each, the input for the first. */
void console_open(void);                /* before any other file is opened */
bool console_set_color(const char *when);       /* auto, always or never; false: another */
void console_reset(int ms);             /* the last output: waits for room, -1: without end */
bool console_lock_messages(void);       /* false when messages cannot get out now */
bool console_putchar(struct guest *guest, uint8_t byte);                /* false after a message */
bool console_getchar(struct guest *guest, uint32_t *result);            /* false after a message */

#endif
