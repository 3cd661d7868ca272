/* SPDX-License-Identifier: MIT */
/* Collects what a client renders between vaBeginPicture and vaEndPicture, in any order. */
#ifndef COLLECT_H
#define COLLECT_H

#include "decode/context.h"

/* All functions want context->lock held. */

/* Drops everything that was collected. */
void collect_reset(struct context *context) REQUIRES(context->lock);

/* Frees the arrays. Called when the context is freed. */
void collect_free(struct context *context);

/* Begins a picture for the surface, and takes over the caller's reference to it. */
void collect_begin(struct context *context, struct surface *target) REQUIRES(context->lock);
/* Collects one buffer. Refusals are logged. */
VAStatus collect_add(struct context *context, struct buffer *buffer) REQUIRES(context->lock);

/* Pairs slice data with slice parameters, and fills `picture` with what was collected. */
VAStatus collect_picture(struct context *context, struct picture *picture) REQUIRES(context->lock);

/* Updates the data pointers of slices `first` to `first + count - 1`. Has to be called before the
 * data is read if the lock may have been dropped since the last call.
 * VA_STATUS_ERROR_INVALID_PARAMETER: the client has shortened a buffer meanwhile. */
VAStatus collect_locate(struct context *context, unsigned first, unsigned count)
    REQUIRES(context->lock);

#endif
