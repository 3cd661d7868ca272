/* SPDX-License-Identifier: MIT */
/* Which CAPTURE buffer, and which memory, a surface gets. */
#ifndef CAPTURE_BIND_H
#define CAPTURE_BIND_H

#include "codec/codec.h"
#include "decode/context.h"
#include "decode/surface.h"

/* Binds the surface, which is the context's, to a CAPTURE index, with memory that fits. `keep`,
 * bit i: captures[i] stays what it is. */
VAStatus capture_bind(struct context *context, struct surface *surface,
                      const struct control_set *sequence, uint32_t keep) REQUIRES(context->lock);

#endif
