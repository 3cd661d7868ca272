/* SPDX-License-Identifier: MIT */
/*
 * The pool of CAPTURE buffers, and the surfaces that they are bound to.
 *
 * A surface keeps the index of its buffer while it is bound, so that the kernel finds its picture
 * by timestamp when it is a reference. If the device imports dma-bufs, the memory belongs to the
 * surface. Otherwise it belongs to the queue, and the surface shares it.
 *
 * The pool never waits for jobs. Its callers wait, and try again.
 */
#ifndef CAPTURE_POOL_H
#define CAPTURE_POOL_H

#include "decode/context.h"

/* All functions want context->lock held; those that return an int return 0 or a negative errno. */

/* True if the surface is bound to this context, and the memory at its index is the surface's and
 * fits the stream. */
bool capture_is_bound(struct context *context, const struct surface *surface)
    REQUIRES(context->lock);

/* Bit i: a job reads or writes captures.list[i]. */
uint32_t captures_in_flight(struct context *context) REQUIRES(context->lock);

/* Creates CAPTURE buffers until there are `count`. -ENOMEM. */
int captures_create(struct context *context, unsigned count) REQUIRES(context->lock);

/* Creates a CAPTURE buffer. Returns its index, or NO_CAPTURE: the pool is at its limit, the kernel
 * has created none, or it cannot be used now. */
uint32_t capture_create(struct context *context) REQUIRES(context->lock);
/* The index of a CAPTURE buffer that is bound to no surface, fits the stream and is not in `busy`
 * (bit i: captures.list[i]), or NO_CAPTURE. */
uint32_t capture_find_free(struct context *context, uint32_t busy) REQUIRES(context->lock);
/* Notes that the kernel has returned the buffer. */
void capture_dequeued(struct capture *capture);
/* Notes that the queue has stopped: the kernel forgets the timestamps of its buffers, so none of
 * them is a reference now. */
void captures_forget_references(struct context *context) REQUIRES(context->lock);
/* Wants driver->lock held as well. Takes the memory of a buffer that is bound to no surface. The
 * kernel keeps a reference of its own. */
struct picture_memory *capture_take_memory(struct capture *capture);
/* Notes whether the last picture was refused for lack of memory or of a buffer. */
void captures_note_full(struct context *context, bool full) REQUIRES(context->lock);
/* Wants the locks of both contexts held. Moves the CAPTURE buffers of `from`, with the surfaces
 * that they are bound to, to the context, which has taken over the queues. */
void captures_take(struct context *context, struct context *from) REQUIRES(context->lock);
/* Whether the buffer could hold the stream's next picture if no surface were bound to it. */
bool capture_is_reusable(struct context *context, unsigned index) REQUIRES(context->lock);

/* Wants driver->lock held as well. Binds captures.list[index] to the surface, and replaces its
 * memory by `memory`, whose reference it takes over (NULL: keeps its memory). Returns the memory
 * that was replaced, with its reference, or NULL. */
struct picture_memory *capture_assign(struct context *context, unsigned index,
                                      struct surface *surface, struct picture_memory *memory)
    REQUIRES(context->lock);
/* Records that a picture reads or writes captures.list[i], for each bit i. */
void capture_touch(struct context *context, uint32_t captures) REQUIRES(context->lock);

/* Queues the CAPTURE buffers that are not queued yet, in the order of their jobs, up to the first
 * one that an earlier job still uses. */
int capture_queue_pending(struct context *context) REQUIRES(context->lock);

/* The position in the ring (job_at()) of the first job whose CAPTURE buffer is not queued yet, or
 * the number of jobs if there is none. */
unsigned capture_first_pending(struct context *context) REQUIRES(context->lock);

/* Unbinds and frees all CAPTURE buffers. Marks the queues as lost if the kernel does not free them.
 */
void captures_destroy(struct context *context) REQUIRES(context->lock);

/* Unbinds the buffer's surface, which then no longer belongs to the context. If the current
 * submission decodes into the surface, it only loses its index. */
void capture_release(struct context *context, unsigned index) REQUIRES(context->lock);

#endif
