/* SPDX-License-Identifier: MIT */
/*
 * The driver's objects, and how a frame goes through them.
 *
 * The life of a frame
 * -------------------
 * 1. vaCreateBuffer copies slice data straight into the mapped OUTPUT buffer of a free request
 *    slot (buffer.c, slot.c): the only copy of the bitstream. Parameter buffers keep theirs.
 * 2. vaBeginPicture, vaRenderPicture: the picture collects references to the rendered buffers, in
 *    any order (picture.c). Nothing is interpreted yet.
 * 3. vaEndPicture: the parameter buffers become a `struct picture` (codec.h), the codec's
 *    generated builder turns it into control structs, and the frame is submitted: controls and
 *    OUTPUT buffer in the slot's request, the surface's memory on the CAPTURE queue, then
 *    MEDIA_REQUEST_IOC_QUEUE (submit.c). A `struct job` remembers it. No wait, unless every slot
 *    is in flight.
 * 4. A surface owns its memory for life (memory.c): dma-bufs that the decoder's own allocator made,
 *    imported into whichever context decodes into the surface (capture.c). A CAPTURE buffer that an
 *    earlier unfinished job still reads or writes is queued only when that job has ended; until
 *    then its job waits in the kernel, in order.
 * 5. vaSyncSurface and its kin wait on the request, then dequeue all jobs up to it (reap.c). Jobs
 *    of one context end in the order in which they were queued. A slot's request is reinitialised
 *    when the slot is used next.
 * 6. The picture is read through an image (image.c) or exported as a dma-buf (export.c), which
 *    outlive the surface, which outlives the context.
 *
 * Locks
 * -----
 * - context->lock: queues, slots, jobs and the picture being rendered of one context. Held over
 *   non-blocking ioctls, never over a wait: waits poll a request whose slot is pinned by
 *   `slot->waiters`. One exception: a job that has ended gives its two buffers back in the same
 *   moment; should the second one be late, it is waited for with the lock held, 200 ms at most.
 * - driver->lock: what surfaces say of themselves (state, timestamp, memory pointer, binding to a
 *   context), memory reference counts and mappings. Taken last, held over no ioctl but mmap.
 * - objects.lock: ids only; innermost. References are counted atomically.
 * - The lock of messages, which are written down under any of these; innermost, too.
 * - No callback of the client is called with any of them, nor inside the driver at all: log.h.
 * Two contexts never lock each other, but for a new one that goes on where a parked one ended
 * (parking.c). A surface belongs to one context at a time, by counted reference (surface->context):
 * from vaEndPicture on until the surface or the context is destroyed, or another context decodes
 * into it. What the surface says of itself changes only with the lock of its context held, too
 * (binding.c).
 */
#ifndef DRIVER_H
#define DRIVER_H

#include "candidates.h"
#include "codec.h"
#include "device.h"
#include "format.h"
#include "log.h"
#include "object.h"

#include <pthread.h>
#include <va/va_backend.h>

struct trace;

struct driver {
    VADriverContextP va;
    struct object_table objects;
    struct device *devices;
    unsigned num_devices;
    struct trace *trace; /* NULL: off */
    unsigned calls;      /* atomic: threads inside an entry (entry.c) */
    struct message_board *messages;

    pthread_mutex_t lock;
    uint64_t last_timestamp; /* ns; every decode gets a new one */
    uint64_t configs_made;
    struct context *parked;       /* counted each, newest first; parking.c */
    struct buffer *spare_buffers; /* recycled with their memory */
    size_t spare_memory;          /* bytes of all of them */
    VAImage derived;              /* layout of the last derived image: see vaCreateImage */
};

struct config {
    struct object object;
    VAProfile profile;
    uint32_t rt_format;            /* VA_RT_FORMAT_* bits: that the client asked for, else all */
    uint32_t supported_rt_formats; /* of pictures of the profile, on one device or another */
    struct picture_limits limits;  /* of pictures that have one of `rt_format` */
    /* Whose pixel formats vaQuerySurfaceAttributes lists. A client that says no RT format chooses
     * from them by its stream's depth: it is told all of the profile's, so that it asks for what
     * the device does not have when it creates surfaces, and not with the first picture. */
    uint32_t surface_rt_formats;
    uint64_t number; /* of all that were made, in order */
};

/* A picture's memory: dma-bufs, mapped when somebody reads them with the CPU. */
struct picture_memory {
    unsigned references;         /* driver->lock */
    const struct device *device; /* that allocated it */
    struct picture_layout layout;
    int fd[MAX_PICTURE_BUFFERS]; /* dma-buf */
    uint8_t *map;                /* all buffers one after the other, each from a page; or NULL */
    size_t map_offset[MAX_PICTURE_BUFFERS];
    size_t map_size;
    bool chroma_written; /* by a client, over that of pictures without chroma (monochrome.h) */
    unsigned exported;   /* exports, of which nobody tells when they end: it must not be replaced */
    bool moved;          /* ordinary memory, mapped, without dma-bufs: see memory_move_picture() */
};

enum surface_state {
    SURFACE_FREE,      /* holds no picture */
    SURFACE_IN_DECODE, /* a job that writes it has not been reaped */
    SURFACE_DECODED,   /* holds a picture */
    SURFACE_DAMAGED,   /* holds a picture that the device reported errors in */
    SURFACE_FAILED,    /* the last decode into it was lost */
};

