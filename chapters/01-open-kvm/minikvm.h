/* minikvm.h - the map of the program: what each file offers, in reading order. */
#ifndef MINIKVM_H
#define MINIKVM_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How minikvm ends when it could not do what was asked. */
enum { STATUS_CANNOT = 125 };

/* main.c - the story: parse, open, report. */

/* kvm.c - /dev/kvm: open it, or say exactly why not. */
int kvm_open(void);             /* a descriptor of /dev/kvm that we can work with; -1 after a message */
int kvm_report(void);           /* prints what KVM is like here; an exit status */

/* probe.c - questions that only an x86 CPU can answer. */
bool cpu_is_x86(void);
bool cpu_has_virtualization(void);      /* VMX (Intel) or SVM (AMD), by CPUID */
bool cpu_is_virtual(void);              /* we are in a virtual machine ourselves */
int kvm_can_page(int kvm_fd);           /* 1 or 0: do 32-bit guests get paging? -1 after a message */

#endif
