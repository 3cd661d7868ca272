/* SPDX-License-Identifier: MIT */
/* Slice segment headers, independently of the driver under test. */
#include <string.h>

#include "hevc.h"

#define SPS(flag) (c->sps->flags & V4L2_HEVC_SPS_FLAG_##flag)
#define PPS(flag) (c->pps->flags & V4L2_HEVC_PPS_FLAG_##flag)

static unsigned bits_for(uint32_t count)
{
    unsigned bits = 0;
    while ((UINT64_C(1) << bits) < count)
        bits++;
    return bits;
}

static bool flag(struct vd_reader *r)
{
    return vd_get_bits(r, 1);
}

static uint32_t ctbs(const struct v4l2_ctrl_hevc_sps *sps)
{
    unsigned log2 = sps->log2_min_luma_coding_block_size_minus3 + 3u +
                    sps->log2_diff_max_min_luma_coding_block_size;
    uint32_t round = (1u << log2) - 1;
    return ((sps->pic_width_in_luma_samples + round) >> log2) *
           ((sps->pic_height_in_luma_samples + round) >> log2);
}

/* Steps over st_ref_pic_set(); a predicted one has as many flags as the controls say. */
static void short_term(struct vd_reader *r, const struct hevc_controls *c)
{
    if (c->sps->num_short_term_ref_pic_sets && flag(r)) {
        vd_get_ue(r);
        flag(r);
        vd_get_ue(r);
        for (unsigned i = 0; i <= c->dp->num_delta_pocs_of_ref_rps_idx; i++)
            if (!flag(r))
                flag(r);
        return;
    }
    uint32_t pictures = vd_get_ue(r);
    pictures += vd_get_ue(r);
    for (uint32_t i = 0; i < pictures && !r->failed; i++) {
        vd_get_ue(r);
        flag(r);
    }
}

static void long_term(struct vd_reader *r, const struct hevc_controls *c)
{
    unsigned candidates = c->sps->num_long_term_ref_pics_sps;
    uint32_t from_sps = candidates ? vd_get_ue(r) : 0;
    uint32_t all = from_sps + vd_get_ue(r);
    for (uint32_t i = 0; i < all && !r->failed; i++) {
        if (i < from_sps)
            vd_get_bits(r, bits_for(candidates));
        else
            vd_get_bits(r, c->sps->log2_max_pic_order_cnt_lsb_minus4 + 5u);
        if (flag(r))
            vd_get_ue(r);
    }
}

/* The sets are stepped over by the sizes of the controls, as hardware does it. */
static void skip(struct vd_reader *r, uint32_t bits)
{
    for (; bits >= 32 && !r->failed; bits -= 32)
        vd_get_bits(r, 32);
    if (bits)
        vd_get_bits(r, bits);
}

static void sets(struct hevc_slice *s, struct vd_reader *r, const struct hevc_controls *c)
{
    s->sets_begin = r->consumed;
    s->lsb = vd_get_bits(r, c->sps->log2_max_pic_order_cnt_lsb_minus4 + 4u);
    if (flag(r)) {
        vd_get_bits(r, bits_for(c->sps->num_short_term_ref_pic_sets));
    } else {
        struct vd_reader look = *r;
        short_term(&look, c);
        s->short_term_bits = (uint32_t)(look.consumed - r->consumed);
        skip(r, c->dp->short_term_ref_pic_set_size);
    }
    if (SPS(LONG_TERM_REF_PICS_PRESENT)) {
        struct vd_reader look = *r;
        long_term(&look, c);
        s->long_term_bits = (uint32_t)(look.consumed - r->consumed);
        skip(r, c->dp->long_term_ref_pic_set_size);
    }
    s->sets_end = r->consumed;
}

