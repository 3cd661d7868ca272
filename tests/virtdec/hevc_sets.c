/* SPDX-License-Identifier: MIT */
/*
 * The tables of reference picture sets that some hardware needs to parse slice headers: what the
 * slice header makes of them (7.3.6.1, 7.4.8, 8.3.2) must be the lists of the decode parameters,
 * from which the picture is decoded.
 */
#include <string.h>

#include "hevc.h"

/* st_ref_pic_set(): [0] are the pictures before the current one, [1] those behind. */
struct set {
    unsigned count[2];
    int64_t delta[2][HEVC_ENTRIES];
    bool used[2][HEVC_ENTRIES];
};

static void add(struct set *set, unsigned half, int64_t delta, bool used)
{
    if (set->count[half] == HEVC_ENTRIES)
        return;
    set->delta[half][set->count[half]] = delta;
    set->used[half][set->count[half]++] = used;
}

/* 7-63 to 7-70 */
static void from_table(const struct v4l2_ctrl_hevc_ext_sps_st_rps *row, struct set *set)
{
    int64_t delta = 0;
    unsigned bit = 0;
    memset(set, 0, sizeof(*set));
    for (unsigned i = 0; i < row->num_negative_pics && i < HEVC_ENTRIES; i++)
        add(set, 0, delta -= row->delta_poc_s0_minus1[i] + 1, row->used_by_curr_pic >> bit++ & 1);
    delta = 0;
    for (unsigned i = 0; i < row->num_positive_pics && i < HEVC_ENTRIES; i++)
        add(set, 1, delta += row->delta_poc_s1_minus1[i] + 1, row->used_by_curr_pic >> bit++ & 1);
}

static void explicit_set(struct vd_reader *r, struct set *set)
{
    uint32_t count[2];
    count[0] = vd_get_ue(r);
    count[1] = vd_get_ue(r);
    for (unsigned half = 0; half < 2; half++) {
        int64_t delta = 0;
        for (uint32_t i = 0; i < count[half] && !r->failed; i++) {
            delta += (half ? 1 : -1) * ((int64_t)vd_get_ue(r) + 1);
            add(set, half, delta, vd_get_bits(r, 1));
        }
    }
}

/* 7-59 to 7-62 */
static void predicted_set(struct vd_reader *r, const struct v4l2_ctrl_hevc_ext_sps_st_rps *table,
                          unsigned rows, struct set *set)
{
    struct set from = {0};
    bool used[2 * HEVC_ENTRIES + 1] = {false}, kept[2 * HEVC_ENTRIES + 1] = {false};
    uint32_t back = vd_get_ue(r) + 1;
    bool sign = vd_get_bits(r, 1);
    int64_t move = (int64_t)vd_get_ue(r) + 1;
    if (sign)
        move = -move;
    if (back <= rows)
        from_table(&table[rows - back], &from);
    unsigned negative = from.count[0], all = negative + from.count[1];
    for (unsigned j = 0; j <= all; j++) {
        used[j] = vd_get_bits(r, 1);
        kept[j] = used[j] || vd_get_bits(r, 1);
    }
    for (unsigned half = 0; half < 2; half++) {
        const int side = half ? 1 : -1;
        unsigned other = 1 - half;
        for (unsigned i = from.count[other]; i-- > 0;) {
            unsigned j = other ? negative + i : i;
            if ((from.delta[other][i] + move) * side > 0 && kept[j])
                add(set, half, from.delta[other][i] + move, used[j]);
        }
        if (move * side > 0 && kept[all])
            add(set, half, move, used[all]);
        for (unsigned i = 0; i < from.count[half]; i++) {
            unsigned j = half ? negative + i : i;
            if ((from.delta[half][i] + move) * side > 0 && kept[j])
                add(set, half, from.delta[half][i] + move, used[j]);
        }
    }
}

static int64_t poc_of(const struct v4l2_ctrl_hevc_decode_params *dp, unsigned entry)
{
    return entry < HEVC_ENTRIES ? dp->dpb[entry].pic_order_cnt_val : INT64_MIN;
}

static void compare(struct vd_job *job, const struct v4l2_ctrl_hevc_decode_params *dp,
                    const struct set *set, unsigned half)
{
    const uint8_t *list = half ? dp->poc_st_curr_after : dp->poc_st_curr_before;
    unsigned listed = half ? dp->num_poc_st_curr_after : dp->num_poc_st_curr_before, count = 0;
    for (unsigned i = 0; i < set->count[half]; i++) {
        if (!set->used[half][i])
            continue;
        int64_t poc = dp->pic_order_cnt_val + set->delta[half][i];
        if (count < listed && count < HEVC_ENTRIES && poc_of(dp, list[count]) != poc)
            vd_mismatch(job, poc, poc_of(dp, list[count]), "ext_sps_st_rps, list %u[%u]", half,
                        count);
        count++;
    }
    if (count != listed)
        vd_mismatch(job, count, listed, "ext_sps_st_rps, list %u", half);
}

