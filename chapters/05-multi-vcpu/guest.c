/* guest.c - the guests: made, started in a thread each, waited for, stopped. */
#include "minikvm.h"
#include "hypercalls.h"

#include <signal.h>
#include <sys/time.h>

/* Between our threads: "your guest has to stop" to a guest's, "a guest has ended" to the first. */
enum { SIGNAL_STOP = SIGUSR1, SIGNAL_ENDED = SIGUSR2 };

static _Atomic int guests_running;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

/* Lays the guest's image into its place in memory and makes a vCPU that will start there. */
static bool build(struct guest *guest, int kvm_fd, const char *path)
{
        struct image image;

        if (!loader_read(path, &image))
                return false;
        loader_place(guest, &image);
        return vcpu_create(guest, kvm_fd, guest->number) && vcpu_set_real_mode(guest);
}

bool guest_create(struct guest *guest, int kvm_fd, struct vm *vm, const char *path)
{
        guest->segment = REAL_MODE_SEGMENT * (guest->number + 1);
        guest->status = STATUS_CANNOT;          /* until it ends in another way */
        guest->hypercall_result = HC_ERROR;
        guest->vcpu.fd = -1;
        guest->vm = vm;
        pthread_mutex_init(&guest->lock, NULL);
        if (build(guest, kvm_fd, path))
                return true;
        guest_destroy(guest);
        return false;
}

void guest_destroy(struct guest *guest)
{
        vcpu_destroy(guest);
}

/* A guest's thread: runs it, tears it down, tells the first thread. */
static void *guest_thread(void *argument)
{
        struct guest *guest = argument;

        pthread_mutex_lock(&gate);              /* shut until all guests have a thread */
        pthread_mutex_unlock(&gate);
        if (!guest->stop)
                vcpu_run(guest);
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
        errno = pthread_create(&guest->thread, NULL, guest_thread, guest);
        if (errno != 0)
                return call_failed(guest->name, "pthread_create");
        guests_running++;
        return true;
}

/* Starts all guests, or none: those that find the gate open and their stop flag set do not run. */
static int start_guests(struct guest *guests, int made, int count)
{
        int started = 0;

        pthread_mutex_lock(&gate);
        while (made == count && started < count && guest_start(&guests[started]))
                started++;
        for (int i = 0; i < made; i++) {
                guests[i].stop = started < count;
                if (i >= started)
                        guest_destroy(&guests[i]);
        }
        pthread_mutex_unlock(&gate);
        return started;
}

/* A KVM_RUN that is under way ends by the signal, one that begins from now on by immediate_exit. */
static void kick(struct guest *guest)
{
        guest->stop = true;
        pthread_mutex_lock(&guest->lock);
        if (guest->running) {
                guest->vcpu.run->immediate_exit = 1;
                pthread_kill(guest->thread, SIGNAL_STOP);
        }
        pthread_mutex_unlock(&guest->lock);
}

/*
 * Stops all guests, whatever they are doing. A read or write that waits ends by the signal too, but
 * one that was only about to begin would miss it: so a timer has us repeat it until all have ended.
 */
static void stop_guests(struct guest *guests, int count, const sigset_t *signals)
{
        struct itimerval again = {.it_value.tv_usec = 10000, .it_interval.tv_usec = 10000};
        int signal;

        setitimer(ITIMER_REAL, &again, NULL);
        while (guests_running > 0) {
                for (int i = 0; i < count; i++)
                        kick(&guests[i]);
                sigwait(signals, &signal);      /* SIGALRM: once more; SIGNAL_ENDED: one less */
        }
}

/* All we want of the signal is that a system call returns EINTR. */
static void interrupt_only(int signal __attribute__((unused)))
{
}

/* Our signals wait, blocked in every thread, until the first thread takes them from here. */
static void catch_signals(sigset_t *signals)
{
        static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGALRM, SIGNAL_ENDED, 0};
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
                if (signal != SIGNAL_ENDED)
                        return 128 + signal;
        }
        return 0;
}

int guests_run(struct guest *guests, int made, int count)
{
        sigset_t signals;

        catch_signals(&signals);
        int started = start_guests(guests, made, count);
        int status = started < count ? STATUS_CANNOT : wait_for_guests(&signals);
        if (status != 0)
                stop_guests(guests, started, &signals);
        for (int i = 0; i < started; i++) {
                pthread_join(guests[i].thread, NULL);
                if (status == 0)
                        status = guests[i].status;
        }
        return status;
}
