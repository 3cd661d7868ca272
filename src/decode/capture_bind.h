/* SPDX-License-Identifier: MIT */
/* Chooses the CAPTURE buffer and the memory of a surface. */
#ifndef CAPTURE_BIND_H
#define CAPTURE_BIND_H

#include "codec/codec.h"
#include "decode/context.h"
#include "decode/surface.h"

/* Wants context->lock held, and may drop it to wait for jobs. Gives the surface, which the context
 * has claimed, a CAPTURE index and memory that fits the stream. `keep`, bit i: captures[i] must not
 * be taken from its surface. Fails (logged) where there is neither memory nor an index to be taken,
 * where the surface's bit depth is another one, and where memory that cannot be replaced does not
 * fit. */
VAStatus capture_bind(struct context *context, struct surface *surface,
                      const struct control_set *sequence, uint32_t keep) REQUIRES(context->lock);

#endif
