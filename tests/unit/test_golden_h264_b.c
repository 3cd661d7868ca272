/* SPDX-License-Identifier: MIT */
/*
 * Golden payloads for H.264: a B frame with explicit weights in a Main Profile stream with picture
 * order count type 1 and MBAFF, and an IDR frame of a Constrained Baseline one. See
 * test_golden_h264_frame.c.
 */
#include <string.h>

#include "golden_h264.h"

/*
 * Sequence parameter set: profile_idc 77, level_idc 21, log2_max_frame_num_minus4 3,
 * pic_order_cnt_type 1 with an empty cycle and offsets 0, delta_pic_order_always_zero_flag 0,
 * max_num_ref_frames 2, gaps_in_frame_num_value_allowed_flag 1, 4 macroblocks by 2 map units,
 * frame_mbs_only_flag 0, mb_adaptive_frame_field_flag 1, direct_8x8_inference_flag 1.
 * Picture parameter set 3: CABAC, bottom_field_pic_order_in_frame_present_flag 1, two references by
 * default in either list, weighted_bipred_idc 1, pic_init_qp_minus26 5, pic_init_qs_minus26 4,
 * chroma_qp_index_offset -1 (for both), deblocking_filter_control_present_flag,
 * constrained_intra_pred_flag and redundant_pic_cnt_present_flag 1.
 */
static VAPictureParameterBufferH264 mbaff_picture(unsigned surface, uint16_t frame_num)
{
    VAPictureParameterBufferH264 pic;

    memset(&pic, 0, sizeof(pic));
    golden_h264_no_picture(pic.ReferenceFrames, 16);
    pic.CurrPic = (VAPictureH264){.picture_id = GOLDEN_SURFACE(surface), .frame_idx = frame_num};
    pic.frame_num = frame_num;
    pic.picture_width_in_mbs_minus1 = 3;
    pic.picture_height_in_mbs_minus1 = 3;
    pic.num_ref_frames = 2;
    pic.seq_fields.bits.chroma_format_idc = 1;
    pic.seq_fields.bits.gaps_in_frame_num_value_allowed_flag = 1;
    pic.seq_fields.bits.mb_adaptive_frame_field_flag = 1;
    pic.seq_fields.bits.direct_8x8_inference_flag = 1;
    pic.seq_fields.bits.log2_max_frame_num_minus4 = 3;
    pic.seq_fields.bits.pic_order_cnt_type = 1;
    pic.pic_init_qp_minus26 = 5;
    pic.pic_init_qs_minus26 = 4;
    pic.chroma_qp_index_offset = -1;
    pic.second_chroma_qp_index_offset = -1;
    pic.pic_fields.bits.entropy_coding_mode_flag = 1;
    pic.pic_fields.bits.weighted_bipred_idc = 1;
    pic.pic_fields.bits.constrained_intra_pred_flag = 1;
    pic.pic_fields.bits.pic_order_present_flag = 1;
    pic.pic_fields.bits.deblocking_filter_control_present_flag = 1;
    pic.pic_fields.bits.redundant_pic_cnt_present_flag = 1;
    return pic;
}

/* A reference frame of I slices; `bits` is frame_num. */
static void decode_i_frame(struct golden *golden, VAPictureParameterBufferH264 pic,
                           const char *bits)
{
    char header[128] = "0 11 00001 1 011 00100 "; /* first_mb_in_slice 0, slice_type 2, pps 3 */
    VASliceParameterBufferH264 slice;

    /* field_pic_flag 0, both deltas 0, redundant_pic_cnt 0, no adaptive marking, slice_qp_delta 0,
     * deblocking off */
    strncat(header, bits, 16);
    strncat(header, " 0 1 1 1 0 1 010", 32);
    golden_h264_no_slice(&slice);
    slice.slice_type = 2;
    slice.disable_deblocking_filter_idc = 1;
    pic.pic_fields.bits.reference_pic_flag = 1;
    pic.CurrPic.flags = VA_PICTURE_H264_SHORT_TERM_REFERENCE;
    golden_begin(golden, pic.CurrPic.picture_id - GOLDEN_SURFACE(0));
    golden_h264_build(golden, &pic, &slice, header);
}

