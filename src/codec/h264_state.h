/* SPDX-License-Identifier: MIT */
/* What the driver stores about an H.264 stream and its pictures, in addition to what VA carries. */
#ifndef H264_STATE_H
#define H264_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <va/va.h>

#define H264_MAX_LONG_TERM 16 /* max_long_term_frame_idx_plus1 (7.4.3.3) */

/* How a client gives the quantizers of picture parameter sets if samples have more than 8 bits. */
enum h264_quantizers {
    H264_QUANTIZERS_UNKNOWN,
    H264_QUANTIZERS_AS_CODED,
    H264_QUANTIZERS_OFFSET, /* QpBdOffsetY added */
};

/* What a context stores, and what prepare() found out about the current picture. */
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
    bool marks_long_term;    /* the picture changes LongTermFrameIdx assignments: */
    uint64_t next_long_term[H264_MAX_LONG_TERM]; /* long_term after it */

    /* Of all pictures so far: */
    enum h264_quantizers quantizers;
    bool knows_client; /* `quantizers` follows from the client, whatever the stream */
    uint64_t long_term[H264_MAX_LONG_TERM]; /* timestamp of the frame, by LongTermFrameIdx */
    int32_t order_zero;                     /* what the client calls picture order count 0 */
    bool order_was_reset;                   /* the last reference picture reset it */
    int32_t reset_top_order;                /* its TopFieldOrderCnt after that */
    int32_t order_after_reset;         /* what the client calls picture order count 0 since then */
    bool default_active_known[256][2]; /* by pic_parameter_set_id, list */
    uint8_t default_active_minus1[256][2]; /* by pic_parameter_set_id, list */
};

/* What a surface stores about the picture in it. */
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

#endif
