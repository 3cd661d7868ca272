/* SPDX-License-Identifier: MIT */
/*
 * Default values and validation of controls: what the kernel's control framework refuses, and what
 * it silently sets to zero because the syntax element is not present.
 */
#include <errno.h>
#include <string.h>

#include "virtdec.h"

static bool within(int64_t value, int64_t low, int64_t high)
{
    return value >= low && value <= high;
}

static int mpeg2_sequence(const struct v4l2_ctrl_mpeg2_sequence *s)
{
    return within(s->chroma_format, 1, 3) ? 0 : -EINVAL;
}

static int mpeg2_picture(struct v4l2_ctrl_mpeg2_picture *p)
{
    if (p->intra_dc_precision > 3)
        return -EINVAL;
    if (!within(p->picture_structure, V4L2_MPEG2_PIC_TOP_FIELD, V4L2_MPEG2_PIC_FRAME))
        return -EINVAL;
    if (!within(p->picture_coding_type, V4L2_MPEG2_PIC_CODING_TYPE_I, V4L2_MPEG2_PIC_CODING_TYPE_B))
        return -EINVAL;
    memset(p->reserved, 0, sizeof(p->reserved));
    return 0;
}

static int h264_sps(struct v4l2_ctrl_h264_sps *s)
{
    if (s->pic_order_cnt_type != 0) {
        s->log2_max_pic_order_cnt_lsb_minus4 = 0;
    } else {
        s->num_ref_frames_in_pic_order_cnt_cycle = 0;
        s->offset_for_non_ref_pic = 0;
        s->offset_for_top_to_bottom_field = 0;
        memset(s->offset_for_ref_frame, 0, sizeof(s->offset_for_ref_frame));
    }
    if (!V4L2_H264_SPS_HAS_CHROMA_FORMAT(s)) {
        s->chroma_format_idc = 1;
        s->bit_depth_luma_minus8 = 0;
        s->bit_depth_chroma_minus8 = 0;
        s->flags &= ~(uint32_t)V4L2_H264_SPS_FLAG_QPPRIME_Y_ZERO_TRANSFORM_BYPASS;
    }
    if (s->chroma_format_idc < 3)
        s->flags &= ~(uint32_t)V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE;
    if (s->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY)
        s->flags &= ~(uint32_t)V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD;
    if (s->profile_idc < 122 && s->chroma_format_idc > 1)
        return -EINVAL;
    if (s->profile_idc < 244 && s->chroma_format_idc > 2)
        return -EINVAL;
    if (s->chroma_format_idc > 3 || s->bit_depth_luma_minus8 > 6 || s->bit_depth_chroma_minus8 > 6)
        return -EINVAL;
    if (s->log2_max_frame_num_minus4 > 12 || s->log2_max_pic_order_cnt_lsb_minus4 > 12)
        return -EINVAL;
    if (s->pic_order_cnt_type > 2 || s->max_num_ref_frames > V4L2_H264_REF_LIST_LEN)
        return -EINVAL;
    return 0;
}

static int h264_pps(const struct v4l2_ctrl_h264_pps *p)
{
    if (p->num_slice_groups_minus1 > 7 || p->weighted_bipred_idc > 2)
        return -EINVAL;
    if (p->num_ref_idx_l0_default_active_minus1 >= V4L2_H264_REF_LIST_LEN ||
        p->num_ref_idx_l1_default_active_minus1 >= V4L2_H264_REF_LIST_LEN)
        return -EINVAL;
    if (!within(p->pic_init_qp_minus26, -62, 25) || !within(p->pic_init_qs_minus26, -26, 25))
        return -EINVAL;
    if (!within(p->chroma_qp_index_offset, -12, 12) ||
        !within(p->second_chroma_qp_index_offset, -12, 12))
        return -EINVAL;
    return 0;
}

