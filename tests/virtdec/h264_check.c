/* SPDX-License-Identifier: MIT */
/* The H.264 controls against the slice headers and the decoded picture buffer, field by field. */
#include <string.h>

#include "h264.h"

static void same(struct vd_job *job, const char *field, int64_t control, int64_t stream)
{
    if (control != stream)
        vd_mismatch(job, control, stream, "%s", field);
}

static bool active(const struct v4l2_h264_dpb_entry *e)
{
    return (e->flags & V4L2_H264_DPB_ENTRY_FLAG_VALID) &&
           (e->flags & V4L2_H264_DPB_ENTRY_FLAG_ACTIVE);
}

/*
 * One picture order count. The client may add a constant to all of a coded video sequence: what
 * its first one shows is the constant.
 */
static void check_poc(struct vd_job *job, int64_t control, int64_t stream, int64_t *bias,
                      bool *known, const char *field, unsigned index)
{
    if (!*known) {
        *bias = control - stream;
        *known = true;
    }
    if (control != stream + *bias)
        vd_mismatch(job, control, stream + *bias, field, index);
}

static void check_current_poc(struct vd_job *job, struct h264_dpb *dpb,
                              const struct v4l2_ctrl_h264_sps *sps,
                              const struct v4l2_ctrl_h264_decode_params *dp)
{
    if (h264_poc_untold(sps)) {
        if (dpb->structure & H264_TOP)
            dpb->current.poc[0] = dp->top_field_order_cnt;
        if (dpb->structure & H264_BOT)
            dpb->current.poc[1] = dp->bottom_field_order_cnt;
        dpb->poc_bias = 0;
        dpb->poc_bias_known = true;
    } else if (dpb->new_sequence) {
        dpb->poc_bias_known = false;
    }
    if (dpb->structure & H264_TOP)
        check_poc(job, dp->top_field_order_cnt, dpb->current.poc[0], &dpb->poc_bias,
                  &dpb->poc_bias_known, "decode_params.top_field_order_cnt", 0);
    if (dpb->structure & H264_BOT)
        check_poc(job, dp->bottom_field_order_cnt, dpb->current.poc[1], &dpb->poc_bias,
                  &dpb->poc_bias_known, "decode_params.bottom_field_order_cnt", 0);
    dpb->current.poc_bias = dpb->poc_bias;
    dpb->current.bias_known = true;
}

static void check_pic_num(struct vd_job *job, const struct h264_dpb *dpb,
                          const struct h264_picture *p, const struct v4l2_h264_dpb_entry *e,
                          unsigned i)
{
    int64_t num = p->long_ref ? (int64_t)p->long_term_frame_idx : p->frame_num_wrap;
    int32_t control = (int32_t)e->pic_num;
    /* One number stands for both fields: either field's PicNum, or the frame's. */
    bool field = dpb->structure != H264_FRAME;
    if (control != num && !(field && (control == 2 * num || control == 2 * num + 1)))
        vd_mismatch(job, control, num, "decode_params.dpb[%u].pic_num", i);
}

static void check_entry(struct vd_job *job, const struct h264_dpb *dpb, struct h264_picture *p,
                        const struct v4l2_h264_dpb_entry *e, unsigned i)
{
    bool long_term = e->flags & V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM;
    bool field = e->flags & V4L2_H264_DPB_ENTRY_FLAG_FIELD;
    uint32_t frame_num = p->long_ref ? p->long_term_frame_idx : p->frame_num;
    unsigned fields = p->short_ref | p->long_ref;
    if (long_term != (p->long_ref != 0))
        vd_mismatch(job, long_term, p->long_ref != 0, "decode_params.dpb[%u].flags.LONG_TERM", i);
    if (e->frame_num != frame_num)
        vd_mismatch(job, e->frame_num, frame_num, "decode_params.dpb[%u].frame_num", i);
    check_pic_num(job, dpb, p, e, i);
    if (e->fields != fields)
        vd_mismatch(job, e->fields, fields, "decode_params.dpb[%u].fields", i);
    if (field != p->field_coded)
        vd_mismatch(job, field, p->field_coded, "decode_params.dpb[%u].flags.FIELD", i);
    if (p->present & H264_TOP)
        check_poc(job, e->top_field_order_cnt, p->poc[0], &p->poc_bias, &p->bias_known,
                  "decode_params.dpb[%u].top_field_order_cnt", i);
    if (p->present & H264_BOT)
        check_poc(job, e->bottom_field_order_cnt, p->poc[1], &p->poc_bias, &p->bias_known,
                  "decode_params.dpb[%u].bottom_field_order_cnt", i);
}