struct surface {
    struct object object;
    struct driver *driver;
    uint32_t width, height; /* as the client created it */
    uint32_t rt_format;
    uint32_t va_fourcc; /* that the client asked for, 0: any */

    /* driver->lock */
    enum surface_state state;
    struct picture_memory *memory;
    struct context *context; /* counted; whose it is since the last decode began */
    unsigned capture;        /* index in context->captures, or NO_CAPTURE */
    uint64_t timestamp;      /* ns, of the last decode in `context`; NO_TIMESTAMP: none */
    unsigned pending_jobs;   /* jobs not reaped that write it */
    uint8_t codec_state[SURFACE_STATE_SIZE] __attribute__((aligned(8)));
};

struct output_mapping;
struct slot;

struct buffer {
    struct object object;
    struct driver *driver;
    VABufferType type;
    unsigned element_size, num_elements;
    uint8_t *data;   /* owned, or inside `slot`'s OUTPUT buffer, or an image's memory */
    uint8_t *owned;  /* memory kept with the buffer when it is recycled */
    size_t capacity; /* bytes of `owned` */
    /* slice data staged in an OUTPUT buffer: */
    struct context *context;        /* counted */
    struct slot *slot;              /* NULL: `data` is owned; context->lock */
    size_t offset;                  /* of `data` in the slot */
    struct output_mapping *mapping; /* counted: where `data` is when the slot is gone, or NULL */
    struct buffer *next;            /* in the slot's list, or among the spares */
    /* image data: */
    struct picture_memory *memory; /* counted: of a derived image */
    /* vaMapBuffer calls without vaUnmapBuffer; context->lock, of an image's driver->lock */
    unsigned mapped;
};

struct image {
    struct object object;
    struct driver *driver;
    VAImage va;
    struct buffer *buffer; /* counted: its memory */
};

/* memory.c */
/* Memory of that layout without its buffers (each fd -1), with one reference; NULL: none to be had.
 */
struct picture_memory *memory_new(const struct device *device, const struct picture_layout *layout);
/* Memory for a picture of that stream format, from the decoder's own allocator, with one
 * reference. `sequence`: the stream's controls that the device needs to know before it can tell its
 * CAPTURE format; NULL: no stream is known yet. NULL when there is none to be had (logged). */
struct picture_memory *memory_create(struct driver *driver, const struct device *device,
                                     const struct device_codec *codec,
                                     const struct coded_format *format,
                                     const struct control_set *sequence);
/* How such memory is laid out where no stream is known yet. Returns 0 or a negative errno. */
int memory_layout(struct driver *driver, const struct device *device,
                  const struct device_codec *codec, const struct coded_format *format,
                  struct picture_layout *layout);
/* As memory_create() for `count` pictures, all or none. Returns 0 or a negative errno and logs
 * nothing. */
int memory_create_several(struct driver *driver, const struct device *device,
                          const struct device_codec *codec, const struct coded_format *format,
                          const struct control_set *sequence, struct picture_memory **memories,
                          unsigned count);
struct picture_memory *memory_ref(struct driver *driver, struct picture_memory *memory);
void memory_put(struct driver *driver, struct picture_memory *memory);
/* Maps all buffers for the CPU, for the life of the memory. False: not to be had. */
bool memory_map(struct driver *driver, struct picture_memory *memory);
/* Brackets CPU access (DMA_BUF_IOCTL_SYNC): flags DMA_BUF_SYNC_READ/WRITE. A negative errno: what
 * the CPU would see is not known (logged); there is no access to end. */
int memory_begin_access(struct driver *driver, const struct picture_memory *memory, uint64_t flags);
void memory_end_access(const struct picture_memory *memory, uint64_t flags);
/* Takes the surface's memory for another picture: what it holds moves to ordinary memory, where it
 * can be read but neither exported nor decoded into. The surface's reference to `memory` is given
 * up. `owners`: the references that there may be, the surface's among them. False: somebody else
 * uses the memory, or there is no ordinary memory either. */
bool memory_move_picture(struct driver *driver, struct surface *surface,
                         struct picture_memory *memory, unsigned owners);
/* The reverse: a picture that moved goes to `memory`, which becomes the surface's. False: it has
 * not moved, or does not fit there. */
bool memory_return_picture(struct driver *driver, struct surface *surface,
                           struct picture_memory *memory);
/* Start of a plane in mapped memory. */
uint8_t *memory_plane(const struct picture_memory *memory, unsigned plane);

/* surface.c */
/* The surface's memory with a new reference, allocated for the most probable use (the context that
 * it is bound to, or one of its size, or the newest config) if it has none yet. NULL with *status
 * set. */
struct picture_memory *surface_memory(struct surface *surface, VAStatus *status);
/* The surface's memory as dma-bufs, the same way; a picture that moved comes back first. */
struct picture_memory *surface_dmabufs(struct surface *surface, VAStatus *status);
/* Waits for the surface's last decode. timeout in ns; UINT64_MAX: the driver's own bound.
 * VA_STATUS_SUCCESS (also of a damaged picture), VA_STATUS_ERROR_DECODING_ERROR,
 * VA_STATUS_ERROR_TIMEDOUT. */
VAStatus surface_wait(struct surface *surface, uint64_t timeout_ns);

static inline struct driver *driver_of(VADriverContextP va)
{
    return va->pDriverData;
}

#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

#endif