static int h264_slice(struct v4l2_ctrl_h264_slice_params *s)
{
    bool b = s->slice_type == V4L2_H264_SLICE_TYPE_B;
    if (!b)
        s->flags &= ~(uint32_t)V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED;
    if (s->colour_plane_id > 2 || s->cabac_init_idc > 2 || s->disable_deblocking_filter_idc > 2)
        return -EINVAL;
    if (!within(s->slice_alpha_c0_offset_div2, -6, 6) || !within(s->slice_beta_offset_div2, -6, 6))
        return -EINVAL;
    if (s->slice_type == V4L2_H264_SLICE_TYPE_I || s->slice_type == V4L2_H264_SLICE_TYPE_SI)
        s->num_ref_idx_l0_active_minus1 = 0;
    if (!b)
        s->num_ref_idx_l1_active_minus1 = 0;
    if (s->num_ref_idx_l0_active_minus1 >= V4L2_H264_REF_LIST_LEN ||
        s->num_ref_idx_l1_active_minus1 >= V4L2_H264_REF_LIST_LEN)
        return -EINVAL;
    s->reserved = 0;
    return 0;
}

static int h264_decode(struct v4l2_ctrl_h264_decode_params *d)
{
    if (d->nal_ref_idc > 3)
        return -EINVAL;
    for (unsigned i = 0; i < V4L2_H264_NUM_DPB_ENTRIES; i++)
        memset(d->dpb[i].reserved, 0, sizeof(d->dpb[i].reserved));
    d->reserved = 0;
    return 0;
}

static int h264_weights(const struct v4l2_ctrl_h264_pred_weights *w)
{
    return w->luma_log2_weight_denom > 7 || w->chroma_log2_weight_denom > 7 ? -EINVAL : 0;
}

static int vp8_frame(struct v4l2_ctrl_vp8_frame *f)
{
    if (f->num_dct_parts != 1 && f->num_dct_parts != 2 && f->num_dct_parts != 4 &&
        f->num_dct_parts != 8)
        return -EINVAL;
    f->segment.padding = 0;
    f->lf.padding = 0;
    f->quant.padding = 0;
    memset(f->entropy.padding, 0, sizeof(f->entropy.padding));
    f->coder_state.padding = 0;
    return 0;
}

static int vp9_filter_and_quantizer(struct v4l2_ctrl_vp9_frame *f)
{
    struct v4l2_vp9_loop_filter *lf = &f->lf;
    struct v4l2_vp9_quantization *q = &f->quant;
    if (lf->flags > 3 || lf->level > 63 || lf->sharpness > 7)
        return -EINVAL;
    for (unsigned i = 0; i < 4; i++)
        if (!within(lf->ref_deltas[i], -63, 63))
            return -EINVAL;
    if (!within(lf->mode_deltas[0], -63, 63) || !within(lf->mode_deltas[1], -63, 63))
        return -EINVAL;
    if (!within(q->delta_q_y_dc, -15, 15) || !within(q->delta_q_uv_dc, -15, 15) ||
        !within(q->delta_q_uv_ac, -15, 15))
        return -EINVAL;
    memset(lf->reserved, 0, sizeof(lf->reserved));
    memset(q->reserved, 0, sizeof(q->reserved));
    return 0;
}

static int vp9_segmentation(struct v4l2_vp9_segmentation *s)
{
    static const int most[4] = {255, 63, 3, 0};
    if (s->flags > 0x1f)
        return -EINVAL;
    for (unsigned i = 0; i < 8; i++) {
        if (s->feature_enabled[i] & ~V4L2_VP9_SEGMENT_FEATURE_ENABLED_MASK)
            return -EINVAL;
        for (unsigned j = 0; j < 4; j++)
            if (!within(s->feature_data[i][j], -most[j], most[j]))
                return -EINVAL;
    }
    memset(s->reserved, 0, sizeof(s->reserved));
    return 0;
}

