/* SPDX-License-Identifier: MIT */
/* The pool of OUTPUT buffers, each with the request that carries it to the decoder. */
#ifndef OUTPUT_POOL_H
#define OUTPUT_POOL_H

#include "decode/context.h"

/* All functions want context->lock held; those that return an int return 0 or a negative errno. */

/* A free slot, now staging, or NULL: none is free. */
struct slot *slot_find_free(struct context *context);
/* One more slot in the pool; NULL: it is as large as it gets. */
struct slot *slots_grow(struct context *context);

/* Makes room for `size` bytes in the slot, its contents kept. */
int slot_reserve(struct context *context, struct slot *slot, size_t size);

/* Moves live slice data out of the slot into memory of its buffers. */
void slot_evacuate(struct slot *slot);

/* Makes the request of a slot that is free usable again. False: there is none to be had now. */
bool slot_renew(struct context *context, struct slot *slot);

/* Gives a staging slot back whose data nobody wants. */
void slot_discard(struct context *context, struct slot *slot);

/* Gives up a reference to a mapping, which goes with the last one. NULL is allowed. */
void output_mapping_put(struct output_mapping *mapping);

int slots_create(struct context *context);

void slots_destroy(struct context *context);

#endif
