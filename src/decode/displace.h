/* SPDX-License-Identifier: MIT */
/*
 * Pictures that make room for others.
 *
 * If there is no CAPTURE buffer or no memory left for a picture, a decoded picture that the decoder
 * does not need any more gives up its own. VA does not tell when a client is done with a picture,
 * so its contents move to ordinary memory.
 */
#ifndef DISPLACE_H
#define DISPLACE_H

#include "decode/context.h"
#include "device/picture_memory.h"

/* Moves the picture of captures[index] to ordinary memory and unbinds its surface. Returns the
 * memory that it had. NULL: it is in use, exported or of another layout than the stream's, the
 * surface holds no decoded picture, or there is no ordinary memory. */
struct picture_memory *displace_picture(struct context *context, unsigned index)
    REQUIRES(context->lock);

/* Memory that was left at a CAPTURE index by a surface which was destroyed, if it fits the stream,
 * or NULL. */
struct picture_memory *reclaim_orphaned(struct context *context) REQUIRES(context->lock);

/* Memory that a decoded picture gives up for one of the stream; may wait (unlocked) for jobs. NULL:
 * none does. `named`, bit i: captures[i] is a reference. */
struct picture_memory *reclaim_by_displacing(struct context *context, uint32_t named)
    REQUIRES(context->lock);

#endif
