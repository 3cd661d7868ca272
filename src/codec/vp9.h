/* SPDX-License-Identifier: MIT */
/*
 * The parts of VP9 that codecs.yaml cannot express: the frame's headers must be parsed, and some of
 * their values apply to later frames. Only the generated builder calls it.
 */
#ifndef VP9_H
#define VP9_H

#include "codec/codec.h"
#include "codec/vp9_compressed_header.h"
#include "codec/vp9_uncompressed_header.h"

struct vp9_context {
    /* Of the current frame: */
    struct vp9_uncompressed_header header;
    struct vp9_compressed_header compressed;

    /* Of all frames that the kernel accepted: */
    struct vp9_persistent persistent;
};

/*
 * Reads both headers of the frame into the context, and checks VA's buffers against them.
 * Returns VA_STATUS_SUCCESS or sets `error`.
 */
VAStatus vp9_prepare(struct picture *picture, struct build_error *error);

/* Keeps the header's values that apply to later frames. Call it after the kernel has accepted the
 * frame. */
void vp9_commit(struct picture *picture);

#endif
