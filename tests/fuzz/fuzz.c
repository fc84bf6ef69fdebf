/*
 * fuzz - runs guests that nobody would write, and sees that the hypervisor ends as it should.
 *
 *      fuzz [-n RUNS] [-s SEED] [-k FOLDER] [-o] PROGRAM REAL-GUEST...
 *
 * Run i is made of the seed SEED + i alone: one to four guests, options, a stdin. A run that takes
 * longer than it may is stopped as by Ctrl-C. A wrong status, a report of a sanitizer, a hang or a
 * missing message is a failure: the seed is printed, and guests and stderr are kept in FOLDER/SEED.
 * With -o guests are only made, and left there.
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GUESTS_MAX = 4, ARGUMENTS_MAX = 12, PATIENCE_S = 30, STDERR_MAX = 1 << 22 };
enum { STATUS_SANITIZER = 124 };        /* no guest and no minikvm ever ends with that */

struct options {
        long runs;
        uint64_t seed;
        const char *keep;
        bool only_make;
        char *program;
};

/* One run: what it is given, and what became of it. */
struct run {
        uint64_t seed;
        char *arguments[ARGUMENTS_MAX];
        char paths[GUESTS_MAX][16];
        const char *kinds[GUESTS_MAX];
        int guests;
        const char *in;
        bool open_pipe;                 /* stdin is a pipe on which nothing comes */
        const char *out;
        bool leaks;                     /* look for leaks: that takes time, so not always */
        bool stopped;                   /* we sent SIGINT */
        int status;                     /* as the shell counts; -1 after a hang */
        char error[STDERR_MAX];         /* its stderr */
};

static _Noreturn void die(const char *what)
{
        fprintf(stderr, "fuzz: %s: %s\n", what, strerror(errno));
        exit(125);
}

static void write_file(const char *path, const uint8_t *bytes, size_t size)
{
        FILE *file = fopen(path, "wb");

        if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
                die(path);
}

/* All of a run comes from its seed. */
static void plan(struct run *run, uint64_t seed, char *program)
{
        static uint8_t bytes[GUEST_FILE_MAX];
        struct guest_file file = {.bytes = bytes};
        int count = 0;

        memset(run, 0, sizeof(*run));
        run->seed = seed;
        chance_seed(seed * 0x9E3779B97F4A7C15);
        run->arguments[count++] = program;
        if (one_in(8))
                run->arguments[count++] = "-v";
        if (one_in(4))
                run->arguments[count++] = "--stats";
        if (one_in(4))
                run->arguments[count++] = "--color=always";
        run->guests = 1 + below(GUESTS_MAX);
        for (int i = 0; i < run->guests; i++) {
                generate(&file);
                run->kinds[i] = file.kind;
                snprintf(run->paths[i], sizeof(run->paths[i]), "guest%d", i + 1);
                write_file(run->paths[i], file.bytes, file.size);
                run->arguments[count++] = run->paths[i];
        }
        run->open_pipe = one_in(4);
        run->in = one_in(2) ? "/dev/null" : "guest1";
        run->out = one_in(16) ? "/dev/full" : "/dev/null";
        run->leaks = one_in(8);
}

/* Starts it in a process group of its own, with no signal blocked or ignored. */
static pid_t start(const struct run *run, int in)
{
        posix_spawn_file_actions_t files;
        posix_spawnattr_t attributes;
        sigset_t none, all;
        pid_t pid;

        sigemptyset(&none);
        sigfillset(&all);
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, run->out, O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "stderr",
                                         O_WRONLY | O_CREAT | O_TRUNC, 0666);
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setpgroup(&attributes, 0);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                 POSIX_SPAWN_SETPGROUP);
        errno = posix_spawn(&pid, run->arguments[0], &files, &attributes,
                            (char **)run->arguments, environ);
        if (errno != 0)
                die(run->arguments[0]);
        posix_spawn_file_actions_destroy(&files);
        posix_spawnattr_destroy(&attributes);
        return pid;
}

