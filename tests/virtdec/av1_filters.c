/* SPDX-License-Identifier: MIT */
/* Quantizers, segmentation and filters of the frame header, see av1.h. */
#include <string.h>

#include "av1.h"

#define ALT_Q (1u << V4L2_AV1_SEG_LVL_ALT_Q)

static bool intrabc(const struct av1_frame *f)
{
    return av1_has(f->control->flags, V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC);
}

static void write_delta_q(struct vd_writer *w, int8_t delta)
{
    vd_put_bits(w, 1, delta != 0);
    if (delta)
        av1_put_su(w, 7, delta);
}

void av1_write_quantization(struct vd_writer *w, const struct av1_frame *f)
{
    const struct v4l2_av1_quantization *q = &f->control->quantization;
    bool differ = q->delta_q_u_dc != q->delta_q_v_dc || q->delta_q_u_ac != q->delta_q_v_ac;
    bool qmatrix = av1_has(q->flags, V4L2_AV1_QUANTIZATION_FLAG_USING_QMATRIX);
    if (differ && !av1_has(q->flags, V4L2_AV1_QUANTIZATION_FLAG_DIFF_UV_DELTA))
        vd_mismatch(f->job, 0, 1, "frame.quantization.flags.DIFF_UV_DELTA");
    vd_put_bits(w, 8, q->base_q_idx);
    write_delta_q(w, q->delta_q_y_dc);
    vd_put_bits(w, 1, differ);
    write_delta_q(w, q->delta_q_u_dc);
    write_delta_q(w, q->delta_q_u_ac);
    if (differ) {
        write_delta_q(w, q->delta_q_v_dc);
        write_delta_q(w, q->delta_q_v_ac);
    }
    vd_put_bits(w, 1, qmatrix);
    if (!qmatrix)
        return;
    vd_put_bits(w, 4, q->qm_y);
    vd_put_bits(w, 4, q->qm_u);
    vd_put_bits(w, 4, q->qm_v);
}

static void write_features(struct vd_writer *w, const struct v4l2_av1_segmentation *s)
{
    static const unsigned bits[V4L2_AV1_SEG_LVL_MAX] = {8, 6, 6, 6, 6, 3, 0, 0};
    for (unsigned i = 0; i < V4L2_AV1_MAX_SEGMENTS; i++) {
        for (unsigned j = 0; j < V4L2_AV1_SEG_LVL_MAX; j++) {
            bool enabled = s->feature_enabled[i] >> j & 1;
            vd_put_bits(w, 1, enabled);
            if (enabled && j < 5)
                av1_put_su(w, bits[j] + 1, s->feature_data[i][j]);
            else if (enabled)
                vd_put_bits(w, bits[j], (uint32_t)s->feature_data[i][j]);
        }
    }
}

/* What 5.9.14 computes of the features. */
static void check_features(const struct av1_frame *f)
{
    const struct v4l2_av1_segmentation *s = &f->control->segmentation;
    unsigned last = 0;
    bool pre_skip = false;
    for (unsigned i = 0; i < V4L2_AV1_MAX_SEGMENTS; i++) {
        if (s->feature_enabled[i])
            last = i;
        pre_skip |= s->feature_enabled[i] >> V4L2_AV1_SEG_LVL_REF_FRAME != 0;
    }
    if (s->last_active_seg_id != last)
        vd_mismatch(f->job, s->last_active_seg_id, last, "frame.segmentation.last_active_seg_id");
    if (av1_has(s->flags, V4L2_AV1_SEGMENTATION_FLAG_SEG_ID_PRE_SKIP) != pre_skip)
        vd_mismatch(f->job, !pre_skip, pre_skip, "frame.segmentation.flags.SEG_ID_PRE_SKIP");
}

