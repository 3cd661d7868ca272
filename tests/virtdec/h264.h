/* SPDX-License-Identifier: MIT */
/*
 * H.264 (ITU-T Rec. H.264) as the virtual decoder knows it by itself: slice headers, the decoded
 * picture buffer and the reference lists, for comparison with what the controls claim. Names are
 * the standard's.
 */
#ifndef VIRTDEC_H264_H
#define VIRTDEC_H264_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel_controls.h"

#include "bits.h"
#include "virtdec.h"

#define H264_TOP   1u
#define H264_BOT   2u
#define H264_FRAME 3u

enum { SLICE_P, SLICE_B, SLICE_I, SLICE_SP, SLICE_SI };

struct h264_modification {
    uint32_t idc, value;
};

struct h264_mmco {
    uint32_t op;
    uint32_t difference_of_pic_nums_minus1, long_term_pic_num, long_term_frame_idx;
    uint32_t max_long_term_frame_idx_plus1;
};

struct h264_weight {
    int32_t luma_weight, luma_offset, chroma_weight[2], chroma_offset[2];
};

/* A slice header (7.3.3). */
struct h264_slice {
    unsigned nal_unit_type, nal_ref_idc;
    bool idr;
    uint32_t first_mb_in_slice;
    unsigned slice_type; /* 0..4 */
    uint32_t pic_parameter_set_id;
    unsigned colour_plane_id;
    uint32_t frame_num;
    bool field_pic_flag, bottom_field_flag;
    uint32_t idr_pic_id;
    uint32_t pic_order_cnt_lsb;
    int32_t delta_pic_order_cnt_bottom, delta_pic_order_cnt[2];
    uint32_t redundant_pic_cnt;
    bool direct_spatial_mv_pred_flag;
    uint32_t num_ref_idx_active[2]; /* 0: the list is not used */
    struct h264_modification modification[2][66];
    unsigned modifications[2];
    uint32_t luma_log2_weight_denom, chroma_log2_weight_denom;
    struct h264_weight weight[2][32];
    bool weights;
    bool long_term_reference_flag, adaptive_ref_pic_marking_mode_flag;
    struct h264_mmco mmco[66];
    unsigned mmcos;
    uint32_t cabac_init_idc;
    int32_t slice_qp_delta, slice_qs_delta;
    bool sp_for_switch_flag;
    uint32_t disable_deblocking_filter_idc;
    int32_t slice_alpha_c0_offset_div2, slice_beta_offset_div2;

    unsigned structure;       /* H264_TOP, H264_BOT, H264_FRAME */
    size_t poc_bits;          /* of the picture order count syntax elements */
    size_t marking_bits;      /* of dec_ref_pic_marking() */
    size_t header_bits;       /* from behind the NAL header to slice_data() */
    unsigned emulation_bytes; /* within header_bits, not counted in them */
};

int h264_parse_slice(struct h264_slice *slice, const struct v4l2_ctrl_h264_sps *sps,
                     const struct v4l2_ctrl_h264_pps *pps, const uint8_t *nal, size_t size);
bool h264_new_picture(const struct h264_slice *a, const struct h264_slice *b,
                      const struct v4l2_ctrl_h264_sps *sps);

/* A frame, a field or a pair of fields, decoded or inferred from a gap in frame_num. */
struct h264_picture {
    uint64_t serial; /* 0: non-existing */
    uint64_t timestamp;
    uint32_t frame_num;
    int32_t frame_num_wrap;
    uint32_t long_term_frame_idx;
    int32_t poc[2];
    unsigned present;   /* fields decoded */
    unsigned short_ref; /* fields marked "used for short-term reference" */
    unsigned long_ref;  /* ... for long-term reference */
    bool field_coded;
    bool bias_known;
    int64_t poc_bias; /* what the client adds to the picture order counts */
};

#define H264_DPB_MAX 34

struct h264_dpb {
    struct h264_picture picture[H264_DPB_MAX];
    unsigned count;
    struct h264_picture current;
    bool started;      /* some picture was decoded since the last reset */
    bool second_field; /* the current field completes `current` */
    bool first_open;   /* `current` is a field that may get its second */
    bool first_was_ref;
    unsigned structure; /* of the current picture */

    uint32_t prev_ref_frame_num, prev_frame_num;
    int64_t prev_frame_num_offset, frame_num_offset;
    int64_t prev_poc_msb, prev_poc_lsb, poc_msb;
    bool new_sequence; /* picture order counts begin anew with the current picture */
    bool after_reset;  /* memory_management_control_operation 5 in the last picture */
    int64_t poc_bias;
    bool poc_bias_known;
};

bool h264_poc_untold(const struct v4l2_ctrl_h264_sps *sps);
void h264_force_poc(struct v4l2_ctrl_h264_sps *sps, const struct h264_dpb *dpb,
                    const struct v4l2_ctrl_h264_decode_params *dp, const struct h264_slice *slice);
void h264_dpb_clear(struct h264_dpb *dpb);
void h264_dpb_begin(struct h264_dpb *dpb, const struct v4l2_ctrl_h264_sps *sps,
                    const struct h264_slice *slice, uint64_t timestamp);
void h264_dpb_end(struct h264_dpb *dpb, const struct v4l2_ctrl_h264_sps *sps,
                  const struct h264_slice *slice);

/* One entry of a reference picture list; picture NULL: no reference picture. */
struct h264_reference {
    const struct h264_picture *picture;
    unsigned fields;
};

void h264_lists(const struct h264_dpb *dpb, const struct v4l2_ctrl_h264_sps *sps,
                const struct h264_slice *slice, struct h264_reference list[2][33]);

void h264_write_sps(struct vd_writer *w, const struct v4l2_ctrl_h264_sps *sps);
void h264_write_pps(struct vd_writer *w, const struct v4l2_ctrl_h264_sps *sps,
                    const struct v4l2_ctrl_h264_pps *pps,
                    const struct v4l2_ctrl_h264_scaling_matrix *matrix, uint32_t id);

void h264_check_picture(struct vd_job *job, struct h264_dpb *dpb,
                        const struct v4l2_ctrl_h264_sps *sps, const struct v4l2_ctrl_h264_pps *pps,
                        const struct v4l2_ctrl_h264_decode_params *dp,
                        const struct h264_slice *slice);
void h264_check_types(struct vd_job *job, const struct v4l2_ctrl_h264_decode_params *dp,
                      unsigned slice_types);
void h264_check_references(struct vd_job *job, const struct h264_dpb *dpb);
void h264_check_slice(struct vd_job *job, const struct h264_dpb *dpb,
                      const struct v4l2_ctrl_h264_sps *sps,
                      const struct v4l2_ctrl_h264_decode_params *dp,
                      const struct v4l2_ctrl_h264_slice_params *sp,
                      const struct v4l2_ctrl_h264_pred_weights *pw, const struct h264_slice *slice);

#endif