/* Waits so long for its end; true if that came. */
static bool ended(pid_t pid, long ms, int *wait_status)
{
        const struct timespec limit = {ms / 1000, ms % 1000 * 1000000};
        sigset_t child;
        pid_t result;

        sigemptyset(&child);
        sigaddset(&child, SIGCHLD);
        while ((result = waitpid(pid, wait_status, WNOHANG)) == 0) {
                if (sigtimedwait(&child, NULL, &limit) < 0 && errno == EAGAIN)
                        return waitpid(pid, wait_status, WNOHANG) == pid;
        }
        return result == pid;
}

static void read_stderr(struct run *run)
{
        FILE *file = fopen("stderr", "rb");

        if (!file)
                die("stderr");
        size_t size = fread(run->error, 1, sizeof(run->error) - 1, file);
        fclose(file);
        for (size_t i = 0; i < size; i++) {
                if (run->error[i] == 0)
                        run->error[i] = '?';
        }
        run->error[size] = 0;
}

static void execute(struct run *run, long limit_ms)
{
        int ends[2], in, wait_status = 0;

        setenv("ASAN_OPTIONS", run->leaks ? "exitcode=124:quarantine_size_mb=1" :
               "exitcode=124:quarantine_size_mb=1:detect_leaks=0", 1);
        if (pipe2(ends, O_CLOEXEC) < 0)
                die("pipe");
        in = run->open_pipe ? ends[0] : open(run->in, O_RDONLY | O_CLOEXEC);
        pid_t pid = start(run, in);
        if (!ended(pid, limit_ms, &wait_status)) {
                run->stopped = true;
                kill(pid, SIGINT);
                if (!ended(pid, PATIENCE_S * 1000, &wait_status)) {
                        kill(pid, SIGKILL);
                        waitpid(pid, NULL, 0);
                        run->status = -1;
                }
        }
        if (run->status == 0)
                run->status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) :
                              WEXITSTATUS(wait_status);
        if (in != ends[0])
                close(in);
        close(ends[0]);
        close(ends[1]);
        read_stderr(run);
}

/* What is wrong with how it ended; NULL if nothing is. */
static const char *judge(const struct run *run)
{
        if (strstr(run->error, "Sanitizer") || strstr(run->error, "runtime error"))
                return "a sanitizer found something";
        if (run->status == -1)
                return "it hung when it was told to stop";
        if (run->status == 130 && run->stopped)
                return NULL;
        if (run->status == 125 && !strstr(run->error, "minikvm: "))
                return "status 125, and no message";
        if (run->status == 126 && !strstr(run->error, ": crashed: "))
                return "status 126, and no message";
        if (run->status == 124 || (run->status > 126))
                return "a status that is none";
        return NULL;
}

/* Keeps what belongs to a run that failed (or was only to be made), where the user finds it. */
static void keep(const struct run *run, const char *folder)
{
        char command[4096];

        snprintf(command, sizeof(command), "mkdir -p '%s/%llu' && cp guest? '%s/%llu' && "
                 "{ [ ! -e stderr ] || cp stderr '%s/%llu'; }", folder,
                 (unsigned long long)run->seed, folder, (unsigned long long)run->seed,
                 folder, (unsigned long long)run->seed);
        if (system(command) != 0)
                die(folder);
}

static void describe(const struct run *run, const char *problem, const char *folder)
{
        printf("seed %llu: %s (status %d%s)\n  minikvm", (unsigned long long)run->seed, problem,
               run->status, run->stopped ? ", stopped" : "");
        for (int i = 1; run->arguments[i]; i++)
                printf(" %s", run->arguments[i]);
        printf(" <%s >%s\n  guests:", run->open_pipe ? "an open pipe" : run->in, run->out);
        for (int i = 0; i < run->guests; i++)
                printf(" %s%s", run->kinds[i], i + 1 < run->guests ? "," : "\n");
        printf("  kept in %s/%llu; again: make fuzz RUNS=1 SEED=%llu\n%.2000s\n", folder,
               (unsigned long long)run->seed, (unsigned long long)run->seed, run->error);
        fflush(stdout);
}

/* Counts how runs ended, for a line at the end: a fuzzer that stops everything finds nothing. */
struct tally {
        long failed, stopped, crashed, refused, other;
};

