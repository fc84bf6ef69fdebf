/* guest.c - the guests: made, started in a thread each, waited for, stopped. */
#include "minikvm.h"
#include "hypercalls.h"

#include <signal.h>

/* To the first thread: "a guest has ended". Of several signals the lowest number comes first. */
#define SIGNAL_ENDED    SIGRTMIN

static _Atomic int guests_running;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

/* Makes a VM of the guest's own, lays its image in and makes a vCPU that will start there. */
static bool build(struct guest *guest, int kvm_fd, const char *path, const struct image *image)
{
        size_t mem_size = image->is_elf ? PROTECTED_MODE_RAM : REAL_MODE_RAM;

        guest->protected_mode = image->is_elf;
        if (!vm_create(&guest->vm, kvm_fd, guest->name, mem_size))
                return false;
        if (guest->protected_mode && !irqchip_create(guest))    /* only for those who need it */
                return false;
        return loader_place(guest, path, image) && vcpu_create(guest, kvm_fd) &&
               (guest->protected_mode ? protected_set_mode(guest) : vcpu_set_real_mode(guest));
}

bool guest_create(struct guest *guest, int kvm_fd, const char *path)
{
        struct image image = {0};

        guest->status = STATUS_CANNOT;          /* until it ends in another way */
        guest->hypercall_result = HC_ERROR;
        bool ok = loader_read(path, &image) && build(guest, kvm_fd, path, &image);
        free(image.bytes);
        return ok;
}

void guest_destroy(struct guest *guest)
{
        vcpu_destroy(guest);
        vm_destroy(&guest->vm);
}

/* A guest's thread: runs it, tears it down, tells the first thread. */
static void *guest_thread(void *argument)
{
        struct guest *guest = argument;

        pthread_mutex_lock(&gate);
        pthread_mutex_unlock(&gate);
        vcpu_run(guest);
        guest_destroy(guest);
        guests_running--;
        kill(getpid(), SIGNAL_ENDED);
        return NULL;
}

/* Starts all guests, or none: nobody gets through the gate before everybody has a thread. */
static bool start_guests(struct guest *guests, int count)
{
        pthread_mutex_lock(&gate);
        for (int i = 0; i < count; i++) {
                errno = pthread_create(&guests[i].thread, NULL, guest_thread, &guests[i]);
                if (errno != 0)
                        return call_failed(guests[i].name, "pthread_create");
        }
        guests_running = count;
        pthread_mutex_unlock(&gate);
        return true;
}

/* Signals that end us wait, blocked in every thread, until the first thread takes them. */
static void block_signals(sigset_t *signals)
{
        static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU, SIGUSR1, SIGUSR2,
                SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT, 0};
        struct sigaction action;

        sigemptyset(signals);
        for (int i = 0; ends[i]; i++) {
                sigaction(ends[i], NULL, &action);
                if (action.sa_handler != SIG_IGN)       /* nohup and the like: we are to live on */
                        sigaddset(signals, ends[i]);
        }
        sigaddset(signals, SIGPIPE);            /* what our own output can cause: see console.c */
        sigaddset(signals, SIGXFSZ);
        sigaddset(signals, SIGTTIN);            /* or we would stop before we can take a SIGTERM */
        sigaddset(signals, SIGNAL_ENDED);
        pthread_sigmask(SIG_BLOCK, signals, NULL);
}

/* Ends us at once: the kernel ends the threads, wherever they are, and all that they wait for. */
static _Noreturn void stop(const struct guest *guests, int count, int status)
{
        console_reset(0);
        if (console_lock_messages()) {
                for (int i = 0; i < count; i++)
                        stats_print(&guests[i]);
        }
        _exit(status);
}

/* Sleeps until all guests have ended. A signal that says that they must is the end of all. */
static void wait_for_guests(const struct guest *guests, int count, const sigset_t *signals)
{
        int signal;

        while (guests_running > 0) {
                sigwait(signals, &signal);
                if (signal != SIGNAL_ENDED && signal != SIGTTIN)
                        stop(guests, count, 128 + signal);
        }
}

int guests_run(struct guest *guests, int count)
{
        sigset_t signals;
        int status = 0;

        block_signals(&signals);
        if (!start_guests(guests, count))
                return STATUS_CANNOT;
        wait_for_guests(guests, count, &signals);
        for (int i = 0; i < count; i++) {
                pthread_join(guests[i].thread, NULL);
                if (status == 0)
                        status = guests[i].status;
        }
        sigdelset(&signals, SIGNAL_ENDED);      /* perhaps one for each guest: some are left */
        pthread_sigmask(SIG_UNBLOCK, &signals, NULL);   /* now they end us as they end everybody */
        return status;
}
