/* SPDX-License-Identifier: MIT */
/* Parameter sets from the controls, and slice segments with the reference picture set that the
 * decode parameters describe. */
#include <stdlib.h>
#include <string.h>

#include "hevc.h"

#define SPS(flag) (!!(c->sps->flags & V4L2_HEVC_SPS_FLAG_##flag))
#define PPS(flag) (!!(c->pps->flags & V4L2_HEVC_PPS_FLAG_##flag))

/* Width of slice_pic_order_cnt_lsb in what is written: the widest. */
#define LSB_BITS 16

/* A NAL unit: two bytes of header, the payload escaped. */
static void put_unit(struct vd_writer *w, unsigned type, struct vd_writer *rbsp)
{
    struct vd_writer unit = {0};
    vd_put_bits(rbsp, 1, 1);
    vd_put_align(rbsp, 0);
    vd_put_bits(&unit, 8, 1); /* nuh_layer_id 0, nuh_temporal_id_plus1 1 */
    vd_put_bytes(&unit, rbsp->data, rbsp->size);
    vd_put_nal(w, (uint8_t)(type << 1), &unit);
    w->failed |= rbsp->failed | unit.failed;
    vd_writer_free(&unit);
    vd_writer_free(rbsp);
}

static void put_profile(struct vd_writer *w, const struct v4l2_ctrl_hevc_sps *sps)
{
    unsigned profile = sps->bit_depth_luma_minus8 ? 2 : 1;
    vd_put_bits(w, 8, profile);
    vd_put_bits(w, 32, 0x60000000);
    vd_put_bits(w, 32, 0x90000000);
    vd_put_bits(w, 16, 0);
    vd_put_bits(w, 8, 186); /* general_level_idc: 6.2 */
}

static void put_ordering(struct vd_writer *w, const struct v4l2_ctrl_hevc_sps *sps)
{
    vd_put_bits(w, 1, 1); /* sub_layer_ordering_info_present_flag */
    vd_put_ue(w, sps->sps_max_dec_pic_buffering_minus1);
    vd_put_ue(w, sps->sps_max_num_reorder_pics);
    vd_put_ue(w, sps->sps_max_latency_increase_plus1);
}

void hevc_write_vps(struct vd_writer *w, const struct v4l2_ctrl_hevc_sps *sps)
{
    struct vd_writer v = {0};
    vd_put_bits(&v, 4, sps->video_parameter_set_id);
    vd_put_bits(&v, 2, 3);
    vd_put_bits(&v, 6, 0);
    vd_put_bits(&v, 3, 0); /* one sub-layer: which one a picture is of changes no sample */
    vd_put_bits(&v, 1, 1);
    vd_put_bits(&v, 16, 0xffff);
    put_profile(&v, sps);
    put_ordering(&v, sps);
    vd_put_bits(&v, 6, 0);
    vd_put_ue(&v, 0);
    vd_put_bits(&v, 2, 0); /* no timing info, no extension */
    put_unit(w, 32, &v);
}

/* The n-th place of the up-right diagonal scan (6.5.3) in raster order. */
static unsigned diagonal(unsigned side, unsigned n)
{
    for (unsigned sum = 0; sum < 2 * side - 1; sum++) {
        unsigned first = sum < side ? 0 : sum - side + 1;
        unsigned count = sum < side ? sum + 1 : 2 * side - 1 - sum;
        if (n < count)
            return (sum - first - n) * side + first + n;
        n -= count;
    }
    return 0;
}

static void put_list(struct vd_writer *w, const uint8_t *list, unsigned side, int dc)
{
    int next = 8;
    vd_put_bits(w, 1, 1); /* scaling_list_pred_mode_flag: coded */
    if (dc >= 0) {
        vd_put_se(w, dc - 8);
        next = dc;
    }
    for (unsigned i = 0; i < side * side; i++) {
        int value = list[diagonal(side, i)];
        vd_put_se(w, (int8_t)(value - next));
        next = value;
    }
}

