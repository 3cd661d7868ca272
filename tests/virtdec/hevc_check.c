/* SPDX-License-Identifier: MIT */
/* The HEVC controls against the slice segment headers, field by field. */
#include "hevc.h"

static void same(struct vd_job *job, const char *field, int64_t control, int64_t stream)
{
    if (control != stream)
        vd_mismatch(job, control, stream, "%s", field);
}

/* A list of 8.3.2: places of entries whose pictures stand on the side that it is for, in order. */
static void check_list(struct vd_job *job, const struct v4l2_ctrl_hevc_decode_params *dp,
                       const uint8_t *list, unsigned count, int side, const char *name)
{
    int64_t last = 0;
    for (unsigned i = 0; i < count && i < HEVC_ENTRIES; i++) {
        if (list[i] >= dp->num_active_dpb_entries) {
            vd_mismatch(job, list[i], dp->num_active_dpb_entries, "decode_params.%s[%u]", name, i);
            continue;
        }
        const struct v4l2_hevc_dpb_entry *e = &dp->dpb[list[i]];
        int64_t delta = (int64_t)e->pic_order_cnt_val - dp->pic_order_cnt_val;
        bool is_long = e->flags & V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE;
        if (is_long != (side == 0))
            vd_mismatch(job, is_long, side == 0, "decode_params.dpb[%u].flags", list[i]);
        if (side && delta * side <= last)
            vd_mismatch(job, delta, last, "decode_params.%s[%u]", name, i);
        last = delta * side;
    }
}

static void check_uniform(struct vd_job *job, const uint8_t *sizes, unsigned count, unsigned total,
                          bool uniform, const char *name)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned expected = (i + 1) * total / count - i * total / count;
        sum += sizes[i] + 1u;
        if (uniform && sizes[i] + 1u != expected)
            vd_mismatch(job, sizes[i] + 1, expected, "pps.%s[%u]", name, i);
    }
    if (sum != total)
        vd_mismatch(job, sum, total, "pps.%s", name);
}

static void check_tiles(struct vd_job *job, const struct hevc_controls *c)
{
    const struct v4l2_ctrl_hevc_pps *p = c->pps;
    unsigned log2 = c->sps->log2_min_luma_coding_block_size_minus3 + 3u +
                    c->sps->log2_diff_max_min_luma_coding_block_size;
    unsigned width = (c->sps->pic_width_in_luma_samples + (1u << log2) - 1) >> log2;
    unsigned height = (c->sps->pic_height_in_luma_samples + (1u << log2) - 1) >> log2;
    bool uniform = p->flags & V4L2_HEVC_PPS_FLAG_UNIFORM_SPACING;
    check_uniform(job, p->column_width_minus1, p->num_tile_columns_minus1 + 1u, width, uniform,
                  "column_width_minus1");
    check_uniform(job, p->row_height_minus1, p->num_tile_rows_minus1 + 1u, height, uniform,
                  "row_height_minus1");
}

void hevc_check_picture(struct vd_job *job, const struct hevc_controls *c,
                        const struct hevc_slice *s)
{
    const struct v4l2_ctrl_hevc_decode_params *dp = c->dp;
    uint32_t mask = (16u << c->sps->log2_max_pic_order_cnt_lsb_minus4) - 1;
    bool known = false;
    same(job, "pps.pic_parameter_set_id", c->pps->pic_parameter_set_id, s->pps_id);
    same(job, "decode_params.pic_order_cnt_val (LSBs)", dp->pic_order_cnt_val & mask, s->lsb);
    if (hevc_is_idr(s))
        same(job, "decode_params.pic_order_cnt_val", dp->pic_order_cnt_val, 0);
    same(job, "decode_params.short_term_ref_pic_set_size", dp->short_term_ref_pic_set_size,
         s->short_term_bits);
    same(job, "decode_params.long_term_ref_pic_set_size", dp->long_term_ref_pic_set_size,
         s->long_term_bits);
    same(job, "decode_params.flags.IRAP_PIC", !!(dp->flags & V4L2_HEVC_DECODE_PARAM_FLAG_IRAP_PIC),
         hevc_is_irap(s));
    same(job, "decode_params.flags.IDR_PIC", !!(dp->flags & V4L2_HEVC_DECODE_PARAM_FLAG_IDR_PIC),
         hevc_is_idr(s));
    same(job, "decode_params.flags.NO_OUTPUT_OF_PRIOR",
         !!(dp->flags & V4L2_HEVC_DECODE_PARAM_FLAG_NO_OUTPUT_OF_PRIOR), s->no_output_of_prior);
    if (hevc_is_idr(s))
        same(job, "decode_params.num_active_dpb_entries", dp->num_active_dpb_entries, 0);
    known = dp->num_active_dpb_entries <= HEVC_ENTRIES;
    if (known) {
        check_list(job, dp, dp->poc_st_curr_before, dp->num_poc_st_curr_before, -1,
                   "poc_st_curr_before");
        check_list(job, dp, dp->poc_st_curr_after, dp->num_poc_st_curr_after, 1,
                   "poc_st_curr_after");
        check_list(job, dp, dp->poc_lt_curr, dp->num_poc_lt_curr, 0, "poc_lt_curr");
    }
    /* Fields without a sample's difference, which hardware is told all the same. */
    if (c->sps->sps_max_num_reorder_pics > c->sps->sps_max_dec_pic_buffering_minus1)
        vd_mismatch(job, c->sps->sps_max_num_reorder_pics, c->sps->sps_max_dec_pic_buffering_minus1,
                    "sps.sps_max_num_reorder_pics");
    if (c->sps->sps_max_sub_layers_minus1 < s->temporal_id)
        vd_mismatch(job, c->sps->sps_max_sub_layers_minus1, s->temporal_id,
                    "sps.sps_max_sub_layers_minus1");
    if (c->pps->flags & V4L2_HEVC_PPS_FLAG_TILES_ENABLED)
        check_tiles(job, c);
}

