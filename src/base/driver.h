/* SPDX-License-Identifier: MIT */
/*
 * What a display's driver is: the state that all its contexts, surfaces and buffers share.
 *
 * docs/architecture.md tells the life of a frame, and the floors that the files stand on.
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
 * (handover.c). A surface belongs to one context at a time, by counted reference
 * (surface->context): from vaEndPicture on until the surface or the context is destroyed, or
 * another context decodes into it. What the surface says of itself changes only with the lock of
 * its context held, too (binding.c).
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
    unsigned calls;      /* atomic: threads inside an entry (entry.c) */
    struct message_board *messages;

    struct lock lock;
    uint64_t last_timestamp; /* ns; every decode gets a new one */
    uint64_t configs_made;
    struct context *parked;       /* counted each, newest first; handover.c */
    struct buffer *spare_buffers; /* recycled with their memory */
    size_t spare_memory;          /* bytes of all of them */
    VAImage derived;              /* layout of the last derived image: see vaCreateImage */
};

static inline struct driver *driver_of(VADriverContextP va)
{
    return va->pDriverData;
}

#endif
