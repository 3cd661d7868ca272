/* SPDX-License-Identifier: MIT */
/* What codecs.yaml cannot say of VP8. Called by the generated builder only. */
#ifndef VP8_H
#define VP8_H

#include "codec.h"
#include "vp8_frame_header.h"

/**
 * Reads the start of the frame header (RFC 6386, 19.2) from the first partition of the frame in
 * slice @p slice, after a check that the partitions lie inside its data.
 * Returns VA_STATUS_SUCCESS or sets @p error.
 */
VAStatus vp8_read_frame_header(const struct picture *picture, unsigned slice,
                               struct vp8_frame_header *header, struct build_error *error);

#endif