static void assert_flat_scaling_matrix(const struct golden *golden)
{
    struct v4l2_ctrl_h264_scaling_matrix flat;

    memset(&flat, 16, sizeof(flat));
    golden_h264_assert_scaling_matrix(golden, &flat);
}

static const struct v4l2_ctrl_h264_sps mbaff_sps = {
    .profile_idc = 77,
    .level_idc = 21,
    .chroma_format_idc = 1,
    .log2_max_frame_num_minus4 = 3,
    .pic_order_cnt_type = 1,
    .max_num_ref_frames = 2,
    .pic_width_in_mbs_minus1 = 3,
    .pic_height_in_map_units_minus1 = 1,
    .flags = V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED |
             V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD | V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE,
};

static const struct v4l2_ctrl_h264_pps mbaff_pps = {
    .pic_parameter_set_id = 3,
    .num_ref_idx_l0_default_active_minus1 = 1,
    .num_ref_idx_l1_default_active_minus1 = 1,
    .weighted_bipred_idc = 1,
    .pic_init_qp_minus26 = 5,
    .pic_init_qs_minus26 = 4,
    .chroma_qp_index_offset = -1,
    .second_chroma_qp_index_offset = -1,
    .flags = V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE |
             V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT |
             V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT |
             V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED |
             V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT,
};

/* POC 4 and 5, between frame_num 0 with POC 0, 1 and frame_num 1 with POC 8, 9 (8.2.4.2.3). */
static const struct v4l2_ctrl_h264_decode_params b_decode = {
    .dpb = {{.reference_ts = 2000,
             .pic_num = 1,
             .frame_num = 1,
             .fields = V4L2_H264_FRAME_REF,
             .top_field_order_cnt = 8,
             .bottom_field_order_cnt = 9,
             .flags = V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE},
            {.reference_ts = 1000,
             .fields = V4L2_H264_FRAME_REF,
             .bottom_field_order_cnt = 1,
             .flags = V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE}},
    .frame_num = 2,
    .top_field_order_cnt = 4,
    .bottom_field_order_cnt = 5,
    .delta_pic_order_cnt0 = -3,
    .delta_pic_order_cnt1 = 2,
    .pic_order_cnt_bit_size = 10,
    .flags = V4L2_H264_DECODE_PARAM_FLAG_BFRAME,
};

static const struct v4l2_ctrl_h264_slice_params b_slice = {
    .header_bit_size = 8 + 13 + 8 + 10 + 1 + 4 + 8 + 14 + 2 + 10 + 2 + 10 + 7,
    .first_mb_in_slice = 4,
    .slice_type = V4L2_H264_SLICE_TYPE_B,
    .cabac_init_idc = 2,
    .slice_qp_delta = 4,
    .disable_deblocking_filter_idc = 2,
    .slice_alpha_c0_offset_div2 = -1,
    .num_ref_idx_l0_active_minus1 = 1,
    .num_ref_idx_l1_active_minus1 = 1,
    .ref_pic_list0 = {{.fields = V4L2_H264_FRAME_REF, .index = 1},
                      {.fields = V4L2_H264_FRAME_REF, .index = 0}},
    .ref_pic_list1 = {{.fields = V4L2_H264_FRAME_REF, .index = 0},
                      {.fields = V4L2_H264_FRAME_REF, .index = 1}},
    .flags = V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED,
};

/* Inferred where a flag is 0: 1 << 3 for luma, 1 << 2 for chroma, offset 0 (7.4.3.2). */
static const struct v4l2_ctrl_h264_pred_weights b_weights = {
    .luma_log2_weight_denom = 3,
    .chroma_log2_weight_denom = 2,
    .weight_factors = {{.luma_weight = {8, 8},
                        .chroma_weight = {{1, 2}, {4, 4}},
                        .chroma_offset = {{0, -1}, {0, 0}}},
                       {.luma_weight = {-1, 8},
                        .luma_offset = {2, 0},
                        .chroma_weight = {{4, 4}, {4, 4}}}},
};

