/* SPDX-License-Identifier: MIT */
#include "device/picture_memory.h"

#include "base/log.h"
#include "device/v4l2.h"

#include <errno.h>
#include <linux/dma-buf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* How long to retry while the kernel answers EAGAIN to a request for access by the CPU. */
#define SYNC_TIMEOUT_NS 1000000000ull

struct picture_memory *memory_new_empty(const struct device *device,
                                        const struct picture_layout *layout)
{
    struct picture_memory *memory = calloc(1, sizeof(*memory));

    if (!memory)
        return NULL;
    memory->references = 1;
    memory->device = device;
    memory->layout = *layout;
    for (unsigned i = 0; i < MAX_PICTURE_BUFFERS; i++)
        memory->fd[i] = -1;
    return memory;
}

void memory_ref_locked(struct picture_memory *memory)
{
    memory->references++;
}

void memory_unref_locked(struct picture_memory *memory)
{
    memory->references--;
}

struct picture_memory *memory_ref(struct driver *driver, struct picture_memory *memory)
{
    lock_acquire(&driver->lock);
    memory_ref_locked(memory);
    lock_release(&driver->lock);
    return memory;
}

void memory_put(struct driver *driver, struct picture_memory *memory)
{
    bool last;

    if (!memory)
        return;
    lock_acquire(&driver->lock);
    last = --memory->references == 0;
    lock_release(&driver->lock);
    if (!last)
        return;
    if (memory->map)
        munmap(memory->map, memory->map_size);
    for (unsigned i = 0; i < memory->layout.num_buffers && !memory->moved; i++)
        if (memory->fd[i] >= 0)
            close(memory->fd[i]);
    free(memory);
}

static size_t page_align(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    return (size + page - 1) / page * page;
}

/* Maps the buffers next to each other in one reserved range, so that an image of several buffers is
 * one block. */
static uint8_t *map_buffers(struct picture_memory *memory, size_t *total)
{
    size_t end = 0;
    uint8_t *base;

    for (unsigned i = 0; i < memory->layout.num_buffers; i++) {
        memory->map_offset[i] = end;
        end += page_align(memory->layout.size[i]);
    }
    base = mmap(NULL, end, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return NULL;
    for (unsigned i = 0; i < memory->layout.num_buffers; i++) {
        if (mmap(base + memory->map_offset[i], memory->layout.size[i], PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_FIXED, memory->fd[i], 0) == MAP_FAILED) {
            munmap(base, end);
            return NULL;
        }
    }
    *total = end;
    return base;
}

bool memory_map(struct driver *driver, struct picture_memory *memory)
{
    bool mapped;

    lock_acquire(&driver->lock);
    if (!memory->map)
        memory->map = map_buffers(memory, &memory->map_size);
    mapped = memory->map;
    lock_release(&driver->lock);
    return mapped;
}

/* linux/dma-buf.h requires another try after EAGAIN, as after EINTR. */
static int sync_buffer(int fd, uint64_t flags)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    struct dma_buf_sync sync = {.flags = flags};
    uint64_t deadline = 0;
    int error;

    while ((error = v4l2_ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync)) == -EAGAIN) {
        if (!deadline)
            deadline = monotonic_ns() + SYNC_TIMEOUT_NS;
        else if (monotonic_ns() >= deadline)
            break;
        nanosleep(&pause, NULL);
    }
    return error;
}

int memory_begin_access(struct driver *driver, const struct picture_memory *memory, uint64_t flags)
{
    for (unsigned i = 0; i < memory->layout.num_buffers && !memory->moved; i++) {
        int error = sync_buffer(memory->fd[i], DMA_BUF_SYNC_START | flags);

        if (error) {
            log_error(driver, "DMA_BUF_IOCTL_SYNC: %s", strerror(-error));
            while (i-- > 0)
                sync_buffer(memory->fd[i], DMA_BUF_SYNC_END | flags);
            return error;
        }
    }
    return 0;
}

void memory_end_access(const struct picture_memory *memory, uint64_t flags)
{
    for (unsigned i = 0; i < memory->layout.num_buffers && !memory->moved; i++)
        sync_buffer(memory->fd[i], DMA_BUF_SYNC_END | flags);
}

uint8_t *memory_plane(const struct picture_memory *memory, unsigned plane)
{
    return memory->map + memory->map_offset[memory->layout.plane[plane].buffer] +
           memory->layout.plane[plane].offset;
}
