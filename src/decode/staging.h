/* SPDX-License-Identifier: MIT */
/* Puts slice data into OUTPUT buffers: it is copied there when the client creates it, which is
 * usually the only copy of the bitstream. */
#ifndef STAGING_H
#define STAGING_H

#include "decode/buffer.h"
#include "decode/context.h"

/* Wants context->lock held. A free slot, now in state SLOT_STAGING. `wait`: drops the lock to wait
 * for one in flight, DECODE_TIMEOUT_NS at most. NULL: there is none. */
struct slot *slot_acquire(struct context *context, bool wait) REQUIRES(context->lock);

/* The functions below want no lock held. */

/* Puts slice data into an OUTPUT buffer, where it may move whenever context->lock is free. False:
 * the buffer needs memory of its own, and vaEndPicture copies the data. */
bool stage_slice_data(struct context *context, struct buffer *buffer, const void *data);
/* Releases a buffer of any kind after its last reference is gone. */
void buffer_release(struct object *object);

/* The functions below want the lock of the buffer's context held. */

/* To be called before a client maps slice data: if the decoder may be reading it, the client gets a
 * copy, so that the decoder's data does not change. False: out of memory. */
bool stage_leave_to_decoder(struct buffer *buffer);
/* To be called after a client has unmapped slice data: if its slot is gone, it moves to memory of
 * the buffer's own, and the slot's mapping is released. */
void stage_leave_mapping(struct buffer *buffer);

#endif
