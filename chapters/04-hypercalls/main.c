/* main.c - the story: parse, open, run the guest, report. */
#include "minikvm.h"
#include "hypercalls.h"

#include <getopt.h>

static const char usage[] =
        "usage: minikvm [-v] [--stats] GUEST\n"
        "       minikvm --check\n"
        "       minikvm --help | --version\n"
        "\n"
        "  GUEST      a file: a flat image of 16-bit code\n"
        "  -v         say on stderr what every exit of the guest was\n"
        "  --stats    say on stderr, at the end, how many exits there were and what they cost\n"
        "  --check    report what /dev/kvm can do here, and if it cannot, why\n"
        "\n"
        "Exit status: the guest's own, 125 when minikvm could not do what was asked,\n"
        "126 when the guest crashed.\n";

struct options {
        bool trace;
        bool stats;
        const char *path;               /* to the guest's file */
};

/* Ends the program, with 125 if what it printed did not get out. */
static _Noreturn void finish(int status)
{
        if (fflush(stdout) == EOF) {
                call_failed("output", "write to stdout");
                status = STATUS_CANNOT;
        }
        exit(status);
}

static _Noreturn void wrong_usage(const char *reason)
{
        fprintf(stderr, "minikvm: %s\n%s", reason, usage);
        finish(STATUS_CANNOT);
}

/* Reads the command line: returns what to run, ends the program for all else. */
static struct options parse(int argc, char **argv)
{
        static const struct option long_options[] = {
                {"stats", no_argument, NULL, 's'},
                {"check", no_argument, NULL, 'k'},
                {"help", no_argument, NULL, 'h'},
                {"version", no_argument, NULL, 'V'},
                {0},
        };
        struct options options = {0};
        int option;

        argv[0] = "minikvm";            /* getopt begins its messages with it */
        while ((option = getopt_long(argc, argv, "v", long_options, NULL)) != -1) {
                switch (option) {
                case 'v':
                        options.trace = true;
                        break;
                case 's':
                        options.stats = true;
                        break;
                case 'k':
                        if (argc > 2)
                                wrong_usage("--check stands alone");
                        finish(kvm_report());
                case 'h':
                        fputs(usage, stdout);
                        finish(0);
                case 'V':
                        puts("minikvm 1.0 (" CHAPTER ")");
                        finish(0);
                default:
                        finish(STATUS_CANNOT);
                }
        }
        if (argc - optind != 1)
                wrong_usage("give me one guest");
        options.path = argv[optind];
        return options;
}

/* A guest's whole life: its machine is made, runs, is torn down. Returns its exit status. */
static int run_guest(int kvm_fd, const struct options *options)
{
        struct guest guest = {
                .vcpu.fd = -1,
                .status = STATUS_CANNOT,        /* until it ends in another way */
                .hypercall_result = HC_ERROR,
                .trace = options->trace,
                .stats.wanted = options->stats,
        };

        copy_printable(guest.name, sizeof(guest.name), basename(options->path));
        if (vm_create(&guest.vm, kvm_fd, guest.name, REAL_MODE_RAM) &&
            loader_load(&guest, options->path) && vcpu_create(&guest, kvm_fd) &&
            vcpu_set_real_mode(&guest))
                vcpu_run(&guest);
        vcpu_destroy(&guest);
        vm_destroy(&guest.vm);
        stats_print(&guest);
        return guest.status;
}

int main(int argc, char **argv)
{
        struct options options = parse(argc, argv);

        console_open();
        int kvm_fd = kvm_open();
        return kvm_fd < 0 ? STATUS_CANNOT : run_guest(kvm_fd, &options);
}
