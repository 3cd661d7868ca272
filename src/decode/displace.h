/* SPDX-License-Identifier: MIT */
/*
 * Pictures that make room for others.
 *
 * If no CAPTURE buffer or no memory is left for a picture, a decoded picture that the decoder no
 * longer needs gives up its own. VA does not say when a client is done with a picture, so its
 * contents move to ordinary memory.
 */
#ifndef DISPLACE_H
#define DISPLACE_H

#include "decode/context.h"
#include "device/picture_memory.h"

/* Moves the picture of captures.list[index] to ordinary memory and unbinds its surface. Returns the
 * memory that it had, with a reference. NULL: the memory is in use, was exported or does not have
 * the stream's layout, the surface holds no finished picture, or there is no ordinary memory. */
struct picture_memory *displace_picture(struct context *context, unsigned index)
    REQUIRES(context->lock);

/* Memory that a destroyed surface left at a CAPTURE index, if it fits the stream, or NULL. */
struct picture_memory *reclaim_orphaned(struct context *context) REQUIRES(context->lock);

/* Makes a decoded picture give up its memory for a new picture of the stream, and returns it. May
 * drop the lock to wait for jobs. NULL: no picture can. `named`, bit i: captures.list[i] is needed
 * as a reference, or must not be taken for another reason. */
struct picture_memory *reclaim_by_displacing(struct context *context, uint32_t named)
    REQUIRES(context->lock);

#endif
