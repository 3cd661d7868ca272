/* SPDX-License-Identifier: MIT */
/* Slice data on its way into OUTPUT buffers: it is copied there as the client creates it, the only
 * copy of the bitstream. */
#ifndef STAGING_H
#define STAGING_H

#include "decode/buffer.h"
#include "decode/context.h"

/* With context->lock held, which waits drop. A free slot, now staging; waits for one in flight if
 * `wait`. NULL: none. */
struct slot *slot_acquire(struct context *context, bool wait) REQUIRES(context->lock);

/* The functions below want no lock held. */

/* Puts slice data into an OUTPUT buffer. False: it has to get memory of its own, and is copied once
 * more at vaEndPicture. Where it lies afterwards only context->lock tells. */
bool stage_slice_data(struct context *context, struct buffer *buffer, const void *data);
/* Releases a buffer of any kind that has no references any more. */
void buffer_release(struct object *object);

/* The functions below want the lock of the buffer's context held. */

/* Slice data that a client is about to change stays what it was for the decoder, which may be
 * reading it. False: there is no memory for a copy. */
bool stage_leave_to_decoder(struct buffer *buffer);
/* Slice data whose slot is gone stays in its mapping while the client has it mapped. */
void stage_leave_mapping(struct buffer *buffer);

#endif
