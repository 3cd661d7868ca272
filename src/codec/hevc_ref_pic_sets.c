/* SPDX-License-Identifier: MIT */
#include "codec/hevc_ref_pic_sets.h"

#include <errno.h>

static void parse_explicit_pics(struct hevc_parser *p, struct hevc_short_term_pics *pics,
                                int32_t sign, const char *delta_poc_minus1, const char *used)
{
    int32_t delta_poc = 0;

    for (unsigned i = 0; i < pics->count && p->error == 0; i++) {
        delta_poc += sign * (int32_t)(hevc_read_ue(p, delta_poc_minus1, (1 << 15) - 1) + 1);
        pics->delta_poc[i] = delta_poc;
        pics->used_by_curr_pic[i] = hevc_read_flag(p, used);
    }
}

/* The rest of an explicit st_ref_pic_set(). */
static void parse_explicit_set(struct hevc_parser *p)
{
    struct hevc_short_term_ref_pic_set *set = &p->header->short_term;
    const uint32_t before = hevc_read_ue(p, "num_negative_pics", HEVC_MAX_SET_PICS);
    const uint32_t after = hevc_read_ue(p, "num_positive_pics", HEVC_MAX_SET_PICS - before);

    set->pics[0].count = (uint8_t)before;
    set->pics[1].count = (uint8_t)after;
    parse_explicit_pics(p, &set->pics[0], -1, "delta_poc_s0_minus1", "used_by_curr_pic_s0_flag");
    parse_explicit_pics(p, &set->pics[1], 1, "delta_poc_s1_minus1", "used_by_curr_pic_s1_flag");
}

/*
 * The rest of a predicted st_ref_pic_set(). It has one or two flags for each picture of the set
 * that it is predicted from, and for one more; its size says where it ends.
 */
static void parse_predicted_set(struct hevc_parser *p, size_t start)
{
    const struct hevc_slice_header_params *params = p->params;
    struct hevc_short_term_ref_pic_set *set = &p->header->short_term;
    const size_t end = start + params->st_ref_pic_set_size;
    unsigned flags = 0;
    bool sign;

    set->delta_idx_minus1 =
        (uint8_t)hevc_read_ue(p, "delta_idx_minus1", params->num_short_term_ref_pic_sets - 1u);
    sign = hevc_read_flag(p, "delta_rps_sign");
    set->delta_rps = (int32_t)hevc_read_ue(p, "abs_delta_rps_minus1", (1 << 15) - 1) + 1;
    if (sign)
        set->delta_rps = -set->delta_rps;
    if (params->st_ref_pic_set_size == 0)
        hevc_fail(p, "inter_ref_pic_set_prediction_flag", -ENOTSUP);
    while (p->error == 0 && bit_reader_position(&p->reader) < end) {
        const bool used = hevc_read_flag(p, "used_by_curr_pic_flag");

        if (!used)
            hevc_read_flag(p, "use_delta_flag");
        if (flags <= HEVC_MAX_SET_PICS)
            set->used_by_curr_pic_flag[flags] = used;
        flags++;
    }
    if (bit_reader_position(&p->reader) != end || flags == 0 || flags > HEVC_MAX_SET_PICS + 1)
        hevc_fail(p, "used_by_curr_pic_flag", -EINVAL);
    if (p->error == 0)
        set->num_delta_pocs_of_ref_rps_idx = (uint8_t)(flags - 1);
}

/* st_ref_pic_set( num_short_term_ref_pic_sets ) (7.3.7) */
static void parse_short_term_set(struct hevc_parser *p)
{
    const size_t start = bit_reader_position(&p->reader);

    if (p->params->num_short_term_ref_pic_sets > 0)
        p->header->short_term.predicted = hevc_read_flag(p, "inter_ref_pic_set_prediction_flag");
    if (p->header->short_term.predicted)
        parse_predicted_set(p, start);
    else
        parse_explicit_set(p);
    p->header->short_term_ref_pic_set_size = (uint16_t)(bit_reader_position(&p->reader) - start);
}

