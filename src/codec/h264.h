/* SPDX-License-Identifier: MIT */
/*
 * The parts of H.264 that codecs.yaml cannot express: what must be parsed from slice headers, and
 * what the driver stores with a reference picture's surface. Only the generated builder calls it.
 */
#ifndef H264_H
#define H264_H

#include "codec/codec.h"
#include "codec/h264_picture_numbers.h"
#include "codec/h264_slice_header.h"
#include "codec/h264_state.h"

/* the kernel's, or nothing where its headers are older */
struct v4l2_ctrl_h264_decode_params;
struct v4l2_h264_dpb_entry;

/*
 * Parses the headers of all slices and updates the state of the context and of the render target
 * (struct h264_context, struct h264_surface). Returns VA_STATUS_SUCCESS or sets `error`.
 */
VAStatus h264_prepare(struct picture *picture, struct build_error *error);

/*
 * Parses NAL unit header and slice_header() of slice `slice` (7.3.1, 7.3.3).
 * Returns VA_STATUS_SUCCESS or sets `error`: VA_STATUS_ERROR_DECODING_ERROR if the bitstream is
 * invalid.
 */
VAStatus h264_read_slice_header(const struct picture *picture, unsigned slice,
                                struct h264_slice_header *header, struct build_error *error);

/*
 * Fills numbers, flags and picture order counts of the DPB entries, in the order of VA's
 * ReferenceFrames (8.2.1, 8.2.4.1). Not in the table, because they depend on state that VA does not
 * carry and the driver stores: how the reference was coded, its first field's parity, whether it
 * reset the picture order count, and its LongTermFrameIdx.
 */
VAStatus h264_fill_dpb(const struct picture *picture, struct v4l2_ctrl_h264_decode_params *decode,
                       struct build_error *error);

#endif
