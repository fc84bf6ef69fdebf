/* sandbox.c - least privilege: the system calls a running guest's thread may make, and no others. */
#include "minikvm.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#ifdef __x86_64__
#define ARCHITECTURE    AUDIT_ARCH_X86_64
#else
#define ARCHITECTURE    AUDIT_ARCH_I386
#endif

/* The first two lines are what we call; the others are what the C library calls for us. */
static const int allowed[] = {
        SYS_ioctl, SYS_read, SYS_write, SYS_poll, SYS_close, SYS_fcntl, SYS_munmap,
        SYS_kill, SYS_tgkill, SYS_getpid, SYS_rt_sigreturn, SYS_exit, SYS_exit_group,
        SYS_futex, SYS_madvise, SYS_brk, SYS_mmap, SYS_mprotect, SYS_gettid, SYS_fstat,
        SYS_newfstatat, SYS_clock_gettime, SYS_rt_sigprocmask, SYS_restart_syscall,
};

enum { ALLOWED = sizeof(allowed) / sizeof(allowed[0]) };

static void forbidden(int signal, siginfo_t *info, void *context)
{
        fprintf(stderr, "minikvm: system call %d is not one that we make: this is the end\n",
                info->si_syscall);
        terminal_restore();
        _exit(STATUS_CANNOT);
        (void)signal, (void)context;
}

/* A BPF program: kernel, Documentation/userspace-api/seccomp_filter.rst. */
static struct sock_fprog make_filter(struct sock_filter *program)
{
        int n = 0;

        program[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                    offsetof(struct seccomp_data, arch));
        program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
        program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
        program[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                    offsetof(struct seccomp_data, nr));
        for (int i = 0; i < ALLOWED; i++)       /* found: skip the rest, and the trap behind it */
                program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i],
                                                            ALLOWED - i, 0);
        program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
        program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        return (struct sock_fprog){.len = n, .filter = program};
}

bool sandbox_enter(struct guest *guest)
{
        struct sigaction action = {.sa_sigaction = forbidden, .sa_flags = SA_SIGINFO};
        struct sock_filter program[ALLOWED + 6];
        struct sock_fprog filter = make_filter(program);

        if (!SANDBOX)                   /* sanitizers make calls of their own */
                return true;
        sigaction(SIGSYS, &action, NULL);
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return call_failed(guest->name, "PR_SET_NO_NEW_PRIVS");
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
                return call_failed(guest->name, "PR_SET_SECCOMP");
        return true;
}
