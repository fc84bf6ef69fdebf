/* kvm.c - /dev/kvm: open it, or say exactly why not. */
#include "minikvm.h"

#include <fcntl.h>

/* What we ask of KVM (Documentation/virt/kvm/api.rst names each), and what for. */
static const struct capability {
        int number;
        enum kvm_support if_missing;    /* how much of KVM is left then, at most */
        const char *name;
        const char *purpose;
} capabilities[] = {
        {KVM_CAP_USER_MEMORY, KVM_NONE, "KVM_CAP_USER_MEMORY", "guest RAM from our own memory"},
        {KVM_CAP_SET_TSS_ADDR, KVM_NONE, "KVM_CAP_SET_TSS_ADDR", "real mode on older Intel CPUs"},
        {KVM_CAP_SYNC_REGS, KVM_FULL, "KVM_CAP_SYNC_REGS", "registers come with the exit"},
        {KVM_CAP_IRQCHIP, KVM_PARTIAL, "KVM_CAP_IRQCHIP", "interrupt controllers"},
        {KVM_CAP_PIT2, KVM_PARTIAL, "KVM_CAP_PIT2", "a timer"},
        {0},
};

/* When the firmware keeps VMX or SVM off, /proc/cpuinfo does not show it, while CPUID does. */
static bool kernel_sees_virtualization(void)
{
        char line[8192];
        FILE *cpuinfo = fopen("/proc/cpuinfo", "re");
        bool found = !cpuinfo;          /* without /proc we cannot tell, and blame nobody */

        while (!found && fgets(line, sizeof(line), cpuinfo))
                found = strstr(line, " vmx ") || strstr(line, " svm ");
        if (cpuinfo)
                fclose(cpuinfo);
        return found;
}

/* Why it is not there, and what to do about that. */
static const char *why_no_device(void)
{
        if (!cpu_has_virtualization() && cpu_is_virtual())
                return "it does not exist: this is a virtual machine, without VMX and SVM.\n"
                       "Switch nested virtualization on where it is hosted, or use: make shell-vm";
        if (!cpu_has_virtualization())
                return "it does not exist: this CPU has neither Intel's VMX nor AMD's SVM.\n"
                       "Use another machine, or the course's own virtual one: make shell-vm";
        if (!kernel_sees_virtualization())
                return "it does not exist: the CPU has VMX or SVM, but the firmware keeps it off.\n"
                       "Look for \"Virtualization Technology\" or \"SVM Mode\" in the BIOS set-up";
        return "it does not exist, though the CPU has VMX or SVM.\n"
               "Load KVM's module: modprobe kvm_intel or kvm_amd (if it refuses, dmesg says why).\n"
               "In a container, KVM may be there and hidden: start it with --device=/dev/kvm";
}

static const char *why_not_opened(int error)
{
        if (error == ENOENT || error == ENODEV || error == ENXIO)
                return why_no_device();
        if (error == EACCES)
                return "you have no permission to use it.\n"
                       "Join the group that has: sudo usermod -aG kvm $USER, then log in again";
        return error == EPERM ? "forbidden: a container needs --device=/dev/kvm" : strerror(error);
}

int kvm_open(void)
{
        int kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
        if (kvm_fd < 0) {
                fprintf(stderr, "minikvm: /dev/kvm: %s\n", why_not_opened(errno));
                return -1;
        }

        int version = ioctl(kvm_fd, KVM_GET_API_VERSION, 0);
        if (version == KVM_API_VERSION)         /* 12, the only one that ever was stable */
                return kvm_fd;
        if (version < 0)
                fprintf(stderr, "minikvm: /dev/kvm: KVM_GET_API_VERSION: %m: not KVM's device\n");
        else
                fprintf(stderr, "minikvm: /dev/kvm: API version %d: use a newer kernel\n", version);
        close(kvm_fd);
        return -1;
}

/* A signal that comes meanwhile makes KVM give up with EINTR: we ask again. */
int kvm_create_vm(int kvm_fd)
{
        int vm_fd;

        while ((vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0)) < 0 && errno == EINTR)
                ;
        return vm_fd;
}

/* Prints what there is and what is missing, and returns how much of KVM that is. */
static enum kvm_support examine(int kvm_fd)
{
        enum kvm_support support = probe_paging(kvm_fd);

        printf("%-24s%d\n", "API version", KVM_API_VERSION);
        printf("%-24s%s\n", "a VM with one vCPU", support == KVM_NONE ? "no" : "made and closed");
        printf("%-24s%s\n", "paging, 32-bit guests", support == KVM_FULL ? "yes" : "no");
        for (const struct capability *c = capabilities; c->name; c++) {
                int value = ioctl(kvm_fd, KVM_CHECK_EXTENSION, c->number);
                if (value < 0)
                        return call_failed(c->name, "KVM_CHECK_EXTENSION");     /* KVM_NONE */
                printf("%-24s%-4s(%s)\n", c->name, value ? "yes" : "no", c->purpose);
                if (value == 0 && c->if_missing < KVM_FULL)
                        fprintf(stderr, "minikvm: KVM lacks %s: use a newer kernel\n", c->name);
                if (value == 0 && c->if_missing < support)
                        support = c->if_missing;
        }
        return support;
}

int kvm_report(void)
{
        static const char *const verdicts[] = {
                [KVM_NONE] = "none. No chapter runs.",
                [KVM_PARTIAL] = "partial. Chapters 01 to 06 run; for 07 to 09: make shell-vm.",
                [KVM_FULL] = "full. Every chapter runs.",
        };
        int kvm_fd = kvm_open();
        enum kvm_support support = kvm_fd < 0 ? KVM_NONE : examine(kvm_fd);

        printf("KVM here: %s\n", verdicts[support]);
        return support == KVM_NONE ? STATUS_CANNOT : 0;
}
