/* main.c - the story: parse, open, run the guest. */
#include "minikvm.h"

#include <time.h>

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

/* Ends the program, with 125 if what it printed did not get out. */
static _Noreturn void finish(int status)
{
        if (fflush(stdout) == EOF) {
                call_failed("output", "write to stdout");
                status = STATUS_CANNOT;
        }
        exit(status);
}

/* Reads the command line; ends the program for all but running the guest. */
static void parse(int argc, char **argv)
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
        bool is_check = strcmp(argument, "--check") == 0;
        if (argc == 2 && is_check)
                finish(kvm_report());
        if (argc > 1) {
                fprintf(stderr, "minikvm: what is %s?\n%s", is_check ? argv[2] : argument, usage);
                finish(STATUS_CANNOT);
        }
}

static double microseconds(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

/* Puts the guest into its memory, runs it to its first exit, shows what that changed. */
static bool run_one_byte(struct guest *guest, double start)
{
        static const uint8_t image[] = {0xF4};          /* HLT */

        memcpy(guest->vm.mem + REAL_MODE_SEGMENT * 16, image, sizeof(image));
        if (!vcpu_set_real_mode(guest))
                return false;
        puts("The guest is one byte, f4 (HLT). Its vCPU before:");
        if (!vcpu_print(guest, stdout) || !vcpu_enter(guest))
                return false;

        double end = microseconds();
        printf("KVM_RUN came back with %s. Its vCPU after:\n",
               exit_name(guest->vcpu.run->exit_reason));
        if (!vcpu_print(guest, stdout))
                return false;
        printf("%.0f microseconds from opening /dev/kvm to the exit.\n", end - start);
        return true;
}

/* A guest's whole life: its machine is made, runs, is torn down. */
static bool run_guest(int kvm_fd, double start)
{
        struct guest guest = {.name = "one byte", .vcpu.fd = -1};

        bool ok = vm_create(&guest.vm, kvm_fd, guest.name, REAL_MODE_RAM) &&
                  vcpu_create(&guest, kvm_fd) && run_one_byte(&guest, start);
        vcpu_destroy(&guest);
        vm_destroy(&guest.vm);
        return ok;
}

int main(int argc, char **argv)
{
        parse(argc, argv);

        double start = microseconds();
        int kvm_fd = kvm_open();
        if (kvm_fd < 0 || !run_guest(kvm_fd, start))
                finish(STATUS_CANNOT);
        finish(0);
}
