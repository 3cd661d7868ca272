/* SPDX-License-Identifier: MIT */
/* H.264 slice headers (7.3.3), read independently of the driver under test. */
#include <errno.h>
#include <string.h>

#include "h264.h"

static void pic_order_cnt(struct h264_slice *s, struct vd_reader *r,
                          const struct v4l2_ctrl_h264_sps *sps,
                          const struct v4l2_ctrl_h264_pps *pps)
{
    size_t start = r->consumed;
    bool bottom = (pps->flags & V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT) &&
                  !s->field_pic_flag;
    if (sps->pic_order_cnt_type == 0) {
        s->pic_order_cnt_lsb = vd_get_bits(r, sps->log2_max_pic_order_cnt_lsb_minus4 + 4u);
        if (bottom)
            s->delta_pic_order_cnt_bottom = vd_get_se(r);
    }
    if (sps->pic_order_cnt_type == 1 &&
        !(sps->flags & V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO)) {
        s->delta_pic_order_cnt[0] = vd_get_se(r);
        if (bottom)
            s->delta_pic_order_cnt[1] = vd_get_se(r);
    }
    s->poc_bits = r->consumed - start;
}

static void list_sizes(struct h264_slice *s, struct vd_reader *r,
                       const struct v4l2_ctrl_h264_pps *pps)
{
    if (s->slice_type == SLICE_I || s->slice_type == SLICE_SI)
        return;
    bool b = s->slice_type == SLICE_B;
    s->num_ref_idx_active[0] = pps->num_ref_idx_l0_default_active_minus1 + 1u;
    s->num_ref_idx_active[1] = b ? pps->num_ref_idx_l1_default_active_minus1 + 1u : 0;
    if (vd_get_bits(r, 1)) { /* num_ref_idx_active_override_flag */
        s->num_ref_idx_active[0] = vd_get_ue(r) + 1;
        if (b)
            s->num_ref_idx_active[1] = vd_get_ue(r) + 1;
    }
    for (int l = 0; l < 2; l++)
        if (s->num_ref_idx_active[l] > 32)
            r->failed = true;
}

/* 7.3.3.1 */
static void ref_pic_list_modification(struct h264_slice *s, struct vd_reader *r)
{
    unsigned lists = s->slice_type == SLICE_B ? 2 : s->num_ref_idx_active[0] ? 1 : 0;
    for (unsigned l = 0; l < lists; l++) {
        if (!vd_get_bits(r, 1)) /* ref_pic_list_modification_flag_lX */
            continue;
        for (;;) {
            uint32_t idc = vd_get_ue(r);
            if (idc == 3)
                break;
            if (idc > 2 || r->failed || s->modifications[l] == 66) {
                r->failed = true;
                return;
            }
            s->modification[l][s->modifications[l]++] =
                (struct h264_modification){idc, vd_get_ue(r)};
        }
    }
}

/* 7.3.3.2 */
static void pred_weight_table(struct h264_slice *s, struct vd_reader *r, bool chroma)
{
    s->weights = true;
    s->luma_log2_weight_denom = vd_get_ue(r);
    s->chroma_log2_weight_denom = chroma ? vd_get_ue(r) : 0;
    if (s->luma_log2_weight_denom > 7 || s->chroma_log2_weight_denom > 7) {
        r->failed = true;
        return;
    }
    for (unsigned l = 0; l < 2; l++) {
        for (unsigned i = 0; i < s->num_ref_idx_active[l] && !r->failed; i++) {
            struct h264_weight *w = &s->weight[l][i];
            int32_t flat = 1 << s->chroma_log2_weight_denom;
            *w = (struct h264_weight){.luma_weight = 1 << s->luma_log2_weight_denom,
                                      .chroma_weight = {flat, flat}};
            if (vd_get_bits(r, 1)) {
                w->luma_weight = vd_get_se(r);
                w->luma_offset = vd_get_se(r);
            }
            if (chroma && vd_get_bits(r, 1)) {
                for (int c = 0; c < 2; c++) {
                    w->chroma_weight[c] = vd_get_se(r);
                    w->chroma_offset[c] = vd_get_se(r);
                }
            }
        }
    }
}

/* 7.3.3.3 */
static void dec_ref_pic_marking(struct h264_slice *s, struct vd_reader *r)
{
    size_t start = r->consumed;
    if (s->idr) {
        vd_get_bits(r, 1); /* no_output_of_prior_pics_flag */
        s->long_term_reference_flag = vd_get_bits(r, 1);
    } else {
        s->adaptive_ref_pic_marking_mode_flag = vd_get_bits(r, 1);
        while (s->adaptive_ref_pic_marking_mode_flag) {
            struct h264_mmco m = {.op = vd_get_ue(r)};
            if (!m.op)
                break;
            if (m.op > 6 || r->failed || s->mmcos == 66) {
                r->failed = true;
                return;
            }
            if (m.op == 1 || m.op == 3)
                m.difference_of_pic_nums_minus1 = vd_get_ue(r);
            if (m.op == 2)
                m.long_term_pic_num = vd_get_ue(r);
            if (m.op == 3 || m.op == 6)
                m.long_term_frame_idx = vd_get_ue(r);
            if (m.op == 4)
                m.max_long_term_frame_idx_plus1 = vd_get_ue(r);
            s->mmco[s->mmcos++] = m;
        }
    }
    s->marking_bits = r->consumed - start;
}