/* The entry of the decoded picture buffer that entry `i` of an initial list stands for (8.3.4). */
static unsigned initial(const struct v4l2_ctrl_hevc_decode_params *dp, unsigned list, uint32_t i)
{
    const uint8_t *lists[3] = {dp->poc_st_curr_before, dp->poc_st_curr_after, dp->poc_lt_curr};
    unsigned counts[3] = {dp->num_poc_st_curr_before, dp->num_poc_st_curr_after,
                          dp->num_poc_lt_curr};
    const unsigned order[2][3] = {{0, 1, 2}, {1, 0, 2}};
    unsigned total = counts[0] + counts[1] + counts[2];
    if (!total)
        return 255;
    i %= total;
    for (unsigned k = 0; k < 3; k++) {
        unsigned which = order[list][k];
        if (i < counts[which] && i < HEVC_ENTRIES)
            return lists[which][i];
        i -= counts[which];
    }
    return 255;
}

static void check_lists(struct vd_job *job, const struct v4l2_ctrl_hevc_decode_params *dp,
                        const struct v4l2_ctrl_hevc_slice_params *p, const struct hevc_slice *s)
{
    for (unsigned l = 0; l < 2; l++) {
        const uint8_t *index = l ? p->ref_idx_l1 : p->ref_idx_l0;
        for (uint32_t i = 0; i < HEVC_ENTRIES; i++) {
            unsigned expected = 255;
            if (i < s->active[l])
                expected = initial(dp, l, s->modified[l] ? s->list_entry[l][i] : i);
            if (index[i] != expected)
                vd_mismatch(job, index[i], expected, "slice_params.ref_idx_l%u[%u]", l, i);
        }
    }
}

static void same_weight(struct vd_job *job, const char *name, unsigned list, int control,
                        int stream)
{
    if (control != stream)
        vd_mismatch(job, control, stream, "slice_params.pred_weight_table.%s_l%u", name, list);
}

static void check_weights(struct vd_job *job, const struct v4l2_hevc_pred_weight_table *t,
                          const struct hevc_slice *s)
{
    const __s8 *luma[2] = {t->delta_luma_weight_l0, t->delta_luma_weight_l1};
    const __s8 *offset[2] = {t->luma_offset_l0, t->luma_offset_l1};
    const __s8(*chroma[2])[2] = {t->delta_chroma_weight_l0, t->delta_chroma_weight_l1};
    const __s8(*chroma_offset[2])[2] = {t->chroma_offset_l0, t->chroma_offset_l1};
    if (!s->weights)
        return;
    same(job, "slice_params.pred_weight_table.luma_log2_weight_denom", t->luma_log2_weight_denom,
         s->luma_denom);
    same(job, "slice_params.pred_weight_table.delta_chroma_log2_weight_denom",
         t->delta_chroma_log2_weight_denom, s->delta_chroma_denom);
    for (unsigned l = 0; l < 2; l++) {
        for (uint32_t i = 0; i < s->active[l]; i++) {
            same_weight(job, "delta_luma_weight", l, luma[l][i], s->luma_weight[l][i]);
            same_weight(job, "luma_offset", l, offset[l][i], s->luma_offset[l][i]);
            for (unsigned j = 0; j < 2; j++) {
                same_weight(job, "delta_chroma_weight", l, chroma[l][i][j],
                            s->chroma_weight[l][i][j]);
                same_weight(job, "chroma_offset", l, chroma_offset[l][i][j],
                            s->chroma_offset[l][i][j]);
            }
        }
    }
}