/* Every reference has its entry, and every active entry is a reference. An entry for a frame that
 * was never decoded names no picture; that is reported, but it is not wrong. */
static void check_dpb(struct vd_job *job, struct h264_dpb *dpb,
                      const struct v4l2_ctrl_h264_decode_params *dp)
{
    bool used[V4L2_H264_NUM_DPB_ENTRIES] = {false};
    for (unsigned r = 0; r < dpb->count; r++) {
        struct h264_picture *p = &dpb->picture[r];
        unsigned i = 0;
        while (i < V4L2_H264_NUM_DPB_ENTRIES && (used[i] || !p->serial || !active(&dp->dpb[i]) ||
                                                 dp->dpb[i].reference_ts != p->timestamp))
            i++;
        if (i < V4L2_H264_NUM_DPB_ENTRIES) {
            used[i] = true;
            check_entry(job, dpb, p, &dp->dpb[i], i);
        } else if (p->serial) {
            vd_mismatch(job, 0, (int64_t)p->timestamp, "decode_params.dpb (no entry)");
        }
    }
    for (unsigned i = 0; i < V4L2_H264_NUM_DPB_ENTRIES; i++) {
        const struct v4l2_h264_dpb_entry *e = &dp->dpb[i];
        if (!active(e) || used[i])
            continue;
        if (vd_timestamp_known(job, e->reference_ts))
            vd_mismatch(job, (int64_t)e->reference_ts, 0, "decode_params.dpb[%u].reference_ts", i);
        else
            vd_reference_problem(job, VD_REF_MISSING, e->reference_ts, false);
    }
}

/* The picture's controls against the header of its first slice; `dpb` holds its references. */
void h264_check_picture(struct vd_job *job, struct h264_dpb *dpb,
                        const struct v4l2_ctrl_h264_sps *sps, const struct v4l2_ctrl_h264_pps *pps,
                        const struct v4l2_ctrl_h264_decode_params *dp, const struct h264_slice *s)
{
    same(job, "pps.pic_parameter_set_id", pps->pic_parameter_set_id, s->pic_parameter_set_id);
    same(job, "pps.seq_parameter_set_id", pps->seq_parameter_set_id, sps->seq_parameter_set_id);
    same(job, "decode_params.nal_ref_idc", dp->nal_ref_idc, s->nal_ref_idc);
    same(job, "decode_params.frame_num", dp->frame_num, s->frame_num);
    if (s->idr)
        same(job, "decode_params.idr_pic_id", dp->idr_pic_id, s->idr_pic_id);
    same(job, "decode_params.pic_order_cnt_lsb", dp->pic_order_cnt_lsb, s->pic_order_cnt_lsb);
    same(job, "decode_params.delta_pic_order_cnt_bottom", dp->delta_pic_order_cnt_bottom,
         s->delta_pic_order_cnt_bottom);
    same(job, "decode_params.delta_pic_order_cnt0", dp->delta_pic_order_cnt0,
         s->delta_pic_order_cnt[0]);
    same(job, "decode_params.delta_pic_order_cnt1", dp->delta_pic_order_cnt1,
         s->delta_pic_order_cnt[1]);
    same(job, "decode_params.dec_ref_pic_marking_bit_size", dp->dec_ref_pic_marking_bit_size,
         (int64_t)s->marking_bits);
    same(job, "decode_params.pic_order_cnt_bit_size", dp->pic_order_cnt_bit_size,
         (int64_t)s->poc_bits);
    same(job, "decode_params.flags.IDR_PIC", !!(dp->flags & V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC),
         s->idr);
    same(job, "decode_params.flags.FIELD_PIC",
         !!(dp->flags & V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC), s->field_pic_flag);
    same(job, "decode_params.flags.BOTTOM_FIELD",
         !!(dp->flags & V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD), s->bottom_field_flag);
    check_current_poc(job, dpb, sps, dp);
    check_dpb(job, dpb, dp);
}

