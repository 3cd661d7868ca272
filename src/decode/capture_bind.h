/* SPDX-License-Identifier: MIT */
/* Chooses the CAPTURE buffer and the memory of a surface. */
#ifndef CAPTURE_BIND_H
#define CAPTURE_BIND_H

#include "codec/codec.h"
#include "decode/context.h"
#include "decode/surface.h"

/* Wants context->lock held, and may drop it to wait for jobs. Gives the surface, which the context
 * has claimed, a CAPTURE index and memory that fits the stream. `keep`, bit i: captures.list[i]
 * must stay bound to its surface. Fails (logged) if no memory or no index is available, if the bit
 * depth of the surface is not the stream's, or if the surface's memory does not fit and cannot be
 * replaced. */
VAStatus capture_bind(struct context *context, struct surface *surface,
                      const struct control_set *sequence, uint32_t keep) REQUIRES(context->lock);

#endif
