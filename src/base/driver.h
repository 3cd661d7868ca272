/* SPDX-License-Identifier: MIT */
/*
 * The driver of one display: the state that all its contexts, surfaces and buffers share.
 *
 * docs/architecture.md describes the life of a frame and the floors of src/.
 *
 * Locks, in the order in which they are taken
 * -------------------------------------------
 * - context->lock: the queues, slots and jobs of one context, and the picture being collected. It
 *   is held across ioctls that do not block, and dropped for waits. A thread that polls a slot's
 *   request pins the slot, so that it is not reused meanwhile. These short waits keep the lock:
 *   - for the second buffer of a job that has ended, which the kernel returns right after the
 *     first: 200 ms at most (completion.c);
 *   - for the request of a job whose buffers the kernel has returned: 1 ms (completion.c);
 *   - for DMA_BUF_IOCTL_SYNC, when a picture moves to ordinary memory (displace.c) or the chroma of
 *     a 4:0:0 picture is refilled (monochrome.c): repeated for 1 s at most while the kernel returns
 *     EAGAIN.
 * - driver->lock: the state, timestamp, memory and context of each surface, reference counts and
 *   mappings of picture memory, and the members below it in struct driver. It is not held across
 *   ioctls, but it is held across mmap, and while a picture is copied to or from ordinary memory
 *   (moved_picture.c).
 * - objects.lock (ids; references are counted atomically), the lock of the message board, and the
 *   lock of the trace, which is held while the file is written. No other lock is taken while one of
 *   these is held.
 *
 * No client callback runs inside the driver, so none runs with a lock held: see log.h.
 *
 * A thread never holds the locks of two contexts, with one exception: a new context that takes over
 * from a parked one takes the parked one's lock second (handover.c).
 *
 * A surface belongs to one context at a time (surface->context, a counted reference): from
 * vaEndPicture until the surface or the context is destroyed, another context decodes into it, or
 * the context gives its CAPTURE buffer to another surface. While it is bound, its state, timestamp
 * and binding change only while the lock of that context is held as well (binding.h). Its memory
 * pointer may change under driver->lock alone.
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
    unsigned calls;      /* atomic: number of calls inside the driver (entry.c) */
    struct message_board *messages;

    struct lock lock;        /* guards what follows */
    uint64_t last_timestamp; /* ns; every picture gets a new one */
    uint64_t configs_made;
    struct context *parked;       /* newest first, each with a counted reference: parked.h */
    struct buffer *spare_buffers; /* destroyed buffers, kept with their memory */
    size_t spare_memory;          /* total size of them, in bytes */
    VAImage derived;              /* the last derived image: vaCreateImage uses its layout */
};

static inline struct driver *driver_of(VADriverContextP va)
{
    return va->pDriverData;
}

#endif