static int vp9_frame(struct v4l2_ctrl_vp9_frame *f)
{
    const uint32_t resilient =
        V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT | V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX;
    const uint32_t both = V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
    bool deep = f->bit_depth == 10 || f->bit_depth == 12;
    if (f->flags > 0x3ff || (f->flags & resilient) == resilient)
        return -EINVAL;
    if (f->profile > V4L2_VP9_PROFILE_MAX ||
        f->reset_frame_context > V4L2_VP9_RESET_FRAME_CTX_ALL ||
        f->frame_context_idx >= V4L2_VP9_NUM_FRAME_CTX)
        return -EINVAL;
    if (f->profile < 2 ? f->bit_depth != 8 : !deep)
        return -EINVAL;
    if (((f->flags & both) == both) == (f->profile & 1))
        return -EINVAL;
    if (f->interpolation_filter > V4L2_VP9_INTERP_FILTER_SWITCHABLE || f->tile_cols_log2 > 6 ||
        f->reference_mode > V4L2_VP9_REFERENCE_MODE_SELECT)
        return -EINVAL;
    memset(f->reserved, 0, sizeof(f->reserved));
    int error = vp9_filter_and_quantizer(f);
    return error ? error : vp9_segmentation(&f->seg);
}

static int hevc_sps(struct v4l2_ctrl_hevc_sps *s)
{
    if (!(s->flags & V4L2_HEVC_SPS_FLAG_PCM_ENABLED)) {
        s->pcm_sample_bit_depth_luma_minus1 = 0;
        s->pcm_sample_bit_depth_chroma_minus1 = 0;
        s->log2_min_pcm_luma_coding_block_size_minus3 = 0;
        s->log2_diff_max_min_pcm_luma_coding_block_size = 0;
    }
    if (!(s->flags & V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT))
        s->num_long_term_ref_pics_sps = 0;
    return 0;
}

static int hevc_pps(struct v4l2_ctrl_hevc_pps *p)
{
    if (!(p->flags & V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED))
        p->diff_cu_qp_delta_depth = 0;
    if (!(p->flags & V4L2_HEVC_PPS_FLAG_TILES_ENABLED)) {
        p->num_tile_columns_minus1 = p->num_tile_rows_minus1 = 0;
        memset(p->column_width_minus1, 0, sizeof(p->column_width_minus1));
        memset(p->row_height_minus1, 0, sizeof(p->row_height_minus1));
        p->flags &= ~V4L2_HEVC_PPS_FLAG_LOOP_FILTER_ACROSS_TILES_ENABLED;
    } else if (p->num_tile_columns_minus1 >= sizeof(p->column_width_minus1) ||
               p->num_tile_rows_minus1 >= sizeof(p->row_height_minus1)) {
        return -EINVAL;
    }
    if (p->flags & V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER)
        p->pps_beta_offset_div2 = p->pps_tc_offset_div2 = 0;
    return 0;
}

static int hevc_slice(const struct v4l2_ctrl_hevc_slice_params *s)
{
    bool b = s->slice_type == V4L2_HEVC_SLICE_TYPE_B;
    bool fits = s->num_ref_idx_l0_active_minus1 < V4L2_HEVC_DPB_ENTRIES_NUM_MAX &&
                (!b || s->num_ref_idx_l1_active_minus1 < V4L2_HEVC_DPB_ENTRIES_NUM_MAX);
    return fits ? 0 : -EINVAL;
}

static int hevc_decode(const struct v4l2_ctrl_hevc_decode_params *d)
{
    return d->num_active_dpb_entries > V4L2_HEVC_DPB_ENTRIES_NUM_MAX ? -EINVAL : 0;
}

static int plain(const struct vd_ctrl_desc *desc, int32_t *value)
{
    switch (desc->type) {
    case V4L2_CTRL_TYPE_MENU:
        if (!within(*value, desc->min, desc->max))
            return -ERANGE;
        return desc->menu_skip >> *value & 1 ? -EINVAL : 0;
    case V4L2_CTRL_TYPE_BOOLEAN:
        *value = !!*value;
        return 0;
    case V4L2_CTRL_TYPE_INTEGER:
        if (*value < desc->min)
            *value = (int32_t)desc->min;
        if (*value > desc->max)
            *value = (int32_t)desc->max;
        return 0;
    default:
        return 0;
    }
}

