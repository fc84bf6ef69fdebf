/* rules.c - looks at a guest's state with the eyes of Intel's VM entry. rules.def has the rules. */
#include "rules.h"
#include "x86.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Names that only the rules need. */
#define CR4_EVERYWHERE          0x7FF           /* VME to OSXMMEXCPT: older than VMX, all of them */
#define CR4_PCIDE               0x00020000
#define EFER_SCE                0x001
#define EFER_LME                0x100
#define EFER_LMA                0x400
#define EFER_NXE                0x800
#define RFLAGS_RESERVED         (~0x3FFFFFull | 1 << 15 | 1 << 5 | 1 << 3)
#define TYPE_ACCESSED           1
#define TYPE_READABLE           2
#define TYPE_CODE               8

/* The sections that the rules are from. */
#define CONTROL         "SDM 3C, Checks on Guest Control Registers, Debug Registers, and MSRs"
#define SEGMENTS        "SDM 3C, Checks on Guest Segment Registers"
#define TABLES          "SDM 3C, Checks on Guest Descriptor-Table Registers"
#define RIP             "SDM 3C, Checks on Guest RIP, RSP, RFLAGS, and SSP"
#define OTHER           "SDM 3C, Checks on Guest Non-Register State"

enum { REAL = 1, PROTECTED = 2, ANY = REAL | PROTECTED };
enum { CS = 1, SS = 2, DS = 4, ES = 8, FS = 16, GS = 32, TR = 64, LDTR = 128 };
enum { CODE_OR_DATA = CS | SS | DS | ES | FS | GS, ALL = CODE_OR_DATA | TR | LDTR };

/* In the order of the bits above. */
static const struct {
        const char *name;
        size_t offset;
} registers[] = {
        {"CS", offsetof(struct state, sregs.cs)}, {"SS", offsetof(struct state, sregs.ss)},
        {"DS", offsetof(struct state, sregs.ds)}, {"ES", offsetof(struct state, sregs.es)},
        {"FS", offsetof(struct state, sregs.fs)}, {"GS", offsetof(struct state, sregs.gs)},
        {"TR", offsetof(struct state, sregs.tr)}, {"LDTR", offsetof(struct state, sregs.ldt)},
};
enum { REGISTERS = sizeof(registers) / sizeof(registers[0]) };

/* The highest of the 48 bits goes on in all bits above it. */
static bool is_canonical(uint64_t address)
{
        return (int64_t)(address << 16) >> 16 == (int64_t)address;
}

static bool is_code_accessed(const struct kvm_segment *segment)
{
        return segment->type & TYPE_CODE && segment->type & TYPE_ACCESSED;
}

/* An unusable register is not looked at; CS and TR always are. */
static bool must_be_good(const struct state *state, const struct kvm_segment *segment)
{
        return segment == &state->sregs.cs || segment == &state->sregs.tr || !segment->unusable;
}

/* KVM has a byte for each field, and the manual fewer bits. */
static bool fields_fit(const struct kvm_segment *segment)
{
        return segment->type <= 15 && segment->dpl <= 3 && segment->s <= 1 &&
               segment->present <= 1 && segment->avl <= 1 && segment->l <= 1 && segment->db <= 1 &&
               segment->g <= 1;
}

static bool padding_is_0(const struct kvm_dtable *table)
{
        return !table->padding[0] && !table->padding[1] && !table->padding[2];
}

/* Two functions for each rule: name_holds() and name_corrupt(). */
#define UNUSED __attribute__((unused))
#define RULE(name, section, modes, registers, demand, holds, corrupt)                              \
        static bool name##_holds(const struct state *s UNUSED, const struct kvm_segment *r UNUSED) \
        {                                                                                          \
                return holds;                                                                      \
        }                                                                                          \
        static void name##_corrupt(struct state *s UNUSED, struct kvm_segment *r UNUSED)           \
        {                                                                                          \
                corrupt;                                                                           \
        }
#include "rules.def"
#undef RULE

static const struct rule {
        const char *name, *section, *demand;
        int modes, registers;
        bool (*holds)(const struct state *state, const struct kvm_segment *segment);
        void (*corrupt)(struct state *state, struct kvm_segment *segment);
} rules[] = {
#define RULE(name, section, modes, registers, demand, holds, corrupt)                              \
        {#name, section, demand, modes, registers, name##_holds, name##_corrupt},
#include "rules.def"
#undef RULE
};
enum { RULES = sizeof(rules) / sizeof(rules[0]) };

static bool applies(const struct rule *rule, const struct state *state)
{
        return rule->modes & (state->sregs.cr0 & CR0_PE ? PROTECTED : REAL);
}

/* A rule's next register, from i on; REGISTERS stands for a rule without any, -1 is the end. */
static int next_register(const struct rule *rule, int i)
{
        if (rule->registers == 0)
                return i == 0 ? REGISTERS : -1;
        for (; i < REGISTERS; i++) {
                if (rule->registers & 1 << i)
                        return i;
        }
        return -1;
}

static const char *name_of(int i)
{
        return i == REGISTERS ? "" : registers[i].name;
}

static struct kvm_segment *segment_of(struct state *state, int i)
{
        return i == REGISTERS ? NULL : (struct kvm_segment *)((char *)state + registers[i].offset);
}

int rules_check(const struct state *state, report *tell, void *context)
{
        struct state copy = *state;
        int broken = 0;

        for (const struct rule *rule = rules; rule < rules + RULES; rule++) {
                if (!applies(rule, state))
                        continue;
                for (int i = 0; (i = next_register(rule, i)) >= 0; i++) {
                        if (rule->holds(&copy, segment_of(&copy, i)))
                                continue;
                        tell(context, rule->name, name_of(i), rule->section, rule->demand);
                        broken++;
                }
        }
        return broken;
}

bool rules_break(struct state *state, const char *name, const char *register_name)
{
        for (const struct rule *rule = rules; rule < rules + RULES; rule++) {
                if (strcmp(rule->name, name) != 0 || !applies(rule, state))
                        continue;
                for (int i = 0; (i = next_register(rule, i)) >= 0; i++) {
                        if (strcmp(name_of(i), register_name) != 0)
                                continue;
                        rule->corrupt(state, segment_of(state, i));
                        return true;
                }
        }
        return false;
}

void rules_list(const struct state *state, report *tell, void *context)
{
        for (const struct rule *rule = rules; rule < rules + RULES; rule++) {
                if (!applies(rule, state))
                        continue;
                for (int i = 0; (i = next_register(rule, i)) >= 0; i++)
                        tell(context, rule->name, name_of(i), rule->section, rule->demand);
        }
}
