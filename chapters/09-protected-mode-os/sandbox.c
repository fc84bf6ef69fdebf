/* sandbox.c - least privilege: the system calls that we may make while guests run, no others. */
#include "minikvm.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define ALLOW(call) \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* A BPF program (kernel, Documentation/userspace-api/seccomp_filter.rst) that sees every call. */
static struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(ioctl), ALLOW(read), ALLOW(write), ALLOW(poll), ALLOW(ppoll), ALLOW(close),
        ALLOW(munmap), ALLOW(kill), ALLOW(tgkill), ALLOW(getpid), ALLOW(setitimer),
        ALLOW(rt_sigtimedwait), ALLOW(rt_sigreturn), ALLOW(exit), ALLOW(exit_group),
        /* what the C library may add to that */
        ALLOW(futex), ALLOW(rt_sigprocmask), ALLOW(restart_syscall), ALLOW(gettid), ALLOW(madvise),
        ALLOW(brk), ALLOW(mmap), ALLOW(mprotect), ALLOW(fstat), ALLOW(newfstatat),
        ALLOW(clock_gettime), ALLOW(rseq), ALLOW(set_robust_list), ALLOW(sched_yield),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
};

/* Whoever made the call may hold stdio's locks: the message goes out without them. */
static void forbidden(int signal, siginfo_t *info, void *context)
{
        char text[96];
        int size = snprintf(text, sizeof(text), "minikvm: system call %d is none that we make: "
                            "stopped by the sandbox\n", info->si_syscall);

        (void)signal, (void)context, (void)!write(STDERR_FILENO, text, size);
        terminal_restore();
        _exit(STATUS_CANNOT);
}

bool sandbox_enter(void)
{
        struct sigaction action = {.sa_sigaction = forbidden, .sa_flags = SA_SIGINFO};
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
