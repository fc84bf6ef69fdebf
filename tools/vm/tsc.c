/*
 * Prints the frequency of this CPU's time stamp counter, in kHz. QEMU hands the counter through,
 * and the VM's kernel cannot measure it reliably while this machine is busy; without a frequency,
 * KVM in the VM would never enter a guest.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

static uint64_t nanoseconds(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC_RAW, &now);
        return now.tv_sec * 1000000000ull + now.tv_nsec;
}

int main(void)
{
        uint64_t start = nanoseconds();
        uint64_t ticks = __rdtsc();
        uint64_t passed;

        do
                passed = nanoseconds() - start;
        while (passed < 20000000);
        printf("%llu\n", (unsigned long long)((__rdtsc() - ticks) * 1000000 / passed));
        return 0;
}
