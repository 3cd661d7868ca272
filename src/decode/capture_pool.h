/* SPDX-License-Identifier: MIT */
/*
 * CAPTURE buffer indices and the surfaces that they stand for.
 *
 * A surface keeps its index while it is bound, so that the kernel finds it by timestamp when it is
 * a reference. Where the device imports dma-bufs the memory is the surface's own; where it does
 * not, the memory is the queue's and the surface takes it over.
 */
#ifndef CAPTURE_POOL_H
#define CAPTURE_POOL_H

#include "decode/context.h"

/* All functions want context->lock held; those that return an int return 0 or a negative errno. */

/* capture.c */
/* True when the surface is bound to this context, with the memory that the kernel has. */
bool capture_is_bound(struct context *context, const struct surface *surface)
    REQUIRES(context->lock);

/* Bit i: captures[i] is read or written by a job. */
uint32_t captures_in_flight(struct context *context) REQUIRES(context->lock);

/* Creates CAPTURE buffers until there are `count`. */
int captures_create(struct context *context, unsigned count) REQUIRES(context->lock);

/* Index of a fresh CAPTURE buffer, or NO_CAPTURE. */
uint32_t capture_create(struct context *context) REQUIRES(context->lock);
/* Index of a CAPTURE buffer, none of `busy` (bit i: captures[i]), that stands for no surface and is
 * right for the stream, or NO_CAPTURE. */
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
/* Whether the buffer could take the stream's next picture, if it stood for no surface. */
bool capture_is_reusable(struct context *context, unsigned index) REQUIRES(context->lock);

/* Notes that a picture reads or writes captures[i], for each bit i. */
void capture_touch(struct context *context, uint32_t captures) REQUIRES(context->lock);

/* Queues the CAPTURE buffers that jobs wait for, as far as earlier jobs allow. */
int capture_queue_pending(struct context *context) REQUIRES(context->lock);

/* Number of the first job whose CAPTURE buffer could not be queued yet, num_jobs: none. */
unsigned capture_first_pending(struct context *context) REQUIRES(context->lock);

void captures_destroy(struct context *context) REQUIRES(context->lock);

/* Takes the buffer from its surface, which is the context's no more, unless it is being decoded
 * into. */
void capture_release(struct context *context, unsigned index) REQUIRES(context->lock);

#endif
