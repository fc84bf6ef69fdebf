/* sandbox.c - least privilege: the system calls that we may make while guests run, no others. */
#include "minikvm.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define LOAD(field)     BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what)    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_##what)
#define SKIP_UNLESS(value, count)       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count)
#define ALLOW(call)     SKIP_UNLESS(SYS_##call, 1), RETURN(ALLOW)

/* Allows it when this argument, of which only the bits of the mask count, has this value. */
#define ALLOW_WHERE(call, argument, mask, value) \
        SKIP_UNLESS(SYS_##call, 5), \
        LOAD(args[argument]), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask), \
        SKIP_UNLESS(value, 1), RETURN(ALLOW), \
        LOAD(nr)
#define ALLOW_IOCTL(request)    ALLOW_WHERE(ioctl, 1, ~0u, request)

/* Whoever made the call may hold stdio's locks: the message goes out without them. */
static void forbidden(__attribute__((unused)) int signal, siginfo_t *info,
                      __attribute__((unused)) void *context)
{
        char text[80];
        int size = snprintf(text, sizeof(text), "minikvm: the sandbox does not allow system call "
                            "%d\n", info->si_syscall);

        syscall(SYS_write, STDERR_FILENO, text, size);
        terminal_restore();
        _exit(STATUS_CANNOT);
}

/* A BPF program sees every call (kernel, Documentation/userspace-api/seccomp_filter.rst). */
bool sandbox_enter(void)
{
        struct sigaction action = {.sa_sigaction = forbidden, .sa_flags = SA_SIGINFO};
        struct sock_filter code[] = {
                LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
                RETURN(TRAP), LOAD(nr),
                ALLOW_IOCTL(KVM_RUN), ALLOW_IOCTL(KVM_GET_REGS), ALLOW_IOCTL(KVM_GET_SREGS),
                ALLOW_IOCTL(KVM_IRQ_LINE), ALLOW_IOCTL(TIOCGPGRP), ALLOW_IOCTL(TCGETS),
                ALLOW_IOCTL(TCSETS), ALLOW(read), ALLOW(write), ALLOW(poll), ALLOW(close),
                ALLOW(munmap), ALLOW(getpid), ALLOW(getpgrp), ALLOW_WHERE(kill, 0, ~0u, getpid()),
                ALLOW(rt_sigtimedwait), ALLOW(rt_sigreturn), ALLOW(exit), ALLOW(exit_group),
                /* what the C library may add to that */
                ALLOW_WHERE(mmap, 2, PROT_EXEC, 0), ALLOW_WHERE(mprotect, 2, PROT_EXEC, 0),
                ALLOW_WHERE(tgkill, 0, ~0u, getpid()), ALLOW(brk), ALLOW(madvise), ALLOW(futex),
                ALLOW(rt_sigprocmask), ALLOW(restart_syscall), ALLOW(gettid), ALLOW(fstat),
                ALLOW(newfstatat), ALLOW(clock_gettime), ALLOW(rseq), ALLOW(set_robust_list),
                RETURN(TRAP),
        };
        struct sock_fprog filter = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

        sigaction(SIGSYS, &action, NULL);
        if (!SANDBOX)                   /* in a build with sanitizers, which make other calls */
                return true;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return call_failed("sandbox", "PR_SET_NO_NEW_PRIVS");
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) != 0)
                return call_failed("sandbox", "SECCOMP_SET_MODE_FILTER");
        return true;
}
