/* SPDX-License-Identifier: MIT */
/* Brings the slice data of a request together in one OUTPUT buffer. Usually it is there already. */
#ifndef BITSTREAM_H
#define BITSTREAM_H

#include "decode/context.h"

/* What the driver puts in front of a slice in the OUTPUT buffer: a start code, or a header. */
struct slice_prefix {
    size_t size;
    uint8_t bytes[CODEC_MAX_PREFIX];
};

/* Wants context->lock held, and may drop it to wait for a slot. Brings slices `first` to
 * `first + count - 1` of the picture together at the start of one slot, each behind the prefix, and
 * updates data, size and offset of each slice. */
VAStatus bitstream_assemble(struct context *context, const struct slice_prefix *prefix,
                            unsigned first, unsigned count, struct slot **slot)
    REQUIRES(context->lock);

#endif
