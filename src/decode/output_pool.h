/* SPDX-License-Identifier: MIT */
/* The pool of slots: OUTPUT buffers, each with the request that carries it to the decoder. The pool
 * never waits for jobs; the functions of staging.h do. */
#ifndef OUTPUT_POOL_H
#define OUTPUT_POOL_H

#include "decode/context.h"

/* All functions want context->lock held; those that return an int return 0 or a negative errno. */

/* A free slot, now in state SLOT_STAGING. NULL: no slot is free, and the pool cannot grow. */
struct slot *slot_find_free(struct context *context) REQUIRES(context->lock);
/* Adds a free slot to the pool. NULL: the pool is at its limit, or out of memory. */
struct slot *slots_grow(struct context *context) REQUIRES(context->lock);

/* Makes room for `size` bytes in the slot, with a new OUTPUT buffer if necessary. The slot keeps
 * its contents. -ENOMEM: a client has data in it mapped, or the device limits the size. */
int slot_reserve(struct context *context, struct slot *slot, size_t size) REQUIRES(context->lock);

/* Moves slice data out of the slot into the buffers' own memory. Data that a client has mapped
 * stays. */
void slot_evacuate(struct slot *slot);

/* Makes the request of a free slot usable again. False: the slot has no usable request now, but may
 * get one later. */
bool slot_renew(struct context *context, struct slot *slot) REQUIRES(context->lock);

/* Notes that the slot's request is about to be used, so that it is reinitialised before the next
 * use. */
void slot_mark_request_used(struct slot *slot);
/* A job or deferred frame owns the slot. */
void slot_begin_flight(struct context *context, struct slot *slot) REQUIRES(context->lock);
/* It no longer does. */
void slot_end_flight(struct slot *slot);
/* Puts an untouched slot back into staging with `used` bytes. */
void slot_stage_again(struct slot *slot, size_t used);
/* While a slot is pinned, its request and its data are not used for anything else. */
void slot_pin(struct slot *slot);
void slot_unpin(struct slot *slot);
/* Retires all free slots: they are not used again until the queues are opened again. */
void slots_retire(struct context *context) REQUIRES(context->lock);
/* Sets the slot that the next slice data goes to. NULL: none. */
void slots_set_staging(struct context *context, struct slot *slot) REQUIRES(context->lock);
/* Sets the number of bytes to leave free in front of slice data. */
void slots_set_headroom(struct context *context, size_t headroom) REQUIRES(context->lock);
/* Wants the locks of both contexts held. Moves the slots of `from` to the context, which has none.
 */
void slots_take(struct context *context, struct context *from) REQUIRES(context->lock);

/* Gives the buffer room for its slice data behind what the slot contains, and copies `data` there
 * unless that is NULL. The caller has made sure that there is room. */
void slot_stage(struct context *context, struct slot *slot, struct buffer *buffer, const void *data)
    REQUIRES(context->lock);
/* Takes a buffer off the slot's list. */
void slot_unlink(struct slot *slot, struct buffer *buffer);
/* Copies bytes behind what the slot contains, and returns where they are. The caller has made sure
 * that there is room. */
uint8_t *slot_append(struct slot *slot, const void *data, size_t size);
/* Sets the size of the slot's data. */
void slot_end_data(struct slot *slot, size_t used);

/* Makes a staging slot free, because its data is not needed. */
void slot_discard(struct context *context, struct slot *slot) REQUIRES(context->lock);

/* Drops a reference to a mapping, and unmaps it if it was the last one. NULL is allowed. */
void output_mapping_put(struct output_mapping *mapping);

/* Creates the first slots, each with a request. */
int slots_create(struct context *context, uint32_t sizeimage) REQUIRES(context->lock);

/* Frees all slots. Slice data that a client has mapped keeps its mapping. */
void slots_destroy(struct context *context) REQUIRES(context->lock);

#endif
