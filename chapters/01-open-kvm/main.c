/* main.c - the story: parse, open, report. */
#include "minikvm.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
        "usage: minikvm [--check]\n"
        "       minikvm --help | --version\n"
        "\n"
        "  --check    report what /dev/kvm can do here, and if it cannot, why\n"
        "\n"
        "Exit status: 0, or 125 when minikvm could not do what was asked.\n";

/* Ends the program, with 125 if what it printed did not get out. */
static _Noreturn void finish(int status)
{
        if (fflush(stdout) == EOF) {
                perror("minikvm: cannot write to stdout");
                status = STATUS_CANNOT;
        }
        exit(status);
}

/* Reads the options; ends the program for --help, --version and mistakes. */
static void parse_options(int argc, char **argv)
{
        static const struct option long_options[] = {
                {"check", no_argument, NULL, 'c'},
                {"help", no_argument, NULL, 'h'},
                {"version", no_argument, NULL, 'V'},
                {0},
        };
        int option;

        argv[0] = "minikvm";            /* getopt begins its messages with it */
        while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
                switch (option) {
                case 'c':
                        break;
                case 'h':
                        fputs(usage, stdout);
                        finish(0);
                case 'V':
                        puts("minikvm 1.0 (" CHAPTER ")");
                        finish(0);
                default:
                        fputs("minikvm: see minikvm --help\n", stderr);
                        exit(STATUS_CANNOT);
                }
        }
        if (optind < argc) {
                fprintf(stderr, "minikvm: %s: this chapter takes no guest\n", argv[optind]);
                exit(STATUS_CANNOT);
        }
}

int main(int argc, char **argv)
{
        parse_options(argc, argv);
        finish(kvm_report());
}
