/* SPDX-License-Identifier: MIT */
/* Gathers the slice data of a request in one OUTPUT buffer. Usually it is there already. */
#ifndef BITSTREAM_H
#define BITSTREAM_H

#include "decode/context.h"

/* What the driver puts in front of a slice in the OUTPUT buffer: a start code, or a header. */
struct slice_prefix {
    size_t size;
    uint8_t bytes[CODEC_MAX_PREFIX];
};

/* Wants context->lock held, and may drop it to wait for a slot. Gathers slices `first` to `first +
 * count - 1` of the picture in one slot, with the prefix in front of each, and updates their data,
 * size and offset. Copies only if they are not already in place. */
VAStatus bitstream_assemble(struct context *context, const struct slice_prefix *prefix,
                            unsigned first, unsigned count, struct slot **slot)
    REQUIRES(context->lock);

#endif