static void fill_b_slice(VASliceParameterBufferH264 *slice, const VAPictureParameterBufferH264 *pic)
{
    golden_h264_no_slice(slice);
    slice->first_mb_in_slice = 4;
    slice->slice_type = 1;
    slice->direct_spatial_mv_pred_flag = 1;
    slice->num_ref_idx_l0_active_minus1 = 1;
    slice->num_ref_idx_l1_active_minus1 = 1;
    slice->cabac_init_idc = 2;
    slice->slice_qp_delta = 4;
    slice->disable_deblocking_filter_idc = 2;
    slice->slice_alpha_c0_offset_div2 = -1;
    slice->RefPicList0[0] = pic->ReferenceFrames[1];
    slice->RefPicList0[1] = pic->ReferenceFrames[0];
    slice->RefPicList1[0] = pic->ReferenceFrames[0];
    slice->RefPicList1[1] = pic->ReferenceFrames[1];
    slice->luma_log2_weight_denom = 3;
    slice->chroma_log2_weight_denom = 2;
    /* VA's flags are a whole list's: luma of list 0 and chroma of list 1 have no weights. */
    slice->chroma_weight_l0_flag = 1;
    slice->chroma_weight_l0[0][0] = 1;
    slice->chroma_weight_l0[0][1] = 2;
    slice->chroma_offset_l0[0][1] = -1;
    slice->chroma_weight_l0[1][0] = 4;
    slice->chroma_weight_l0[1][1] = 4;
    slice->luma_weight_l1_flag = 1;
    slice->luma_weight_l1[0] = -1;
    slice->luma_offset_l1[0] = 2;
    slice->luma_weight_l1[1] = 8;
}

static void b_frame(void **state)
{
    static struct golden golden;
    VAPictureParameterBufferH264 first = mbaff_picture(0, 0);
    VAPictureParameterBufferH264 second = mbaff_picture(1, 1);
    VAPictureParameterBufferH264 pic = mbaff_picture(2, 2);
    VASliceParameterBufferH264 slice;

    (void)state;
    golden_open(&golden, "h264", VAProfileH264Main);
    first.CurrPic.BottomFieldOrderCnt = 1;
    decode_i_frame(&golden, first, "0000000");
    assert_false(golden_has(&golden, V4L2_CID_STATELESS_H264_PRED_WEIGHTS));
    second.CurrPic.TopFieldOrderCnt = 8;
    second.CurrPic.BottomFieldOrderCnt = 9;
    decode_i_frame(&golden, second, "0000001");

    pic.CurrPic.TopFieldOrderCnt = 4;
    pic.CurrPic.BottomFieldOrderCnt = 5;
    pic.ReferenceFrames[0] = second.CurrPic;
    pic.ReferenceFrames[0].flags = VA_PICTURE_H264_SHORT_TERM_REFERENCE;
    pic.ReferenceFrames[1] = first.CurrPic;
    pic.ReferenceFrames[1].flags = VA_PICTURE_H264_SHORT_TERM_REFERENCE;
    fill_b_slice(&slice, &pic);
    golden_begin(&golden, 2);
    golden_h264_build(&golden, &pic, &slice,
                      "0 00 00001 "
                      "00101 010 00100 "     /* first_mb_in_slice 4, slice_type 1, pps 3 */
                      "0000010 0 "           /* frame_num 2, field_pic_flag 0 */
                      "00111 00100 "         /* delta_pic_order_cnt -3, 2 */
                      "1 "                   /* redundant_pic_cnt 0 */
                      "1 0 0 0 "             /* spatial direct, no override, no modification */
                      "00100 011 "           /* luma_log2_weight_denom 3, chroma 2 */
                      "0 1 010 1 00100 011 " /* l0[0]: Cb weight 1, offset 0, Cr 2, -1 */
                      "0 0 "                 /* l0[1] */
                      "1 011 00100 0 "       /* l1[0]: luma weight -1, offset 2 */
                      "0 0 "                 /* l1[1] */
                      "011 0001000 "         /* cabac_init_idc 2, slice_qp_delta 4 */
                      "011 011 1");          /* deblocking: 2, -1, 0 */
    golden_assert(&golden, V4L2_CID_STATELESS_H264_SPS, &mbaff_sps, sizeof(mbaff_sps));
    golden_h264_assert_pps(&golden, mbaff_pps, 2);
    assert_flat_scaling_matrix(&golden);
    golden_h264_assert_decode_params(&golden, &b_decode);
    golden_h264_assert_slice_params(&golden, b_slice);
    golden_assert(&golden, V4L2_CID_STATELESS_H264_PRED_WEIGHTS, &b_weights, sizeof(b_weights));
}

