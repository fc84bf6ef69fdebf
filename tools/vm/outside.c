/*
 * Starts the VM, hands it a job, and carries the job's input, output and exit status between here
 * and there. See `tools/vm/run --help`, which builds and calls this program:
 *
 *     outside TIMEOUT REPOSITORY DIRECTORY ENVC [NAME=VALUE...] ARGC [ARG...] QEMU [ARG...]
 *
 * The VM can never outlive this program (PR_SET_PDEATHSIG), and there is nothing else to be left
 * behind.
 */
#include "frame.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define STATUS_TIMEOUT  124
#define STATUS_TROUBLE  125
#define NUDGE_SECONDS   3

/* One VM for one process; the signal handler has to reach all of it. */
static struct {
        pid_t qemu;
        int link;               /* our end of the virtio-serial port */
        int log;                /* the VM's console and QEMU's messages, in memory */
        bool raw;               /* our terminal has been made raw */
        struct termios saved;   /* and was this before */
        unsigned int timeout;   /* seconds from the start of the command; 0: none */
        int patience;           /* seconds of silence, from a VM that speaks every second, until
                                   we take it for dead */
        volatile sig_atomic_t resized;
} vm = { .qemu = -1, .log = -1 };

/* Leaves nothing behind; used in signal handlers too. */
static void clean_up(void)
{
        if (vm.qemu > 0)
                kill(vm.qemu, SIGKILL);
        if (vm.raw)
                tcsetattr(STDIN_FILENO, TCSANOW, &vm.saved);
}

static void show_log(void)
{
        char text[4000];
        off_t size = lseek(vm.log, 0, SEEK_END);
        off_t start = size > (off_t)sizeof(text) ? size - (off_t)sizeof(text) : 0;
        ssize_t length = pread(vm.log, text, sizeof(text), start);

        if (length > 0)
                fprintf(stderr, "tools/vm/run: the end of its console:\n%.*s\n", (int)length, text);
}

static void __attribute__((noreturn, format(printf, 1, 2))) trouble(const char *format, ...)
{
        va_list arguments;

        clean_up();
        fputs("tools/vm/run: ", stderr);
        va_start(arguments, format);
        vfprintf(stderr, format, arguments);
        va_end(arguments);
        fputc('\n', stderr);
        show_log();
        exit(STATUS_TROUBLE);
}

static void on_signal(int number)
{
        static const char message[] = "tools/vm/run: time limit reached, VM ended\n";

        clean_up();
        if (number == SIGALRM && write(STDERR_FILENO, message, sizeof(message) - 1) >= 0)
                _exit(STATUS_TIMEOUT);
        _exit(number == SIGALRM ? STATUS_TIMEOUT : 128 + number);
}

static void on_resize(int number)
{
        vm.resized = number;
}

static void handle_signals(void)
{
        static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM };
        struct sigaction resize = { .sa_handler = on_resize };
        struct sigaction end = { .sa_handler = on_signal };

        for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
                sigaction(ends[i], &end, NULL);
        sigaction(SIGWINCH, &resize, NULL);
        signal(SIGPIPE, SIG_IGN);       /* write says it, and whether it was our output or the VM */
}

static void __attribute__((noreturn)) run_qemu(char **command, int port, pid_t parent)
{
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
                _exit(STATUS_TROUBLE);
        setsid();               /* Ctrl-C at our terminal is not QEMU's business */
        dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
        dup2(vm.log, STDOUT_FILENO);
        dup2(vm.log, STDERR_FILENO);
        dup2(port, 3);          /* fd=3 on QEMU's command line; last, for 3 may be the log */
        execvp(command[0], command);
        dprintf(STDERR_FILENO, "%s: %s\n", command[0], strerror(errno));
        _exit(STATUS_TROUBLE);
}

