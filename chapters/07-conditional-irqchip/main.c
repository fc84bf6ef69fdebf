/* main.c - the story: parse, open, run the guests, report. */
#include "minikvm.h"

#include <getopt.h>

static const char usage[] =
        "usage: minikvm [-v] [--stats] [--color=auto|always|never] GUEST [GUEST...]\n"
        "       minikvm --check\n"
        "       minikvm --help | --version\n"
        "\n"
        "  GUEST      a file: a flat image of 16-bit code or a 32-bit ELF file; up to four\n"
        "  -v         say on stderr what every exit of a guest was\n"
        "  --stats    say on stderr, at the end, how many exits there were and what they cost\n"
        "  --color    a colour for each guest: on a terminal (auto), always or never\n"
        "  --check    report what /dev/kvm can do here, and if it cannot, why\n"
        "\n"
        "Exit status: the guest's own (of several: the first that is not 0), 125 when minikvm\n"
        "could not do what was asked, 126 when a guest crashed, 128 + N when signal N ended it.\n";

struct options {
        bool trace;
        bool stats;
        const char *color;              /* when: auto, always or never */
        int count;                      /* of guests */
        char **paths;                   /* to their files */
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
                {"color", required_argument, NULL, 'c'},
                {"check", no_argument, NULL, 'k'},
                {"help", no_argument, NULL, 'h'},
                {"version", no_argument, NULL, 'V'},
                {0},
        };
        struct options options = {.color = "auto"};
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
                case 'c':
                        options.color = optarg;
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
        options.count = argc - optind;
        options.paths = argv + optind;
        if (options.count < 1 || options.count > MAX_GUESTS)
                wrong_usage("give me one to four guests");
        return options;
}

/* Messages call a guest by its file's name; guests of the same name get their number as well. */
static void name_guest(struct guest *guest, const struct options *options)
{
        const char *name = basename(options->paths[guest->number]);
        int same = 0;

        for (int i = 0; i < options->count; i++)
                same += strcmp(basename(options->paths[i]), name) == 0;
        copy_printable(guest->name, sizeof(guest->name) - 2, name);
        if (same > 1)
                snprintf(guest->name + strlen(guest->name), 3, "#%c", '1' + guest->number);
}

/* Makes all guests; false after a message. */
static bool make_guests(struct guest *guests, int kvm_fd, const struct options *options)
{
        for (int i = 0; i < options->count; i++) {
                guests[i].number = i;
                guests[i].trace = options->trace;
                guests[i].stats.wanted = options->stats;
                name_guest(&guests[i], options);
                if (!guest_create(&guests[i], kvm_fd, options->paths[i]))
                        return false;
        }
        return true;
}

int main(int argc, char **argv)
{
        struct options options = parse(argc, argv);
        struct guest guests[MAX_GUESTS] = {0};

        console_open();
        if (!console_set_color(options.color))
                wrong_usage("--color is auto, always or never");
        int kvm_fd = kvm_open();
        if (kvm_fd < 0 || !make_guests(guests, kvm_fd, &options))
                return STATUS_CANNOT;
        int status = guests_run(guests, options.count);
        console_reset(-1);
        for (int i = 0; i < options.count; i++)
                stats_print(&guests[i]);
        return status;
}