void av1_write_segmentation(struct vd_writer *w, const struct av1_frame *f)
{
    const struct v4l2_ctrl_av1_frame *c = f->control;
    const struct v4l2_av1_segmentation *s = &c->segmentation;
    bool update_map = av1_has(s->flags, V4L2_AV1_SEGMENTATION_FLAG_UPDATE_MAP);
    bool temporal = av1_has(s->flags, V4L2_AV1_SEGMENTATION_FLAG_TEMPORAL_UPDATE);
    bool update_data = av1_has(s->flags, V4L2_AV1_SEGMENTATION_FLAG_UPDATE_DATA);
    bool enabled = av1_has(s->flags, V4L2_AV1_SEGMENTATION_FLAG_ENABLED);
    vd_put_bits(w, 1, enabled);
    if (!enabled)
        return;
    check_features(f);
    if (c->primary_ref_frame == AV1_NO_REF) {
        if (!update_map || temporal || !update_data)
            vd_mismatch(f->job, s->flags & 15, 11, "frame.segmentation.flags");
        update_data = true;
    } else {
        vd_put_bits(w, 1, update_map);
        if (update_map)
            vd_put_bits(w, 1, temporal);
        vd_put_bits(w, 1, update_data);
    }
    if (update_data) {
        write_features(w, s);
        return;
    }
    const struct av1_slot *slot = &f->slots[c->ref_frame_idx[c->primary_ref_frame] & 7];
    if (memcmp(slot->segmentation.feature_enabled, s->feature_enabled,
               sizeof(s->feature_enabled)) != 0 ||
        memcmp(slot->segmentation.feature_data, s->feature_data, sizeof(s->feature_data)) != 0)
        vd_mismatch(f->job, 0, 1, "frame.segmentation.feature_data");
}

/* delta_q_params() and delta_lf_params() (5.9.17, 5.9.18) */
void av1_write_deltas(struct vd_writer *w, const struct av1_frame *f)
{
    const struct v4l2_av1_quantization *q = &f->control->quantization;
    const struct v4l2_av1_loop_filter *lf = &f->control->loop_filter;
    bool delta_q = av1_has(q->flags, V4L2_AV1_QUANTIZATION_FLAG_DELTA_Q_PRESENT);
    bool delta_lf = av1_has(lf->flags, V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_PRESENT);
    if (!q->base_q_idx && delta_q)
        vd_mismatch(f->job, 1, 0, "frame.quantization.flags.DELTA_Q_PRESENT");
    delta_q = delta_q && q->base_q_idx;
    if (delta_lf && (!delta_q || intrabc(f)))
        vd_mismatch(f->job, 1, 0, "frame.loop_filter.flags.DELTA_LF_PRESENT");
    if (!q->base_q_idx)
        return;
    vd_put_bits(w, 1, delta_q);
    if (!delta_q)
        return;
    vd_put_bits(w, 2, q->delta_q_res);
    if (intrabc(f))
        return;
    vd_put_bits(w, 1, delta_lf);
    if (!delta_lf)
        return;
    vd_put_bits(w, 2, lf->delta_lf_res);
    vd_put_bits(w, 1, av1_has(lf->flags, V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_MULTI));
}

/* get_qidx() with ignoreDeltaQ (7.12.2), for CodedLossless (5.9.2) */
void av1_find_lossless(struct av1_frame *f)
{
    const struct v4l2_av1_quantization *q = &f->control->quantization;
    const struct v4l2_av1_segmentation *s = &f->control->segmentation;
    bool segments = av1_has(s->flags, V4L2_AV1_SEGMENTATION_FLAG_ENABLED);
    f->coded_lossless = !q->delta_q_y_dc && !q->delta_q_u_dc && !q->delta_q_u_ac &&
                        !q->delta_q_v_dc && !q->delta_q_v_ac;
    for (unsigned i = 0; i < V4L2_AV1_MAX_SEGMENTS; i++) {
        int index = q->base_q_idx;
        if (segments && (s->feature_enabled[i] & ALT_Q))
            index += s->feature_data[i][V4L2_AV1_SEG_LVL_ALT_Q];
        f->coded_lossless = f->coded_lossless && index <= 0;
    }
    f->all_lossless = f->coded_lossless && f->width == f->upscaled_width;
}

void av1_write_loop_filter(struct vd_writer *w, const struct av1_frame *f)
{
    const struct v4l2_av1_loop_filter *lf = &f->control->loop_filter;
    bool enabled = av1_has(lf->flags, V4L2_AV1_LOOP_FILTER_FLAG_DELTA_ENABLED);
    if (f->coded_lossless || intrabc(f))
        return;
    vd_put_bits(w, 6, lf->level[0]);
    vd_put_bits(w, 6, lf->level[1]);
    if (lf->level[0] || lf->level[1]) {
        vd_put_bits(w, 6, lf->level[2]);
        vd_put_bits(w, 6, lf->level[3]);
    }
    vd_put_bits(w, 3, lf->sharpness);
    vd_put_bits(w, 1, enabled);
    if (!enabled)
        return;
    vd_put_bits(w, 1, 1); /* loop_filter_delta_update: all of them, as the control says */
    for (unsigned i = 0; i < V4L2_AV1_TOTAL_REFS_PER_FRAME; i++) {
        vd_put_bits(w, 1, 1);
        av1_put_su(w, 7, lf->ref_deltas[i]);
    }
    for (unsigned i = 0; i < 2; i++) {
        vd_put_bits(w, 1, 1);
        av1_put_su(w, 7, lf->mode_deltas[i]);
    }
}

