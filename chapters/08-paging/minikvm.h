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

/* How far one gets with the KVM here: nowhere, only real-mode guests, all the way. */
enum venue { KVM_NONE, KVM_PARTIAL, KVM_FULL };

/* What a real-mode guest gets: 1 MiB of RAM, and its first instruction at 1000:0000. */
enum { REAL_MODE_RAM = 0x100000, REAL_MODE_SEGMENT = 0x1000 };

/* A segment is 64 KiB; the last 256 bytes of it are left to the stack. */
enum { REAL_MODE_IMAGE_MAX = 0x10000 - 256 };

/* What a protected-mode guest gets: 32 MiB of RAM, and a descriptor table at 0x500. */
enum { PROTECTED_MODE_RAM = 32 << 20, GDT_ADDR = 0x500, GDT_SIZE = 3 * 8 };
enum { GDT_CODE = 0x08, GDT_DATA = 0x10 };      /* selectors: offsets into that table */

/* One that is linked at PAGING_BASE or above starts with paging on, its page directory here. */
#define PAGING_BASE     0x80000000
enum { PAGE_DIRECTORY = 0x1000, PAGE = 0x1000, LARGE_PAGE = 4 << 20 };

enum { MAX_GUESTS = 4 };

enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

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

/* Exits counted, time measured, for --stats. */
enum { EXIT_REASONS = 64 };
struct stats {
        bool wanted;
        unsigned long long total, exits[EXIT_REASONS];
        uint64_t guest_ns, vmm_ns;      /* time spent in the guest and in the VMM */
        uint64_t lap_ns;                /* when that was last added to */
};

/* All that one guest is. */
struct guest {
        char name[64];                  /* as messages call it */
        int number;                     /* from 0 on, in the order of the command line */
        uint16_t segment;               /* where its image lies: a real-mode segment */
        bool protected_mode;            /* it is a 32-bit guest */
        uint32_t entry;                 /* and starts at this address */
        struct vm *vm;
        struct vcpu vcpu;
        int status;                     /* how it ended: an exit status */
        uint8_t serial_lcr;             /* COM1's line control register */
        uint32_t hypercall_result;      /* what IN from the hypercall port reads */
        pthread_t thread;               /* in which its vCPU runs */
        pthread_mutex_t lock;           /* guards running, and with it vcpu.run */
        bool running;                   /* there is something to stop */
        _Atomic bool stop;              /* it must not go on */
        bool trace;                     /* -v: say what every exit was */
        struct stats stats;
};

/* A guest's file, as it was read. */
struct image {
        uint8_t *bytes;
        size_t size;
        bool is_elf;                    /* of a protected-mode guest, then */
};

/* main.c - the story: parse, open, run the guests, report. */

/* kvm.c - /dev/kvm: open it, or say exactly why not. */
int kvm_open(void);             /* a descriptor of /dev/kvm; -1 after a message */
int kvm_report(void);           /* prints what KVM is like here; an exit status */
bool call_failed(const char *name, const char *call);   /* prints why, from errno; always false */

/* probe.c - what an x86 CPU says about itself, and whether its KVM can page. */
bool cpu_has_virtualization(void);      /* VMX (Intel) or SVM (AMD), by CPUID */
bool cpu_is_virtual(void);              /* we are in a virtual machine ourselves */
enum venue probe_paging(int kvm_fd);    /* can 32-bit guests page? KVM_NONE after a message */

/* guest.c - the guests: made, started in a thread each, waited for, stopped. */
bool guest_create(struct guest *guest, int kvm_fd, const char *path);
void guest_destroy(struct guest *guest);
int guests_run(struct guest *guests, int made, int count);       /* an exit status */

/* loader.c - a guest's image: from the file into the guest's memory. */
bool loader_read(const char *path, struct image *image);                /* false after a message */
bool loader_place(struct guest *guest, const char *path, const struct image *image);  /* too */
bool refuse(const char *path, const char *reason);                      /* says why; always false */

/* elf.c - ELF files of 32-bit guests. */
bool elf_load(struct guest *guest, const char *path, const struct image *image);

/* protected.c - 32-bit protected mode: the state in which such a guest starts. */
bool protected_set_mode(struct guest *guest);                           /* false after a message */

/* What the guest's page tables say of one address. */
struct walk {
        uint32_t pde, pte;              /* the entries on the way; no pte in a 4 MiB page */
        uint32_t rights;                /* those of PTE_P, PTE_W and PTE_U that all of them grant */
        uint64_t phys;                  /* guest-physical address, valid with PTE_P */
};

/* paging.c - the guest's page tables: made before it starts, walked when we need what they say. */
void paging_set_mode(struct guest *guest, struct kvm_sregs *sregs);
struct walk paging_walk(const struct vm *vm, const struct kvm_sregs *sregs, uint32_t address);
bool paging_read(const struct vm *vm, const struct kvm_sregs *sregs, uint32_t address,
                 uint8_t *bytes, uint32_t size);                /* false: it may not read there */

/* irqchip.c - interrupt controllers and a timer, inside KVM. */
bool irqchip_create(struct guest *guest);       /* before the vCPU; false after a message */

/* vm.c - a virtual machine and its memory. */
struct vm *vm_create(int kvm_fd, const char *name, size_t mem_size);    /* NULL after a message */
void vm_destroy(struct vm *vm);

/* vcpu.c - a virtual CPU: its registers, and running it. False after a message. */
bool vcpu_create(struct guest *guest, int kvm_fd, int id);
void vcpu_destroy(struct guest *guest);
bool vcpu_set_real_mode(struct guest *guest);           /* to run at guest->segment:0 next */
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
void stats_lap(struct stats *stats, uint64_t *ns);      /* adds the time since the last lap */
void stats_count(struct stats *stats, uint32_t reason); /* one exit more */
void stats_print(const struct guest *guest);

/* io.c - KVM_EXIT_IO: which device an IN or OUT is for. False: the guest is not to run on. */
bool io_handle(struct guest *guest);

/* serial.c - COM1, as much of a 16550 UART as printing needs. */
uint8_t serial_read(uint16_t port);
bool serial_write(struct guest *guest, uint16_t port, uint8_t byte);    /* false after a message */

/* hypercall.c - port 0x500: what a guest may ask of us. */
bool hypercall_out(struct guest *guest, const uint8_t *data, int size); /* false: it has ended */
void hypercall_in(struct guest *guest, uint8_t *data, int size);

/* console.c - the terminal that all guests share: a colour for each, the input for the first. */
void console_open(enum color color);
void console_reset(int ms);             /* as we found it; waits so many milliseconds for that */
bool console_putchar(struct guest *guest, uint8_t byte);                /* false after a message */
bool console_write(struct guest *guest, const void *bytes, size_t size);        /* the same */
bool console_getchar(struct guest *guest, uint32_t *result);            /* the same */

#endif