static void weight_list(struct hevc_slice *s, struct vd_reader *r, unsigned list, bool chroma)
{
    bool luma_flag[HEVC_ENTRIES], chroma_flag[HEVC_ENTRIES] = {false};
    int32_t denom = (int32_t)s->luma_denom + s->delta_chroma_denom;
    for (uint32_t i = 0; i < s->active[list]; i++)
        luma_flag[i] = flag(r);
    for (uint32_t i = 0; chroma && i < s->active[list]; i++)
        chroma_flag[i] = flag(r);
    for (uint32_t i = 0; i < s->active[list]; i++) {
        if (luma_flag[i]) {
            s->luma_weight[list][i] = vd_get_se(r);
            s->luma_offset[list][i] = vd_get_se(r);
        }
        for (unsigned j = 0; chroma_flag[i] && j < 2; j++) {
            int32_t delta = vd_get_se(r), coded = vd_get_se(r);
            int32_t weight = (1 << (denom & 7)) + delta;
            /* 7-56 for 8 bits of offset precision */
            int32_t offset = 128 + coded - ((128 * weight) >> (denom & 7));
            s->chroma_weight[list][i][j] = delta;
            s->chroma_offset[list][i][j] = offset < -128 ? -128 : offset > 127 ? 127 : offset;
        }
    }
}

static void weight_table(struct hevc_slice *s, struct vd_reader *r, bool chroma)
{
    s->weights = true;
    s->luma_denom = vd_get_ue(r) & 7;
    if (chroma)
        s->delta_chroma_denom = vd_get_se(r);
    weight_list(s, r, 0, chroma);
    if (s->slice_type == HEVC_B)
        weight_list(s, r, 1, chroma);
}

static int prediction(struct hevc_slice *s, struct vd_reader *r, const struct hevc_controls *c)
{
    bool b = s->slice_type == HEVC_B;
    unsigned lists = b ? 2 : 1;
    uint32_t total = c->dp->num_poc_st_curr_before + c->dp->num_poc_st_curr_after +
                     (uint32_t)c->dp->num_poc_lt_curr;
    bool override = flag(r);
    for (unsigned l = 0; l < lists; l++) {
        s->active[l] = 1u + (l ? c->pps->num_ref_idx_l1_default_active_minus1
                               : c->pps->num_ref_idx_l0_default_active_minus1);
        if (override)
            s->active[l] = vd_get_ue(r) + 1;
        if (s->active[l] > 15)
            return -1;
    }
    for (unsigned l = 0; PPS(LISTS_MODIFICATION_PRESENT) && total > 1 && l < lists; l++) {
        s->modified[l] = flag(r);
        for (uint32_t i = 0; s->modified[l] && i < s->active[l]; i++)
            s->list_entry[l][i] = vd_get_bits(r, bits_for(total));
    }
    s->mvd_l1_zero = b && flag(r);
    s->cabac_init = PPS(CABAC_INIT_PRESENT) && flag(r);
    if (s->temporal_mvp) {
        if (b)
            s->collocated_from_l0 = flag(r);
        if (s->active[s->collocated_from_l0 ? 0 : 1] > 1)
            s->collocated_ref_idx = vd_get_ue(r);
    }
    if (b ? PPS(WEIGHTED_BIPRED) : PPS(WEIGHTED_PRED))
        weight_table(s, r, c->sps->chroma_format_idc != 0);
    s->merge = vd_get_ue(r);
    return s->merge > 4 ? -1 : 0;
}

static void deblocking(struct hevc_slice *s, struct vd_reader *r, const struct hevc_controls *c)
{
    s->deblocking_off = PPS(PPS_DISABLE_DEBLOCKING_FILTER);
    s->beta = (int)c->pps->pps_beta_offset_div2;
    s->tc = (int)c->pps->pps_tc_offset_div2;
    if (PPS(DEBLOCKING_FILTER_OVERRIDE_ENABLED) && flag(r)) {
        s->deblocking_off = flag(r);
        if (!s->deblocking_off) {
            s->beta = vd_get_se(r);
            s->tc = vd_get_se(r);
        }
    }
    s->across = PPS(PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED);
    if (s->across && (s->sao_luma || s->sao_chroma || !s->deblocking_off))
        s->across = flag(r);
}

