/*
 * hijack.c - linked into a chapter's program (--wrap=ioctl, --wrap=mmap), or a student's: as if
 * a guest had taken the hypervisor over. When a guest prints one of some letters by HC_PUTCHAR,
 * a system call is made that a sandbox must not let through. With MINIKVM_NO_IRQ_LINE in the
 * environment, KVM does not know that ioctl.
 */
#include "hypercalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

int __real_ioctl(int fd, unsigned long request, ...);
void *__real_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);

enum { DESCRIPTORS = 1024 };

static struct kvm_run *runs[DESCRIPTORS];       /* of the vCPU with this descriptor */
static int vm;                                  /* the descriptor of the last VM */

static void commit_crime(char letter)
{
        static _Alignas(4096) char page[4096];

        switch (letter) {
        case 'E':
                execl("/bin/echo", "echo", "executed", NULL);
                break;
        case 'O':
                printf("opened %d", open("/etc/hostname", O_RDONLY));
                break;
        case 'S':
                printf("socket %d", socket(AF_UNIX, SOCK_STREAM, 0));
                break;
        case 'F':
                printf("forked %d", fork());
                break;
        case 'U':
                printf("unlinked %d", unlink("victim"));
                break;
        case 'T':
                printf("typed %d", __real_ioctl(STDIN_FILENO, TIOCSTI, "#"));
                break;
        case 'V':
                printf("gone on %d", __real_ioctl(vm, KVM_CREATE_VCPU, 7));
                break;
        case 'K':
                printf("killed %d", kill(1, SIGCONT));
                break;
        case 'X':
                printf("executable %p", __real_mmap(NULL, 4096, PROT_READ | PROT_EXEC,
                                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
                break;
        case 'P':
                printf("executable %d", mprotect(page, sizeof(page), PROT_EXEC));
                break;
        }
}

/* After an exit: the letter that the guest prints by HC_PUTCHAR, or 0. */
static char letter_of(int vcpu)
{
        struct kvm_run *run = vcpu < DESCRIPTORS ? runs[vcpu] : NULL;
        struct kvm_regs regs;

        if (!run || run->exit_reason != KVM_EXIT_IO || run->io.direction != KVM_EXIT_IO_OUT ||
            run->io.port != HC_PORT || *((uint8_t *)run + run->io.data_offset) != HC_PUTCHAR)
                return 0;
        if (run->kvm_valid_regs & KVM_SYNC_X86_REGS)
                return run->s.regs.regs.rbx;
        return __real_ioctl(vcpu, KVM_GET_REGS, &regs) < 0 ? 0 : regs.rbx;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
        va_list arguments;

        va_start(arguments, request);
        unsigned long argument = va_arg(arguments, unsigned long);
        va_end(arguments);
        if (request == KVM_IRQ_LINE && getenv("MINIKVM_NO_IRQ_LINE")) {
                errno = ENOTTY;
                return -1;
        }
        int result = __real_ioctl(fd, request, argument);
        if (request == KVM_CREATE_VM)
                vm = result;
        if (request == KVM_RUN && result == 0)
                commit_crime(letter_of(fd));
        return result;
}

void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
        void *result = __real_mmap(address, size, protection, flags, fd, offset);

        if (fd >= 0 && fd < DESCRIPTORS && (flags & MAP_SHARED) && result != MAP_FAILED)
                runs[fd] = result;
        return result;
}
