/* guest.c - the guests: made, started in a thread each, waited for, stopped. */
#include "minikvm.h"
#include "hypercalls.h"

#include <signal.h>

/* To the first thread: "a guest has ended". */
enum { SIGNAL_ENDED = SIGUSR2 };

static atomic_int guests_running;

/* Makes a VM of the guest's own, lays its image in and makes a vCPU that will start there. */
static bool build(struct guest *guest, int kvm_fd, const char *path, const struct image *image)
{
        guest->protected_mode = image->is_elf;
        guest->vm = vm_create(kvm_fd, guest->name,
                              guest->protected_mode ? PROTECTED_MODE_RAM : REAL_MODE_RAM);
        if (!guest->vm)
                return false;
        if (guest->protected_mode && !irqchip_create(guest))    /* only for those who need it */
                return false;
        return loader_place(guest, path, image) && vcpu_create(guest, kvm_fd, 0) &&
               (guest->protected_mode ? protected_set_mode(guest) : vcpu_set_real_mode(guest));
}

bool guest_create(struct guest *guest, int kvm_fd, const char *path)
{
        struct image image;

        guest->segment = REAL_MODE_SEGMENT;
        guest->status = STATUS_CANNOT;          /* until it ends in another way */
        guest->hypercall_result = HC_ERROR;
        guest->vcpu.fd = -1;
        pthread_mutex_init(&guest->lock, NULL);
        bool ok = loader_read(path, &image) && build(guest, kvm_fd, path, &image);
        free(image.bytes);
        if (!ok)
                guest_destroy(guest);
        return ok;
}

void guest_destroy(struct guest *guest)
{
        vcpu_destroy(guest);
        if (guest->vm)
                vm_destroy(guest->vm);
}

/* A guest's thread: runs it, tears it down, tells the first thread. */
static void *guest_thread(void *argument)
{
        struct guest *guest = argument;

        if (keyboard_start(guest) && sandbox_enter(guest))
                vcpu_run(guest);
        keyboard_stop(guest);
        pthread_mutex_lock(&guest->lock);
        guest->running = false;                 /* from here on there is nothing to stop */
        pthread_mutex_unlock(&guest->lock);
        guest_destroy(guest);
        guests_running--;
        kill(getpid(), SIGNAL_ENDED);
        return NULL;
}

static bool guest_start(struct guest *guest)
{
        guest->running = true;
        guests_running++;
        errno = pthread_create(&guest->thread, NULL, guest_thread, guest);
        return errno == 0 || call_failed(guest->name, "pthread_create");
}

/*
 * Stops all guests, whatever they are doing. A KVM_RUN that begins from now on ends at once by
 * immediate_exit, a read or write fails; those that had begun are interrupted by the signal.
 */
static void stop_guests(struct guest *guests, int count)
{
        for (int i = 0; i < count; i++)
                guests[i].stop = true;
        console_shut();
        for (int i = 0; i < count; i++) {
                pthread_mutex_lock(&guests[i].lock);
                if (guests[i].running) {
                        guests[i].vcpu.run->immediate_exit = 1;
                        pthread_kill(guests[i].thread, SIGNAL_STOP);
                }
                pthread_mutex_unlock(&guests[i].lock);
        }
}

/* All we want of the signal is that a system call returns EINTR. */
static void interrupt_only(int signal __attribute__((unused)))
{
}

/* Our signals wait, blocked in every thread, until the first thread takes them from here. */
static void catch_signals(sigset_t *signals)
{
        static const int caught[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE, SIGTSTP, SIGNAL_ENDED, 0};
        struct sigaction action = {.sa_handler = interrupt_only};

        sigaction(SIGNAL_STOP, &action, NULL);
        sigemptyset(signals);
        for (int i = 0; caught[i]; i++)
                sigaddset(signals, caught[i]);
        sigaction(SIGHUP, NULL, &action);
        if (action.sa_handler == SIG_IGN)       /* nohup asks us to live on */
                sigdelset(signals, SIGHUP);
        pthread_sigmask(SIG_BLOCK, signals, NULL);
}

/* Sleeps until all guests have ended, or a signal says that they must: 128 + its number then. */
static int wait_for_guests(const sigset_t *signals)
{
        int signal;

        while (guests_running > 0) {
                sigwait(signals, &signal);
                if (signal == SIGTSTP)
                        terminal_suspend();
                else if (signal != SIGNAL_ENDED)
                        return 128 + signal;
        }
        return 0;
}

/* All the guests that were asked for run, or none: what is made or started by then is undone. */
int guests_run(struct guest *guests, int made, int count)
{
        sigset_t signals;
        int started = 0;
        int status = STATUS_CANNOT;

        catch_signals(&signals);
        while (made == count && started < count && guest_start(&guests[started]))
                started++;
        for (int i = started; i < made; i++)
                guest_destroy(&guests[i]);
        if (started == count)
                status = wait_for_guests(&signals);
        if (status != 0)
                stop_guests(guests, started);
        for (int i = 0; i < started; i++) {
                pthread_join(guests[i].thread, NULL);
                if (status == 0)
                        status = guests[i].status;
        }
        return status;
}
