/*
 * rules-test.c - do the rules catch what breaks them, and nothing else? Needs no KVM.
 *
 * For a guest in real mode, one in protected mode and one with paging, each in a state that breaks
 * no rule: breaks every rule in every register, and wants that one to be told (the same change may
 * break others as well).
 */
#include "rules.h"
#include "x86.h"

#include <stdio.h>
#include <string.h>

static int wrong;

struct test {
        const char *guest;
        struct state state;
        const char *rule, *register_name;
        bool found;
        int caught;
};

static void tell_wrong(void *context, const char *rule, const char *register_name,
                       const char *section, const char *demand)
{
        (void)section;
        printf("%s: a good state breaks %s %s: %s\n", (const char *)context, rule,
               register_name, demand);
        wrong++;
}

static void find(void *context, const char *rule, const char *register_name, const char *section,
                 const char *demand)
{
        struct test *test = context;

        (void)section;
        (void)demand;
        if (strcmp(rule, test->rule) == 0 && strcmp(register_name, test->register_name) == 0)
                test->found = true;
}

static void try(void *context, const char *rule, const char *register_name, const char *section,
                const char *demand)
{
        struct test *test = context;
        struct state state = test->state;

        (void)section;
        (void)demand;
        test->rule = rule;
        test->register_name = register_name;
        test->found = false;
        rules_break(&state, rule, register_name);
        rules_check(&state, find, test);
        if (!test->found) {
                printf("%s: %s %s was missed\n", test->guest, rule, register_name);
                wrong++;
        }
        test->caught += test->found;
}

static void run(const char *guest, const struct state *state)
{
        struct test test = {.guest = guest, .state = *state};

        rules_check(state, tell_wrong, (void *)guest);
        rules_list(state, try, &test);
        printf("%s: %d caught\n", guest, test.caught);
}

static struct kvm_segment segment(int selector, int type, unsigned int limit, int is_system)
{
        return (struct kvm_segment){
                .selector = selector,
                .limit = limit,
                .type = type,
                .s = !is_system,
                .present = 1,
                .db = limit > 0xFFFF,
                .g = limit > 0xFFFFF,
        };
}

int main(void)
{
        struct kvm_segment data16 = segment(0, SEG_TYPE_DATA_RWA, 0xFFFF, 0);
        struct kvm_segment data32 = segment(0x10, SEG_TYPE_DATA_RWA, 0xFFFFFFFF, 0);
        struct state real = {
                .sregs = {
                        .cs = segment(0x1234, SEG_TYPE_CODE_ERA, 0xFFFF, 0),
                        .ds = data16, .es = data16, .ss = data16, .fs = data16, .gs = data16,
                        .tr = segment(0, SEG_TYPE_TSS32_BUSY, 0xFFFF, 1),
                        .ldt = segment(0, SEG_TYPE_LDT, 0xFFFF, 1),
                        .gdt = {.limit = 0xFFFF}, .idt = {.limit = 0xFFFF},
                        .cr0 = CR0_CD | CR0_NW | CR0_ET,
                },
                .regs = {.rip = 0xFFF0, .rflags = EFLAGS_FIXED},
        };
        real.sregs.cs.base = 0x12340;
        struct state flat = real;
        flat.sregs.cr0 = CR0_PE | CR0_ET | CR0_NE;
        flat.sregs.cs = segment(0x08, SEG_TYPE_CODE_ERA, 0xFFFFFFFF, 0);
        flat.sregs.ds = flat.sregs.es = flat.sregs.ss = data32;
        flat.sregs.fs = flat.sregs.gs = flat.sregs.ldt = (struct kvm_segment){.unusable = 1};
        flat.sregs.tr = segment(0x28, SEG_TYPE_TSS32_BUSY, 0x67, 1);
        struct state paged = flat;
        paged.sregs.cr0 |= CR0_PG | CR0_WP;
        paged.sregs.cr3 = 0xFFFFFF000;
        paged.sregs.cr4 = CR4_PSE | CR4_PGE;
        paged.sregs.ldt = segment(0x30, SEG_TYPE_LDT, 0x17, 1);
        paged.sregs.fs = paged.sregs.gs = data32;
        paged.regs.rip = 0x80100000;
        paged.regs.rflags |= EFLAGS_IF;

        run("real mode", &real);
        run("protected mode", &flat);
        run("paging", &paged);
        return wrong > 0;
}
