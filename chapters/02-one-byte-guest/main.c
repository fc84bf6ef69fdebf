/* main.c - the story: parse, open, run the guest. */
#include "minikvm.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
        "usage: minikvm\n"
        "       minikvm --check\n"
        "       minikvm --help | --version\n"
        "\n"
        "Runs a guest of one byte, which is built in.\n"
        "\n"
        "  --check    report what /dev/kvm can do here, and if it cannot, why\n"
        "\n"
        "Exit status: 0, or 125 when minikvm could not do what was asked.\n";

struct options {
        bool check;
};

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
static struct options parse_options(int argc, char **argv)
{
        static const struct option long_options[] = {
                {"check", no_argument, NULL, 'c'},
                {"help", no_argument, NULL, 'h'},
                {"version", no_argument, NULL, 'V'},
                {0},
        };
        struct options options = {0};
        int option;

        argv[0] = "minikvm";            /* getopt begins its messages with it */
        while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
                switch (option) {
                case 'c':
                        options.check = true;
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
        return options;
}

static double microseconds(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

/* Puts the guest into its memory, runs it to its first exit and shows what that did to its registers. */
static bool run_one_byte(struct guest *guest, double start)
{
        static const uint8_t image[] = {0xF4};          /* HLT */

        memcpy(guest->vm->mem + guest->segment * 16, image, sizeof(image));
        if (!vcpu_set_real_mode(guest))
                return false;
        puts("The guest is one byte, f4 (HLT). Its registers before:");
        if (!vcpu_print_regs(guest, stdout) || !vcpu_enter(guest))
                return false;

        double end = microseconds();
        printf("KVM_RUN came back with %s. Its registers after:\n",
               exit_name(guest->vcpu.run->exit_reason));
        if (!vcpu_print_regs(guest, stdout))
                return false;
        printf("%.0f microseconds from opening /dev/kvm to the exit.\n", end - start);
        return true;
}

/* A guest's whole life: make a machine for it, run it, tear the machine down. */
static bool run_guest(int kvm_fd, double start)
{
        struct guest guest = {.name = "one byte", .segment = REAL_MODE_SEGMENT};

        guest.vm = vm_create(kvm_fd, guest.name, REAL_MODE_RAM);
        if (!guest.vm)
                return false;
        bool ok = vcpu_create(&guest, kvm_fd, 0) && run_one_byte(&guest, start);
        vcpu_destroy(&guest);
        vm_destroy(guest.vm);
        return ok;
}

int main(int argc, char **argv)
{
        struct options options = parse_options(argc, argv);
        if (options.check)
                finish(kvm_report());

        double start = microseconds();
        int kvm_fd = kvm_open();
        if (kvm_fd < 0)
                finish(STATUS_CANNOT);
        bool ok = run_guest(kvm_fd, start);
        close(kvm_fd);
        finish(ok ? 0 : STATUS_CANNOT);
}
