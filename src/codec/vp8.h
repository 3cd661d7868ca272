/* SPDX-License-Identifier: MIT */
/* The parts of VP8 that codecs.yaml cannot express. Only the generated builder calls it. */
#ifndef VP8_H
#define VP8_H

#include "codec/codec.h"
#include "codec/vp8_frame_header.h"

/* State that persists from frame to frame: the segments' levels, which a header need not repeat
 * (9.3). */
struct vp8_persistent {
    bool absolute;
    int8_t lf_update[4];
};

struct vp8_context {
    /* Of the current frame: */
    struct vp8_frame_header header;
    uint8_t segment_level[4];         /* 0 to 63: the level after the absolute value or delta */
    struct vp8_persistent persistent; /* as it is after the frame */

    /* Of all frames that the kernel accepted: */
    struct vp8_persistent committed;
};

/*
 * Reads the start of the frame header (RFC 6386, 19.2) from the first partition into the context,
 * after checking that the partitions lie inside the data.
 * Returns VA_STATUS_SUCCESS or sets `error`.
 */
VAStatus vp8_prepare(struct picture *picture, struct build_error *error);

/* Keeps the frame's segment levels for later frames. Call it after the kernel has accepted the
 * frame. */
void vp8_commit(struct picture *picture);

#endif
