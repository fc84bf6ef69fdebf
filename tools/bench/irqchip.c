/*
 * irqchip.c - what do interrupt controllers and a timer cost? irqchip ROUNDS
 *
 * Makes and destroys VMs with one vCPU, in turn: bare, with KVM_CREATE_IRQCHIP, and with
 * KVM_CREATE_PIT2 as well. Prints, in microseconds, the median and the quartiles of both times.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static const struct kind {
        const char *name;
        bool irqchip, pit;
} kinds[] = {
        {"neither", false, false},
        {"IRQCHIP", true, false},
        {"IRQCHIP and PIT2", true, true},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static double now_us(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static int checked(int result, const char *what)
{
        if (result < 0) {
                perror(what);
                exit(1);
        }
        return result;
}

/* Makes a VM and destroys it; says how long each of the two took. */
static void make_one(int kvm_fd, const struct kind *kind, double *creation, double *destruction)
{
        struct kvm_pit_config pit = {0};
        double begin = now_us();
        int vm = checked(ioctl(kvm_fd, KVM_CREATE_VM, 0), "KVM_CREATE_VM");

        if (kind->irqchip)
                checked(ioctl(vm, KVM_CREATE_IRQCHIP, 0), "KVM_CREATE_IRQCHIP");
        if (kind->pit)
                checked(ioctl(vm, KVM_CREATE_PIT2, &pit), "KVM_CREATE_PIT2");
        int vcpu = checked(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
        double made = now_us();
        close(vcpu);
        close(vm);
        *creation = made - begin;
        *destruction = now_us() - made;
}

static int compare(const void *a, const void *b)
{
        double difference = *(const double *)a - *(const double *)b;

        return (difference > 0) - (difference < 0);
}

static void print_quartiles(const char *what, double *times, int count)
{
        qsort(times, count, sizeof(times[0]), compare);
        printf("  %s %7.0f us (%.0f to %.0f)", what, times[count / 2], times[count / 4],
               times[count * 3 / 4]);
}

int main(int argc, char **argv)
{
        int rounds = argc == 2 ? atoi(argv[1]) : 0;
        int kvm_fd = checked(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
        double *times[KINDS][2];

        if (rounds < 1) {
                fputs("usage: irqchip ROUNDS\n", stderr);
                return 1;
        }
        for (int kind = 0; kind < KINDS; kind++) {
                times[kind][0] = calloc(rounds, sizeof(double));
                times[kind][1] = calloc(rounds, sizeof(double));
        }
        for (int i = -1; i < rounds; i++) {             /* the first round only warms up */
                for (int kind = 0; kind < KINDS; kind++) {
                        int n = i < 0 ? 0 : i;
                        make_one(kvm_fd, &kinds[kind], &times[kind][0][n], &times[kind][1][n]);
                }
        }
        for (int kind = 0; kind < KINDS; kind++) {
                printf("%-18s", kinds[kind].name);
                print_quartiles("made in", times[kind][0], rounds);
                print_quartiles("destroyed in", times[kind][1], rounds);
                putchar('\n');
        }
        return 0;
}