static void count(struct tally *tally, const struct run *run)
{
        if (run->stopped)
                tally->stopped++;
        else if (run->status == 126)
                tally->crashed++;
        else if (run->status == 125)
                tally->refused++;
        else
                tally->other++;
}

/* Where a run that takes the whole machine down can be found afterwards: its seed is written first.
 */
static void note_seed(const char *folder, uint64_t seed)
{
        char path[4096], text[24];
        int size = snprintf(text, sizeof(text), "%20llu\n", (unsigned long long)seed);
        static int fd = -1;

        snprintf(path, sizeof(path), "%s/last-seed", folder);
        if (fd < 0)
                fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (fd < 0 || pwrite(fd, text, size, 0) != size)
                die(path);
}

static long now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* How long a run may take: one and a half times what guests take that do nothing, and 0.1 s more.
 */
static long measure_limit_ms(char *program)
{
        static struct run run;
        long slowest = 0;

        write_file("guest1", (const uint8_t[]){0xF4}, 1);
        for (int i = 0; i < 3; i++) {
                long begin = now_ms();
                run = (struct run){.arguments = {program, "guest1", "guest1"}, .guests = 2,
                                   .in = "/dev/null", .out = "/dev/null"};
                execute(&run, PATIENCE_S * 1000);
                if (run.status != 0) {
                        fprintf(stderr, "fuzz: a guest that halts ended with %d\n%s\n", run.status,
                                run.error);
                        exit(125);
                }
                if (now_ms() - begin > slowest)
                        slowest = now_ms() - begin;
        }
        return slowest * 3 / 2 + 100;
}

static void fuzz(const struct options *options, struct tally *tally)
{
        static struct run run;
        long limit_ms = options->only_make ? 0 : measure_limit_ms(options->program);

        for (long i = 0; i < options->runs; i++) {
                note_seed(options->keep, options->seed + i);
                plan(&run, options->seed + i, options->program);
                if (!options->only_make)
                        execute(&run, limit_ms);
                const char *problem = options->only_make ? NULL : judge(&run);
                if (problem || options->only_make)
                        keep(&run, options->keep);
                if (problem)
                        describe(&run, problem, options->keep);
                tally->failed += problem != NULL;
                count(tally, &run);
        }
}

static struct options parse(int argc, char **argv)
{
        struct options options = {.runs = 100, .seed = 1, .keep = "."};
        int option;

        while ((option = getopt(argc, argv, "n:s:k:o")) != -1) {
                switch (option) {
                case 'n':
                        options.runs = atol(optarg);
                        break;
                case 's':
                        options.seed = strtoull(optarg, NULL, 0);
                        break;
                case 'k':
                        options.keep = realpath(optarg, NULL);
                        break;
                case 'o':
                        options.only_make = true;
                        break;
                default:
                        exit(125);
                }
        }
        if (argc - optind < 2 || !options.keep) {
                fputs("usage: fuzz [-n RUNS] [-s SEED] [-k FOLDER] [-o] PROGRAM REAL-GUEST...\n",
                      stderr);
                exit(125);
        }
        options.program = realpath(argv[optind++], NULL);
        while (optind < argc)
                generate_learn(argv[optind++]);
        return options;
}

int main(int argc, char **argv)
{
        struct options options = parse(argc, argv);
        struct tally tally = {0};
        char folder[] = "/tmp/fuzz.XXXXXX";
        sigset_t child;

        setenv("UBSAN_OPTIONS", "exitcode=124", 1);
        if (!options.program || !mkdtemp(folder) || chdir(folder) < 0)
                die(folder);
        sigemptyset(&child);
        sigaddset(&child, SIGCHLD);
        sigprocmask(SIG_BLOCK, &child, NULL);
        fuzz(&options, &tally);
        printf("%ld runs from seed %llu: %ld failed; %ld were stopped, %ld crashed, %ld were "
               "refused, "
               "%ld ended by themselves\n",
               options.runs, (unsigned long long)options.seed, tally.failed, tally.stopped,
               tally.crashed, tally.refused, tally.other);
        if (system("rm -f guest? stderr") == 0)
                rmdir(folder);
        return tally.failed != 0;
}
