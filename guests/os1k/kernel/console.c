/* Text out, by the serial port; lines in, from the keyboard, echoed when somebody reads them. */
#include "kernel.h"

#define CTRL(letter)    ((letter) & 0x1F)

static char line[LINE_SIZE];
static int line_length;

void text_out(const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++) {
                while (!(inb(COM1_LSR) & LSR_THRE))
                        ;
                outb(COM1, text[i]);
        }
}

static void erase(int count)
{
        for (; count > 0 && line_length > 0; count--, line_length--)
                text_out("\b \b", 3);
}

/* The length of the line that was typed: 0 at the end of input, -1 when it is not finished yet. */
int console_read(char *to)
{
        int key = 0, length;

        while (key != '\n' && line_length < LINE_SIZE - 1) {
                key = keyboard_take();
                if (key < 0)
                        return -1;
                if (key == CTRL('d'))           /* the end of input, or, behind text, of the line */
                        break;
                if (key == '\b' || key == CTRL('u'))
                        erase(key == '\b' ? 1 : line_length);
                if (key < ' ' && key != '\n')
                        continue;
                line[line_length++] = (char)key;
                text_out(&line[line_length - 1], 1);
        }
        length = line_length;
        line_length = 0;
        memcpy(to, line, length);
        return length;
}
