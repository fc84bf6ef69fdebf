/* rules.h - what Intel's VM entry demands of a guest's state. */
#ifndef RULES_H
#define RULES_H

#include <linux/kvm.h>
#include <stdbool.h>

/* All of a guest's state that the rules speak of, as KVM's own structures have it. */
struct state {
        struct kvm_sregs sregs;
        struct kvm_regs regs;
        struct kvm_mp_state activity;
};

/* Called for every rule and register that a state breaks; register_name is "" for other rules. */
typedef void report(void *context, const char *rule, const char *register_name, const char *section,
                    const char *demand);

/* Returns how many of the rules the state breaks. */
int rules_check(const struct state *state, report *tell, void *context);

/* Changes the state so that it breaks one rule, in one register; false when there is no such rule
 * for a guest in this mode. */
bool rules_break(struct state *state, const char *rule, const char *register_name);

/* Calls this for every pair of rule and register that holds for a guest in this mode. */
void rules_list(const struct state *state, report *tell, void *context);

#endif