/* Validates one element of a control, and normalises it; returns 0 or a negative errno. */
int vd_ctrl_validate(const struct vd_ctrl_desc *desc, void *value)
{
    switch (desc->type) {
    case V4L2_CTRL_TYPE_MPEG2_SEQUENCE:
        return mpeg2_sequence(value);
    case V4L2_CTRL_TYPE_MPEG2_PICTURE:
        return mpeg2_picture(value);
    case V4L2_CTRL_TYPE_MPEG2_QUANTISATION:
    case V4L2_CTRL_TYPE_H264_SCALING_MATRIX:
        return 0;
    case V4L2_CTRL_TYPE_H264_SPS:
        return h264_sps(value);
    case V4L2_CTRL_TYPE_H264_PPS:
        return h264_pps(value);
    case V4L2_CTRL_TYPE_H264_SLICE_PARAMS:
        return h264_slice(value);
    case V4L2_CTRL_TYPE_H264_DECODE_PARAMS:
        return h264_decode(value);
    case V4L2_CTRL_TYPE_H264_PRED_WEIGHTS:
        return h264_weights(value);
    case V4L2_CTRL_TYPE_HEVC_SPS:
        return hevc_sps(value);
    case V4L2_CTRL_TYPE_HEVC_PPS:
        return hevc_pps(value);
    case V4L2_CTRL_TYPE_HEVC_SLICE_PARAMS:
        return hevc_slice(value);
    case V4L2_CTRL_TYPE_HEVC_DECODE_PARAMS:
        return hevc_decode(value);
    case V4L2_CTRL_TYPE_VP8_FRAME:
        return vp8_frame(value);
    case V4L2_CTRL_TYPE_VP9_FRAME:
        return vp9_frame(value);
    case V4L2_CTRL_TYPE_VP9_COMPRESSED_HDR:
        return ((struct v4l2_ctrl_vp9_compressed_hdr *)value)->tx_mode > V4L2_VP9_TX_MODE_SELECT
                   ? -EINVAL
                   : 0;
    default:
        return plain(desc, value);
    }
}

/* ISO/IEC 13818-2 6.3.11, the default of intra_quantiser_matrix, in zigzag order. */
static const uint8_t default_intra[64] = {
    8,  16, 16, 19, 16, 19, 22, 22, 22, 22, 22, 22, 26, 24, 26, 27, 27, 27, 26, 26, 26, 26,
    27, 27, 27, 29, 29, 29, 34, 34, 34, 29, 29, 29, 27, 27, 29, 29, 32, 32, 34, 34, 37, 38,
    37, 35, 35, 34, 35, 38, 38, 40, 40, 40, 48, 48, 46, 46, 56, 56, 58, 69, 69, 83,
};

/* Writes the default value of one element. */
void vd_ctrl_default(const struct vd_ctrl_desc *desc, void *value)
{
    memset(value, 0, desc->elem_size);
    switch (desc->type) {
    case V4L2_CTRL_TYPE_MPEG2_SEQUENCE:
        ((struct v4l2_ctrl_mpeg2_sequence *)value)->chroma_format = 1;
        break;
    case V4L2_CTRL_TYPE_MPEG2_PICTURE: {
        struct v4l2_ctrl_mpeg2_picture *p = value;
        p->picture_structure = V4L2_MPEG2_PIC_TOP_FIELD;
        p->picture_coding_type = V4L2_MPEG2_PIC_CODING_TYPE_I;
        break;
    }
    case V4L2_CTRL_TYPE_MPEG2_QUANTISATION: {
        struct v4l2_ctrl_mpeg2_quantisation *q = value;
        memcpy(q->intra_quantiser_matrix, default_intra, sizeof(default_intra));
        memset(q->non_intra_quantiser_matrix, 16, sizeof(q->non_intra_quantiser_matrix));
        break;
    }
    case V4L2_CTRL_TYPE_H264_SCALING_MATRIX:
        memset(value, 16, desc->elem_size);
        break;
    case V4L2_CTRL_TYPE_VP8_FRAME:
        ((struct v4l2_ctrl_vp8_frame *)value)->num_dct_parts = 1;
        break;
    case V4L2_CTRL_TYPE_VP9_FRAME: {
        struct v4l2_ctrl_vp9_frame *f = value;
        f->bit_depth = 8;
        f->flags = V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
        break;
    }
    default:
        if (desc->type < V4L2_CTRL_COMPOUND_TYPES && desc->elem_size == sizeof(int32_t)) {
            int32_t initial = (int32_t)desc->def;
            memcpy(value, &initial, sizeof(initial));
        }
        break;
    }
}
