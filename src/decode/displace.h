/* SPDX-License-Identifier: MIT */
/*
 * Pictures that make room for others.
 *
 * Where the decoder has no buffer or no memory left for a picture, one that it does not need any
 * more gives up its own. The client may still look at it, for all that is known, so it moves to
 * ordinary memory: VA does not tell when a client has done with a picture.
 */
#ifndef DISPLACE_H
#define DISPLACE_H

#include "decode/context.h"
#include "device/picture_memory.h"

/* displace.c */
/* Moves the picture of captures[index] to ordinary memory and unbinds its surface. Returns the
 * memory that it had, with a reference; NULL: somebody uses it, or there is no ordinary memory. */
struct picture_memory *displace_picture(struct context *context, unsigned index)
    REQUIRES(context->lock);

/* Memory of a surface that was destroyed, for a picture of the stream, or NULL. */
struct picture_memory *abandoned_memory(struct context *context) REQUIRES(context->lock);

/* Memory that a decoded picture gives up for one of the stream; may wait (unlocked) for jobs. NULL:
 * none does. `named`, bit i: captures[i] is a reference. */
struct picture_memory *displaced_memory(struct context *context, uint32_t named)
    REQUIRES(context->lock);

#endif
