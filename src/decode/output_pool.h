/* SPDX-License-Identifier: MIT */
/* The pool of OUTPUT buffers, each with the request that carries it to the decoder. The pool never
 * waits for jobs: staging.h does. */
#ifndef OUTPUT_POOL_H
#define OUTPUT_POOL_H

#include "decode/context.h"

/* All functions want context->lock held; those that return an int return 0 or a negative errno. */

/* A free slot, now in state SLOT_STAGING. NULL: none is free, and the pool cannot grow. */
struct slot *slot_find_free(struct context *context) REQUIRES(context->lock);
/* Adds a free slot to the pool. NULL: the pool is at its limit, or out of memory. */
struct slot *slots_grow(struct context *context) REQUIRES(context->lock);

/* Makes room for `size` bytes in the slot, which keeps its contents, in a new OUTPUT buffer if need
 * be. -ENOMEM: a client has data in it mapped, or the device limits the size. */
int slot_reserve(struct context *context, struct slot *slot, size_t size) REQUIRES(context->lock);

/* Moves slice data out of the slot into the memory of its buffers, but for what a client has
 * mapped. */
void slot_evacuate(struct slot *slot);

/* Makes the request of a free slot usable again. False: there is no request now; there may be
 * later. */
bool slot_renew(struct context *context, struct slot *slot) REQUIRES(context->lock);

/* The slot's request is about to be used: it wants a reinit before the next time. */
void slot_mark_request_used(struct slot *slot);
/* A job, or one to come, has the slot. */
void slot_begin_flight(struct context *context, struct slot *slot) REQUIRES(context->lock);
/* It has not any more. */
void slot_end_flight(struct slot *slot);
/* A slot that nothing was done with since: `used` bytes of it are staged again. */
void slot_stage_again(struct slot *slot, size_t used);
/* While a slot is pinned its request and its data are not used for anything else. */
void slot_pin(struct slot *slot);
void slot_unpin(struct slot *slot);
/* The slots that are free are never used again. */
void slots_retire(struct context *context) REQUIRES(context->lock);
/* Where the next slice data goes; NULL: nowhere. */
void slots_set_staging(struct context *context, struct slot *slot) REQUIRES(context->lock);
/* Bytes to leave free in front of slice data. */
void slots_set_headroom(struct context *context, size_t headroom) REQUIRES(context->lock);
/* With both locks held: the slots of `from` become the context's, which has none. */
void slots_take(struct context *context, struct context *from) REQUIRES(context->lock);

/* Puts `size` bytes of slice data of the buffer, copied from `data` unless that is NULL, behind
 * what the slot holds, where there is room for them. */
void slot_stage(struct context *context, struct slot *slot, struct buffer *buffer, const void *data)
    REQUIRES(context->lock);
/* Takes a buffer off the slot's list. */
void slot_unlink(struct slot *slot, struct buffer *buffer);
/* Copies bytes behind what the slot holds, where there is room for them; returns where they are. */
uint8_t *slot_append(struct slot *slot, const void *data, size_t size);
/* The slot's data ends after `used` bytes. */
void slot_end_data(struct slot *slot, size_t used);

/* Frees a staging slot whose data is not needed. */
void slot_discard(struct context *context, struct slot *slot) REQUIRES(context->lock);

/* Gives up a reference to a mapping, which is unmapped with the last one. NULL is allowed. */
void output_mapping_put(struct output_mapping *mapping);

/* Creates the first slots, each with a request. */
int slots_create(struct context *context, uint32_t sizeimage) REQUIRES(context->lock);

/* Frees all slots. Slice data that a client has mapped keeps its mapping. */
void slots_destroy(struct context *context) REQUIRES(context->lock);

#endif
