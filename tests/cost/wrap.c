/* SPDX-License-Identifier: MIT */
/*
 * Linked into a driver for tests with the linker's --wrap: counts what the driver itself calls,
 * whatever client, libva or virtual decoder is around it. Nothing behaves otherwise.
 */
#include "cost.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/media.h>
#include <linux/videodev2.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>

#define MAX_RANGES 1024

static void add(int64_t *counter, int64_t amount)
{
    if (&cost_counts)
        __atomic_add_fetch(counter, amount, __ATOMIC_RELAXED);
}

#define COUNT(name)       add(&cost_counts.name, 1)
#define ADD(name, amount) add(&cost_counts.name, (int64_t)(amount))

/* OUTPUT buffers as they are mapped; the only shared mappings of a video node. */
static struct range {
    uintptr_t start;
    size_t size;
} ranges[MAX_RANGES];
static pthread_mutex_t ranges_lock = PTHREAD_MUTEX_INITIALIZER;

int __real_pthread_mutex_lock(pthread_mutex_t *mutex);

static void note_range(uintptr_t start, size_t size)
{
    __real_pthread_mutex_lock(&ranges_lock);
    for (unsigned i = 0; i < MAX_RANGES; i++) {
        if (!ranges[i].size) {
            ranges[i] = (struct range){start, size};
            ADD(output_mapped, size);
            break;
        }
    }
    pthread_mutex_unlock(&ranges_lock);
}

static void forget_range(uintptr_t start)
{
    __real_pthread_mutex_lock(&ranges_lock);
    for (unsigned i = 0; i < MAX_RANGES; i++) {
        if (ranges[i].size && ranges[i].start == start) {
            ADD(output_mapped, -(int64_t)ranges[i].size);
            ranges[i].size = 0;
        }
    }
    pthread_mutex_unlock(&ranges_lock);
}

static int in_range(const void *pointer)
{
    int found = 0;

    __real_pthread_mutex_lock(&ranges_lock);
    for (unsigned i = 0; i < MAX_RANGES && !found; i++)
        found = ranges[i].size && (uintptr_t)pointer - ranges[i].start < ranges[i].size;
    pthread_mutex_unlock(&ranges_lock);
    return found;
}

static void note_copy(const void *to, const void *from, size_t size)
{
    if (in_range(to) || in_range(from))
        ADD(copied, size);
    else
        ADD(copied_other, size);
}

/* Declares, and begins, the replacement of a function. */
#define WRAP(type, name, ...)        \
    type __real_##name(__VA_ARGS__); \
    type __wrap_##name(__VA_ARGS__); \
    type __wrap_##name(__VA_ARGS__)

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    void *argument;
    int result;

    va_start(arguments, request);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    result = __real_ioctl(fd, request, argument);
    switch (request) {
    case VIDIOC_S_EXT_CTRLS:
        COUNT(s_ext_ctrls);
        break;
    case VIDIOC_QBUF:
        COUNT(qbuf);
        break;
    case VIDIOC_DQBUF:
        COUNT(dqbuf);
        if (result < 0 && errno == EAGAIN)
            COUNT(nothing_yet);
        break;
    case MEDIA_REQUEST_IOC_QUEUE:
        COUNT(request_queue);
        break;
    case MEDIA_REQUEST_IOC_REINIT:
        COUNT(request_reinit);
        break;
    default:
        COUNT(other_ioctl);
        break;
    }
    return result;
}

WRAP(int, ppoll, struct pollfd *fds, nfds_t count, const struct timespec *timeout,
     const sigset_t *mask)
{
    COUNT(poll);
    return __real_ppoll(fds, count, timeout, mask);
}

/* Both names: which one the driver calls depends on _FILE_OFFSET_BITS. */
#define WRAP_MMAP(name)                                                                            \
    WRAP(void *, name, void *address, size_t size, int protection, int flags, int fd,              \
         int64_t offset)                                                                           \
    {                                                                                              \
        void *map = __real_##name(address, size, protection, flags, fd, offset);                   \
                                                                                                   \
        COUNT(mmap);                                                                               \
        /* Pictures are mapped where the driver wants them, OUTPUT buffers where there is room. */ \
        if (map != MAP_FAILED && fd >= 0 && !(flags & MAP_FIXED))                                  \
            note_range((uintptr_t)map, size);                                                      \
        return map;                                                                                \
    }