/* PFRAME and BFRAME describe the picture by one of its slices' types. slice_types: bit mask. */
void h264_check_types(struct vd_job *job, const struct v4l2_ctrl_h264_decode_params *dp,
                      unsigned slice_types)
{
    bool p = dp->flags & V4L2_H264_DECODE_PARAM_FLAG_PFRAME;
    bool b = dp->flags & V4L2_H264_DECODE_PARAM_FLAG_BFRAME;
    bool has_p = slice_types & (1u << SLICE_P | 1u << SLICE_SP);
    bool has_b = slice_types & 1u << SLICE_B;
    bool has_i = slice_types & (1u << SLICE_I | 1u << SLICE_SI);
    bool fits = p && b ? false : p ? has_p : b ? has_b : has_i;
    if (!fits)
        vd_mismatch(job, (p ? 1 : 0) + (b ? 2 : 0), (has_p ? 1 : 0) + (has_b ? 2 : 0),
                    "decode_params.flags.PFRAME/BFRAME");
}

/* Whether the references still are what was decoded into their buffers. */
void h264_check_references(struct vd_job *job, const struct h264_dpb *dpb)
{
    for (unsigned r = 0; r < dpb->count; r++) {
        const struct h264_picture *p = &dpb->picture[r];
        uint64_t serial = 0;
        if (!p->serial)
            continue;
        enum vd_ref_status status = vd_reference(job, p->timestamp, &serial);
        if (status == VD_REF_OK && serial != p->serial)
            status = VD_REF_OVERWRITTEN;
        if (status != VD_REF_OK)
            vd_reference_problem(job, status, p->timestamp, true);
    }
}

static void check_list(struct vd_job *job, const struct v4l2_ctrl_h264_decode_params *dp,
                       const struct v4l2_h264_reference *control,
                       const struct h264_reference *stream, uint32_t count, unsigned l)
{
    for (unsigned i = 0; i < count && i < V4L2_H264_REF_LIST_LEN; i++) {
        const struct h264_picture *p = stream[i].picture;
        if (!p || !p->serial)
            continue;
        if (control[i].index >= V4L2_H264_NUM_DPB_ENTRIES) {
            vd_mismatch(job, control[i].index, 15, "slice_params.ref_pic_list%u[%u].index", l, i);
            continue;
        }
        uint64_t timestamp = dp->dpb[control[i].index].reference_ts;
        uint64_t serial = 0;
        /* A client that conceals a lost reference with a frame of its own names that one. */
        if (vd_reference(job, timestamp, &serial) == VD_REF_MISSING)
            continue; /* reported with the DPB */
        if (timestamp != p->timestamp || !active(&dp->dpb[control[i].index]))
            vd_mismatch(job, (int64_t)timestamp, (int64_t)p->timestamp,
                        "slice_params.ref_pic_list%u[%u].index", l, i);
        if (control[i].fields != stream[i].fields)
            vd_mismatch(job, control[i].fields, stream[i].fields,
                        "slice_params.ref_pic_list%u[%u].fields", l, i);
    }
}

