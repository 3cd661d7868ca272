/* SPDX-License-Identifier: MIT */
/*
 * What codecs.yaml cannot say of H.264: what has to be read from the slices' own headers, and what
 * a reference picture's surface remembers. Called by the generated builder only.
 */
#ifndef H264_H
#define H264_H

#include "codec.h"
#include "h264_slice_header.h"

/* the kernel's, or nothing where its headers are older */
struct v4l2_ctrl_h264_decode_params;
struct v4l2_h264_dpb_entry;

#define H264_MAX_LONG_TERM 16 /* max_long_term_frame_idx_plus1 (7.4.3.3) */

/* How a client gives the quantizers of picture parameter sets, where samples have over 8 bits. */
enum h264_quantizers {
    H264_QUANTIZERS_UNKNOWN,
    H264_QUANTIZERS_AS_CODED,
    H264_QUANTIZERS_OFFSET, /* QpBdOffsetY added */
};

/* What a context remembers, and what prepare() found out of the current picture. */
struct h264_context {
    /* Of the current picture: */
    uint8_t level_idc;                            /* table A-1 */
    uint8_t num_ref_idx_l0_default_active_minus1; /* 7.4.2.2 */
    uint8_t num_ref_idx_l1_default_active_minus1;
    bool has_p_slices;
    bool has_b_slices;
    int32_t top_field_order_cnt; /* 8.2.1 */
    int32_t bottom_field_order_cnt;
    int8_t quantizer_offset; /* what the client added to its quantizers: 0, 6 or 12 */
    bool marks_long_term;    /* some pictures get another LongTermFrameIdx: */
    uint64_t next_long_term[H264_MAX_LONG_TERM]; /* long_term after it */

    /* Of all pictures so far: */
    enum h264_quantizers quantizers;
    bool knows_client; /* `quantizers` says what it does, whatever the stream */
    uint64_t long_term[H264_MAX_LONG_TERM]; /* timestamp of the frame, by LongTermFrameIdx */
    int32_t order_zero;                     /* what the client calls picture order count 0 */
    bool order_was_reset;                   /* by the last reference picture */
    int32_t reset_top_order;                /* its TopFieldOrderCnt after that */
    int32_t order_after_reset;         /* what the client calls picture order count 0 since then */
    bool default_active_known[256][2]; /* by pic_parameter_set_id, list */
    uint8_t default_active_minus1[256][2]; /* likewise */
};

/* What a surface remembers of the picture in it. */
struct h264_surface {
    int32_t top_field_order_cnt; /* as the client gave them */
    int32_t bottom_field_order_cnt;
    bool field_pic;    /* coded as fields */
    bool bottom_first; /* the bottom field was decoded first */
    bool resets_order; /* a frame with memory_management_control_operation 5 */
};

static inline bool h264_is_bottom_field(const VAPictureParameterBufferH264 *pic)
{
    return pic->pic_fields.bits.field_pic_flag && pic->CurrPic.flags & VA_PICTURE_H264_BOTTOM_FIELD;
}

/**
 * Looks at the headers of all slices and updates what the context and the render target remember
 * (struct h264_context, struct h264_surface). Returns VA_STATUS_SUCCESS or sets @p error.
 */
VAStatus h264_prepare(struct picture *picture, struct build_error *error);

/**
 * Parses NAL unit header and slice_header() of slice @p slice (7.3.1, 7.3.3).
 * Returns VA_STATUS_SUCCESS or sets @p error: VA_STATUS_ERROR_DECODING_ERROR where the bitstream
 * is at fault.
 */
VAStatus h264_read_slice_header(const struct picture *picture, unsigned slice,
                                struct h264_slice_header *header, struct build_error *error);

/** The kernel has taken all of the picture: what it marks as long-term references is that now. */
void h264_commit(struct picture *picture);

/**
 * Finds out which frames have which LongTermFrameIdx when the picture is decoded (8.2.5), for
 * h264_commit(). @p marking is that of one of its slices; all have the same.
 */
void h264_note_marking(const struct picture *picture, const VAPictureParameterBufferH264 *pic,
                       const struct h264_dec_ref_pic_marking *marking);

/** Fills frame_num and pic_num of the DPB entry for @p entry of VA's ReferenceFrames. */
void h264_fill_numbers(const struct picture *picture, const VAPictureParameterBufferH264 *pic,
                       const VAPictureH264 *entry, struct v4l2_h264_dpb_entry *dpb);

/**
 * Fills numbers, flags and the picture order counts of the DPB entries, whose places are those of
 * VA's ReferenceFrames (8.2.1, 8.2.4.1). Not in the table, since they depend on what VA does not
 * carry and the driver remembers: how the reference was coded, its first field's parity, whether it
 * reset the picture order count, and its LongTermFrameIdx.
 */
VAStatus h264_fill_dpb(const struct picture *picture, struct v4l2_ctrl_h264_decode_params *decode,
                       struct build_error *error);

#endif
