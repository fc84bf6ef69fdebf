/* keyboard.c - a PS/2 keyboard: scancodes at port 0x60, its status at 0x64, and interrupt 1. */
#include "minikvm.h"
#include "hypercalls.h"
#include "x86.h"

#include <poll.h>

/* Scancode set 1: a character's place is its key's code, in the second half with Shift. */
static const char keys[] =
        "\0\0331234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 "
        "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";
enum { KEYS = sizeof(keys) / 2, KEY_CTRL = 0x1D, KEY_SHIFT = 0x2A, KEY_RELEASED = 0x80 };
enum { CTRL_D = 4, DELETE = 0x7F };

/* What the fingers do for a character; returns the number of scancodes, 0 if no key has it. */
static int encode(uint8_t character, uint8_t *codes)
{
        uint8_t modifier = 0;
        int count = 0;

        if (character == DELETE)
                character = '\b';
        const char *place = memchr(keys, character, 2 * KEYS);
        if (!place && character < ' ') {
                modifier = KEY_CTRL;
                place = memchr(keys, character - 1 + 'a', KEYS);
        }
        if (!place || character == '\0')
                return 0;
        if (place >= keys + KEYS)
                modifier = KEY_SHIFT;
        if (modifier)
                codes[count++] = modifier;
        codes[count++] = (place - keys) % KEYS;
        codes[count++] = (place - keys) % KEYS | KEY_RELEASED;
        if (modifier)
                codes[count++] = modifier | KEY_RELEASED;
        return count;
}

/* Without keys the guest would wait for ever, and its thread sleeps in KVM: the end of all. */
static _Noreturn void give_up(void)
{
        terminal_restore();
        console_reset(0);
        _exit(STATUS_CANNOT);
}

/* The controller holds a scancode for the guest, or none. Its interrupt line says which. */
static void set_full(struct guest *guest, bool full)
{
        struct kvm_irq_level line = {.irq = IRQ_KEYBOARD, .level = full};

        guest->keyboard.full = full;
        if (ioctl(guest->vm.fd, KVM_IRQ_LINE, &line) < 0) {
                call_failed(guest->name, "KVM_IRQ_LINE");
                give_up();
        }
}

/* The keyboard's own thread: a key is taken from stdin when the guest has read the last one. */
static void *keyboard_thread(void *argument)
{
        struct guest *guest = argument;
        struct keyboard *keyboard = &guest->keyboard;
        uint32_t character;
        uint8_t codes[4];

        sem_wait(&keyboard->wanted);
        while (console_getchar(guest, &character)) {
                if (character == HC_ERROR)
                        poll(NULL, 0, 50);      /* the end: Ctrl-D is held down, and repeats */
                int count = encode(character == HC_ERROR ? CTRL_D : character, codes);
                for (int i = 0; i < count; i++) {
                        pthread_mutex_lock(&keyboard->lock);
                        keyboard->code = codes[i];
                        if (keyboard->there)
                                set_full(guest, true);
                        pthread_mutex_unlock(&keyboard->lock);
                        sem_wait(&keyboard->wanted);
                }
        }
        if (keyboard->there)
                give_up();
        return NULL;
}

bool keyboard_start(struct guest *guest)
{
        struct keyboard *keyboard = &guest->keyboard;
        pthread_t thread;

        if (!guest->protected_mode || guest->number != 0)       /* stdin is the first guest's */
                return true;
        pthread_mutex_init(&keyboard->lock, NULL);
        sem_init(&keyboard->wanted, 0, 0);
        errno = pthread_create(&thread, NULL, keyboard_thread, guest);
        keyboard->there = errno == 0;
        return keyboard->there || call_failed(guest->name, "pthread_create");
}

/* Its thread may wait for a key for ever, and may: it ends when the process does. */
void keyboard_stop(struct guest *guest)
{
        if (!guest->keyboard.there)
                return;
        pthread_mutex_lock(&guest->keyboard.lock);
        guest->keyboard.there = false;
        pthread_mutex_unlock(&guest->keyboard.lock);
        terminal_restore();
}

bool keyboard_access(struct guest *guest, bool in, uint16_t port, uint8_t *byte)
{
        struct keyboard *keyboard = &guest->keyboard;

        if (in)                         /* real-mode guests have no such controller */
                *byte = guest->protected_mode ? 0 : 0xFF;
        if (!in || !keyboard->there)
                return true;
        if (!keyboard->on) {            /* a driver's first look: keys are wanted now */
                keyboard->on = true;
                terminal_take();
                sem_post(&keyboard->wanted);
        }
        pthread_mutex_lock(&keyboard->lock);
        if (port == KBD_STATUS && keyboard->full)
                *byte = KBD_STATUS_OBF;
        if (port == KBD_DATA && keyboard->full) {
                *byte = keyboard->code;
                set_full(guest, false);
                sem_post(&keyboard->wanted);
        }
        pthread_mutex_unlock(&keyboard->lock);
        return true;
}
