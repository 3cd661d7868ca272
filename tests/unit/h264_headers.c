/* SPDX-License-Identifier: MIT */
#include "h264_headers.h"

/* In the bits of each case: one line a group of elements, one word an element. */
const struct h264_header_case h264_header_cases[] = {
    {
        .name = "IDR frame, I slice, long-term",
        .bits = "0 11 00101 "      /* nal_ref_idc 3, nal_unit_type 5 */
                "1 0001000 1 "     /* first_mb_in_slice 0, slice_type 7, pps 0 */
                "0000 00100 1001 " /* frame_num 0, idr_pic_id 3, pic_order_cnt_lsb 9 */
                "0 1 "             /* no_output_of_prior_pics, long_term_reference */
                "00101 1 010 011", /* slice_qp_delta -2, deblocking 0, alpha 1, beta -1 */
        .params = {.chroma_format_idc = 1,
                   .frame_mbs_only_flag = true,
                   .entropy_coding_mode_flag = true,
                   .deblocking_filter_control_present_flag = true,
                   /* VA's counts mean nothing in an I slice. */
                   .num_ref_idx_l0_active_minus1 = 200},
        .header = {.nal_ref_idc = 3,
                   .nal_unit_type = 5,
                   .slice_type = 7,
                   .idr_pic_id = 3,
                   .pic_order_cnt_lsb = 9,
                   .dec_ref_pic_marking = {.long_term_reference_flag = true},
                   .slice_qp_delta = -2,
                   .slice_alpha_c0_offset_div2 = 1,
                   .slice_beta_offset_div2 = -1,
                   .pic_order_cnt_bit_size = 4,
                   .dec_ref_pic_marking_bit_size = 2,
                   .header_bit_size = 44},
    },
    {
        .name = "P frame, CABAC, modification, weights, every marking operation",
        .bits = "0 10 00001 "
                "00110 1 011 "       /* first_mb_in_slice 5, slice_type 0, pps 2 */
                "10100101 100001 "   /* frame_num 165, pic_order_cnt_lsb 33 */
                "011 010 "           /* delta_pic_order_cnt_bottom -1, redundant_pic_cnt 1 */
                "1 010 "             /* override: 2 references */
                "1 1 011 "           /* modification: abs_diff_pic_num_minus1 2, */
                "011 00100 00100 "   /* long_term_pic_num 3, end */
                "00110 00111 "       /* luma_log2_weight_denom 5, chroma 6 */
                "1 00111 0001000 0 " /* [0]: luma -3, offset 4; no chroma */
                "0 1 010 011 "       /* [1]: no luma; Cb 1, offset -1, */
                "00100 00101 "       /* Cr 2, offset -2 */
                "1 010 1 011 010 "   /* marking: 1 (0); 2 (1); */
                "00100 00100 011 "   /* 3 (3, index 2); */
                "00101 1 00110 "     /* 4 (0); 5; */
                "00111 1 1 "         /* 6 (0); end */
                "011 00110 010",     /* cabac_init_idc 2, slice_qp_delta 3, deblocking 1 */
        .params = {.chroma_format_idc = 1,
                   .frame_mbs_only_flag = true,
                   .log2_max_frame_num_minus4 = 4,
                   .log2_max_pic_order_cnt_lsb_minus4 = 2,
                   .bottom_field_pic_order_in_frame_present_flag = true,
                   .redundant_pic_cnt_present_flag = true,
                   .weighted_pred_flag = true,
                   .entropy_coding_mode_flag = true,
                   .deblocking_filter_control_present_flag = true},
        .header = {.nal_ref_idc = 2,
                   .nal_unit_type = 1,
                   .first_mb_in_slice = 5,
                   .pic_parameter_set_id = 2,
                   .frame_num = 165,
                   .pic_order_cnt_lsb = 33,
                   .delta_pic_order_cnt_bottom = -1,
                   .redundant_pic_cnt = 1,
                   .num_ref_idx_active_override_flag = true,
                   .num_ref_idx_l0_active_minus1 = 1,
                   .ref_pic_list_modification[0] = {.ref_pic_list_modification_flag = true,
                                                    .count = 2,
                                                    .ops = {{0, 2}, {2, 3}}},
                   .has_pred_weight_table = true,
                   .luma_log2_weight_denom = 5,
                   .chroma_log2_weight_denom = 6,
                   .pred_weights[0] = {.luma_weight_flag = {true, false},
                                       .luma_weight = {-3, 32},
                                       .luma_offset = {4, 0},
                                       .chroma_weight_flag = {false, true},
                                       .chroma_weight = {{64, 64}, {1, 2}},
                                       .chroma_offset = {{0, 0}, {-1, -2}}},
                   .dec_ref_pic_marking = {.adaptive_ref_pic_marking_mode_flag = true,
                                           .count = 6,
                                           .ops = {{.memory_management_control_operation = 1},
                                                   {.memory_management_control_operation = 2,
                                                    .long_term_pic_num = 1},
                                                   {.memory_management_control_operation = 3,
                                                    .difference_of_pic_nums_minus1 = 3,
                                                    .long_term_frame_idx = 2},
                                                   {.memory_management_control_operation = 4},
                                                   {.memory_management_control_operation = 5},
                                                   {.memory_management_control_operation = 6}}},
                   .cabac_init_idc = 2,
                   .slice_qp_delta = 3,
                   .disable_deblocking_filter_idc = 1,
                   .pic_order_cnt_bit_size = 9,
                   .dec_ref_pic_marking_bit_size = 42,
                   .header_bit_size = 154},
    },
    {
        .name = "B bottom field, no reference, explicit bi-prediction, POC type 1",
        .bits = "0 00 00001 "
                "1 00111 1 "         /* first_mb_in_slice 0, slice_type 6, pps 0 */
                "0011 1 1 "          /* frame_num 3, field_pic_flag, bottom_field_flag */
                "0001001 "           /* delta_pic_order_cnt[0] -4 */
                "1 0 "               /* direct_spatial_mv_pred_flag, no override */
                "0 "                 /* no modification of list 0; list 1: */
                "1 010 00000100000 " /* abs_diff_pic_num_minus1 31, added */
                "00100 "             /* end */
                "1 1 "               /* both denominators 0 */
                "0 0 "               /* list 0 [0] */
                "1 000000011111110 " /* list 1 [0]: luma 127, */
                "00000000100000001 " /* offset -128, */
                "0 "                 /* no chroma */
                "0 0 "               /* list 1 [1] */
                "1 1 1 1",           /* slice_qp_delta 0, deblocking 0, 0, 0 */
        .params = {.chroma_format_idc = 1,
                   .pic_order_cnt_type = 1,
                   .bottom_field_pic_order_in_frame_present_flag = true,
                   .weighted_pred_flag = true,
                   .weighted_bipred_idc = 1,
                   .deblocking_filter_control_present_flag = true,
                   .num_ref_idx_l1_active_minus1 = 1},
        .header = {.nal_unit_type = 1,
                   .slice_type = 6,
                   .frame_num = 3,
                   .field_pic_flag = true,
                   .bottom_field_flag = true,
                   .delta_pic_order_cnt = {-4, 0},
                   .direct_spatial_mv_pred_flag = true,
                   .num_ref_idx_l1_active_minus1 = 1,
                   .ref_pic_list_modification[1] = {.ref_pic_list_modification_flag = true,
                                                    .count = 1,
                                                    .ops = {{1, 31}}},
                   .has_pred_weight_table = true,
                   .pred_weights = {{.luma_weight = {1}, .chroma_weight = {{1, 1}}},
                                    {.luma_weight_flag = {true},
                                     .luma_weight = {127, 1},
                                     .luma_offset = {-128},
                                     .chroma_weight = {{1, 1}, {1, 1}}}},
                   .pic_order_cnt_bit_size = 7,
                   .header_bit_size = 95},
    },
    {
        .name = "MBAFF frame, P slice, POC type 1 with both deltas, sliding window",
        .bits = "0 01 00001 "
                "011 00110 1 "         /* first_mb_in_slice 2, slice_type 5, pps 0 */
                "0001 0 "              /* frame_num 1, no field_pic_flag */
                "00111 1 "             /* delta_pic_order_cnt -3, 0 */
                "0 0 0 "               /* no override, modification, adaptive marking */
                "1 1 "                 /* cabac_init_idc 0, slice_qp_delta 0, */
                "011 0001100 0001101", /* deblocking 2, alpha 6, beta -6 */
        .params = {.chroma_format_idc = 1,
                   .pic_order_cnt_type = 1,
                   .bottom_field_pic_order_in_frame_present_flag = true,
                   .weighted_bipred_idc = 1,
                   .entropy_coding_mode_flag = true,
                   .deblocking_filter_control_present_flag = true,
                   .num_ref_idx_l0_active_minus1 = 15,
                   /* A P slice has no list 1. */
                   .num_ref_idx_l1_active_minus1 = 255},
        .header = {.nal_ref_idc = 1,
                   .nal_unit_type = 1,
                   .first_mb_in_slice = 2,
                   .slice_type = 5,
                   .frame_num = 1,
                   .delta_pic_order_cnt = {-3, 0},
                   .num_ref_idx_l0_active_minus1 = 15,
                   .disable_deblocking_filter_idc = 2,
                   .slice_alpha_c0_offset_div2 = 6,
                   .slice_beta_offset_div2 = -6,
                   .pic_order_cnt_bit_size = 6,
                   .dec_ref_pic_marking_bit_size = 1,
                   .header_bit_size = 50},
    },
    {
        .name = "top field, I slice, POC type 1 without deltas",
        .bits = "0 01 00001 "
                "1 011 1 "  /* first_mb_in_slice 0, slice_type 2, pps 0 */
                "0001 1 0 " /* frame_num 1, field_pic_flag, top */
                "0 1",      /* no adaptive marking, slice_qp_delta 0 */
        .params = {.chroma_format_idc = 1,
                   .pic_order_cnt_type = 1,
                   .delta_pic_order_always_zero_flag = true,
                   .bottom_field_pic_order_in_frame_present_flag = true,
                   .weighted_pred_flag = true,
                   .weighted_bipred_idc = 1,
                   .entropy_coding_mode_flag = true},
        .header = {.nal_ref_idc = 1,
                   .nal_unit_type = 1,
                   .slice_type = 2,
                   .frame_num = 1,
                   .field_pic_flag = true,
                   .dec_ref_pic_marking_bit_size = 1,
                   .header_bit_size = 21},
    },
    {
        .name = "B frame, POC type 2, implicit weights, separate colour planes",
        .bits = "0 00 00001 "
                "1 010 1 10 "  /* first_mb 0, slice_type 1, pps 0, colour_plane_id 2 */
                "1111 "        /* frame_num 15 */
                "0 1 010 011 " /* temporal direct; override: 2 and 3 references */
                "0 0 "         /* no modification */
                "1",           /* slice_qp_delta 0 */
        .params = {.chroma_format_idc = 3,
                   .separate_colour_plane_flag = true,
                   .frame_mbs_only_flag = true,
                   .pic_order_cnt_type = 2,
                   .weighted_bipred_idc = 2,
                   .num_ref_idx_l0_active_minus1 = 7,
                   .num_ref_idx_l1_active_minus1 = 7},
        .header = {.nal_unit_type = 1,
                   .slice_type = 1,
                   .colour_plane_id = 2,
                   .frame_num = 15,
                   .num_ref_idx_active_override_flag = true,
                   .num_ref_idx_l0_active_minus1 = 1,
                   .num_ref_idx_l1_active_minus1 = 2,
                   .header_bit_size = 30},
    },
    {
        .name = "P frame, monochrome, weights",
        .bits = "0 11 00001 "
                "1 1 1 0010 " /* first_mb 0, slice_type 0, pps 0, frame_num 2 */
                "0 0 "        /* no override, no modification */
                "00100 "      /* luma_log2_weight_denom 3, no chroma */
                "1 011 1 "    /* [0]: weight -1, offset 0 */
                "0 "          /* [1] */
                "0 1",        /* no adaptive marking, slice_qp_delta 0 */
        .params = {.frame_mbs_only_flag = true,
                   .pic_order_cnt_type = 2,
                   .weighted_pred_flag = true,
                   .num_ref_idx_l0_active_minus1 = 1},
        .header = {.nal_ref_idc = 3,
                   .nal_unit_type = 1,
                   .frame_num = 2,
                   .num_ref_idx_l0_active_minus1 = 1,
                   .has_pred_weight_table = true,
                   .luma_log2_weight_denom = 3,
                   .pred_weights[0] = {.luma_weight_flag = {true}, .luma_weight = {-1, 8}},
                   .dec_ref_pic_marking_bit_size = 1,
                   .header_bit_size = 30},
    },
    {
        .name = "SP slice",
        .bits = "0 01 00001 "
                "1 00100 1 0000 " /* first_mb 0, slice_type 3, pps 0, frame_num 0 */
                "0 0 0 "          /* no override, modification, adaptive marking */
                "010 1 00101",    /* slice_qp_delta 1, sp_for_switch_flag, qs -2 */
        .params = {.chroma_format_idc = 1, .frame_mbs_only_flag = true, .pic_order_cnt_type = 2},
        .header = {.nal_ref_idc = 1,
                   .nal_unit_type = 1,
                   .slice_type = 3,
                   .slice_qp_delta = 1,
                   .sp_for_switch_flag = true,
                   .slice_qs_delta = -2,
                   .dec_ref_pic_marking_bit_size = 1,
                   .header_bit_size = 31},
    },
    {
        .name = "SI slice",
        .bits = "0 00 00001 "
                "1 0001010 1 0000 " /* first_mb 0, slice_type 9, pps 0, frame_num 0 */
                "1 010",            /* slice_qp_delta 0, qs 1 */
        .params = {.chroma_format_idc = 1, .frame_mbs_only_flag = true, .pic_order_cnt_type = 2},
        .header = {.nal_unit_type = 1, .slice_type = 9, .slice_qs_delta = 1, .header_bit_size = 25},
    },
    {
        /* 41 e0 00 00 03 00 05 00 00 40 00 3. */
        .name = "emulation prevention in frame_num and pic_order_cnt_lsb",
        .bits = "0 10 00001 "
                "1 1 1 "            /* first_mb_in_slice 0, slice_type 0, pps 0 */
                "0000000000000000 " /* frame_num 0 */
                "0000000000000000 " /* pic_order_cnt_lsb 0 */
                "0 0 "              /* no override, no modification */
                "1 010 "            /* marking: 1 (65535, the largest), */
                "0000000000000000 1 0000000000000000 "
                "1 " /* end */
                "1", /* slice_qp_delta 0 */
        .params = {.chroma_format_idc = 1,
                   .frame_mbs_only_flag = true,
                   .log2_max_frame_num_minus4 = 12,
                   .log2_max_pic_order_cnt_lsb_minus4 = 12},
        .header = {.nal_ref_idc = 2,
                   .nal_unit_type = 1,
                   .dec_ref_pic_marking = {.adaptive_ref_pic_marking_mode_flag = true,
                                           .count = 1,
                                           .ops = {{.memory_management_control_operation = 1,
                                                    .difference_of_pic_nums_minus1 = 65535}}},
                   .pic_order_cnt_bit_size = 16,
                   .dec_ref_pic_marking_bit_size = 38,
                   .header_bit_size = 84,
                   .header_bit_size_raw = 92},
    },
    {
        /* 65 88 82 00 00 03 00 81 */
        .name = "emulation prevention inside dec_ref_pic_marking()",
        .bits = "0 11 00101 "
                "1 0001000 1 "      /* first_mb_in_slice 0, slice_type 7, pps 0 */
                "00000 1 "          /* frame_num 0, idr_pic_id 0 */
                "0000000000000000 " /* pic_order_cnt_lsb 0 */
                "0 0 "              /* no_output_of_prior_pics, long_term_reference */
                "000000010000001",  /* slice_qp_delta -64 */
        .params = {.chroma_format_idc = 1,
                   .frame_mbs_only_flag = true,
                   .log2_max_frame_num_minus4 = 1,
                   .log2_max_pic_order_cnt_lsb_minus4 = 12},
        .header = {.nal_ref_idc = 3,
                   .nal_unit_type = 5,
                   .slice_type = 7,
                   .slice_qp_delta = -64,
                   .pic_order_cnt_bit_size = 16,
                   .dec_ref_pic_marking_bit_size = 2,
                   .header_bit_size = 56,
                   .header_bit_size_raw = 64},
    },
};

const unsigned num_h264_header_cases = sizeof(h264_header_cases) / sizeof(h264_header_cases[0]);
