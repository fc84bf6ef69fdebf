/*
 * shim.c - stands between minikvm and KVM, by LD_PRELOAD, and looks at every ioctl.
 *
 * Before a vCPU's first KVM_RUN it checks what the guest starts with against rules.def: once as it
 * was handed to KVM_SET_SREGS and KVM_SET_REGS, once as KVM has it. A state that Intel's VM entry
 * would refuse is told on stderr and ends the program by SIGABRT.
 *
 *      SHIM_LOG=FILE           writes down each ioctl: what it was for, its name, its argument
 *      SHIM_BREAK=RULE[:REG]   breaks this rule (in this register) in what is checked
 *      SHIM_BREAK=all          checks once for each rule and register, with that one broken, and
 *                              tells which were caught and which missed; then the guest runs
 */
#include "rules.h"
#include "x86.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum argument { NOTHING, NUMBER, ADDRESS, REGION };

static const struct call {
        unsigned long request;
        const char *name;
        enum argument argument;
} calls[] = {
        {KVM_GET_API_VERSION, "KVM_GET_API_VERSION", NOTHING},
        {KVM_CHECK_EXTENSION, "KVM_CHECK_EXTENSION", NUMBER},
        {KVM_GET_VCPU_MMAP_SIZE, "KVM_GET_VCPU_MMAP_SIZE", NOTHING},
        {KVM_CREATE_VM, "KVM_CREATE_VM", NOTHING},
        {KVM_SET_TSS_ADDR, "KVM_SET_TSS_ADDR", NUMBER},
        {KVM_SET_IDENTITY_MAP_ADDR, "KVM_SET_IDENTITY_MAP_ADDR", ADDRESS},
        {KVM_SET_USER_MEMORY_REGION, "KVM_SET_USER_MEMORY_REGION", REGION},
        {KVM_CREATE_IRQCHIP, "KVM_CREATE_IRQCHIP", NOTHING},
        {KVM_CREATE_PIT2, "KVM_CREATE_PIT2", NOTHING},
        {KVM_IRQ_LINE, "KVM_IRQ_LINE", NOTHING},
        {KVM_CREATE_VCPU, "KVM_CREATE_VCPU", NUMBER},
        {KVM_GET_REGS, "KVM_GET_REGS", NOTHING},
        {KVM_SET_REGS, "KVM_SET_REGS", NOTHING},
        {KVM_GET_SREGS, "KVM_GET_SREGS", NOTHING},
        {KVM_SET_SREGS, "KVM_SET_SREGS", NOTHING},
        {KVM_RUN, "KVM_RUN", NOTHING},
        {0},
};

/* What is known of a file descriptor that KVM gave. */
enum { FDS = 64 };
static struct kvm_fd {
        char name[16];                  /* "vm1", "vm1/vcpu0" */
        int vcpus;
        struct kvm_sregs reset;         /* a vCPU's state when it was made */
        struct state handed;            /* what was last set */
        bool has_run;
} fds[FDS];

static int vms;

static int real_ioctl(int fd, unsigned long request, void *argument)
{
        return syscall(SYS_ioctl, fd, request, argument);
}

static _Noreturn void give_up(const char *reason)
{
        fprintf(stderr, "shim: %s\n", reason);
        abort();
}

/* KVM_RUN is written down only once for each vCPU. */
static void write_down(const struct call *call, const char *name, const void *argument)
{
        const struct kvm_userspace_memory_region *region = argument;
        const char *path = getenv("SHIM_LOG");
        char line[128];
        int n = snprintf(line, sizeof(line), "%s %s", name, call->name);

        if (!path)
                return;
        if (call->argument == NUMBER)
                n += sprintf(line + n, " %#lx", (unsigned long)argument);
        else if (call->argument == ADDRESS)
                n += sprintf(line + n, " %#llx", (unsigned long long)*(const uint64_t *)argument);
        else if (call->argument == REGION)
                n += sprintf(line + n, " %#llx %#llx", region->guest_phys_addr,
                             region->memory_size);
        line[n++] = '\n';
        int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (log < 0 || write(log, line, n) != n)
                give_up("SHIM_LOG cannot be written");
        close(log);
}

/*
 * AMD's KVM makes vCPUs whose CS and SS are not marked as accessed, where Intel's marks them. In
 * real mode they stay as KVM made them: that is not for us to judge.
 */
static void as_intel_makes_it(struct state *state, const struct kvm_sregs *reset)
{
        if (state->sregs.cr0 & CR0_PE)
                return;
        if (state->sregs.cs.type == reset->cs.type)
                state->sregs.cs.type |= 1;
        if (state->sregs.ss.type == reset->ss.type)
                state->sregs.ss.type |= 1;
}

