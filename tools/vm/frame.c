/* Frames over a file descriptor that blocks. */
#include "frame.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static bool write_all(int fd, const char *data, size_t length)
{
        while (length > 0) {
                ssize_t done = write(fd, data, length);

                if (done < 0 && errno == EINTR)
                        continue;
                if (done < 0)
                        return false;
                data += done;
                length -= done;
        }
        return true;
}

static bool read_all(int fd, char *data, size_t length)
{
        while (length > 0) {
                ssize_t done = read(fd, data, length);

                if (done < 0 && errno == EINTR)
                        continue;
                if (done <= 0)
                        return false;
                data += done;
                length -= done;
        }
        return true;
}

bool frame_write(int fd, enum frame_type type, const void *data, size_t length)
{
        struct frame frame = { .type = type, .length = length };

        return write_all(fd, (char *)&frame, sizeof(frame)) && write_all(fd, data, length);
}

void *frame_read(int fd, struct frame *frame)
{
        char *data;

        if (!read_all(fd, (char *)frame, sizeof(*frame)) || frame->length > FRAME_MAX)
                return NULL;
        data = calloc(1, frame->length + 1);
        if (data && read_all(fd, data, frame->length))
                return data;
        free(data);
        return NULL;
}
