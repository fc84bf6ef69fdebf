/*
 * The VM's first and only program (PID 1). It loads the modules, mounts the host's files, waits for
 * a job on the virtio-serial port, runs it, and sends back what it writes and how it ends.
 */
#include "frame.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROOT            "/host"
#define PORT            "/dev/vport0p1"
#define SHARE           "trans=virtio,version=9p2000.L,msize=262144,cache="

/* One end of each of the command's streams; -1 where there is none (any more). */
struct streams {
        int port;               /* to the host */
        int signals;            /* says that a child has ended */
        int in;                 /* the command's standard input */
        int out, err;
        int terminal;           /* master side of the command's terminal */
        char *pending;          /* input that the command has not taken yet */
        size_t pending_length, pending_done;
        bool pending_end;       /* end of file follows the pending input */
};

static int port = -1;

static void stop(void)
{
        sync();
        reboot(RB_POWER_OFF);
        pause();
}

/* Tells the host, or the console as long as there is no port, and stops the VM. */
static void __attribute__((noreturn, format(printf, 1, 2))) trouble(const char *format, ...)
{
        char text[512];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        fprintf(stderr, "inside: %s\n", text);
        if (port >= 0)
                frame_write(port, FRAME_TROUBLE, text, strlen(text));
        for (;;)
                stop();
}

static void make_mount(const char *source, const char *target, const char *type,
                       unsigned long flags, const char *options)
{
        if (mount(source, target, type, flags, options) < 0)
                trouble("cannot mount %s on %s: %s", source, target, strerror(errno));
}

static void make_link(const char *target, const char *path)
{
        if (symlink(target, path) < 0)
                trouble("cannot make %s: %s", path, strerror(errno));
}

static void insert_modules(void)
{
        char name[128], path[160];
        FILE *list = fopen("/modules.list", "re");

        if (!list)
                trouble("the initramfs has no list of modules");
        while (fscanf(list, "%127s", name) == 1) {
                snprintf(path, sizeof(path), "/modules/%s", name);
                int fd = open(path, O_RDONLY | O_CLOEXEC);

                if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)
                        trouble("cannot insert %s: %s", name, strerror(errno));
                close(fd);
        }
        fclose(list);
}

/* The host's files, read-only, and over them what a running system needs of its own. */
static void mount_root(void)
{
        make_mount("hostroot", ROOT, "9p", MS_RDONLY, SHARE "loose");
        make_mount("proc", ROOT "/proc", "proc", 0, NULL);
        make_mount("sysfs", ROOT "/sys", "sysfs", 0, NULL);
        make_mount("devtmpfs", ROOT "/dev", "devtmpfs", 0, NULL);
        mkdir(ROOT "/dev/pts", 0755);
        mkdir(ROOT "/dev/shm", 01777);
        make_mount("devpts", ROOT "/dev/pts", "devpts", 0, "ptmxmode=0666,gid=5,mode=620");
        make_mount("tmpfs", ROOT "/dev/shm", "tmpfs", 0, "mode=1777");
        make_mount("tmpfs", ROOT "/tmp", "tmpfs", 0, "mode=1777");
        make_mount("tmpfs", ROOT "/run", "tmpfs", 0, "mode=755");
        make_mount("tmpfs", ROOT "/var/tmp", "tmpfs", 0, "mode=1777");
        if (chroot(ROOT) < 0 || chdir("/") < 0)
                trouble("cannot enter the host's files: %s", strerror(errno));
        make_link("/proc/self/fd", "/dev/fd");
        make_link("/proc/self/fd/0", "/dev/stdin");
        make_link("/proc/self/fd/1", "/dev/stdout");
        make_link("/proc/self/fd/2", "/dev/stderr");
        chmod("/dev/kvm", 0666);
}

static void loopback_up(void)
{
        struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        ioctl(fd, SIOCSIFFLAGS, &request);
        close(fd);
}

/* The port appears a moment after its driver, when the device has named it. */
static int open_port(void)
{
        const struct timespec millisecond = { .tv_nsec = 1000000 };

        for (int tries = 0; tries < 10000; tries++) {
                int fd = open(PORT, O_RDWR | O_CLOEXEC);

                if (fd >= 0)
                        return fd;
                nanosleep(&millisecond, NULL);
        }
        trouble("%s does not appear", PORT);
}

/* Creates each directory of PATH; where it is there, or the share is read-only, mount will tell. */
static void make_directories(const char *path)
{
        char copy[4096];

        snprintf(copy, sizeof(copy), "%s", path);
        for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                mkdir(copy, 0755);
                *slash = '/';
        }
        mkdir(copy, 0755);
}

