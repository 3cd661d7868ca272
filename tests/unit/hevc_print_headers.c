/* SPDX-License-Identifier: MIT */
/*
 * Parses slice segment headers for a comparison with another parser. Reads one slice segment a
 * line: the fields of struct hevc_slice_header_params as decimals in their order, then the NAL unit
 * in hexadecimal. Prints one line each: NAME=VALUE for each element, or "error NAME". A dependent
 * slice segment inherits from the last independent one before it.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "codec/hevc_slice_header.h"

#define NUM_PARAMS 29
#define MAX_LINE   (1 << 20)

static void print_sets(const struct hevc_slice_header *h)
{
    for (unsigned s = 0; s < 2; s++) {
        const struct hevc_short_term_pics *pics = &h->short_term.pics[s];
        int32_t before = 0;

        printf(" %s=%u", s ? "num_positive_pics" : "num_negative_pics", pics->count);
        for (unsigned i = 0; i < pics->count; i++) {
            printf(" delta_poc_s%u_minus1=%d used_by_curr_pic_s%u_flag=%d", s,
                   abs(pics->delta_poc[i] - before) - 1, s, pics->used_by_curr_pic[i]);
            before = pics->delta_poc[i];
        }
    }
    for (unsigned i = 0; i < h->num_long_term_sps + (unsigned)h->num_long_term_pics; i++) {
        const struct hevc_long_term_pic *pic = &h->long_term[i];

        if (pic->from_sps) {
            printf(" lt_idx_sps=%u", pic->lt_idx_sps);
        } else {
            printf(" poc_lsb_lt=%u used_by_curr_pic_lt_flag=%d", pic->poc_lsb_lt,
                   pic->used_by_curr_pic_lt_flag);
        }
        printf(" delta_poc_msb_present_flag=%d", pic->delta_poc_msb_present_flag);
        if (pic->delta_poc_msb_present_flag)
            printf(" delta_poc_msb_cycle_lt=%u", pic->delta_poc_msb_cycle_lt);
    }
}

static unsigned last_index(const struct hevc_slice_header *h, unsigned list)
{
    return list ? h->num_ref_idx_l1_active_minus1 : h->num_ref_idx_l0_active_minus1;
}

static void print_lists(const struct hevc_slice_header *h)
{
    const unsigned lists = h->slice_type == HEVC_SLICE_I   ? 0
                           : h->slice_type == HEVC_SLICE_P ? 1
                                                           : 2;

    for (unsigned l = 0; l < lists; l++) {
        const struct hevc_ref_pic_list_modification *m = &h->ref_pic_list_modification[l];
        const struct hevc_pred_weights *w = &h->pred_weights[l];

        printf(" ref_pic_list_modification_flag_l%u=%d", l, m->ref_pic_list_modification_flag);
        for (unsigned i = 0; m->ref_pic_list_modification_flag && i <= last_index(h, l); i++)
            printf(" list_entry=%u", m->list_entry[i]);
        for (unsigned i = 0; h->has_pred_weight_table && i <= last_index(h, l); i++) {
            printf(" luma_weight_l%u_flag=%d chroma_weight_l%u_flag=%d", l, w->luma_weight_flag[i],
                   l, w->chroma_weight_flag[i]);
            if (w->luma_weight_flag[i]) {
                printf(" delta_luma_weight_l%u=%d luma_offset_l%u=%d", l, w->delta_luma_weight[i],
                       l, w->luma_offset[i]);
            }
            for (unsigned j = 0; w->chroma_weight_flag[i] && j < 2; j++) {
                printf(" delta_chroma_weight_l%u=%d delta_chroma_offset_l%u=%d", l,
                       w->delta_chroma_weight[i][j], l, w->delta_chroma_offset[i][j]);
            }
        }
    }
}

static void print_entry_points(const struct hevc_slice_header *h, const uint8_t *nal, size_t size)
{
    uint32_t offsets[HEVC_MAX_ENTRY_POINTS];

    if (hevc_slice_entry_points(h, nal, size, offsets)) {
        printf(" error");
        return;
    }
    for (unsigned i = 0; i < h->num_entry_point_offsets; i++)
        printf(" entry_point_offset_minus1=%u", offsets[i] - 1);
}

static void print_header(const struct hevc_slice_header *h)
{
    const struct {
        const char *name;
        long value;
    } elements[] = {
        {"nal_unit_type", h->nal_unit_type},
        {"nuh_layer_id", h->nuh_layer_id},
        {"nuh_temporal_id_plus1", h->nuh_temporal_id_plus1},
        {"first_slice_segment_in_pic_flag", h->first_slice_segment_in_pic_flag},
        {"no_output_of_prior_pics_flag", h->no_output_of_prior_pics_flag},
        {"slice_pic_parameter_set_id", h->slice_pic_parameter_set_id},
        {"dependent_slice_segment_flag", h->dependent_slice_segment_flag},
        {"slice_segment_address", h->slice_segment_address},
        {"slice_type", h->slice_type},
        {"pic_output_flag", h->pic_output_flag},
        {"colour_plane_id", h->colour_plane_id},
        {"slice_pic_order_cnt_lsb", h->slice_pic_order_cnt_lsb},
        {"short_term_ref_pic_set_sps_flag", h->short_term.sps_flag},
        {"short_term_ref_pic_set_idx", h->short_term.idx},
        {"inter_ref_pic_set_prediction_flag", h->short_term.predicted},
        {"num_delta_pocs_of_ref_rps_idx", h->short_term.num_delta_pocs_of_ref_rps_idx},
        {"num_long_term_sps", h->num_long_term_sps},
        {"num_long_term_pics", h->num_long_term_pics},
        {"slice_temporal_mvp_enabled_flag", h->slice_temporal_mvp_enabled_flag},
        {"slice_sao_luma_flag", h->slice_sao_luma_flag},
        {"slice_sao_chroma_flag", h->slice_sao_chroma_flag},
        {"num_ref_idx_active_override_flag", h->num_ref_idx_active_override_flag},
        {"num_ref_idx_l0_active_minus1", h->num_ref_idx_l0_active_minus1},
        {"num_ref_idx_l1_active_minus1", h->num_ref_idx_l1_active_minus1},
        {"mvd_l1_zero_flag", h->mvd_l1_zero_flag},
        {"cabac_init_flag", h->cabac_init_flag},
        {"collocated_from_l0_flag", h->collocated_from_l0_flag},
        {"collocated_ref_idx", h->collocated_ref_idx},
        {"luma_log2_weight_denom", h->luma_log2_weight_denom},
        {"delta_chroma_log2_weight_denom", h->delta_chroma_log2_weight_denom},
        {"five_minus_max_num_merge_cand", h->five_minus_max_num_merge_cand},
        {"slice_qp_delta", h->slice_qp_delta},
        {"slice_cb_qp_offset", h->slice_cb_qp_offset},
        {"slice_cr_qp_offset", h->slice_cr_qp_offset},
        {"deblocking_filter_override_flag", h->deblocking_filter_override_flag},
        {"slice_deblocking_filter_disabled_flag", h->slice_deblocking_filter_disabled_flag},
        {"slice_beta_offset_div2", h->slice_beta_offset_div2},
        {"slice_tc_offset_div2", h->slice_tc_offset_div2},
        {"slice_loop_filter_across_slices_enabled_flag",
         h->slice_loop_filter_across_slices_enabled_flag},
        {"num_entry_point_offsets", h->num_entry_point_offsets},
        {"offset_len_minus1", h->offset_len_minus1},
        {"short_term_ref_pic_set_size", h->short_term_ref_pic_set_size},
        {"long_term_ref_pic_set_size", h->long_term_ref_pic_set_size},
        {"header_size", h->header_size},
        {"header_size_raw", h->header_size_raw},
    };

    for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
        printf("%s%s=%ld", i ? " " : "", elements[i].name, elements[i].value);
}

static size_t parse_hex(char *text)
{
    uint8_t *out = (uint8_t *)text;
    size_t size = 0;

    for (; isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1]); text += 2) {
        char byte[3] = {text[0], text[1], 0};

        out[size++] = (uint8_t)strtoul(byte, NULL, 16);
    }
    return size;
}

static struct hevc_slice_header_params params_from(const long v[NUM_PARAMS])
{
    return (struct hevc_slice_header_params){
        (uint32_t)v[0], (uint8_t)v[1],  v[2] != 0,       (uint8_t)v[3],  (uint8_t)v[4],
        v[5] != 0,      (uint8_t)v[6],  v[7] != 0,       v[8] != 0,      v[9] != 0,
        v[10] != 0,     (uint8_t)v[11], v[12] != 0,      (uint8_t)v[13], (uint8_t)v[14],
        v[15] != 0,     v[16] != 0,     v[17] != 0,      v[18] != 0,     v[19] != 0,
        v[20] != 0,     v[21] != 0,     (int8_t)v[22],   (int8_t)v[23],  v[24] != 0,
        v[25] != 0,     v[26] != 0,     (uint32_t)v[27], (uint8_t)v[28],
    };
}

int main(void)
{
    static char line[MAX_LINE];
    static struct hevc_slice_header independent;
    bool has_independent = false;

    while (fgets(line, sizeof(line), stdin)) {
        long v[NUM_PARAMS];
        char *end = line;
        struct hevc_slice_header header;
        struct hevc_slice_header_params params;
        const char *element = NULL;
        size_t size;

        for (unsigned i = 0; i < NUM_PARAMS; i++)
            v[i] = strtol(end, &end, 10);
        while (*end == ' ')
            end++;
        params = params_from(v);
        size = parse_hex(end);
        if (hevc_slice_header_parse(&header, &params, has_independent ? &independent : NULL,
                                    (const uint8_t *)end, size, &element) == 0) {
            print_header(&header);
            print_sets(&header);
            print_lists(&header);
            print_entry_points(&header, (const uint8_t *)end, size);
            putchar('\n');
            if (!header.dependent_slice_segment_flag) {
                independent = header;
                has_independent = true;
            }
        } else {
            printf("error %s\n", element);
        }
    }
    return 0;
}
