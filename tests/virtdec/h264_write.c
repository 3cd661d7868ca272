/* SPDX-License-Identifier: MIT */
/* H.264 parameter sets (7.3.2.1, 7.3.2.2) written from the controls. */
#include "h264.h"

static unsigned flag(uint32_t flags, uint32_t bit)
{
    return flags & bit ? 1 : 0;
}

/* Appends the SPS as a NAL unit. Cropping and VUI are not for the decoder. */
void h264_write_sps(struct vd_writer *out, const struct v4l2_ctrl_h264_sps *s)
{
    struct vd_writer rbsp = {0}, *w = &rbsp;
    vd_put_bits(w, 8, s->profile_idc);
    /* constraint_set0_flag is the lowest bit of the control and the highest of the syntax. */
    for (unsigned i = 0; i < 6; i++)
        vd_put_bits(w, 1, s->constraint_set_flags >> i & 1);
    vd_put_bits(w, 2, 0);
    vd_put_bits(w, 8, s->level_idc);
    vd_put_ue(w, s->seq_parameter_set_id & 31u);
    if (V4L2_H264_SPS_HAS_CHROMA_FORMAT(s)) {
        vd_put_ue(w, s->chroma_format_idc);
        if (s->chroma_format_idc == 3)
            vd_put_bits(w, 1, flag(s->flags, V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE));
        vd_put_ue(w, s->bit_depth_luma_minus8);
        vd_put_ue(w, s->bit_depth_chroma_minus8);
        vd_put_bits(w, 1, flag(s->flags, V4L2_H264_SPS_FLAG_QPPRIME_Y_ZERO_TRANSFORM_BYPASS));
        vd_put_bits(w, 1, 0); /* seq_scaling_matrix_present_flag: the PPS has the final lists */
    }
    vd_put_ue(w, s->log2_max_frame_num_minus4);
    vd_put_ue(w, s->pic_order_cnt_type);
    if (s->pic_order_cnt_type == 0)
        vd_put_ue(w, s->log2_max_pic_order_cnt_lsb_minus4);
    if (s->pic_order_cnt_type == 1) {
        vd_put_bits(w, 1, flag(s->flags, V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO));
        vd_put_se(w, s->offset_for_non_ref_pic);
        vd_put_se(w, s->offset_for_top_to_bottom_field);
        vd_put_ue(w, s->num_ref_frames_in_pic_order_cnt_cycle);
        for (unsigned i = 0; i < s->num_ref_frames_in_pic_order_cnt_cycle; i++)
            vd_put_se(w, s->offset_for_ref_frame[i]);
    }
    vd_put_ue(w, s->max_num_ref_frames);
    vd_put_bits(w, 1, flag(s->flags, V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED));
    vd_put_ue(w, s->pic_width_in_mbs_minus1);
    vd_put_ue(w, s->pic_height_in_map_units_minus1);
    vd_put_bits(w, 1, flag(s->flags, V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY));
    if (!(s->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY))
        vd_put_bits(w, 1, flag(s->flags, V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD));
    vd_put_bits(w, 1, flag(s->flags, V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE));
    vd_put_bits(w, 2, 0); /* frame_cropping_flag, vui_parameters_present_flag */
    vd_put_align(w, 1);
    vd_put_nal(out, 3 << 5 | 7, w);
    vd_writer_free(w);
}

/* Raster positions of the zigzag scan of an n x n block (8.5.6, 8.5.7). */
static void zigzag(unsigned n, uint8_t *raster)
{
    unsigned x = 0, y = 0;
    bool up = true;
    for (unsigned i = 0; i < n * n; i++) {
        raster[i] = (uint8_t)(y * n + x);
        if (up) {
            if (x == n - 1) {
                y++;
                up = false;
            } else if (y == 0) {
                x++;
                up = false;
            } else {
                x++;
                y--;
            }
        } else {
            if (y == n - 1) {
                x++;
                up = true;
            } else if (x == 0) {
                y++;
                up = true;
            } else {
                x--;
                y++;
            }
        }
    }
}

/* scaling_list() (7.3.2.1.1.1): differences along the zigzag scan. */
static void write_list(struct vd_writer *w, const uint8_t *raster_values, unsigned n)
{
    uint8_t scan[64];
    int last = 8;
    zigzag(n, scan);
    vd_put_bits(w, 1, 1); /* pic_scaling_list_present_flag */
    for (unsigned i = 0; i < n * n; i++) {
        int value = raster_values[scan[i]], delta = value - last;
        vd_put_se(w, delta > 127 ? delta - 256 : delta < -128 ? delta + 256 : delta);
        last = value;
        if (!value) /* ends the list; a matrix cannot contain it */
            return;
    }
}

