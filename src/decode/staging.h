/* SPDX-License-Identifier: MIT */
/* Copies slice data into OUTPUT buffers when the client creates it. This is usually the only copy
 * of the bitstream. */
#ifndef STAGING_H
#define STAGING_H

#include "decode/buffer.h"
#include "decode/context.h"

/* Wants context->lock held. A free slot, now in state SLOT_STAGING. `wait`: drops the lock to wait
 * for one in flight, for DECODE_TIMEOUT_NS at most. NULL: there is none. */
struct slot *slot_acquire(struct context *context, bool wait) REQUIRES(context->lock);

/* The functions below want no lock held. */

/* Puts slice data into an OUTPUT buffer. The data may move whenever context->lock is not held.
 * False: the buffer needs memory of its own, and vaEndPicture copies the data. */
bool stage_slice_data(struct context *context, struct buffer *buffer, const void *data);
/* Releases a buffer of any kind after its last reference is gone. */
void buffer_release(struct object *object);

/* The functions below want the lock of the buffer's context held. */

/* Has to be called before a client maps slice data. If the decoder may be reading the data, the
 * buffer gets a copy, so that the client cannot change what the decoder reads. False: out of
 * memory. */
bool stage_leave_to_decoder(struct buffer *buffer);
/* Has to be called after a client has unmapped slice data. If its slot is gone, the data moves to
 * the buffer's own memory, and the slot's mapping is released. */
void stage_leave_mapping(struct buffer *buffer);

#endif