static unsigned bits_for(uint32_t count)
{
    unsigned bits = 0;
    while ((UINT64_C(1) << bits) < count)
        bits++;
    return bits;
}

static void check_long_term(struct vd_job *job, const struct hevc_controls *c, struct vd_reader *r,
                            const struct hevc_sets *sets)
{
    const unsigned width = c->sps->log2_max_pic_order_cnt_lsb_minus4 + 4u;
    uint32_t candidates = c->sps->num_long_term_ref_pics_sps;
    uint32_t named = candidates ? vd_get_ue(r) : 0, all = named + vd_get_ue(r), count = 0;
    if (candidates != sets->candidates && named)
        vd_mismatch(job, sets->candidates, candidates, "ext_sps_lt_rps (elements)");
    for (uint32_t i = 0; i < all && !r->failed; i++) {
        int64_t lsb;
        bool used;
        if (i < named) {
            uint32_t place = vd_get_bits(r, bits_for(candidates));
            const struct v4l2_ctrl_hevc_ext_sps_lt_rps none = {0};
            const struct v4l2_ctrl_hevc_ext_sps_lt_rps *row =
                place < sets->candidates ? &sets->long_term[place] : &none;
            lsb = row->lt_ref_pic_poc_lsb_sps;
            used = row->flags & V4L2_HEVC_EXT_SPS_LT_RPS_FLAG_USED_LT;
        } else {
            lsb = vd_get_bits(r, width);
            used = vd_get_bits(r, 1);
        }
        if (vd_get_bits(r, 1))
            vd_get_ue(r);
        if (!used)
            continue;
        if (count < c->dp->num_poc_lt_curr && count < HEVC_ENTRIES) {
            int64_t poc = poc_of(c->dp, c->dp->poc_lt_curr[count]);
            if ((poc & ((1 << width) - 1)) != lsb)
                vd_mismatch(job, lsb, poc, "ext_sps_lt_rps, list[%u]", count);
        }
        count++;
    }
    if (count != c->dp->num_poc_lt_curr)
        vd_mismatch(job, count, c->dp->num_poc_lt_curr, "ext_sps_lt_rps, list");
}

/* rkvdec compares the first element alone with the table that it has. */
void hevc_take_sets(struct hevc_sets *sets, const struct vd_job *job)
{
    const uint32_t st = V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS;
    const uint32_t lt = V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS;
    const struct v4l2_ctrl_hevc_ext_sps_st_rps *table = vd_job_ctrl(job, st);
    size_t rows = table ? vd_job_ctrl_size(job, st) / sizeof(*table) : 0;
    sets->present = table;
    if (rows && rows <= HEVC_SETS && memcmp(&sets->short_term[0], table, sizeof(*table)) != 0) {
        memcpy(sets->short_term, table, rows * sizeof(*table));
        sets->rows = (unsigned)rows;
    }
    sets->long_term = vd_job_ctrl(job, lt);
    sets->candidates =
        (uint32_t)(sets->long_term ? vd_job_ctrl_size(job, lt) / sizeof(*sets->long_term) : 0);
}

void hevc_check_sets(struct vd_job *job, const struct hevc_controls *c,
                     const struct hevc_sets *sets, const struct hevc_slice *s, const uint8_t *nal,
                     size_t size)
{
    const unsigned rows = c->sps->num_short_term_ref_pic_sets;
    struct vd_reader r;
    struct set set = {0};
    if (!sets->present || hevc_is_idr(s) || s->dependent)
        return;
    if (rows && rows != sets->rows)
        vd_mismatch(job, sets->rows, rows, "ext_sps_st_rps (elements)");
    vd_reader_init(&r, nal, size);
    while (r.consumed < s->sets_begin && !r.failed)
        vd_get_bits(&r, 1);
    vd_get_bits(&r, c->sps->log2_max_pic_order_cnt_lsb_minus4 + 4u);
    if (vd_get_bits(&r, 1)) {
        uint32_t place = vd_get_bits(&r, bits_for(rows));
        if (place < HEVC_SETS)
            from_table(&sets->short_term[place], &set);
    } else if (rows && vd_get_bits(&r, 1)) {
        predicted_set(&r, sets->short_term, rows, &set);
    } else {
        explicit_set(&r, &set);
    }
    compare(job, c->dp, &set, 0);
    compare(job, c->dp, &set, 1);
    if (c->sps->flags & V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT)
        check_long_term(job, c, &r, sets);
    if (r.consumed != s->sets_end)
        vd_mismatch(job, (int64_t)r.consumed, (int64_t)s->sets_end, "ext_sps_st_rps (bits)");
}
