/* SPDX-License-Identifier: MIT */
/*
 * Parses slice headers for a comparison with another parser. Reads one slice a line: the fields of
 * struct h264_slice_header_params as decimals in their order, then the NAL unit in hexadecimal.
 * Prints one line a slice: NAME=VALUE for each element, or "error NAME".
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/h264_slice_header.h"

#define NUM_PARAMS 15
#define MAX_LINE   (1 << 20)

static void print_ops(const struct h264_slice_header *h)
{
    static const char *const value_names[] = {"abs_diff_pic_num_minus1", "abs_diff_pic_num_minus1",
                                              "long_term_pic_num"};

    for (unsigned list = 0; list < 2; list++) {
        const struct h264_ref_pic_list_modification *m = &h->ref_pic_list_modification[list];

        printf(" ref_pic_list_modification_flag_l%u=%d", list, m->ref_pic_list_modification_flag);
        for (unsigned i = 0; i < m->count; i++) {
            printf(" modification_of_pic_nums_idc=%u %s=%u", m->ops[i].modification_of_pic_nums_idc,
                   value_names[m->ops[i].modification_of_pic_nums_idc], m->ops[i].value);
        }
        if (m->ref_pic_list_modification_flag)
            printf(" modification_of_pic_nums_idc=3");
    }
    for (unsigned i = 0; i < h->dec_ref_pic_marking.count; i++) {
        const struct h264_mmco *op = &h->dec_ref_pic_marking.ops[i];
        unsigned n = op->memory_management_control_operation;

        printf(" memory_management_control_operation=%u", n);
        if (n == 1 || n == 3)
            printf(" difference_of_pic_nums_minus1=%u", op->difference_of_pic_nums_minus1);
        if (n == 2)
            printf(" long_term_pic_num=%u", op->long_term_pic_num);
        if (n == 3 || n == 6)
            printf(" long_term_frame_idx=%u", op->long_term_frame_idx);
        if (n == 4)
            printf(" max_long_term_frame_idx_plus1=%u", op->max_long_term_frame_idx_plus1);
    }
    if (h->dec_ref_pic_marking.adaptive_ref_pic_marking_mode_flag)
        printf(" memory_management_control_operation=0");
}

static void print_weights(const struct h264_slice_header *h)
{
    for (unsigned list = 0; list < 2 && h->has_pred_weight_table; list++) {
        const struct h264_pred_weights *t = &h->pred_weights[list];
        unsigned last = list ? h->num_ref_idx_l1_active_minus1 : h->num_ref_idx_l0_active_minus1;

        for (unsigned i = 0; i <= last; i++) {
            printf(" luma_weight_l%u_flag=%d chroma_weight_l%u_flag=%d", list,
                   t->luma_weight_flag[i], list, t->chroma_weight_flag[i]);
            if (t->luma_weight_flag[i]) {
                printf(" luma_weight_l%u=%d luma_offset_l%u=%d", list, t->luma_weight[i], list,
                       t->luma_offset[i]);
            }
            for (unsigned j = 0; j < 2 && t->chroma_weight_flag[i]; j++) {
                printf(" chroma_weight_l%u=%d chroma_offset_l%u=%d", list, t->chroma_weight[i][j],
                       list, t->chroma_offset[i][j]);
            }
        }
    }
}

static void print_header(const struct h264_slice_header *h)
{
    const struct {
        const char *name;
        long value;
    } elements[] = {
        {"nal_ref_idc", h->nal_ref_idc},
        {"nal_unit_type", h->nal_unit_type},
        {"first_mb_in_slice", h->first_mb_in_slice},
        {"slice_type", h->slice_type},
        {"pic_parameter_set_id", h->pic_parameter_set_id},
        {"colour_plane_id", h->colour_plane_id},
        {"frame_num", h->frame_num},
        {"field_pic_flag", h->field_pic_flag},
        {"bottom_field_flag", h->bottom_field_flag},
        {"idr_pic_id", h->idr_pic_id},
        {"pic_order_cnt_lsb", h->pic_order_cnt_lsb},
        {"delta_pic_order_cnt_bottom", h->delta_pic_order_cnt_bottom},
        {"delta_pic_order_cnt[0]", h->delta_pic_order_cnt[0]},
        {"delta_pic_order_cnt[1]", h->delta_pic_order_cnt[1]},
        {"redundant_pic_cnt", h->redundant_pic_cnt},
        {"direct_spatial_mv_pred_flag", h->direct_spatial_mv_pred_flag},
        {"num_ref_idx_active_override_flag", h->num_ref_idx_active_override_flag},
        {"num_ref_idx_l0_active_minus1", h->num_ref_idx_l0_active_minus1},
        {"num_ref_idx_l1_active_minus1", h->num_ref_idx_l1_active_minus1},
        {"luma_log2_weight_denom", h->luma_log2_weight_denom},
        {"chroma_log2_weight_denom", h->chroma_log2_weight_denom},
        {"no_output_of_prior_pics_flag", h->dec_ref_pic_marking.no_output_of_prior_pics_flag},
        {"long_term_reference_flag", h->dec_ref_pic_marking.long_term_reference_flag},
        {"adaptive_ref_pic_marking_mode_flag",
         h->dec_ref_pic_marking.adaptive_ref_pic_marking_mode_flag},
        {"cabac_init_idc", h->cabac_init_idc},
        {"slice_qp_delta", h->slice_qp_delta},
        {"sp_for_switch_flag", h->sp_for_switch_flag},
        {"slice_qs_delta", h->slice_qs_delta},
        {"disable_deblocking_filter_idc", h->disable_deblocking_filter_idc},
        {"slice_alpha_c0_offset_div2", h->slice_alpha_c0_offset_div2},
        {"slice_beta_offset_div2", h->slice_beta_offset_div2},
        {"pic_order_cnt_bit_size", h->pic_order_cnt_bit_size},
        {"dec_ref_pic_marking_bit_size", h->dec_ref_pic_marking_bit_size},
        {"header_bit_size", h->header_bit_size},
    };

    for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
        printf("%s%s=%ld", i ? " " : "", elements[i].name, elements[i].value);
    print_ops(h);
    print_weights(h);
    putchar('\n');
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

int main(void)
{
    static char line[MAX_LINE];

    while (fgets(line, sizeof(line), stdin)) {
        unsigned long v[NUM_PARAMS];
        char *end = line;
        struct h264_slice_header header;
        const char *element = NULL;

        for (unsigned i = 0; i < NUM_PARAMS; i++)
            v[i] = strtoul(end, &end, 10);
        while (*end == ' ')
            end++;
        const struct h264_slice_header_params params = {
            (uint8_t)v[0],  v[1] != 0,  v[2] != 0,  (uint8_t)v[3],  (uint8_t)v[4],
            (uint8_t)v[5],  v[6] != 0,  v[7] != 0,  v[8] != 0,      v[9] != 0,
            (uint8_t)v[10], v[11] != 0, v[12] != 0, (uint8_t)v[13], (uint8_t)v[14],
        };
        size_t size = parse_hex(end);
        if (h264_slice_header_parse(&header, &params, (const uint8_t *)end, size, &element) == 0)
            print_header(&header);
        else
            printf("error %s\n", element);
    }
    return 0;
}
