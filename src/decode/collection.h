/* SPDX-License-Identifier: MIT */
/* The structs of the buffers that a client has rendered for a picture (collect.h). Guarded by
 * context->lock. */
#ifndef COLLECTION_H
#define COLLECTION_H

#include "codec/codec.h"
#include "decode/buffer.h"
#include "decode/surface.h"

/* The elements of array[kind] that one buffer of slice parameters contained. */
struct parameter_group {
    unsigned first, count, kind;
};

/* Where a slice's data is. The data of a buffer moves if its OUTPUT buffer is needed for something
 * else, which can happen whenever context->lock is dropped. */
struct slice_source {
    const struct buffer *buffer; /* one of collection->data */
    size_t offset;               /* bytes from the start of its data */
};

/* The picture between vaBeginPicture and vaEndPicture. Arrays keep their memory for the next
 * picture. */
struct collection {
    struct surface *target;                   /* counted; NULL: no picture has begun */
    struct buffer *single[CODEC_MAX_BUFFERS]; /* counted; buffers of kinds with one element */
    struct rendered_array {
        uint8_t *data; /* concatenated elements of kinds with many */
        unsigned count, capacity;
    } array[CODEC_MAX_BUFFERS];
    struct parameter_group *groups; /* of slice parameters, in the order rendered */
    unsigned num_groups, group_capacity;
    struct buffer **data; /* counted; slice data in the order rendered */
    unsigned num_data, data_capacity;
    struct slice *slices;
    unsigned slice_capacity;
    struct slice_source *sources; /* one for each slice */
    unsigned source_capacity;
};

#endif
