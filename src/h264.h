/* SPDX-License-Identifier: MIT */
/*
 * What codecs.yaml cannot say of H.264: what has to be read from the slices' own headers, and what
 * a reference picture's surface remembers. Called by the generated builder only.
 */
#ifndef H264_H
#define H264_H

#include "codec.h"
#include "h264_slice_header.h"

struct v4l2_ctrl_h264_decode_params; /* the kernel's, or nothing where its headers are older */

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
    int8_t qp_bias; /* what the client added to the picture's quantizers: 0, 6 or 12 */

    /* Of all pictures so far: */
    bool client_biases_qp;
    int32_t order_zero;                /* what the client calls picture order count 0 */
    bool order_was_reset;              /* by the last reference picture */
    int32_t reset_top_order;           /* its TopFieldOrderCnt after that */
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

/**
 * Fills pic_num, flags and the picture order counts of the DPB entries, whose places are those of
 * VA's ReferenceFrames (8.2.1, 8.2.4.1). Not in the table, since they depend on what VA does not
 * carry and the reference's surface remembers: how it was coded, its first field's parity, and
 * whether it reset the picture order count.
 */
VAStatus h264_fill_dpb(const struct picture *picture, struct v4l2_ctrl_h264_decode_params *decode,
                       struct build_error *error);

#endif
