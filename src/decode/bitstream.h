/* SPDX-License-Identifier: MIT */
/* Brings a picture's slice data into one OUTPUT buffer: usually it lies there already. */
#ifndef BITSTREAM_H
#define BITSTREAM_H

#include "decode/context.h"

/* What the driver puts in front of a slice in the OUTPUT buffer: a start code, or a header. */
struct slice_prefix {
    size_t size;
    uint8_t bytes[CODEC_MAX_PREFIX];
};

/* bitstream.c */
/* Brings the picture's slices `first` to `first + count - 1` together at the start of one slot,
 * each behind the prefix, and says so in them. */
VAStatus bitstream_assemble(struct context *context, const struct slice_prefix *prefix,
                            unsigned first, unsigned count, struct slot **slot)
    REQUIRES(context->lock);

#endif
