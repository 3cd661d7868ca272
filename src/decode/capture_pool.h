/* SPDX-License-Identifier: MIT */
/*
 * The pool of CAPTURE buffer indices, and the surfaces that they are bound to.
 *
 * A surface keeps its index while it is bound, so that the kernel finds it by timestamp when it is
 * a reference. If the device imports dma-bufs, the memory is the surface's own. If it does not, the
 * memory belongs to the queue, and the surface takes it over.
 *
 * The pool never waits for jobs: callers do, and try again.
 */
#ifndef CAPTURE_POOL_H
#define CAPTURE_POOL_H

#include "decode/context.h"

/* All functions want context->lock held; those that return an int return 0 or a negative errno. */

/* True if the surface is bound to this context, and the memory at its index is the surface's and
 * fits the stream. */
bool capture_is_bound(struct context *context, const struct surface *surface)
    REQUIRES(context->lock);

/* Bit i: a job reads or writes captures[i]. */
uint32_t captures_in_flight(struct context *context) REQUIRES(context->lock);

/* Creates CAPTURE buffers until there are `count`. -ENOMEM. */
int captures_create(struct context *context, unsigned count) REQUIRES(context->lock);

uint32_t capture_create(struct context *context) REQUIRES(context->lock);
/* Index of a CAPTURE buffer that is bound to no surface, fits the stream and is not in `busy` (bit
 * i: captures[i]), or NO_CAPTURE. */
uint32_t capture_find_free(struct context *context, uint32_t busy) REQUIRES(context->lock);
/* The kernel has given the buffer back. */
void capture_dequeued(struct capture *capture);
/* The kernel forgets the timestamps of a queue that stops: nothing in it is a reference any more.
 */
void captures_forget_references(struct context *context) REQUIRES(context->lock);
/* With driver->lock: takes memory from an index that stands for no surface; the kernel keeps its
 * own. */
struct picture_memory *capture_take_memory(struct capture *capture);
/* Whether the last picture was refused for want of a buffer. */
void captures_note_full(struct context *context, bool full) REQUIRES(context->lock);
/* With both locks held: the CAPTURE buffers of `from`, whose queues are the context's now, become
 * the context's, with the surfaces that they stand for. */
void captures_take(struct context *context, struct context *from) REQUIRES(context->lock);
/* Whether the buffer could take the stream's next picture if it were bound to no surface. */
bool capture_is_reusable(struct context *context, unsigned index) REQUIRES(context->lock);

/* With driver->lock held as well. Binds captures[index] to the surface, which takes the index, with
 * that memory, whose reference is taken over; NULL: the memory that it has. Returns the memory that
 * it had otherwise, with its reference. */
struct picture_memory *capture_assign(struct context *context, unsigned index,
                                      struct surface *surface, struct picture_memory *memory)
    REQUIRES(context->lock);
/* Records that a picture reads or writes captures[i], for each bit i. */
void capture_touch(struct context *context, uint32_t captures) REQUIRES(context->lock);

/* Queues the CAPTURE buffers of jobs that still lack theirs, in order, until one is in use by an
 * earlier job. */
int capture_queue_pending(struct context *context) REQUIRES(context->lock);

unsigned capture_first_pending(struct context *context) REQUIRES(context->lock);

void captures_destroy(struct context *context) REQUIRES(context->lock);

/* Unbinds the buffer's surface. The surface is no longer the context's, unless the submission that
 * is going on decodes into it: then it only loses its index. */
void capture_release(struct context *context, unsigned index) REQUIRES(context->lock);

#endif
