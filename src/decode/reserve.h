/* SPDX-License-Identifier: MIT */
/* Memory that a context holds for surfaces to come: see provision.h. */
#ifndef RESERVE_H
#define RESERVE_H

#include "decode/context.h"

/* With context->lock held. Memory for a picture of the stream, with its reference, or NULL. */
struct picture_memory *reserve_take(struct context *context) REQUIRES(context->lock);

/* With context->lock held, or before the context has an id. Gives back what is left. */
void reserve_release(struct context *context);

/* Without lock. The same as reserve_take() for a surface that is no render target yet, from a
 * context for pictures of its kind on that codec. */
struct picture_memory *reserve_take_for(const struct surface *surface,
                                        const struct device_codec *codec);

#endif