static void put_lists(struct vd_writer *w, const struct v4l2_ctrl_hevc_scaling_matrix *m)
{
    for (unsigned i = 0; i < 6; i++)
        put_list(w, m->scaling_list_4x4[i], 4, -1);
    for (unsigned i = 0; i < 6; i++)
        put_list(w, m->scaling_list_8x8[i], 8, -1);
    for (unsigned i = 0; i < 6; i++)
        put_list(w, m->scaling_list_16x16[i], 8, m->scaling_list_dc_coef_16x16[i]);
    for (unsigned i = 0; i < 2; i++)
        put_list(w, m->scaling_list_32x32[i], 8, m->scaling_list_dc_coef_32x32[i]);
}

void hevc_write_sps(struct vd_writer *w, const struct hevc_controls *c)
{
    const struct v4l2_ctrl_hevc_sps *s = c->sps;
    struct vd_writer v = {0};
    vd_put_bits(&v, 4, s->video_parameter_set_id);
    vd_put_bits(&v, 3, 0);
    vd_put_bits(&v, 1, 1);
    put_profile(&v, s);
    vd_put_ue(&v, s->seq_parameter_set_id);
    vd_put_ue(&v, s->chroma_format_idc);
    vd_put_ue(&v, s->pic_width_in_luma_samples);
    vd_put_ue(&v, s->pic_height_in_luma_samples);
    vd_put_bits(&v, 1, 0);
    vd_put_ue(&v, s->bit_depth_luma_minus8);
    vd_put_ue(&v, s->bit_depth_chroma_minus8);
    vd_put_ue(&v, LSB_BITS - 4);
    put_ordering(&v, s);
    vd_put_ue(&v, s->log2_min_luma_coding_block_size_minus3);
    vd_put_ue(&v, s->log2_diff_max_min_luma_coding_block_size);
    vd_put_ue(&v, s->log2_min_luma_transform_block_size_minus2);
    vd_put_ue(&v, s->log2_diff_max_min_luma_transform_block_size);
    vd_put_ue(&v, s->max_transform_hierarchy_depth_inter);
    vd_put_ue(&v, s->max_transform_hierarchy_depth_intra);
    vd_put_bits(&v, 1, SPS(SCALING_LIST_ENABLED));
    if (SPS(SCALING_LIST_ENABLED)) {
        vd_put_bits(&v, 1, 1);
        put_lists(&v, c->scaling);
    }
    vd_put_bits(&v, 1, SPS(AMP_ENABLED));
    vd_put_bits(&v, 1, SPS(SAMPLE_ADAPTIVE_OFFSET));
    vd_put_bits(&v, 1, SPS(PCM_ENABLED));
    if (SPS(PCM_ENABLED)) {
        vd_put_bits(&v, 4, s->pcm_sample_bit_depth_luma_minus1);
        vd_put_bits(&v, 4, s->pcm_sample_bit_depth_chroma_minus1);
        vd_put_ue(&v, s->log2_min_pcm_luma_coding_block_size_minus3);
        vd_put_ue(&v, s->log2_diff_max_min_pcm_luma_coding_block_size);
        vd_put_bits(&v, 1, SPS(PCM_LOOP_FILTER_DISABLED));
    }
    vd_put_ue(&v, 0);      /* no short-term sets: each slice has its own */
    vd_put_bits(&v, 1, 1); /* long-term pictures may come, all of them named by the slices */
    vd_put_ue(&v, 0);
    vd_put_bits(&v, 1, SPS(SPS_TEMPORAL_MVP_ENABLED));
    vd_put_bits(&v, 1, SPS(STRONG_INTRA_SMOOTHING_ENABLED));
    vd_put_bits(&v, 2, 0);
    put_unit(w, 33, &v);
}

static void put_tiles(struct vd_writer *w, const struct hevc_controls *c)
{
    const struct v4l2_ctrl_hevc_pps *p = c->pps;
    vd_put_ue(w, p->num_tile_columns_minus1);
    vd_put_ue(w, p->num_tile_rows_minus1);
    vd_put_bits(w, 1, PPS(UNIFORM_SPACING));
    for (unsigned i = 0; !PPS(UNIFORM_SPACING) && i < p->num_tile_columns_minus1; i++)
        vd_put_ue(w, p->column_width_minus1[i]);
    for (unsigned i = 0; !PPS(UNIFORM_SPACING) && i < p->num_tile_rows_minus1; i++)
        vd_put_ue(w, p->row_height_minus1[i]);
    vd_put_bits(w, 1, PPS(LOOP_FILTER_ACROSS_TILES_ENABLED));
}

