/* SPDX-License-Identifier: MIT */
/* The numbers by which pictures refer to others: frame_num, LongTermFrameIdx and what follows from
 * them. */
#ifndef H264_PICTURE_NUMBERS_H
#define H264_PICTURE_NUMBERS_H

#include "codec/codec.h"
#include "codec/h264_slice_header.h"

struct v4l2_h264_dpb_entry;

/* Applies the picture's long-term reference marking. Call it after the kernel has accepted the
 * whole picture. */
void h264_commit(struct picture *picture);

/*
 * Works out which frames have which LongTermFrameIdx after the picture is decoded (8.2.5), for
 * h264_commit(). `marking` is that of any slice; all slices have the same.
 */
void h264_note_marking(const struct picture *picture, const VAPictureParameterBufferH264 *pic,
                       const struct h264_dec_ref_pic_marking *marking);

/* Fills frame_num and pic_num of the DPB entry for `entry` of VA's ReferenceFrames. */
void h264_fill_numbers(const struct picture *picture, const VAPictureParameterBufferH264 *pic,
                       const VAPictureH264 *entry, struct v4l2_h264_dpb_entry *dpb);

#endif