/*
 * profile_idc 66 with constraint_set0_flag and constraint_set1_flag, level_idc 10, POC type 1
 * without deltas, one reference, 4x4 macroblocks; CAVLC.
 */
static void constrained_baseline_idr(void **state)
{
    static struct golden golden;
    VAPictureParameterBufferH264 pic;
    VASliceParameterBufferH264 slice;
    const struct v4l2_ctrl_h264_sps sps = {
        .profile_idc = 66,
        .constraint_set_flags =
            V4L2_H264_SPS_CONSTRAINT_SET0_FLAG | V4L2_H264_SPS_CONSTRAINT_SET1_FLAG,
        .level_idc = 10,
        .chroma_format_idc = 1,
        .pic_order_cnt_type = 1,
        .max_num_ref_frames = 1,
        .pic_width_in_mbs_minus1 = 3,
        .pic_height_in_map_units_minus1 = 3,
        .flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY |
                 V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO |
                 V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE,
    };
    const struct v4l2_ctrl_h264_pps pps = {.pic_parameter_set_id = 0};
    const struct v4l2_ctrl_h264_decode_params decode = {
        .nal_ref_idc = 1,
        .idr_pic_id = 2,
        .dec_ref_pic_marking_bit_size = 2,
        .flags = V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC,
    };
    const struct v4l2_ctrl_h264_slice_params params = {
        .header_bit_size = 8 + 9 + 7 + 2 + 3,
        .slice_type = V4L2_H264_SLICE_TYPE_I,
        .slice_qp_delta = 1,
    };

    (void)state;
    memset(&pic, 0, sizeof(pic));
    golden_h264_no_picture(pic.ReferenceFrames, 16);
    golden_h264_no_slice(&slice);
    pic.CurrPic = (VAPictureH264){.picture_id = GOLDEN_SURFACE(3),
                                  .flags = VA_PICTURE_H264_SHORT_TERM_REFERENCE};
    pic.picture_width_in_mbs_minus1 = 3;
    pic.picture_height_in_mbs_minus1 = 3;
    pic.num_ref_frames = 1;
    pic.seq_fields.bits.chroma_format_idc = 1;
    pic.seq_fields.bits.frame_mbs_only_flag = 1;
    pic.seq_fields.bits.direct_8x8_inference_flag = 1;
    pic.seq_fields.bits.pic_order_cnt_type = 1;
    pic.seq_fields.bits.delta_pic_order_always_zero_flag = 1;
    pic.pic_fields.bits.reference_pic_flag = 1;
    slice.slice_type = 7;
    slice.slice_qp_delta = 1;
    golden_open(&golden, "h264", VAProfileH264ConstrainedBaseline);
    golden_begin(&golden, 3);
    golden_h264_build(&golden, &pic, &slice,
                      "0 01 00101 "
                      "1 0001000 1 " /* first_mb_in_slice 0, slice_type 7, pps 0 */
                      "0000 011 "    /* frame_num 0, idr_pic_id 2 */
                      "0 0 "         /* no_output_of_prior_pics, long_term_reference */
                      "010");        /* slice_qp_delta 1 */
    golden_assert(&golden, V4L2_CID_STATELESS_H264_SPS, &sps, sizeof(sps));
    golden_h264_assert_pps(&golden, pps, 0);
    assert_flat_scaling_matrix(&golden);
    golden_h264_assert_decode_params(&golden, &decode);
    golden_h264_assert_slice_params(&golden, params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(b_frame),
        cmocka_unit_test(constrained_baseline_idr),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