void hevc_write_pps(struct vd_writer *w, const struct hevc_controls *c)
{
    const struct v4l2_ctrl_hevc_pps *p = c->pps;
    struct vd_writer v = {0};
    vd_put_ue(&v, p->pic_parameter_set_id);
    vd_put_ue(&v, c->sps->seq_parameter_set_id);
    vd_put_bits(&v, 1, PPS(DEPENDENT_SLICE_SEGMENT_ENABLED));
    vd_put_bits(&v, 1, PPS(OUTPUT_FLAG_PRESENT));
    vd_put_bits(&v, 3, p->num_extra_slice_header_bits);
    vd_put_bits(&v, 1, PPS(SIGN_DATA_HIDING_ENABLED));
    vd_put_bits(&v, 1, PPS(CABAC_INIT_PRESENT));
    vd_put_ue(&v, p->num_ref_idx_l0_default_active_minus1);
    vd_put_ue(&v, p->num_ref_idx_l1_default_active_minus1);
    vd_put_se(&v, p->init_qp_minus26);
    vd_put_bits(&v, 1, PPS(CONSTRAINED_INTRA_PRED));
    vd_put_bits(&v, 1, PPS(TRANSFORM_SKIP_ENABLED));
    vd_put_bits(&v, 1, PPS(CU_QP_DELTA_ENABLED));
    if (PPS(CU_QP_DELTA_ENABLED))
        vd_put_ue(&v, p->diff_cu_qp_delta_depth);
    vd_put_se(&v, p->pps_cb_qp_offset);
    vd_put_se(&v, p->pps_cr_qp_offset);
    vd_put_bits(&v, 1, PPS(PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT));
    vd_put_bits(&v, 1, PPS(WEIGHTED_PRED));
    vd_put_bits(&v, 1, PPS(WEIGHTED_BIPRED));
    vd_put_bits(&v, 1, PPS(TRANSQUANT_BYPASS_ENABLED));
    vd_put_bits(&v, 1, PPS(TILES_ENABLED));
    vd_put_bits(&v, 1, PPS(ENTROPY_CODING_SYNC_ENABLED));
    if (PPS(TILES_ENABLED))
        put_tiles(&v, c);
    vd_put_bits(&v, 1, PPS(PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED));
    vd_put_bits(&v, 1, PPS(DEBLOCKING_FILTER_CONTROL_PRESENT));
    if (PPS(DEBLOCKING_FILTER_CONTROL_PRESENT)) {
        vd_put_bits(&v, 1, PPS(DEBLOCKING_FILTER_OVERRIDE_ENABLED));
        vd_put_bits(&v, 1, PPS(PPS_DISABLE_DEBLOCKING_FILTER));
        if (!PPS(PPS_DISABLE_DEBLOCKING_FILTER)) {
            vd_put_se(&v, p->pps_beta_offset_div2);
            vd_put_se(&v, p->pps_tc_offset_div2);
        }
    }
    vd_put_bits(&v, 1, 0);
    vd_put_bits(&v, 1, PPS(LISTS_MODIFICATION_PRESENT));
    vd_put_ue(&v, p->log2_parallel_merge_level_minus2);
    vd_put_bits(&v, 1, PPS(SLICE_SEGMENT_HEADER_EXTENSION_PRESENT));
    vd_put_bits(&v, 1, 0);
    put_unit(w, 34, &v);
}

/* A picture of the set, for sorting. */
struct member {
    int64_t delta;
    bool used;
};

static int by_distance(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int64_t d = llabs(x->delta) - llabs(y->delta);
    return d < 0 ? -1 : d > 0;
}

static bool listed(const uint8_t *list, unsigned count, unsigned entry)
{
    for (unsigned i = 0; i < count && i < HEVC_ENTRIES; i++)
        if (list[i] == entry)
            return true;
    return false;
}

static void put_half(struct vd_writer *w, struct member *m, unsigned count)
{
    int64_t last = 0;
    qsort(m, count, sizeof(*m), by_distance);
    for (unsigned i = 0; i < count; i++) {
        vd_put_ue(w, (uint32_t)(llabs(m[i].delta) - last - 1) & 0x7fff);
        vd_put_bits(w, 1, m[i].used);
        last = llabs(m[i].delta);
    }
}

