/*
 * fail.c - linked into a chapter's program, makes its N-th call fail: MINIKVM_FAIL=N.
 *
 * It counts what the program itself asks of the kernel and of malloc, and says on stderr, as
 * "fail: NAME", which call it was. Unlike strace it leaves the sanitizers room to look for leaks.
 * With MINIKVM_EXIT=N in the environment, every exit of a guest has the reason N.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* The linker's option --wrap=NAME sends the program's calls of NAME to __wrap_NAME. */
int __real_open(const char *path, int flags, ...);
int __real_ioctl(int fd, unsigned long request, ...);
void *__real_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);
FILE *__real_fopen(const char *path, const char *mode);
void *__real_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *argument);

static struct kvm_run *run;             /* of the vCPU that was made last */

static bool is_to_fail(const char *name)
{
        static atomic_int count;
        const char *number = getenv("MINIKVM_FAIL");

        if (!number || ++count != atoi(number))
                return false;
        fprintf(stderr, "fail: %s\n", name);
        errno = ENOMEM;
        return true;
}

/* Not the opening of /dev/null, which only fills descriptors that came closed. */
int __wrap_open(const char *path, int flags, ...)
{
        bool is_filler = strcmp(path, "/dev/null") == 0;

        return !is_filler && is_to_fail("open") ? -1 : __real_open(path, flags, 0);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
        va_list arguments;
        unsigned long argument;

        va_start(arguments, request);
        argument = va_arg(arguments, unsigned long);
        va_end(arguments);
        if (is_to_fail("ioctl"))
                return -1;
        int result = __real_ioctl(fd, request, argument);
        if (request == KVM_RUN && getenv("MINIKVM_EXIT"))
                run->exit_reason = atoi(getenv("MINIKVM_EXIT"));
        return result;
}

void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
        if (is_to_fail("mmap"))
                return MAP_FAILED;
        void *memory = __real_mmap(address, size, protection, flags, fd, offset);
        if (flags & MAP_SHARED)
                run = memory;
        return memory;
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
        return is_to_fail("fopen") ? NULL : __real_fopen(path, mode);
}

void *__wrap_calloc(size_t count, size_t size)
{
        return is_to_fail("calloc") ? NULL : __real_calloc(count, size);
}

void *__wrap_malloc(size_t size)
{
        return is_to_fail("malloc") ? NULL : __real_malloc(size);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *argument)
{
        if (is_to_fail("pthread_create"))
                return ENOMEM;
        return __real_pthread_create(thread, attributes, run, argument);
}
