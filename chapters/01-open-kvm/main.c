/* main.c - the story: parse, open, report. */
#include "minikvm.h"

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
                call_failed("output", "write to stdout");
                status = STATUS_CANNOT;
        }
        exit(status);
}

/* Reads the command line; ends the program for --help, --version and mistakes. */
static void parse(int argc, char **argv)
{
        const char *argument = argc > 1 ? argv[1] : "--check";

        if (strcmp(argument, "--help") == 0) {
                fputs(usage, stdout);
                finish(0);
        }
        if (strcmp(argument, "--version") == 0) {
                puts("minikvm 1.0 (" CHAPTER ")");
                finish(0);
        }
        bool is_check = strcmp(argument, "--check") == 0;
        if (argc > 2 || !is_check) {
                fprintf(stderr, "minikvm: what is %s?\n%s", is_check ? argv[2] : argument, usage);
                finish(STATUS_CANNOT);
        }
}

int main(int argc, char **argv)
{
        parse(argc, argv);
        finish(kvm_report());
}