static void parse_long_term_pic(struct hevc_parser *p, struct hevc_long_term_pic *pic)
{
    if (pic->from_sps) {
        const unsigned candidates = p->params->num_long_term_ref_pics_sps;

        pic->lt_idx_sps = (uint8_t)hevc_read_u(p, "lt_idx_sps", hevc_ceil_log2(candidates));
        if (pic->lt_idx_sps >= candidates)
            hevc_fail(p, "lt_idx_sps", -EINVAL);
    } else {
        pic->poc_lsb_lt = (uint16_t)hevc_read_u(p, "poc_lsb_lt",
                                                p->params->log2_max_pic_order_cnt_lsb_minus4 + 4u);
        pic->used_by_curr_pic_lt_flag = hevc_read_flag(p, "used_by_curr_pic_lt_flag");
    }
    pic->delta_poc_msb_present_flag = hevc_read_flag(p, "delta_poc_msb_present_flag");
    if (pic->delta_poc_msb_present_flag) {
        pic->delta_poc_msb_cycle_lt =
            hevc_read_ue(p, "delta_poc_msb_cycle_lt",
                         UINT32_MAX >> (p->params->log2_max_pic_order_cnt_lsb_minus4 + 4));
    }
}

static void parse_long_term_set(struct hevc_parser *p)
{
    struct hevc_slice_header *h = p->header;
    const size_t start = bit_reader_position(&p->reader);
    unsigned count;

    if (p->params->num_long_term_ref_pics_sps > 0) {
        h->num_long_term_sps =
            (uint8_t)hevc_read_ue(p, "num_long_term_sps", HEVC_MAX_LONG_TERM_PICS);
    }
    count = HEVC_MAX_LONG_TERM_PICS - h->num_long_term_sps;
    h->num_long_term_pics = (uint8_t)hevc_read_ue(p, "num_long_term_pics", count);
    count = h->num_long_term_sps + h->num_long_term_pics;
    for (unsigned i = 0; i < count && p->error == 0; i++) {
        h->long_term[i].from_sps = i < h->num_long_term_sps;
        parse_long_term_pic(p, &h->long_term[i]);
    }
    h->long_term_ref_pic_set_size = (uint16_t)(bit_reader_position(&p->reader) - start);
}

void hevc_parse_ref_pic_sets(struct hevc_parser *p)
{
    const struct hevc_slice_header_params *params = p->params;
    struct hevc_short_term_ref_pic_set *set = &p->header->short_term;

    p->header->slice_pic_order_cnt_lsb = (uint16_t)hevc_read_u(
        p, "slice_pic_order_cnt_lsb", params->log2_max_pic_order_cnt_lsb_minus4 + 4u);
    set->sps_flag = hevc_read_flag(p, "short_term_ref_pic_set_sps_flag");
    if (!set->sps_flag) {
        parse_short_term_set(p);
    } else if (params->num_short_term_ref_pic_sets == 0) {
        hevc_fail(p, "short_term_ref_pic_set_sps_flag", -EINVAL);
    } else {
        set->idx = (uint8_t)hevc_read_u(p, "short_term_ref_pic_set_idx",
                                        hevc_ceil_log2(params->num_short_term_ref_pic_sets));
        if (set->idx >= params->num_short_term_ref_pic_sets)
            hevc_fail(p, "short_term_ref_pic_set_idx", -EINVAL);
    }
    if (params->long_term_ref_pics_present_flag && p->error == 0)
        parse_long_term_set(p);
}

unsigned hevc_num_pic_total_curr(const struct hevc_slice_header_params *params,
                                 const struct hevc_slice_header *header)
{
    const struct hevc_short_term_ref_pic_set *set = &header->short_term;
    unsigned total = 0;

    if (set->sps_flag || set->predicted || header->num_long_term_sps > 0)
        return params->num_pic_total_curr;
    for (unsigned i = 0; i < 2; i++)
        for (unsigned j = 0; j < set->pics[i].count; j++)
            total += set->pics[i].used_by_curr_pic[j];
    for (unsigned i = 0; i < header->num_long_term_pics; i++)
        total += header->long_term[i].used_by_curr_pic_lt_flag;
    return total;
}