static void quantizer_and_filter(struct h264_slice *s, struct vd_reader *r,
                                 const struct v4l2_ctrl_h264_pps *pps)
{
    bool intra = s->slice_type == SLICE_I || s->slice_type == SLICE_SI;
    if ((pps->flags & V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE) && !intra)
        s->cabac_init_idc = vd_get_ue(r);
    s->slice_qp_delta = vd_get_se(r);
    if (s->slice_type == SLICE_SP || s->slice_type == SLICE_SI) {
        if (s->slice_type == SLICE_SP)
            s->sp_for_switch_flag = vd_get_bits(r, 1);
        s->slice_qs_delta = vd_get_se(r);
    }
    if (pps->flags & V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT) {
        s->disable_deblocking_filter_idc = vd_get_ue(r);
        if (s->disable_deblocking_filter_idc != 1) {
            s->slice_alpha_c0_offset_div2 = vd_get_se(r);
            s->slice_beta_offset_div2 = vd_get_se(r);
        }
    }
}

/* Parses the slice header at the start of a NAL unit (its header byte included). Returns 0, or
 * -EINVAL when it cannot be a slice header under these parameter sets. */
int h264_parse_slice(struct h264_slice *s, const struct v4l2_ctrl_h264_sps *sps,
                     const struct v4l2_ctrl_h264_pps *pps, const uint8_t *nal, size_t size)
{
    struct vd_reader r;
    memset(s, 0, sizeof(*s));
    if (size < 2)
        return -EINVAL;
    s->nal_ref_idc = nal[0] >> 5 & 3;
    s->nal_unit_type = nal[0] & 31;
    s->idr = s->nal_unit_type == 5;
    vd_reader_init(&r, nal + 1, size - 1);
    s->first_mb_in_slice = vd_get_ue(&r);
    uint32_t type = vd_get_ue(&r);
    s->slice_type = type % 5;
    s->pic_parameter_set_id = vd_get_ue(&r);
    if (sps->flags & V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE)
        s->colour_plane_id = vd_get_bits(&r, 2);
    s->frame_num = vd_get_bits(&r, sps->log2_max_frame_num_minus4 + 4u);
    if (!(sps->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY)) {
        s->field_pic_flag = vd_get_bits(&r, 1);
        if (s->field_pic_flag)
            s->bottom_field_flag = vd_get_bits(&r, 1);
    }
    s->structure = !s->field_pic_flag ? H264_FRAME : s->bottom_field_flag ? H264_BOT : H264_TOP;
    if (s->idr)
        s->idr_pic_id = vd_get_ue(&r);
    pic_order_cnt(s, &r, sps, pps);
    if (pps->flags & V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT)
        s->redundant_pic_cnt = vd_get_ue(&r);
    if (s->slice_type == SLICE_B)
        s->direct_spatial_mv_pred_flag = vd_get_bits(&r, 1);
    list_sizes(s, &r, pps);
    if (r.failed || type > 9 || s->pic_parameter_set_id > 255)
        return -EINVAL;
    ref_pic_list_modification(s, &r);
    bool p = s->slice_type == SLICE_P || s->slice_type == SLICE_SP;
    if ((p && (pps->flags & V4L2_H264_PPS_FLAG_WEIGHTED_PRED)) ||
        (s->slice_type == SLICE_B && pps->weighted_bipred_idc == 1))
        pred_weight_table(s, &r, sps->chroma_format_idc != 0);
    if (s->nal_ref_idc)
        dec_ref_pic_marking(s, &r);
    quantizer_and_filter(s, &r, pps);
    s->header_bits = r.consumed;
    s->emulation_bytes = r.skipped;
    return r.failed ? -EINVAL : 0;
}

/* Whether slice b begins another primary coded picture than slice a (7.4.1.2.4). */
bool h264_new_picture(const struct h264_slice *a, const struct h264_slice *b,
                      const struct v4l2_ctrl_h264_sps *sps)
{
    if (a->frame_num != b->frame_num || a->structure != b->structure || a->idr != b->idr)
        return true;
    if (a->nal_ref_idc != b->nal_ref_idc && (!a->nal_ref_idc || !b->nal_ref_idc))
        return true;
    if (a->idr && a->idr_pic_id != b->idr_pic_id)
        return true;
    if (sps->pic_order_cnt_type == 0)
        return a->pic_order_cnt_lsb != b->pic_order_cnt_lsb ||
               a->delta_pic_order_cnt_bottom != b->delta_pic_order_cnt_bottom;
    return a->delta_pic_order_cnt[0] != b->delta_pic_order_cnt[0] ||
           a->delta_pic_order_cnt[1] != b->delta_pic_order_cnt[1];
}