static int independent(struct hevc_slice *s, struct vd_reader *r, const struct hevc_controls *c)
{
    if (c->pps->num_extra_slice_header_bits)
        s->reserved = vd_get_bits(r, c->pps->num_extra_slice_header_bits);
    s->slice_type = vd_get_ue(r);
    if (s->slice_type > HEVC_I)
        return -1;
    s->output = PPS(OUTPUT_FLAG_PRESENT) ? flag(r) : true;
    s->collocated_from_l0 = true;
    s->sets_begin = s->sets_end = r->consumed;
    if (!hevc_is_idr(s)) {
        sets(s, r, c);
        s->temporal_mvp = SPS(SPS_TEMPORAL_MVP_ENABLED) && flag(r);
    }
    if (SPS(SAMPLE_ADAPTIVE_OFFSET)) {
        s->sao_luma = flag(r);
        s->sao_chroma = c->sps->chroma_format_idc && flag(r);
    }
    if (s->slice_type != HEVC_I && prediction(s, r, c) < 0)
        return -1;
    s->qp_delta = vd_get_se(r);
    if (PPS(PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT)) {
        s->cb_offset = vd_get_se(r);
        s->cr_offset = vd_get_se(r);
    }
    deblocking(s, r, c);
    return 0;
}

static int end(struct hevc_slice *s, struct vd_reader *r, const struct hevc_controls *c)
{
    s->entry_points = 0;
    if (PPS(TILES_ENABLED) || PPS(ENTROPY_CODING_SYNC_ENABLED)) {
        s->entry_points = vd_get_ue(r);
        if (s->entry_points > HEVC_MAX_ENTRIES)
            return -1;
        unsigned bits = s->entry_points ? (vd_get_ue(r) & 31) + 1 : 0;
        for (uint32_t i = 0; i < s->entry_points; i++)
            s->entry_point[i] = vd_get_bits(r, bits) + 1;
    }
    if (PPS(SLICE_SEGMENT_HEADER_EXTENSION_PRESENT))
        for (uint32_t n = vd_get_ue(r); n && !r->failed; n--)
            vd_get_bits(r, 8);
    if (!flag(r))
        return -1;
    while (r->consumed % 8 && !r->failed)
        if (flag(r))
            return -1;
    s->header_bits = r->consumed;
    s->header_bytes = r->consumed / 8 + r->skipped;
    return r->failed ? -1 : 0;
}

int hevc_parse_slice(struct hevc_slice *s, const struct hevc_controls *c,
                     const struct hevc_slice *before, const uint8_t *nal, size_t size)
{
    struct vd_reader r;
    vd_reader_init(&r, nal, size);
    memset(s, 0, sizeof(*s));
    vd_get_bits(&r, 1);
    s->type = vd_get_bits(&r, 6);
    vd_get_bits(&r, 6);
    s->temporal_id = vd_get_bits(&r, 3) - 1;
    s->first = flag(&r);
    s->no_output_of_prior = hevc_is_irap(s) && flag(&r);
    s->pps_id = vd_get_ue(&r);
    if (!s->first) {
        s->dependent = PPS(DEPENDENT_SLICE_SEGMENT_ENABLED) && flag(&r);
        s->address = vd_get_bits(&r, bits_for(ctbs(c->sps)));
    }
    if (s->dependent) {
        if (!before)
            return -1;
        struct hevc_slice own = *s;
        *s = *before;
        s->type = own.type;
        s->temporal_id = own.temporal_id;
        s->first = own.first;
        s->no_output_of_prior = own.no_output_of_prior;
        s->pps_id = own.pps_id;
        s->address = own.address;
        s->dependent = true;
        s->short_term_bits = s->long_term_bits = 0;
        s->sets_begin = s->sets_end = r.consumed;
    } else if (independent(s, &r, c) < 0) {
        return -1;
    }
    return end(s, &r, c);
}
