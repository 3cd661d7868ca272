/* SPDX-License-Identifier: MIT */
/*
 * Memory of pictures.
 *
 * It comes from the decoder's own allocator, so that it is always memory that the decoder can
 * write: a short-lived file handle is told the stream's format, gives one CAPTURE buffer, exports
 * it as dma-bufs and is closed. The dma-bufs keep the memory. So a surface has memory before any
 * context exists, and keeps it when its context goes. Only where there is too little of it does a
 * decoded picture move to ordinary memory.
 */
#include "monochrome.h"
#include "node.h"
#include "sequence.h"

#include <errno.h>
#include <linux/dma-buf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* Longest wait for access by the CPU that the kernel tells to try again. */
#define SYNC_TIMEOUT_NS 1000000000ull

/* Tells the device of the stream, as far as it is known, and asks for its pictures' layout. */
static int negotiate(const struct v4l2_node *node, const struct device_codec *codec,
                     const struct coded_format *format, const struct control_set *sequence,
                     struct picture_layout *layout)
{
    union sequence_control control;
    struct control_set set = {0};
    uint32_t sizeimage = 0;
    int error = v4l2_set_output_format(node, codec->codec->coded_format, format->width,
                                       format->height, &sizeimage);

    if (sequence)
        set = *sequence;
    else
        sequence_for_device(codec, format, &control, &set);
    if (!error && set.count)
        error = v4l2_set_controls(node->fd, -1, set.control, set.count);
    if (!error)
        error = monochrome_negotiate(node, format, layout);
    return !error && !picture_layout_holds(layout, format->width, format->height) ? -EOVERFLOW
                                                                                  : error;
}

struct picture_memory *memory_new(const struct device *device, const struct picture_layout *layout)
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

static int allocate(const struct v4l2_node *node, const struct device *device,
                    const struct picture_layout *layout, struct picture_memory **memories,
                    unsigned wanted)
{
    unsigned count = wanted;
    int error = v4l2_request_buffers(node, v4l2_capture_type(node), V4L2_MEMORY_MMAP, &count, NULL);

    if (!error && count < wanted)
        error = -ENOMEM;
    for (unsigned i = 0; i < wanted && !error; i++) {
        memories[i] = memory_new(device, layout);
        error = !memories[i] ? -ENOMEM
                             : v4l2_export_buffer(node, v4l2_capture_type(node), i,
                                                  layout->format->num_buffers, layout->size,
                                                  memories[i]->fd);
    }
    return error;
}

int memory_layout(struct driver *driver, const struct device *device,
                  const struct device_codec *codec, const struct coded_format *format,
                  struct picture_layout *layout)
{
    struct v4l2_node node = {.multiplanar = device->multiplanar};
    int error;

    node.fd = node_open(driver, device);
    if (node.fd < 0)
        return node.fd;
    error = negotiate(&node, codec, format, NULL, layout);
    close(node.fd);
    return error;
}

int memory_create_several(struct driver *driver, const struct device *device,
                          const struct device_codec *codec, const struct coded_format *format,
                          const struct control_set *sequence, struct picture_memory **memories,
                          unsigned count)
{
    struct v4l2_node node = {.multiplanar = device->multiplanar};
    struct picture_layout layout;
    int error;

    for (unsigned i = 0; i < count; i++)
        memories[i] = NULL;
    node.fd = node_open(driver, device);
    if (node.fd < 0)
        return node.fd;
    error = negotiate(&node, codec, format, sequence, &layout);
    if (!error)
        error = allocate(&node, device, &layout, memories, count);
    close(node.fd);
    for (unsigned i = 0; i < count && !error && format->monochrome; i++)
        error = monochrome_create_chroma(driver, device, codec, memories[i]);
    for (unsigned i = 0; i < count && error; i++) {
        memory_put(driver, memories[i]);
        memories[i] = NULL;
    }
    return error;
}

