/* minikvm.h - the map of the program: what each file offers. */
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

/* main.c - the story: parse, open, report. */

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

#endif