static void check_weights(struct vd_job *job, const struct v4l2_ctrl_h264_pred_weights *pw,
                          const struct h264_slice *s)
{
    same(job, "pred_weights.luma_log2_weight_denom", pw->luma_log2_weight_denom,
         s->luma_log2_weight_denom);
    same(job, "pred_weights.chroma_log2_weight_denom", pw->chroma_log2_weight_denom,
         s->chroma_log2_weight_denom);
    for (unsigned l = 0; l < 2; l++) {
        const struct v4l2_h264_weight_factors *f = &pw->weight_factors[l];
        for (unsigned i = 0; i < s->num_ref_idx_active[l]; i++) {
            const struct h264_weight *w = &s->weight[l][i];
            if (f->luma_weight[i] != w->luma_weight)
                vd_mismatch(job, f->luma_weight[i], w->luma_weight,
                            "pred_weights.weight_factors[%u].luma_weight[%u]", l, i);
            if (f->luma_offset[i] != w->luma_offset)
                vd_mismatch(job, f->luma_offset[i], w->luma_offset,
                            "pred_weights.weight_factors[%u].luma_offset[%u]", l, i);
            for (unsigned c = 0; c < 2; c++) {
                if (f->chroma_weight[i][c] != w->chroma_weight[c])
                    vd_mismatch(job, f->chroma_weight[i][c], w->chroma_weight[c],
                                "pred_weights.weight_factors[%u].chroma_weight[%u][%u]", l, i, c);
                if (f->chroma_offset[i][c] != w->chroma_offset[c])
                    vd_mismatch(job, f->chroma_offset[i][c], w->chroma_offset[c],
                                "pred_weights.weight_factors[%u].chroma_offset[%u][%u]", l, i, c);
            }
        }
    }
}

/* The controls of one slice, for slice-based decoders. */
void h264_check_slice(struct vd_job *job, const struct h264_dpb *dpb,
                      const struct v4l2_ctrl_h264_sps *sps,
                      const struct v4l2_ctrl_h264_decode_params *dp,
                      const struct v4l2_ctrl_h264_slice_params *sp,
                      const struct v4l2_ctrl_h264_pred_weights *pw, const struct h264_slice *s)
{
    /* A decoder skips so many bits from the start of the OUTPUT buffer, which is the NAL header. */
    same(job, "slice_params.header_bit_size", sp->header_bit_size, 8 + (int64_t)s->header_bits);
    same(job, "slice_params.first_mb_in_slice", sp->first_mb_in_slice, s->first_mb_in_slice);
    same(job, "slice_params.slice_type", sp->slice_type, s->slice_type);
    same(job, "slice_params.colour_plane_id", sp->colour_plane_id, s->colour_plane_id);
    same(job, "slice_params.redundant_pic_cnt", sp->redundant_pic_cnt, s->redundant_pic_cnt);
    same(job, "slice_params.cabac_init_idc", sp->cabac_init_idc, s->cabac_init_idc);
    same(job, "slice_params.slice_qp_delta", sp->slice_qp_delta, s->slice_qp_delta);
    same(job, "slice_params.slice_qs_delta", sp->slice_qs_delta, s->slice_qs_delta);
    same(job, "slice_params.disable_deblocking_filter_idc", sp->disable_deblocking_filter_idc,
         s->disable_deblocking_filter_idc);
    same(job, "slice_params.slice_alpha_c0_offset_div2", sp->slice_alpha_c0_offset_div2,
         s->slice_alpha_c0_offset_div2);
    same(job, "slice_params.slice_beta_offset_div2", sp->slice_beta_offset_div2,
         s->slice_beta_offset_div2);
    if (s->num_ref_idx_active[0])
        same(job, "slice_params.num_ref_idx_l0_active_minus1", sp->num_ref_idx_l0_active_minus1,
             s->num_ref_idx_active[0] - 1);
    if (s->num_ref_idx_active[1])
        same(job, "slice_params.num_ref_idx_l1_active_minus1", sp->num_ref_idx_l1_active_minus1,
             s->num_ref_idx_active[1] - 1);
    same(job, "slice_params.flags.DIRECT_SPATIAL_MV_PRED",
         !!(sp->flags & V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED),
         s->direct_spatial_mv_pred_flag);
    same(job, "slice_params.flags.SP_FOR_SWITCH",
         !!(sp->flags & V4L2_H264_SLICE_FLAG_SP_FOR_SWITCH), s->sp_for_switch_flag);
    struct h264_reference list[2][33];
    h264_lists(dpb, sps, s, list);
    check_list(job, dp, sp->ref_pic_list0, list[0], s->num_ref_idx_active[0], 0);
    check_list(job, dp, sp->ref_pic_list1, list[1], s->num_ref_idx_active[1], 1);
    if (s->weights && pw)
        check_weights(job, pw, s);
}