struct picture_memory *memory_create(struct driver *driver, const struct device *device,
                                     const struct device_codec *codec,
                                     const struct coded_format *format,
                                     const struct control_set *sequence)
{
    struct picture_memory *memory;
    int error = memory_create_several(driver, device, codec, format, sequence, &memory, 1);

    if (error)
        log_error(driver, "%s: no memory for a %ux%u %s picture: %s", device->video_path,
                  format->width, format->height, codec->codec->name, strerror(-error));
    return memory;
}

struct picture_memory *memory_ref(struct driver *driver, struct picture_memory *memory)
{
    pthread_mutex_lock(&driver->lock);
    memory->references++;
    pthread_mutex_unlock(&driver->lock);
    return memory;
}

void memory_put(struct driver *driver, struct picture_memory *memory)
{
    bool last;

    if (!memory)
        return;
    pthread_mutex_lock(&driver->lock);
    last = --memory->references == 0;
    pthread_mutex_unlock(&driver->lock);
    if (!last)
        return;
    if (memory->map)
        munmap(memory->map, memory->map_size);
    for (unsigned i = 0; i < memory->layout.num_buffers && !memory->moved; i++)
        if (memory->fd[i] >= 0)
            close(memory->fd[i]);
    free(memory);
}

/* Ordinary memory for a copy of such memory, which has to be mapped. */
static struct picture_memory *ordinary_memory(const struct picture_memory *original)
{
    struct picture_memory *memory = malloc(sizeof(*memory));
    void *map =
        mmap(NULL, original->map_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (!memory || map == MAP_FAILED) {
        free(memory);
        if (map != MAP_FAILED)
            munmap(map, original->map_size);
        return NULL;
    }
    *memory = (struct picture_memory){
        .references = 1,
        .device = original->device,
        .layout = original->layout,
        .map = map,
        .map_size = original->map_size,
        .moved = true,
    };
    memcpy(memory->map_offset, original->map_offset, sizeof(memory->map_offset));
    return memory;
}

bool memory_move_picture(struct driver *driver, struct surface *surface,
                         struct picture_memory *memory, unsigned owners)
{
    struct picture_memory *ordinary = memory_map(driver, memory) ? ordinary_memory(memory) : NULL;
    bool moves;

    if (!ordinary)
        return false;
    if (memory_begin_access(driver, memory, DMA_BUF_SYNC_READ)) {
        memory_put(driver, ordinary);
        return false;
    }
    /* Under the lock: nobody writes to what is being copied, or looks for it in between. */
    pthread_mutex_lock(&driver->lock);
    moves = surface->memory == memory && memory->references == owners && !memory->exported;
    if (moves) {
        memcpy(ordinary->map, memory->map, memory->map_size);
        surface->memory = ordinary;
        memory->references--;
    }
    pthread_mutex_unlock(&driver->lock);
    memory_end_access(memory, DMA_BUF_SYNC_READ);
    if (!moves)
        memory_put(driver, ordinary);
    return moves;
}

bool memory_return_picture(struct driver *driver, struct surface *surface,
                           struct picture_memory *memory)
{
    struct picture_memory *ordinary = NULL;

    if (!memory_map(driver, memory) || memory_begin_access(driver, memory, DMA_BUF_SYNC_WRITE))
        return false;
    pthread_mutex_lock(&driver->lock);
    if (surface->memory && surface->memory->moved &&
        memory->map_size == surface->memory->map_size &&
        picture_layout_fits(&memory->layout, &surface->memory->layout)) {
        ordinary = surface->memory;
        memcpy(memory->map, ordinary->map, memory->map_size);
        surface->memory = memory;
    }
    pthread_mutex_unlock(&driver->lock);
    memory_end_access(memory, DMA_BUF_SYNC_WRITE);
    memory_put(driver, ordinary);
    return ordinary;
}

static size_t page_align(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    return (size + page - 1) / page * page;
}

/* The buffers side by side in one reservation, so that an image of several buffers is one block. */
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

    pthread_mutex_lock(&driver->lock);
    if (!memory->map)
        memory->map = map_buffers(memory, &memory->map_size);
    mapped = memory->map;
    pthread_mutex_unlock(&driver->lock);
    return mapped;
}

/* The kernel asks for EAGAIN to be answered as EINTR is (linux/dma-buf.h): with another try. */
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
