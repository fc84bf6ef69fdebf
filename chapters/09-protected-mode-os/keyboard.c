/* keyboard.c - a PS/2 keyboard: scancodes at port 0x60, its status at 0x64, and interrupt 1. */
#include "minikvm.h"
#include "hypercalls.h"
#include "x86.h"

#include <poll.h>

/* Scancode set 1: the place of a character is its key's code; a key let go has bit 7 set. */
static const char plain[] =
        "\0\0331234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] =
        "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";
enum { KEY_CTRL = 0x1D, KEY_SHIFT = 0x2A, KEY_RELEASED = 0x80, CTRL_D = 4, DELETE = 0x7F };

/* What the fingers do for a character; returns the number of scancodes, 0 if no key has it. */
static int encode(uint8_t character, uint8_t *codes)
{
        uint8_t key = character == DELETE ? '\b' : character;
        uint8_t modifier = 0;
        const char *table = plain;
        const char *place = key ? memchr(plain, key, sizeof(plain) - 1) : NULL;
        int count = 0;

        if (key && !place) {
                table = key < ' ' ? plain : shifted;
                modifier = key < ' ' ? KEY_CTRL : KEY_SHIFT;
                place = memchr(table, key < ' ' ? key - 1 + 'a' : key, sizeof(plain) - 1);
        }
        if (!place)
                return 0;
        if (modifier)
                codes[count++] = modifier;
        codes[count++] = place - table;
        codes[count++] = (place - table) | KEY_RELEASED;
        if (modifier)
                codes[count++] = modifier | KEY_RELEASED;
        return count;
}

/* The controller's interrupt line is up while it holds a byte for the guest. */
static void set_line(struct guest *guest, bool level)
{
        struct kvm_irq_level line = {.irq = IRQ_KEYBOARD, .level = level};

        if (ioctl(guest->vm->fd, KVM_IRQ_LINE, &line) < 0) {
                guest->stop = !call_failed(guest->name, "KVM_IRQ_LINE");
                guest->vcpu.run->immediate_exit = 1;    /* it would wait for keys for ever */
                pthread_kill(guest->thread, SIGNAL_STOP);
        }
}

static void press(struct guest *guest, uint8_t character)
{
        struct keyboard *keyboard = &guest->keyboard;

        pthread_mutex_lock(&keyboard->lock);
        keyboard->next = 0;
        keyboard->count = encode(character, keyboard->codes);
        if (keyboard->count > 0)
                set_line(guest, true);
        else
                sem_post(&keyboard->wanted);
        pthread_mutex_unlock(&keyboard->lock);
}

/* Waits until the guest wants a key and there is one; false when it must stop. */
static bool wait_for_key(struct guest *guest, const sigset_t *unblocked)
{
        struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

        while (sem_wait(&guest->keyboard.wanted) < 0 && !guest->stop)
                ;
        while (!guest->stop && ppoll(&input, 1, NULL, unblocked) < 0)
                ;                       /* SIGNAL_STOP can come only here, so it is never missed */
        return !guest->stop;
}

/* The keyboard's own thread: a key is taken from stdin when the guest has read the last one. */
static void *keyboard_thread(void *argument)
{
        struct guest *guest = argument;
        sigset_t blocked, unblocked;
        uint32_t character;

        sigemptyset(&blocked);
        sigaddset(&blocked, SIGNAL_STOP);
        pthread_sigmask(SIG_BLOCK, &blocked, &unblocked);
        while (wait_for_key(guest, &unblocked) && console_getchar(guest, &character)) {
                if (character == HC_ERROR)
                        poll(NULL, 0, 50);      /* the end: Ctrl-D is held down, and repeats */
                press(guest, character == HC_ERROR ? CTRL_D : character);
        }
        return NULL;
}

bool keyboard_start(struct guest *guest)
{
        struct keyboard *keyboard = &guest->keyboard;

        if (!guest->protected_mode || guest->number != 0)       /* stdin is the first guest's */
                return true;
        pthread_mutex_init(&keyboard->lock, NULL);
        sem_init(&keyboard->wanted, 0, 0);
        errno = pthread_create(&keyboard->thread, NULL, keyboard_thread, guest);
        keyboard->there = errno == 0;
        return errno == 0 || call_failed(guest->name, "pthread_create");
}

void keyboard_stop(struct guest *guest)
{
        if (!guest->keyboard.there)
                return;
        guest->stop = true;
        sem_post(&guest->keyboard.wanted);
        pthread_kill(guest->keyboard.thread, SIGNAL_STOP);
        pthread_join(guest->keyboard.thread, NULL);
        terminal_restore();
}

uint8_t keyboard_read(struct guest *guest, uint16_t port)
{
        struct keyboard *keyboard = &guest->keyboard;
        uint8_t byte = 0;

        if (!keyboard->there)
                return 0;
        if (!keyboard->on) {            /* a driver's first look: keys are wanted now */
                keyboard->on = true;
                terminal_raw();
                sem_post(&keyboard->wanted);
        }
        pthread_mutex_lock(&keyboard->lock);
        if (port == KBD_STATUS) {
                byte = keyboard->next < keyboard->count ? KBD_STATUS_OBF : 0;
        } else if (keyboard->next < keyboard->count) {
                byte = keyboard->codes[keyboard->next++];
                set_line(guest, false);
                if (keyboard->next < keyboard->count)
                        set_line(guest, true);
                else
                        sem_post(&keyboard->wanted);
        }
        pthread_mutex_unlock(&keyboard->lock);
        return byte;
}