static void check_flags(struct vd_job *job, const struct v4l2_ctrl_hevc_slice_params *p,
                        const struct hevc_slice *s)
{
    const struct {
        const char *name;
        uint64_t flag;
        bool stream;
    } flags[] = {
        {"SLICE_SAO_LUMA", V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_LUMA, s->sao_luma},
        {"SLICE_SAO_CHROMA", V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_CHROMA, s->sao_chroma},
        {"SLICE_TEMPORAL_MVP_ENABLED", V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED,
         s->temporal_mvp},
        {"MVD_L1_ZERO", V4L2_HEVC_SLICE_PARAMS_FLAG_MVD_L1_ZERO, s->mvd_l1_zero},
        {"CABAC_INIT", V4L2_HEVC_SLICE_PARAMS_FLAG_CABAC_INIT, s->cabac_init},
        {"COLLOCATED_FROM_L0", V4L2_HEVC_SLICE_PARAMS_FLAG_COLLOCATED_FROM_L0,
         s->collocated_from_l0},
        {"USE_INTEGER_MV", V4L2_HEVC_SLICE_PARAMS_FLAG_USE_INTEGER_MV, false},
        {"SLICE_DEBLOCKING_FILTER_DISABLED",
         V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_DEBLOCKING_FILTER_DISABLED, s->deblocking_off},
        {"SLICE_LOOP_FILTER_ACROSS_SLICES_ENABLED",
         V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_LOOP_FILTER_ACROSS_SLICES_ENABLED, s->across},
        {"DEPENDENT_SLICE_SEGMENT", V4L2_HEVC_SLICE_PARAMS_FLAG_DEPENDENT_SLICE_SEGMENT,
         s->dependent},
    };
    for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (!!(p->flags & flags[i].flag) != flags[i].stream)
            vd_mismatch(job, !flags[i].stream, flags[i].stream, "slice_params.flags.%s",
                        flags[i].name);
}

/* Where the slice segment's data begins and ends, from the start of the buffer. Slice-based the
 * hardware skips so much of what it has unescaped, frame-based (one buffer for many) it starts
 * there.
 */
static void check_place(struct vd_job *job, const struct v4l2_ctrl_hevc_slice_params *p,
                        const struct hevc_slice *s, const struct hevc_place *place)
{
    size_t header = place->slice_based ? s->header_bits / 8 : s->header_bytes;
    same(job, "slice_params.bit_size", p->bit_size, (int64_t)(place->at + place->size) * 8);
    same(job, "slice_params.data_byte_offset", p->data_byte_offset, (int64_t)(place->at + header));
}

void hevc_check_slice(struct vd_job *job, const struct hevc_controls *c,
                      const struct v4l2_ctrl_hevc_slice_params *p, const struct hevc_slice *s,
                      const struct hevc_place *place)
{
    check_place(job, p, s, place);
    same(job, "slice_params.num_entry_point_offsets", p->num_entry_point_offsets, s->entry_points);
    same(job, "slice_params.nal_unit_type", p->nal_unit_type, s->type);
    same(job, "slice_params.nuh_temporal_id_plus1", p->nuh_temporal_id_plus1, s->temporal_id + 1);
    same(job, "slice_params.slice_type", p->slice_type, s->slice_type);
    same(job, "slice_params.slice_pic_order_cnt", p->slice_pic_order_cnt, c->dp->pic_order_cnt_val);
    if (s->active[0])
        same(job, "slice_params.num_ref_idx_l0_active_minus1", p->num_ref_idx_l0_active_minus1,
             s->active[0] - 1);
    if (s->active[1])
        same(job, "slice_params.num_ref_idx_l1_active_minus1", p->num_ref_idx_l1_active_minus1,
             s->active[1] - 1);
    same(job, "slice_params.collocated_ref_idx", p->collocated_ref_idx, s->collocated_ref_idx);
    if (s->slice_type != HEVC_I)
        same(job, "slice_params.five_minus_max_num_merge_cand", p->five_minus_max_num_merge_cand,
             s->merge);
    same(job, "slice_params.slice_qp_delta", p->slice_qp_delta, s->qp_delta);
    same(job, "slice_params.slice_cb_qp_offset", p->slice_cb_qp_offset, s->cb_offset);
    same(job, "slice_params.slice_cr_qp_offset", p->slice_cr_qp_offset, s->cr_offset);
    if (!s->deblocking_off) {
        same(job, "slice_params.slice_beta_offset_div2", p->slice_beta_offset_div2, s->beta);
        same(job, "slice_params.slice_tc_offset_div2", p->slice_tc_offset_div2, s->tc);
    }
    same(job, "slice_params.slice_segment_addr", p->slice_segment_addr, s->address);
    same(job, "slice_params.short_term_ref_pic_set_size", p->short_term_ref_pic_set_size,
         s->short_term_bits);
    same(job, "slice_params.long_term_ref_pic_set_size", p->long_term_ref_pic_set_size,
         s->long_term_bits);
    check_lists(job, c->dp, p, s);
    check_weights(job, &p->pred_weight_table, s);
    check_flags(job, p, s);
}

void hevc_check_entry_points(struct vd_job *job, const uint32_t *offsets, uint32_t count,
                             uint32_t used, const struct hevc_slice *s)
{
    for (uint32_t i = 0; i < s->entry_points; i++) {
        if (used + i >= count) {
            vd_mismatch(job, count, used + s->entry_points, "entry_point_offsets");
            return;
        }
        if (offsets[used + i] != s->entry_point[i])
            vd_mismatch(job, offsets[used + i], s->entry_point[i], "entry_point_offsets[%u]",
                        used + i);
    }
}