static void tell_broken(void *context, const char *rule, const char *register_name,
                        const char *section, const char *demand)
{
        fprintf(stderr, "shim: %s breaks %s%s%s: %s (%s)\n", (const char *)context, rule,
                *register_name ? ":" : "", register_name, demand, section);
}

/* Breaks RULE or RULE:REGISTER. */
static void break_rule(struct state *state, const char *what)
{
        char rule[32] = "";
        char register_name[8] = "";

        sscanf(what, "%31[^:]:%7s", rule, register_name);
        if (!rules_break(state, rule, register_name))
                give_up("SHIM_BREAK: no such rule for this guest, or not for this register");
}

struct search {
        const struct state *state;
        const char *rule, *register_name;
        bool found;
};

static void find_broken(void *context, const char *rule, const char *register_name,
                        const char *section, const char *demand)
{
        struct search *search = context;

        (void)section;
        (void)demand;
        if (strcmp(rule, search->rule) == 0 && strcmp(register_name, search->register_name) == 0)
                search->found = true;
}

static void try_rule(void *context, const char *rule, const char *register_name,
                     const char *section, const char *demand)
{
        struct state state = *(const struct state *)context;
        struct search search = {&state, rule, register_name, false};

        (void)section;
        (void)demand;
        rules_break(&state, rule, register_name);
        rules_check(&state, find_broken, &search);
        fprintf(stderr, "shim: %s %s%s%s\n", search.found ? "caught" : "MISSED", rule,
                *register_name ? ":" : "", register_name);
}

/* Does all that SHIM_BREAK asks for; false when the guest must not run. */
static bool check(struct state *state, const struct kvm_fd *vcpu, const char *whose)
{
        const char *what = getenv("SHIM_BREAK");
        char where[64];

        as_intel_makes_it(state, &vcpu->reset);
        snprintf(where, sizeof(where), "%s, as %s,", vcpu->name, whose);
        if (what && strcmp(what, "all") == 0)
                rules_list(state, try_rule, state);
        else if (what)
                break_rule(state, what);
        return rules_check(state, tell_broken, where) == 0;
}

static void before_first_run(int fd, struct kvm_fd *vcpu)
{
        struct state state = {0};

        vcpu->has_run = true;
        if (real_ioctl(fd, KVM_GET_SREGS, &state.sregs) < 0 ||
            real_ioctl(fd, KVM_GET_REGS, &state.regs) < 0 ||
            real_ioctl(fd, KVM_GET_MP_STATE, &state.activity) < 0)
                give_up("the state of a vCPU cannot be read");
        vcpu->handed.activity = state.activity;
        bool handed = check(&vcpu->handed, vcpu, "handed to KVM");
        bool kept = check(&state, vcpu, "KVM has it");
        if (!handed || !kept)
                abort();
}

/* Gives what was made a name; what had the same number before is forgotten. */
static struct kvm_fd *name_fd(int fd, const char *format, const char *vm, int number)
{
        struct kvm_fd new = {0};

        if (fd >= FDS)
                give_up("file descriptor too high");
        snprintf(new.name, sizeof(new.name), format, vm, number % 100);
        fds[fd] = new;
        return &fds[fd];
}

/* Remembers what a call that went well has made or set. */
static void learn(struct kvm_fd *of, unsigned long request, int result, const void *argument)
{
        if (request == KVM_CREATE_VM) {
                name_fd(result, "%s%d", "vm", ++vms);
        } else if (request == KVM_CREATE_VCPU) {
                struct kvm_fd *vcpu = name_fd(result, "%.5s/vcpu%d", of->name, of->vcpus++);
                if (real_ioctl(result, KVM_GET_SREGS, &vcpu->reset) < 0)
                        give_up("the state of a vCPU cannot be read");
                vcpu->handed.sregs = vcpu->reset;
        } else if (request == KVM_SET_SREGS) {
                of->handed.sregs = *(const struct kvm_sregs *)argument;
        } else if (request == KVM_SET_REGS) {
                of->handed.regs = *(const struct kvm_regs *)argument;
        }
}

int ioctl(int fd, unsigned long request, ...)
{
        va_list arguments;

        va_start(arguments, request);
        void *argument = va_arg(arguments, void *);
        va_end(arguments);

        const struct call *call = calls;
        while (call->name && call->request != request)
                call++;
        if (!call->name || fd < 0 || fd >= FDS)
                return real_ioctl(fd, request, argument);

        struct kvm_fd *of = &fds[fd];
        if (request != KVM_RUN || !of->has_run)
                write_down(call, *of->name ? of->name : "kvm", argument);
        if (request == KVM_RUN && !of->has_run)
                before_first_run(fd, of);
        int result = real_ioctl(fd, request, argument);
        if (result >= 0)
                learn(of, request, result, argument);
        return result;
}
