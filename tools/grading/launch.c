/*
 * Starts a student's program from a test that runs as root: as an unprivileged user, in the
 * group of processes that is limited and killed together, with a short list of variables and no
 * descriptors above 2.
 *
 * It is the interpreter of a script of one line, which tests take for the program:
 *
 *      #!/grade/launch /grade/programs/plain/minikvm
 *
 * It never forks, so that the PID, the signals, the terminal and the exit status are the
 * program's own. setpriv, prlimit and env would do the same in four programs, 30 ms each in the
 * VM, and with many more system calls, among which strace would have to find the program's. None
 * of those that tests count or change (write, ioctl, clone, mmap) is made here.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STUDENT         4242            /* the user's and the group's number, as in `inside` */
#define CGROUP          "/sys/fs/cgroup/student/cgroup.procs"
#define FILE_MAX        (16u << 20)     /* bytes in a file; a test may have set a lower limit */

static const char *const kept[] = {
        "PATH", "TERM", "COLORTERM", "NO_COLOR", "LANG", "TZ",
        "LD_PRELOAD", "SHIM_LOG", "SHIM_BREAK", "MINIKVM_FAIL", "MINIKVM_EXIT",
        "MINIKVM_NO_IRQ_LINE",
};

static void check(int result, const char *what)
{
        if (result < 0) {
                dprintf(STDERR_FILENO, "launch: %s: %s\n", what, strerror(errno));
                _exit(125);
        }
}

/* A test that hides /sys from the program has nothing else in it that could grow. */
static void join_cgroup(void)
{
        int fd = open(CGROUP, O_WRONLY | O_CLOEXEC);

        if (fd >= 0)
                check(pwrite(fd, "0", 1, 0), CGROUP);
        close(fd);
}

static void lower_limit(int resource, rlim_t most)
{
        struct rlimit limit;

        getrlimit(resource, &limit);
        if (limit.rlim_cur > most)
                limit.rlim_cur = most;
        limit.rlim_max = limit.rlim_cur;
        check(setrlimit(resource, &limit), "setrlimit");
}

/*
 * The terminal of some tests has a shell of root's on it: nothing may be typed into that. 32-bit
 * system calls would go around the filter. Tests that make prctl fail meet this one first, so
 * that it is no matter here.
 */
static void forbid_typing(void)
{
        struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 6),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 4, 0),          /* x32 */
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 2),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TIOCSTI, 1, 0),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        };
        struct sock_fprog program = { .len = sizeof(filter) / sizeof(*filter), .filter = filter };

        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static char **short_environment(void)
{
        static char *list[sizeof(kept) / sizeof(*kept) + 1];
        size_t count = 0;

        for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
                const char *value = getenv(kept[i]);

                if (value && asprintf(&list[count], "%s=%s", kept[i], value) > 0)
                        count++;
        }
        return list;
}

int main(int argc, char *argv[])
{
        const char *program = argv[1];

        if (argc < 3)
                return 125;
        join_cgroup();
        lower_limit(RLIMIT_FSIZE, FILE_MAX);
        lower_limit(RLIMIT_CORE, 0);
        check(close_range(3, ~0u, 0), "close_range");
        forbid_typing();
        check(setgroups(0, NULL), "setgroups");
        check(setresgid(STUDENT, STUDENT, STUDENT), "setresgid");
        check(setresuid(STUDENT, STUDENT, STUDENT), "setresuid");
        execve(program, argv + 2, short_environment());
        check(-1, program);
}