WRAP_MMAP(mmap)
WRAP_MMAP(mmap64)

WRAP(int, munmap, void *address, size_t size)
{
    COUNT(munmap);
    forget_range((uintptr_t)address);
    return __real_munmap(address, size);
}

#define WRAP_OPEN(name)                                     \
    int __real_##name(const char *path, int flags, ...);    \
    int __wrap_##name(const char *path, int flags, ...);    \
    int __wrap_##name(const char *path, int flags, ...)     \
    {                                                       \
        COUNT(open);                                        \
        return __real_##name(path, flags); /* no O_CREAT */ \
    }
WRAP_OPEN(open)
WRAP_OPEN(open64)
WRAP_OPEN(__open_2)
WRAP_OPEN(__open64_2)

#define WRAP_FCNTL(name)                             \
    int __real_##name(int fd, int command, ...);     \
    int __wrap_##name(int fd, int command, ...);     \
    int __wrap_##name(int fd, int command, ...)      \
    {                                                \
        va_list arguments;                           \
        long argument;                               \
                                                     \
        va_start(arguments, command);                \
        argument = va_arg(arguments, long);          \
        va_end(arguments);                           \
        COUNT(fcntl);                                \
        return __real_##name(fd, command, argument); \
    }
WRAP_FCNTL(fcntl)
WRAP_FCNTL(fcntl64)

WRAP(int, close, int fd)
{
    COUNT(close);
    return __real_close(fd);
}

WRAP(void *, malloc, size_t size)
{
    void *memory = __real_malloc(size);

    COUNT(allocations);
    ADD(heap, malloc_usable_size(memory));
    return memory;
}

WRAP(void *, calloc, size_t count, size_t size)
{
    void *memory = __real_calloc(count, size);

    COUNT(allocations);
    ADD(heap, malloc_usable_size(memory));
    return memory;
}

WRAP(void *, realloc, void *old, size_t size)
{
    size_t before = malloc_usable_size(old);
    void *memory = __real_realloc(old, size);

    COUNT(allocations);
    if (memory)
        ADD(heap, (int64_t)malloc_usable_size(memory) - (int64_t)before);
    return memory;
}

WRAP(void, free, void *memory)
{
    ADD(heap, -(int64_t)malloc_usable_size(memory));
    __real_free(memory);
}

WRAP(int, pthread_mutex_lock, pthread_mutex_t *mutex)
{
    COUNT(locks);
    return __real_pthread_mutex_lock(mutex);
}

WRAP(void *, memcpy, void *to, const void *from, size_t size)
{
    note_copy(to, from, size);
    return __real_memcpy(to, from, size);
}

WRAP(void *, __memcpy_chk, void *to, const void *from, size_t size, size_t room)
{
    note_copy(to, from, size);
    return __real___memcpy_chk(to, from, size, room);
}

WRAP(void *, memmove, void *to, const void *from, size_t size)
{
    note_copy(to, from, size);
    return __real_memmove(to, from, size);
}

WRAP(void *, __memmove_chk, void *to, const void *from, size_t size, size_t room)
{
    note_copy(to, from, size);
    return __real___memmove_chk(to, from, size, room);
}

/* The driver's messages go to stderr here: a run that is measured should have none. */
#define WRAP_LOG(name)                                               \
    void __wrap_##name(const void *driver, const char *format, ...); \
    void __wrap_##name(const void *driver, const char *format, ...)  \
    {                                                                \
        va_list arguments;                                           \
                                                                     \
        (void)driver;                                                \
        COUNT(messages);                                             \
        va_start(arguments, format);                                 \
        vfprintf(stderr, format, arguments);                         \
        va_end(arguments);                                           \
        fputc('\n', stderr);                                         \
    }
WRAP_LOG(log_error)
WRAP_LOG(log_info)
