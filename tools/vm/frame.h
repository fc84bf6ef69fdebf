/*
 * What goes over the wire between outside.c (the host) and inside.c (the VM): frames of a header
 * and `length` bytes, both ways over one virtio-serial port.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum frame_type {
        /* to the VM */
        FRAME_JOB = 1,          /* struct job, then its strings, each with its final NUL */
        FRAME_STDIN,            /* bytes; none: end of file */
        FRAME_WINDOW,           /* struct winsize */
        /* from the VM */
        FRAME_ALIVE,            /* sent once the VM is up, and every second from then on; to the VM,
                                   when it does not: see nudge() */
        FRAME_STDOUT,
        FRAME_STDERR,
        FRAME_TERMINAL,         /* what the command wrote to its terminal */
        FRAME_STATUS,           /* int32_t: the command's exit status; the last frame */
        FRAME_TROUBLE,          /* text: why the VM cannot run the command; the last frame */
};

struct frame {
        uint32_t type;
        uint32_t length;
};

/* Strings follow: the repository, the current directory, `envc` of NAME=VALUE, `argc` arguments. */
struct job {
        uint32_t terminals;     /* bit n: file descriptor n is a terminal */
        uint32_t envc, argc;
        uint16_t rows, columns;
};

#define FRAME_DATA_MAX  16384   /* bytes of a stream in one frame */
#define FRAME_MAX       (4u << 20)

bool frame_write(int fd, enum frame_type type, const void *data, size_t length);

/* Reads a frame, and puts a NUL behind it. The caller frees it. NULL at end of file or an error. */
void *frame_read(int fd, struct frame *frame);

#endif