static void write_lists(struct vd_writer *w, const struct v4l2_ctrl_h264_sps *sps,
                        const struct v4l2_ctrl_h264_scaling_matrix *m, bool transform_8x8)
{
    for (unsigned i = 0; i < 6; i++)
        write_list(w, m->scaling_list_4x4[i], 4);
    unsigned lists = !transform_8x8 ? 0 : sps->chroma_format_idc == 3 ? 6 : 2;
    for (unsigned i = 0; i < lists; i++)
        write_list(w, m->scaling_list_8x8[i], 8);
}

/* Appends the PPS as a NAL unit with the given id. */
void h264_write_pps(struct vd_writer *out, const struct v4l2_ctrl_h264_sps *sps,
                    const struct v4l2_ctrl_h264_pps *p,
                    const struct v4l2_ctrl_h264_scaling_matrix *matrix, uint32_t id)
{
    struct vd_writer rbsp = {0}, *w = &rbsp;
    bool transform_8x8 = p->flags & V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE;
    bool scaling = p->flags & V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT;
    vd_put_ue(w, id);
    vd_put_ue(w, sps->seq_parameter_set_id & 31u);
    vd_put_bits(w, 1, flag(p->flags, V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE));
    vd_put_bits(w, 1, flag(p->flags, V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT));
    vd_put_ue(w, p->num_slice_groups_minus1);
    vd_put_ue(w, p->num_ref_idx_l0_default_active_minus1);
    vd_put_ue(w, p->num_ref_idx_l1_default_active_minus1);
    vd_put_bits(w, 1, flag(p->flags, V4L2_H264_PPS_FLAG_WEIGHTED_PRED));
    vd_put_bits(w, 2, p->weighted_bipred_idc);
    vd_put_se(w, p->pic_init_qp_minus26);
    vd_put_se(w, p->pic_init_qs_minus26);
    vd_put_se(w, p->chroma_qp_index_offset);
    vd_put_bits(w, 1, flag(p->flags, V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT));
    vd_put_bits(w, 1, flag(p->flags, V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED));
    vd_put_bits(w, 1, flag(p->flags, V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT));
    if (transform_8x8 || scaling || p->second_chroma_qp_index_offset != p->chroma_qp_index_offset) {
        vd_put_bits(w, 1, transform_8x8);
        vd_put_bits(w, 1, scaling);
        if (scaling)
            write_lists(w, sps, matrix, transform_8x8);
        vd_put_se(w, p->second_chroma_qp_index_offset);
    }
    vd_put_align(w, 1);
    vd_put_nal(out, 3 << 5 | 8, w);
    vd_writer_free(w);
}

/*
 * Whether the picture order counts cannot be computed: type 1 without its offsets, which not every
 * client has. Decoders take the counts from the decode parameters anyway.
 */
bool h264_poc_untold(const struct v4l2_ctrl_h264_sps *s)
{
    return s->pic_order_cnt_type == 1 && !s->num_ref_frames_in_pic_order_cnt_cycle &&
           !s->offset_for_non_ref_pic && !s->offset_for_top_to_bottom_field;
}

/*
 * Chooses offsets with which 8.2.1.2 gives one picture the counts that its decode parameters name.
 * For a reference picture expectedDeltaPerPicOrderCntCycle is made 0, and the sum up to the
 * picture's place in the cycle, which is not its last, is what is wanted.
 */
void h264_force_poc(struct v4l2_ctrl_h264_sps *s, const struct h264_dpb *dpb,
                    const struct v4l2_ctrl_h264_decode_params *dp, const struct h264_slice *slice)
{
    int64_t abs_frame_num = dpb->frame_num_offset + slice->frame_num;
    int32_t wanted =
        slice->structure == H264_BOT ? dp->bottom_field_order_cnt : dp->top_field_order_cnt;
    int32_t offset = (int32_t)((uint32_t)wanted - (uint32_t)slice->delta_pic_order_cnt[0]);
    if (slice->structure == H264_FRAME)
        s->offset_for_top_to_bottom_field =
            (int32_t)((uint32_t)dp->bottom_field_order_cnt - (uint32_t)dp->top_field_order_cnt -
                      (uint32_t)slice->delta_pic_order_cnt[1]);
    if (!slice->nal_ref_idc) {
        s->offset_for_non_ref_pic = offset;
        return;
    }
    if (abs_frame_num <= 0)
        return;
    uint8_t cycle = 2;
    while (cycle < 254 && abs_frame_num % cycle == 0)
        cycle++;
    int64_t place = (abs_frame_num - 1) % cycle;
    s->num_ref_frames_in_pic_order_cnt_cycle = cycle;
    s->offset_for_ref_frame[place] = offset;
    s->offset_for_ref_frame[place + 1] = (int32_t)(0u - (uint32_t)offset);
}
