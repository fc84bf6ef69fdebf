/* main.c - the story: parse, open, run the guest. */
#include "minikvm.h"

static const char usage[] =
        "usage: minikvm GUEST\n"
        "       minikvm --check\n"
        "       minikvm --help | --version\n"
        "\n"
        "  GUEST      a file: a flat image of 16-bit code\n"
        "  --check    report what /dev/kvm can do here, and if it cannot, why\n"
        "\n"
        "Exit status: the guest's own, 125 when minikvm could not do what was asked,\n"
        "126 when the guest crashed.\n";

/* Ends the program, with 125 if what it printed did not get out. */
static _Noreturn void finish(int status)
{
        if (fflush(stdout) == EOF) {
                call_failed("output", "write to stdout");
                status = STATUS_CANNOT;
        }
        exit(status);
}

/* Reads the command line: returns the guest's file, ends the program for all else. */
static const char *parse(int argc, char **argv)
{
        const char *argument = argc > 1 ? argv[1] : "";

        if (strcmp(argument, "--help") == 0) {
                fputs(usage, stdout);
                finish(0);
        }
        if (strcmp(argument, "--version") == 0) {
                puts("minikvm 1.0 (" CHAPTER ")");
                finish(0);
        }
        if (argc == 2 && strcmp(argument, "--check") == 0)
                finish(kvm_report());
        if (argc != 2 || argument[0] == '-') {
                fprintf(stderr, "minikvm: %s?\n%s", argc == 2 ? argument : "which guest", usage);
                finish(STATUS_CANNOT);
        }
        return argument;
}

/* A guest's whole life: its machine is made, runs, is torn down. Returns its exit status. */
static int run_guest(int kvm_fd, const char *path)
{
        struct guest guest = {
                .vcpu.fd = -1,
                .status = STATUS_CANNOT,        /* until it ends in another way */
        };

        copy_printable(guest.name, sizeof(guest.name), basename(path));
        if (vm_create(&guest.vm, kvm_fd, guest.name, REAL_MODE_RAM) && loader_load(&guest, path) &&
            vcpu_create(&guest, kvm_fd) && vcpu_set_real_mode(&guest))
                vcpu_run(&guest);
        vcpu_destroy(&guest);
        vm_destroy(&guest.vm);
        return guest.status;
}

int main(int argc, char **argv)
{
        const char *path = parse(argc, argv);

        console_open();
        int kvm_fd = kvm_open();
        return kvm_fd < 0 ? STATUS_CANNOT : run_guest(kvm_fd, path);
}
