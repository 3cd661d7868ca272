/* SPDX-License-Identifier: MIT */
/*
 * What codecs.yaml cannot say of VP9: the frame's headers have to be read, and some of what they
 * say holds for later frames. Called by the generated builder only.
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

    /* Of all frames that the kernel took: */
    struct vp9_persistent persistent;
};

/*
 * Reads both headers of the frame into the context, and checks VA's buffers against them.
 * Returns VA_STATUS_SUCCESS or sets `error`.
 */
VAStatus vp9_prepare(struct picture *picture, struct build_error *error);

/* Lets what the frame's header says of later frames hold: the kernel has taken the frame. */
void vp9_commit(struct picture *picture);

#endif