static int make_signal_fd(void)
{
        sigset_t signals;

        sigemptyset(&signals);
        sigaddset(&signals, SIGCHLD);
        sigprocmask(SIG_BLOCK, &signals, NULL);
        return signalfd(-1, &signals, SFD_CLOEXEC);
}

/* Splits COUNT strings off TEXT into an array with a NULL behind the last. */
static char **take_strings(char **text, size_t count)
{
        char **strings = calloc(count + 1, sizeof(*strings));

        if (!strings)
                trouble("out of memory");
        for (size_t i = 0; i < count; i++) {
                strings[i] = *text;
                *text += strlen(*text) + 1;
        }
        return strings;
}

/* In the child: descriptor FD is the terminal where it was one outside, else the pipe. */
static void place(int fd, bool is_terminal, int terminal, int pipe_end)
{
        if (dup2(is_terminal ? terminal : pipe_end, fd) < 0)
                _exit(125);
}

static void __attribute__((noreturn))
run_command(const struct job *job, const char *directory, char **environment, char **arguments,
            int terminal, int pipes[3][2])
{
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        signal(SIGPIPE, SIG_DFL);
        setsid();
        if (job->terminals)
                ioctl(terminal, TIOCSCTTY, 0);
        place(0, job->terminals & 1, terminal, pipes[0][0]);
        place(1, job->terminals & 2, terminal, pipes[1][1]);
        place(2, job->terminals & 4, terminal, pipes[2][1]);
        if (chdir(directory) < 0) {
                dprintf(2, "tools/vm/run: %s: %s\n", directory, strerror(errno));
                _exit(125);
        }
        environ = environment;
        execvp(arguments[0], arguments);
        dprintf(2, "tools/vm/run: %s: %s\n", arguments[0], strerror(errno));
        _exit(errno == ENOENT ? 127 : 126);
}

