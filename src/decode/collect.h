/* SPDX-License-Identifier: MIT */
/* What a client renders between vaBeginPicture and vaEndPicture, in whatever order. */
#ifndef COLLECT_H
#define COLLECT_H

#include "decode/context.h"

/* All functions want context->lock held. */

/* rendering.c */
/* Ends a rendering: drops what it collected. */
void collect_reset(struct context *context) REQUIRES(context->lock);

void collect_free(struct context *context);

/* Begins a picture for the surface, whose reference is taken over. */
void collect_begin(struct context *context, struct surface *target) REQUIRES(context->lock);
/* Collects one buffer. */
VAStatus collect_add(struct context *context, struct buffer *buffer) REQUIRES(context->lock);

/* Pairs slice data with parameters and fills `picture` with what was collected. */
VAStatus collect_picture(struct context *context, struct picture *picture) REQUIRES(context->lock);

/* Finds the data of slices `first` to `first + count - 1` of the picture again: to be called before
 * anybody looks at it, if the lock may have been dropped since. VA_STATUS_ERROR_INVALID_PARAMETER:
 * there is less data than there was. */
VAStatus collect_locate(struct context *context, unsigned first, unsigned count)
    REQUIRES(context->lock);

#endif
