/* SPDX-License-Identifier: MIT */
/* What codecs.yaml cannot say of VP8. Called by the generated builder only. */
#ifndef VP8_H
#define VP8_H

#include "codec/codec.h"
#include "codec/vp8_frame_header.h"

/* What frames leave to later ones: the segments' levels, which a header need not repeat (9.3). */
struct vp8_persistent {
    bool absolute;
    int8_t lf_update[4];
};

struct vp8_context {
    /* Of the current frame: */
    struct vp8_frame_header header;
    uint8_t segment_level[4];         /* 0 to 63: what absolute value or delta make of the level */
    struct vp8_persistent persistent; /* as it holds after the frame */

    /* Of all frames that the kernel took: */
    struct vp8_persistent committed;
};

/*
 * Reads the start of the frame header (RFC 6386, 19.2) from the first partition into the context,
 * after a check that the partitions lie inside the data.
 * Returns VA_STATUS_SUCCESS or sets `error`.
 */
VAStatus vp8_prepare(struct picture *picture, struct build_error *error);

/* Lets the frame's segment levels hold for later frames: the kernel has taken the frame. */
void vp8_commit(struct picture *picture);

#endif
