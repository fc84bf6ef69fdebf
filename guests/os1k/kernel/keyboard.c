/* Keys: from scancodes (set 1) to characters, kept until somebody reads them. */
#include "kernel.h"

#define KEYS_MAX        8192            /* a power of two: the counters below may overflow */
#define RELEASED        0x80            /* the bit that tells a key's release from its press */
#define ESCAPE          '\033'
#define KEY_CONTROL     0x1D
#define KEY_LEFT_SHIFT  0x2A
#define KEY_RIGHT_SHIFT 0x36

/* Indexed by scancode; 0 where a key has no character. */
static const char plain[] =
        "\0\0331234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] =
        "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

static char keys[KEYS_MAX];
static uint32_t keys_typed, keys_taken;

/* The character of a key that was pressed, or 0. */
static char decode(uint8_t scancode)
{
        static bool shift, control;
        bool pressed = !(scancode & RELEASED);
        uint8_t key = scancode & ~RELEASED;

        if (key == KEY_LEFT_SHIFT || key == KEY_RIGHT_SHIFT)
                shift = pressed;
        else if (key == KEY_CONTROL)
                control = pressed;
        if (!pressed || key >= sizeof(plain))
                return 0;
        return (shift ? shifted : plain)[key] & (control ? 0x1F : 0x7F);
}

/*
 * Is it a part of what a terminal sends for an arrow key and the like? That is ESC, O and one
 * character; or ESC, [, perhaps a number or two, and one character.
 */
static bool is_of_sequence(char character)
{
        static char state;              /* 0, or what there is of a sequence: ESC, then [ or O */
        char before = state;

        if (character == ESCAPE || (before && character == '[')
            || (before == ESCAPE && character == 'O'))
                state = character;
        else if (before != '[' || character < '0' || character > ';')
                state = 0;
        return state || (before && before != ESCAPE && character >= ' ');
}

/*
 * Takes what the controller has. Where there is no room it stays there, and so does what is behind
 * it: the controller, or the hypervisor's queue, sends nothing more until this byte is read.
 */
void keyboard_poll(void)
{
        while (keys_typed - keys_taken < KEYS_MAX && inb(KBD_STATUS) & KBD_STATUS_OBF) {
                char character = decode(inb(KBD_DATA));

                if (character && !is_of_sequence(character))
                        keys[keys_typed++ % KEYS_MAX] = character;
        }
}

/*
 * Takes the next character; -1: there is none. It polls, because a byte that had to stay does not
 * interrupt a second time.
 */
int keyboard_take(void)
{
        if (keys_typed == keys_taken)
                keyboard_poll();
        return keys_typed == keys_taken ? -1 : keys[keys_taken++ % KEYS_MAX];
}
