/* kvm.c - /dev/kvm: open it, or say exactly why not. */
#include "minikvm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum need { ALWAYS, PROTECTED_MODE, OPTIONAL };

/* What we ask of KVM (Documentation/virt/kvm/api.rst names each), and what for. */
static const struct {
        int number;
        const char *name;
        enum need need;
        const char *purpose;
} capabilities[] = {
        {KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY", ALWAYS, "guest RAM from our own memory"},
        {KVM_CAP_SET_TSS_ADDR, "KVM_CAP_SET_TSS_ADDR", ALWAYS, "real mode on older Intel CPUs"},
        {KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT", ALWAYS, "stopping a guest at once"},
        {KVM_CAP_SYNC_REGS, "KVM_CAP_SYNC_REGS", OPTIONAL, "registers come with the exit"},
        {KVM_CAP_IRQCHIP, "KVM_CAP_IRQCHIP", PROTECTED_MODE, "interrupt controllers"},
        {KVM_CAP_PIT2, "KVM_CAP_PIT2", PROTECTED_MODE, "a timer"},
        {KVM_CAP_SET_IDENTITY_MAP_ADDR, "KVM_CAP_SET_IDENTITY_MAP_ADDR", PROTECTED_MODE,
         "unpaged guests on older Intel CPUs"},
};

#define CAPABILITIES (sizeof(capabilities) / sizeof(capabilities[0]))

/* The kernel leaves vmx out of /proc/cpuinfo when the firmware has locked it; CPUID still shows it. */
static bool kernel_sees_virtualization(void)
{
        char line[8192];
        bool found = false;
        FILE *cpuinfo = fopen("/proc/cpuinfo", "re");

        if (!cpuinfo)
                return true;            /* no reason to blame the firmware */
        while (!found && fgets(line, sizeof(line), cpuinfo))
                found = strncmp(line, "flags", 5) == 0 &&
                        (strstr(line, " vmx") || strstr(line, " svm"));
        fclose(cpuinfo);
        return found;
}

/* Why there is no /dev/kvm, and what to do about it. */
static const char *why_no_device(void)
{
        if (!cpu_has_virtualization() && cpu_is_virtual())
                return "this is a virtual machine, and its CPU has neither VMX nor SVM.\n"
                       "Switch nested virtualization on for it, where its host allows that;\n"
                       "or use the course's own virtual machine: make shell-vm";
        if (!cpu_has_virtualization())
                return "this CPU has neither Intel's VMX nor AMD's SVM.\n"
                       "Use another machine, or the course's own virtual one: make shell-vm";
        if (!kernel_sees_virtualization())
                return "the CPU has VMX or SVM, but the firmware keeps it switched off.\n"
                       "Look in the BIOS or UEFI set-up for \"Virtualization Technology\" or \"SVM Mode\"";
        if (access("/sys/module/kvm", F_OK) == 0)
                return "the kernel has KVM, but its device is not here. In a container?\n"
                       "Start the container with --device=/dev/kvm; elsewhere try: modprobe kvm_intel\n"
                       "(or kvm_amd), and see dmesg | grep -i kvm";
        return "the CPU has VMX or SVM, but the kernel's KVM module is not loaded.\n"
               "Load it as root: modprobe kvm_intel (Intel) or modprobe kvm_amd (AMD)";
}

static void explain_open_failure(int error)
{
        const char *reason;

        switch (error) {
        case ENOENT:
        case ENODEV:
        case ENXIO:
                reason = why_no_device();
                break;
        case EACCES:
        case EPERM:
                reason = "you have no permission to use it.\n"
                         "Join the group that may: sudo usermod -aG kvm $USER, then log in again;\n"
                         "in a container, start it with --device=/dev/kvm";
                break;
        default:
                reason = "see dmesg | grep -i kvm for what the kernel says about it";
        }
        fprintf(stderr, "minikvm: cannot open /dev/kvm: %s: %s\n", strerror(error), reason);
}

/* Opens /dev/kvm and checks that it speaks the one version of the API that ever was stable. */
static int open_device(void)
{
        if (!cpu_is_x86()) {
                fprintf(stderr, "minikvm: this CPU is not x86, and the guests here are x86 programs.\n"
                                "Use a PC or a cloud machine with an Intel or AMD CPU\n");
                return -1;
        }
        int kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
        if (kvm_fd < 0) {
                explain_open_failure(errno);
                return -1;
        }
        int version = ioctl(kvm_fd, KVM_GET_API_VERSION, 0);
        if (version == KVM_API_VERSION)
                return kvm_fd;
        if (version < 0)
                fprintf(stderr, "minikvm: KVM_GET_API_VERSION: %s: is /dev/kvm really KVM?\n",
                        strerror(errno));
        else
                fprintf(stderr, "minikvm: KVM speaks version %d of its API, we need %d: "
                                "use Linux 2.6.22 or newer\n", version, KVM_API_VERSION);
        close(kvm_fd);
        return -1;
}

/* A capability's value: 0 when KVM has not got it, -1 after a message. */
static int capability(int kvm_fd, int number)
{
        int value = ioctl(kvm_fd, KVM_CHECK_EXTENSION, number);

        if (value < 0)
                fprintf(stderr, "minikvm: KVM_CHECK_EXTENSION: %s: is /dev/kvm really KVM?\n",
                        strerror(errno));
        return value;
}

/* Are all capabilities there that every guest needs? */
static bool has_necessary_capabilities(int kvm_fd)
{
        for (size_t i = 0; i < CAPABILITIES; i++) {
                if (capabilities[i].need != ALWAYS)
                        continue;
                int value = capability(kvm_fd, capabilities[i].number);
                if (value == 0)
                        fprintf(stderr, "minikvm: KVM lacks %s (%s): use Linux 4.13 or newer\n",
                                capabilities[i].name, capabilities[i].purpose);
                if (value <= 0)
                        return false;
        }
        return true;
}

bool call_failed(const char *name, const char *call, const char *remedy)
{
        fprintf(stderr, "minikvm: %s: %s: %s (%s)\n", name, call, strerror(errno), remedy);
        return false;
}

int kvm_open(void)
{
        int kvm_fd = open_device();

        if (kvm_fd >= 0 && !has_necessary_capabilities(kvm_fd)) {
                close(kvm_fd);
                return -1;
        }
        return kvm_fd;
}

/* Prints the table; returns how many capabilities protected mode would miss, -1 after a message. */
static int print_capabilities(int kvm_fd)
{
        int missing = 0;

        printf("%-32s%d\n", "API version", KVM_API_VERSION);
        for (size_t i = 0; i < CAPABILITIES; i++) {
                int value = capability(kvm_fd, capabilities[i].number);
                if (value < 0)
                        return -1;
                printf("%-32s%-4s(%s)\n", capabilities[i].name, value ? "yes" : "no",
                       capabilities[i].purpose);
                missing += capabilities[i].need == PROTECTED_MODE && value == 0;
        }
        return missing;
}

int kvm_report(void)
{
        int kvm_fd = kvm_open();
        int missing = kvm_fd < 0 ? -1 : print_capabilities(kvm_fd);
        int can_page = missing < 0 ? -1 : kvm_can_page(kvm_fd);

        if (can_page >= 0) {
                printf("%-32s%s\n", "a VM with one vCPU", "made and closed");
                printf("%-32s%s\n", "paging in 32-bit guests", can_page ? "yes" : "no");
        }
        if (can_page < 0)
                puts("KVM here: none. No chapter runs.");
        else if (missing || !can_page)
                puts("KVM here: partial. Chapters 01 to 06 run; for 07 to 09 use make shell-vm.");
        else
                puts("KVM here: full. Every chapter runs.");

        if (kvm_fd >= 0)
                close(kvm_fd);
        return can_page < 0 ? STATUS_CANNOT : 0;
}