/* The command must not have these, and must not keep us waiting for it. */
static void set_flags(int fd)
{
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* Makes pipes and, if any of the three is one outside, a terminal; starts the command on them. */
static pid_t start_command(struct streams *streams, char *text)
{
        struct job *job = (struct job *)text;
        struct winsize size = { .ws_row = job->rows, .ws_col = job->columns };
        char *strings = text + sizeof(*job);
        char *repository = strings, *directory = repository + strlen(repository) + 1;
        int pipes[3][2], terminal = -1;
        char **environment, **arguments;
        pid_t child;

        strings = directory + strlen(directory) + 1;
        environment = take_strings(&strings, job->envc);
        arguments = take_strings(&strings, job->argc);
        make_directories(repository);
        /* Unlike with "loose", both sides see each other's changes. */
        make_mount("repository", repository, "9p", 0, SHARE "mmap");
        for (int i = 0; i < 3; i++)
                if (pipe2(pipes[i], O_CLOEXEC) < 0)
                        trouble("cannot make a pipe: %s", strerror(errno));
        if (job->terminals && openpty(&streams->terminal, &terminal, NULL, NULL, &size) < 0)
                trouble("cannot make a terminal: %s", strerror(errno));
        child = fork();
        if (child < 0)
                trouble("cannot start a process: %s", strerror(errno));
        if (child == 0)
                run_command(job, directory, environment, arguments, terminal, pipes);
        close(pipes[0][0]);
        close(pipes[1][1]);
        close(pipes[2][1]);
        set_flags(streams->terminal);   /* `terminal` stays open: its last close would hang up */
        set_flags(pipes[0][1]);
        streams->in = job->terminals & 1 ? -1 : pipes[0][1];
        streams->out = pipes[1][0];
        streams->err = pipes[2][0];
        if (job->terminals & 1)
                close(pipes[0][1]);
        return child;
}

/* Sends on what can be read from *FD without waiting. False when there is nothing (more). */
static bool forward(const struct streams *streams, int *fd, enum frame_type type)
{
        char data[FRAME_DATA_MAX];
        struct pollfd ready = { .fd = *fd, .events = POLLIN };
        ssize_t length;

        if (*fd < 0 || poll(&ready, 1, 0) <= 0)
                return false;
        length = read(*fd, data, sizeof(data));
        if (length <= 0) {
                close(*fd);
                *fd = -1;
                return false;
        }
        frame_write(streams->port, type, data, length);
        return true;
}

/* Hands the command what input it takes without waiting; one that closed its input loses it. */
static void feed(struct streams *streams)
{
        int fd = streams->in >= 0 ? streams->in : streams->terminal;
        size_t left = streams->pending_length - streams->pending_done;

        if (left > 0) {
                ssize_t done = write(fd, streams->pending + streams->pending_done, left);

                if (done < 0 && errno == EAGAIN)
                        return;
                streams->pending_done += done < 0 ? (ssize_t)left : done;
        }
        if (streams->pending_done < streams->pending_length)
                return;
        free(streams->pending);
        streams->pending = NULL;
        if (streams->pending_end && streams->in >= 0) {
                close(streams->in);
                streams->in = -1;
        }
}

static void receive(struct streams *streams)
{
        struct frame frame;
        char *data = frame_read(streams->port, &frame);

        if (!data)
                stop();         /* the host is gone */
        if (frame.type == FRAME_WINDOW)
                ioctl(streams->terminal, TIOCSWINSZ, data);
        if (frame.type != FRAME_STDIN) {
                free(data);
                return;
        }
        streams->pending = data;
        streams->pending_length = frame.length;
        streams->pending_done = 0;
        streams->pending_end = frame.length == 0;
        feed(streams);
}

/* Collects the children that have ended, orphans too. True if the command is among them. */
static bool reap(int signals, pid_t command, int32_t *status)
{
        struct signalfd_siginfo ignored;
        bool ended = false;
        int how;
        pid_t child;

        if (read(signals, &ignored, sizeof(ignored)) < 0)
                return false;
        while ((child = waitpid(-1, &how, WNOHANG)) > 0) {
                if (child != command)
                        continue;
                ended = true;
                *status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
        }
        return ended;
}

/* Waits at most MILLISECONDS for something to do, and does it. True when the command has ended. */
static bool serve_once(struct streams *streams, int milliseconds, pid_t command, int32_t *status)
{
        int in = streams->in >= 0 ? streams->in : streams->terminal;
        struct pollfd fds[] = {
                { .fd = streams->signals, .events = POLLIN },
                { .fd = streams->pending ? -1 : streams->port, .events = POLLIN },
                { .fd = streams->pending ? in : -1, .events = POLLOUT },
                { .fd = streams->out, .events = POLLIN },
                { .fd = streams->err, .events = POLLIN },
                { .fd = streams->terminal, .events = POLLIN },
        };

        poll(fds, sizeof(fds) / sizeof(*fds), milliseconds);
        if (fds[1].revents)
                receive(streams);
        if (fds[2].revents)
                feed(streams);
        forward(streams, &streams->out, FRAME_STDOUT);
        forward(streams, &streams->err, FRAME_STDERR);
        forward(streams, &streams->terminal, FRAME_TERMINAL);
        return fds[0].revents && reap(streams->signals, command, status);
}

/* Carries data both ways until the command has ended, and says every second that we are alive. */
static int32_t serve(struct streams *streams, pid_t command)
{
        time_t last_alive = 0;
        int32_t status = -1;

        while (!serve_once(streams, 1000, command, &status)) {
                if (time(NULL) == last_alive)
                        continue;
                frame_write(streams->port, FRAME_ALIVE, NULL, 0);
                last_alive = time(NULL);
        }
        return status;
}

/*
 * The command has ended. What it left behind in pipes is sent, and what its children write in the
 * next half second; those that have not closed its output by then are killed.
 */
static void finish(struct streams *streams)
{
        int32_t ignored;

        for (int i = 0; i < 50 && (streams->out >= 0 || streams->err >= 0); i++)
                serve_once(streams, 10, 0, &ignored);
        kill(-1, SIGKILL);
        while (forward(streams, &streams->out, FRAME_STDOUT))
                ;
        while (forward(streams, &streams->err, FRAME_STDERR))
                ;
        while (forward(streams, &streams->terminal, FRAME_TERMINAL))
                ;
}

int main(void)
{
        struct streams streams = { .in = -1, .out = -1, .err = -1, .terminal = -1 };
        struct frame frame;
        int32_t status;
        int console;
        char *job;

        mkdir("/dev", 0755);
        mkdir(ROOT, 0755);
        make_mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
        while ((console = open("/dev/console", O_RDWR)) < STDERR_FILENO)
                ;
        if (console > STDERR_FILENO)            /* the kernel had opened the three */
                close(console);
        signal(SIGPIPE, SIG_IGN);
        insert_modules();
        port = streams.port = open_port();
        mount_root();
        loopback_up();
        if (sethostname("mini-kvm", strlen("mini-kvm")) < 0)
                trouble("cannot set the host's name: %s", strerror(errno));
        streams.signals = make_signal_fd();
        frame_write(port, FRAME_ALIVE, NULL, 0);
        job = frame_read(port, &frame);
        if (!job || frame.type != FRAME_JOB)
                trouble("the host sent no job");
        status = serve(&streams, start_command(&streams, job));
        finish(&streams);
        sync();
        frame_write(port, FRAME_STATUS, &status, sizeof(status));
        pause();                /* the host ends the VM */
}
