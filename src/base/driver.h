/* SPDX-License-Identifier: MIT */
/*
 * The driver of one display: the state that all its contexts, surfaces and buffers share.
 *
 * docs/architecture.md describes the life of a frame and the floors of src/.
 *
 * Locks, in the order in which they are taken
 * -------------------------------------------
 * - context->lock: the queues, slots and jobs of one context, and the picture being collected. Held
 *   over ioctls that do not block. Waits drop it; a thread that polls a slot's request
 *   pins the slot meanwhile, so that it is not reused. These short waits keep it:
 *   - for the second buffer of a job that has ended, which the kernel returns in the same moment:
 *     200 ms at most (completion.c);
 *   - for the request of a job whose buffers are back: 1 ms (completion.c);
 *   - DMA_BUF_IOCTL_SYNC, when a picture moves to ordinary memory (displace.c) or chroma of 4:0:0
 *     is refilled (monochrome.c); repeated for 1 s at most while the kernel answers EAGAIN.
 * - driver->lock: what surfaces say of themselves (state, timestamp, memory, binding to a context),
 *   reference counts and mappings of picture memory, and the members below it in struct driver. Not
 *   held over ioctls; held over mmap, and while a picture is copied to or from ordinary memory
 *   (moved_picture.c).
 * - Innermost, each held alone: objects.lock (ids; references are counted atomically), that of the
 *   message board, and that of the trace, which is held while the file is written.
 *
 * No client callback runs inside the driver, and so none with a lock held: log.h.
 *
 * Two contexts never lock each other. One exception: a new context that takes over from a parked
 * one takes the parked one's lock second (handover.c).
 *
 * A surface belongs to one context at a time, by counted reference (surface->context): from
 * vaEndPicture until the surface or the context is destroyed, another context decodes into it, or
 * the context gives its CAPTURE buffer to another surface. While it is bound, its state, timestamp
 * and binding change only with the lock of that context held as well (binding.h). Its memory
 * pointer may change with driver->lock alone.
 */
#ifndef DRIVER_H
#define DRIVER_H

#include "base/lock.h"
#include "base/object.h"

#include <pthread.h>
#include <va/va_backend.h>

struct buffer;
struct context;
struct device;
struct message_board;
struct trace;

struct driver {
    VADriverContextP va;
    struct object_table objects;
    struct device *devices;
    unsigned num_devices;
    struct trace *trace; /* NULL: off */
    unsigned calls;      /* atomic: calls inside the driver (entry.c) */
    struct message_board *messages;

    struct lock lock;        /* of what follows */
    uint64_t last_timestamp; /* ns; every picture gets a new one */
    uint64_t configs_made;
    struct context *parked;       /* each counted, newest first: parked.h */
    struct buffer *spare_buffers; /* destroyed, kept with their memory */
    size_t spare_memory;          /* bytes of all of them */
    VAImage derived;              /* the last derived image: vaCreateImage lays its own out alike */
};

static inline struct driver *driver_of(VADriverContextP va)
{
    return va->pDriverData;
}

#endif
