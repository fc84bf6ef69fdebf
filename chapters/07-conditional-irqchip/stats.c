/* stats.c - --stats: exits by reason, and where the time went. */
#include "minikvm.h"

#include <time.h>

void stats_lap(struct stats *stats, uint64_t *ns)
{
        struct timespec now;
        uint64_t last = stats->lap_ns;

        if (!stats->wanted)
                return;
        clock_gettime(CLOCK_MONOTONIC, &now);
        stats->lap_ns = now.tv_sec * 1000000000ull + now.tv_nsec;
        if (last)
                *ns += stats->lap_ns - last;
}

void stats_count(struct stats *stats, uint32_t reason)
{
        stats->total++;
        stats->exits[reason < EXIT_REASONS ? reason : KVM_EXIT_UNKNOWN]++;
}

void stats_print(const struct guest *guest)
{
        const struct stats *stats = &guest->stats;
        uint64_t ns = stats->guest_ns + stats->vmm_ns;

        if (!stats->wanted)
                return;
        fprintf(stderr, "minikvm: %s: %llu exits", guest->name, stats->total);
        for (uint32_t reason = 0; reason < EXIT_REASONS; reason++) {
                if (stats->exits[reason])
                        fprintf(stderr, ", %llu %s", stats->exits[reason], exit_name(reason));
        }
        fprintf(stderr, "; %.3f ms in the guest, %.3f ms in the VMM, %.0f exits/s\n",
                stats->guest_ns / 1e6, stats->vmm_ns / 1e6, ns ? stats->total * 1e9 / ns : 0.0);
}