static void start_qemu(char **command)
{
        pid_t parent = getpid();
        int ends[2];

        vm.log = memfd_create("console", MFD_CLOEXEC);
        if (vm.log < 0)
                trouble("memfd_create: %s", strerror(errno));
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
                trouble("socketpair: %s", strerror(errno));
        vm.qemu = fork();
        if (vm.qemu < 0)
                trouble("fork: %s", strerror(errno));
        if (vm.qemu == 0) {
                close(ends[0]);
                run_qemu(command, ends[1], parent);
        }
        close(ends[1]);
        vm.link = ends[0];
}

/* Waits for the VM's first word. */
static void await_vm(void)
{
        struct pollfd link = { .fd = vm.link, .events = POLLIN };
        int ready;

        do
                ready = poll(&link, 1, vm.patience * 1000);
        while (ready < 0 && errno == EINTR);
        if (ready == 0)
                trouble("the VM did not start within %d seconds", vm.patience);
}

static void *receive(struct frame *frame)
{
        void *data = frame_read(vm.link, frame);

        if (!data) {
                kill(vm.qemu, SIGKILL);
                waitpid(vm.qemu, NULL, 0);
                vm.qemu = -1;
                trouble("the VM ended before the command did");
        }
        return data;
}

static struct winsize window_size(void)
{
        struct winsize size = { .ws_row = 24, .ws_col = 80 };

        for (int fd = 0; fd < 3; fd++)
                if (ioctl(fd, TIOCGWINSZ, &size) == 0)
                        break;
        return size;
}

static uint32_t terminals(void)
{
        uint32_t mask = 0;

        for (int fd = 0; fd < 3; fd++)
                mask |= isatty(fd) ? 1u << fd : 0;
        return mask;
}