static void write_strength(struct vd_writer *w, const struct av1_frame *f, uint8_t primary,
                           uint8_t secondary)
{
    if (secondary == 3 || secondary > 4)
        vd_mismatch(f->job, secondary, 4, "frame.cdef.sec_strength");
    vd_put_bits(w, 4, primary);
    vd_put_bits(w, 2, secondary == 4 ? 3 : secondary);
}

void av1_write_cdef(struct vd_writer *w, const struct av1_frame *f)
{
    const struct v4l2_av1_cdef *c = &f->control->cdef;
    if (f->coded_lossless || intrabc(f) ||
        !av1_has(f->sequence->flags, V4L2_AV1_SEQUENCE_FLAG_ENABLE_CDEF))
        return;
    vd_put_bits(w, 2, c->damping_minus_3);
    vd_put_bits(w, 2, c->bits);
    for (unsigned i = 0; i < 1u << (c->bits & 3); i++) {
        write_strength(w, f, c->y_pri_strength[i], c->y_sec_strength[i]);
        write_strength(w, f, c->uv_pri_strength[i], c->uv_sec_strength[i]);
    }
}

static void check_restoration(const struct av1_frame *f, bool luma, bool chroma)
{
    const struct v4l2_av1_loop_restoration *lr = &f->control->loop_restoration;
    bool uses = av1_has(lr->flags, V4L2_AV1_LOOP_RESTORATION_FLAG_USES_LR);
    bool uses_chroma = av1_has(lr->flags, V4L2_AV1_LOOP_RESTORATION_FLAG_USES_CHROMA_LR);
    if (uses != (luma || chroma))
        vd_mismatch(f->job, uses, luma || chroma, "frame.loop_restoration.flags.USES_LR");
    if (uses_chroma != chroma)
        vd_mismatch(f->job, uses_chroma, chroma, "frame.loop_restoration.flags.USES_CHROMA_LR");
    if (uses && !av1_has(f->sequence->flags, V4L2_AV1_SEQUENCE_FLAG_ENABLE_RESTORATION))
        vd_mismatch(f->job, 0, 1, "sequence.flags.ENABLE_RESTORATION");
    for (unsigned i = 0; uses && i < 3; i++) {
        uint32_t size = (64u << lr->lr_unit_shift) >> (i ? lr->lr_uv_shift : 0);
        if (lr->loop_restoration_size[i] != size)
            vd_mismatch(f->job, lr->loop_restoration_size[i], size,
                        "frame.loop_restoration.loop_restoration_size[%u]", i);
    }
}

void av1_write_restoration(struct vd_writer *w, const struct av1_frame *f)
{
    static const uint8_t coded[4] = {0, 2, 3, 1}; /* the inverse of Remap_Lr_Type */
    const struct v4l2_av1_loop_restoration *lr = &f->control->loop_restoration;
    bool luma = lr->frame_restoration_type[0];
    bool chroma = lr->frame_restoration_type[1] || lr->frame_restoration_type[2];
    check_restoration(f, luma, chroma);
    if (f->all_lossless || intrabc(f))
        return;
    for (unsigned i = 0; i < 3; i++)
        vd_put_bits(w, 2, coded[lr->frame_restoration_type[i] & 3]);
    if (!luma && !chroma)
        return;
    if (av1_has(f->sequence->flags, V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK)) {
        if (!lr->lr_unit_shift)
            vd_mismatch(f->job, 0, 1, "frame.loop_restoration.lr_unit_shift");
        vd_put_bits(w, 1, lr->lr_unit_shift > 1);
    } else {
        vd_put_bits(w, 1, lr->lr_unit_shift > 0);
        if (lr->lr_unit_shift)
            vd_put_bits(w, 1, lr->lr_unit_shift > 1);
    }
    if (chroma)
        vd_put_bits(w, 1, lr->lr_uv_shift);
}