static void put_long_term(struct vd_writer *w, const struct v4l2_ctrl_hevc_decode_params *dp,
                          unsigned entry, bool used)
{
    uint32_t lsb = (uint32_t)dp->dpb[entry].pic_order_cnt_val & ((1u << LSB_BITS) - 1);
    vd_put_bits(w, LSB_BITS, lsb);
    vd_put_bits(w, 1, used);
    vd_put_bits(w, 1, 0);
}

/* slice_pic_order_cnt_lsb and both sets, explicit. */
static void put_sets(struct vd_writer *w, const struct v4l2_ctrl_hevc_decode_params *dp)
{
    struct member half[2][HEVC_ENTRIES];
    unsigned count[2] = {0, 0}, long_terms = 0;
    unsigned entries =
        dp->num_active_dpb_entries < HEVC_ENTRIES ? dp->num_active_dpb_entries : HEVC_ENTRIES;
    for (unsigned i = 0; i < entries; i++) {
        if (dp->dpb[i].flags & V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE) {
            long_terms++;
            continue;
        }
        int64_t delta = (int64_t)dp->dpb[i].pic_order_cnt_val - dp->pic_order_cnt_val;
        unsigned after = delta > 0;
        half[after][count[after]++] = (struct member){
            delta, after ? listed(dp->poc_st_curr_after, dp->num_poc_st_curr_after, i)
                         : listed(dp->poc_st_curr_before, dp->num_poc_st_curr_before, i)};
    }
    vd_put_bits(w, LSB_BITS, (uint32_t)dp->pic_order_cnt_val & ((1u << LSB_BITS) - 1));
    vd_put_bits(w, 1, 0);
    vd_put_ue(w, count[0]);
    vd_put_ue(w, count[1]);
    put_half(w, half[0], count[0]);
    put_half(w, half[1], count[1]);
    vd_put_ue(w, long_terms);
    for (unsigned i = 0; i < dp->num_poc_lt_curr && i < HEVC_ENTRIES; i++)
        if (dp->poc_lt_curr[i] < entries)
            put_long_term(w, dp, dp->poc_lt_curr[i], true);
    for (unsigned i = 0; i < entries; i++)
        if ((dp->dpb[i].flags & V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE) &&
            !listed(dp->poc_lt_curr, dp->num_poc_lt_curr, i))
            put_long_term(w, dp, i, false);
}

/* Copies bits `from` to `to` of a unit, as they are. */
static void copy_bits(struct vd_writer *w, const uint8_t *nal, size_t size, size_t from, size_t to)
{
    struct vd_reader r;
    vd_reader_init(&r, nal, size);
    while (r.consumed < from && !r.failed)
        vd_get_bits(&r, 1);
    while (r.consumed < to && !r.failed)
        vd_put_bits(w, 1, vd_get_bits(&r, 1));
}

void hevc_write_slice(struct vd_writer *w, const struct hevc_controls *c,
                      const struct hevc_slice *s, const uint8_t *nal, size_t size)
{
    struct vd_writer v = {0};
    copy_bits(&v, nal, size, 8, s->sets_begin);
    if (!s->dependent && !hevc_is_idr(s))
        put_sets(&v, c->dp);
    /* All but byte_alignment(), which depends on the place. */
    size_t end = s->header_bits;
    struct vd_writer tail = {0};
    copy_bits(&tail, nal, size, s->sets_end, end);
    size_t count = end - s->sets_end;
    while (tail.data && count && !(tail.data[(count - 1) / 8] >> (7 - (count - 1) % 8) & 1))
        count--;
    copy_bits(&v, nal, size, s->sets_end, s->sets_end + (count ? count - 1 : 0));
    vd_put_bits(&v, 1, 1);
    vd_put_align(&v, 0);
    vd_put_nal(w, nal[0], &v);
    w->failed |= v.failed | tail.failed;
    vd_put_bytes(w, nal + s->header_bytes, size - s->header_bytes);
    vd_writer_free(&tail);
    vd_writer_free(&v);
}