/* From here on our terminal passes every key on, Ctrl-C too: the one inside acts on them. */
static void make_raw(void)
{
        struct termios raw;

        if (tcgetattr(STDIN_FILENO, &vm.saved) < 0)
                return;
        raw = vm.saved;
        cfmakeraw(&raw);
        vm.raw = true;
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

/* Takes a count off the command line, and that many strings, which it adds to the stream. */
static char **pack(FILE *stream, char **arguments, uint32_t *count)
{
        *count = atoi(*arguments++);
        for (uint32_t i = 0; i < *count; i++)
                fwrite(arguments[i], 1, strlen(arguments[i]) + 1, stream);
        return arguments + *count;
}

/* Reads the job off our command line, up to QEMU's. */
static char **make_job(char **arguments, char **data, size_t *length)
{
        struct winsize size = window_size();
        struct job job = { .terminals = terminals(), .rows = size.ws_row, .columns = size.ws_col };
        FILE *stream = open_memstream(data, length);

        if (!stream)
                trouble("out of memory");
        vm.timeout = atoi(*arguments++);
        fwrite(&job, sizeof(job), 1, stream);
        for (int i = 0; i < 2; i++, arguments++)
                fwrite(*arguments, 1, strlen(*arguments) + 1, stream);
        arguments = pack(stream, arguments, &job.envc);
        arguments = pack(stream, arguments, &job.argc);
        if (fclose(stream) != 0 || *length > FRAME_MAX)
                trouble("the command and its environment are too long");
        memcpy(*data, &job, sizeof(job));
        return arguments;
}

/* Our standard input's next bytes become one frame, kept until QEMU takes it. */
struct input {
        struct frame frame;
        char data[FRAME_DATA_MAX];
        size_t sent;
        bool full, ended;
} __attribute__((packed));

static void take_input(struct input *input)
{
        ssize_t length = read(STDIN_FILENO, input->data, sizeof(input->data));

        if (length < 0 && (errno == EINTR || errno == EAGAIN))
                return;
        input->ended = length <= 0;
        input->frame = (struct frame) { .type = FRAME_STDIN, .length = length < 0 ? 0 : length };
        input->sent = 0;
        input->full = true;
}

static void pass_input(struct input *input)
{
        size_t length = sizeof(input->frame) + input->frame.length;
        ssize_t done = send(vm.link, (char *)input + input->sent, length - input->sent,
                            MSG_DONTWAIT | MSG_NOSIGNAL);

        if (done > 0)
                input->sent += done;
        input->full = input->sent < length;
}

static void pass_window_size(void)
{
        struct winsize size = window_size();

        vm.resized = 0;
        frame_write(vm.link, FRAME_WINDOW, &size, sizeof(size));
}

static void write_out(int fd, const char *data, size_t length)
{
        while (length > 0) {
                struct pollfd ready = { .fd = fd, .events = POLLOUT };
                ssize_t done = write(fd, data, length);

                if (done < 0 && errno == EAGAIN)
                        poll(&ready, 1, -1);
                else if (done < 0 && errno == EPIPE)
                        on_signal(SIGPIPE);
                else if (done < 0 && errno != EINTR)
                        trouble("cannot write the command's output: %s", strerror(errno));
                else if (done > 0)
                        data += done, length -= done;
        }
}

/* Which of ours is a terminal to write on? */
static int terminal_fd(void)
{
        if (isatty(STDOUT_FILENO))
                return STDOUT_FILENO;
        return isatty(STDERR_FILENO) ? STDERR_FILENO : STDIN_FILENO;
}

/* Passes one frame on. True when it was the last; *STATUS is the command's then. */
static bool pass_output(int *status)
{
        struct frame frame;
        char *data = receive(&frame);

        switch (frame.type) {
        case FRAME_STDOUT:
                write_out(STDOUT_FILENO, data, frame.length);
                break;
        case FRAME_STDERR:
                write_out(STDERR_FILENO, data, frame.length);
                break;
        case FRAME_TERMINAL:
                write_out(terminal_fd(), data, frame.length);
                break;
        case FRAME_TROUBLE:
                trouble("%s", data);
        case FRAME_STATUS:
                *status = *(int32_t *)data;
                free(data);
                return true;
        }
        free(data);
        return false;
}

/*
 * The VM says every second that it is alive. QEMU's emulation of SVM sometimes loses an interrupt
 * that arrives while a guest is entered or left; if it was the timer's, the VM's kernel waits for
 * it for ever. Any other interrupt has QEMU look again, so whatever we send wakes it up.
 */
static void nudge(const struct input *input, int silence)
{
        if (silence >= vm.patience)
                trouble("the VM hangs: not a word for %d seconds", vm.patience);
        if (!input->full)
                frame_write(vm.link, FRAME_ALIVE, NULL, 0);
}

/* Carries data both ways until the command has ended. */
static int serve(void)
{
        struct input input = { .full = false };
        int wait = vm.patience < NUDGE_SECONDS ? vm.patience : NUDGE_SECONDS;
        int status = STATUS_TROUBLE;
        int silence = 0;

        for (;;) {
                struct pollfd fds[] = {
                        { .fd = vm.link, .events = POLLIN | (input.full ? POLLOUT : 0) },
                        { .fd = input.full || input.ended ? -1 : STDIN_FILENO, .events = POLLIN },
                };

                if (vm.resized && !input.full)
                        pass_window_size();
                if (poll(fds, 2, wait * 1000) != 0)
                        silence = 0;
                else
                        nudge(&input, silence += wait);
                if (fds[0].revents & POLLOUT)
                        pass_input(&input);
                if (fds[1].revents)
                        take_input(&input);
                if (fds[0].revents & (POLLIN | POLLHUP) && pass_output(&status))
                        return status;
        }
}

int main(int argc, char **argv)
{
        struct frame frame;
        char *job, **qemu;
        size_t length;
        int status;

        if (argc < 7)
                trouble("this program is called by tools/vm/run");
        vm.patience = getenv("MINIKVM_VM_PATIENCE") ? atoi(getenv("MINIKVM_VM_PATIENCE")) : 120;
        qemu = make_job(argv + 1, &job, &length);
        handle_signals();
        start_qemu(qemu);
        await_vm();
        free(receive(&frame));
        if (vm.timeout)
                alarm(vm.timeout);
        if (isatty(STDIN_FILENO))
                make_raw();
        frame_write(vm.link, FRAME_JOB, job, length);
        status = serve();
        clean_up();
        waitpid(vm.qemu, NULL, 0);
        return status;
}
