/* stats.c - --stats: exits by reason, and where the time went. */
#include "minikvm.h"

#include <time.h>

static uint64_t now_ns(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * 1000000000ull + now.tv_nsec;
}

void stats_enter(struct stats *stats, enum place place)
{
        if (!stats->wanted)
                return;
        uint64_t now = now_ns();
        if (stats->since_ns)
                stats->ns[stats->place] += now - stats->since_ns;
        stats->since_ns = now;
        stats->place = place;
}

void stats_count(struct stats *stats, uint32_t reason)
{
        stats->total++;
        stats->exits[reason < EXIT_REASONS ? reason : KVM_EXIT_UNKNOWN]++;
}

void stats_print(const struct guest *guest)
{
        const struct stats *stats = &guest->stats;
        uint64_t ns[] = {stats->ns[IN_VMM], stats->ns[IN_GUEST], 0};
        enum place place = stats->place;

        if (!stats->wanted || stats->since_ns == 0)     /* it never ran */
                return;
        ns[place] += now_ns() - stats->since_ns;        /* it may still run, until we end */
        double seconds = (ns[IN_VMM] + ns[IN_GUEST]) / 1e9;
        flockfile(stderr);
        fprintf(stderr, "minikvm: %s: %llu exits", guest->name, stats->total);
        for (uint32_t reason = 0; reason < EXIT_REASONS; reason++) {
                if (stats->exits[reason])
                        fprintf(stderr, ", %llu %s", stats->exits[reason], exit_name(reason));
        }
        fprintf(stderr, "; %.3f ms in the guest, %.3f ms in the VMM, %.0f exits/s\n",
                ns[IN_GUEST] / 1e6, ns[IN_VMM] / 1e6, seconds ? stats->total / seconds : 0.0);
        funlockfile(stderr);
}
