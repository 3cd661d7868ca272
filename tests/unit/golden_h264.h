/* SPDX-License-Identifier: MIT */
#ifndef GOLDEN_H264_H
#define GOLDEN_H264_H

#include "golden.h"

/* Fills `count` entries with VA's way to say that there is no picture. */
void golden_h264_no_picture(VAPictureH264 *pictures, unsigned count);

/* All elements 0, no entries in the reference lists. */
void golden_h264_no_slice(VASliceParameterBufferH264 *slice);

/*
 * Builds the picture of the one slice whose NAL unit header and slice_header() have the bits
 * `bits`, some slice data following. Sets the slice's size and slice_data_bit_offset.
 */
void golden_h264_build(struct golden *golden, const VAPictureParameterBufferH264 *pic,
                       VASliceParameterBufferH264 *slice, const char *bits);

/* Lists in which no value occurs twice, in VA's form and the kernel's. */
void golden_h264_scaling_lists(VAIQMatrixBufferH264 *iq,
                               struct v4l2_ctrl_h264_scaling_matrix *expected);

/* Like golden_assert(), but for the 8x8 lists of Cb and Cr, which only 4:4:4 has (table 7-2). */
void golden_h264_assert_scaling_matrix(const struct golden *golden,
                                       struct v4l2_ctrl_h264_scaling_matrix *expected);

/*
 * Like golden_assert(), but for default reference counts that nothing has shown so far: VA has
 * none, and only a slice that has the list and does not override its count tells. `lists_known`
 * is 0, 1 (list 0) or 2.
 */
void golden_h264_assert_pps(const struct golden *golden, struct v4l2_ctrl_h264_pps expected,
                            unsigned lists_known);

void golden_h264_assert_decode_params(const struct golden *golden,
                                      const struct v4l2_ctrl_h264_decode_params *expected);

/*
 * Like golden_assert(), but for what no decoder looks at: the entries of a reference list behind
 * its active ones, and lists that the slice type does not have (8.2.4.2).
 */
void golden_h264_assert_slice_params(const struct golden *golden,
                                     struct v4l2_ctrl_h264_slice_params expected);

#endif
