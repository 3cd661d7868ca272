/* SPDX-License-Identifier: MIT */
/*
 * Linked into a driver for tests with the linker's --wrap: every allocation, mapping and
 * descriptor that the driver asks the C library for is counted, and fails when the virtual
 * decoder's plan of faults says so (tests/virtdec/fault.c). Only the driver's own calls are seen,
 * whatever sanitizer or client is around it.
 */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int virtdec_fault_call(const char *name) __attribute__((weak));

static int fails(const char *name)
{
    int error = virtdec_fault_call ? virtdec_fault_call(name) : 0;

    if (error)
        errno = error;
    return error;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return fails("malloc") ? NULL : __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return fails("calloc") ? NULL : __real_calloc(count, size);
}

void *__real_realloc(void *pointer, size_t size);
void *__wrap_realloc(void *pointer, size_t size);
void *__wrap_realloc(void *pointer, size_t size)
{
    return fails("realloc") ? NULL : __real_realloc(pointer, size);
}

/* Both names: which one the driver calls depends on _FILE_OFFSET_BITS. */
#define WRAP_MMAP(name)                                                                \
    void *__real_##name(void *address, size_t size, int protection, int flags, int fd, \
                        int64_t offset);                                               \
    void *__wrap_##name(void *address, size_t size, int protection, int flags, int fd, \
                        int64_t offset);                                               \
    void *__wrap_##name(void *address, size_t size, int protection, int flags, int fd, \
                        int64_t offset)                                                \
    {                                                                                  \
        if (fails("map"))                                                              \
            return (void *)-1; /* MAP_FAILED */                                        \
        return __real_##name(address, size, protection, flags, fd, offset);            \
    }
WRAP_MMAP(mmap)
WRAP_MMAP(mmap64)

/* What a test does while the driver duplicates a descriptor, as another thread might. */
void while_duplicating(void) __attribute__((weak));

#define WRAP_FCNTL(name)                                                 \
    int __real_##name(int fd, int command, ...);                         \
    int __wrap_##name(int fd, int command, ...);                         \
    int __wrap_##name(int fd, int command, ...)                          \
    {                                                                    \
        va_list arguments;                                               \
        void *argument;                                                  \
                                                                         \
        va_start(arguments, command);                                    \
        argument = va_arg(arguments, void *);                            \
        va_end(arguments);                                               \
        if (while_duplicating)                                           \
            while_duplicating();                                         \
        return fails("dup") ? -1 : __real_##name(fd, command, argument); \
    }
WRAP_FCNTL(fcntl)
WRAP_FCNTL(fcntl64)

FILE *__real_fdopen(int fd, const char *mode);
FILE *__wrap_fdopen(int fd, const char *mode);
FILE *__wrap_fdopen(int fd, const char *mode)
{
    return fails("fdopen") ? NULL : __real_fdopen(fd, mode);
}

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
DIR *__wrap_opendir(const char *path)
{
    return fails("opendir") ? NULL : __real_opendir(path);
}

FILE *__real_open_memstream(char **text, size_t *size);
FILE *__wrap_open_memstream(char **text, size_t *size);
FILE *__wrap_open_memstream(char **text, size_t *size)
{
    return fails("open_memstream") ? NULL : __real_open_memstream(text, size);
}
