/* SPDX-License-Identifier: MIT */
/*
 * Golden payloads for H.264: a frame-coded stream, 64x64 at level 1. The slice headers are written
 * bit by bit (7.3.3); everything in VA's structs and the kernel's follows from the syntax named in
 * the comments.
 */
#include <string.h>

#include "golden_h264.h"

/*
 * The frame-coded stream. Sequence parameter set: profile_idc 100, level_idc 10, 4:2:0, 8 bits,
 * log2_max_frame_num_minus4 0, pic_order_cnt_type 0, log2_max_pic_order_cnt_lsb_minus4 2,
 * max_num_ref_frames 2, 4x4 macroblocks, frame_mbs_only_flag 1, direct_8x8_inference_flag 1.
 * Picture parameter set: CABAC, num_ref_idx_l0_default_active_minus1 1, weighted_pred_flag 1,
 * pic_init_qp_minus26 -3, chroma_qp_index_offset 2, deblocking_filter_control_present_flag 1,
 * transform_8x8_mode_flag 1, scaling matrix, second_chroma_qp_index_offset -2.
 */
static VAPictureParameterBufferH264 frame_picture(void)
{
    VAPictureParameterBufferH264 pic;

    memset(&pic, 0, sizeof(pic));
    golden_h264_no_picture(pic.ReferenceFrames, 16);
    pic.picture_width_in_mbs_minus1 = 3;
    pic.picture_height_in_mbs_minus1 = 3;
    pic.num_ref_frames = 2;
    pic.seq_fields.bits.chroma_format_idc = 1;
    pic.seq_fields.bits.frame_mbs_only_flag = 1;
    pic.seq_fields.bits.direct_8x8_inference_flag = 1;
    pic.seq_fields.bits.log2_max_pic_order_cnt_lsb_minus4 = 2;
    pic.pic_init_qp_minus26 = -3;
    pic.chroma_qp_index_offset = 2;
    pic.second_chroma_qp_index_offset = -2;
    pic.pic_fields.bits.entropy_coding_mode_flag = 1;
    pic.pic_fields.bits.weighted_pred_flag = 1;
    pic.pic_fields.bits.transform_8x8_mode_flag = 1;
    pic.pic_fields.bits.deblocking_filter_control_present_flag = 1;
    pic.pic_fields.bits.reference_pic_flag = 1;
    return pic;
}

static const struct v4l2_ctrl_h264_sps frame_sps = {
    .profile_idc = 100,
    .level_idc = 10,
    .chroma_format_idc = 1,
    .log2_max_pic_order_cnt_lsb_minus4 = 2,
    .max_num_ref_frames = 2,
    .pic_width_in_mbs_minus1 = 3,
    .pic_height_in_map_units_minus1 = 3,
    .flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY | V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE,
};

static const struct v4l2_ctrl_h264_pps frame_pps = {
    .num_ref_idx_l0_default_active_minus1 = 1,
    .pic_init_qp_minus26 = -3,
    .chroma_qp_index_offset = 2,
    .second_chroma_qp_index_offset = -2,
    .flags = V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE | V4L2_H264_PPS_FLAG_WEIGHTED_PRED |
             V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT |
             V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE | V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT,
};

/* I slice of an IDR picture, POC 0, to be kept as a long-term reference. */
static void decode_idr(struct golden *golden, unsigned surface)
{
    VAPictureParameterBufferH264 pic = frame_picture();
    VASliceParameterBufferH264 slice;
    VAIQMatrixBufferH264 iq;
    struct v4l2_ctrl_h264_scaling_matrix unused;

    golden_h264_scaling_lists(&iq, &unused);
    golden_h264_no_slice(&slice);
    pic.CurrPic = (VAPictureH264){.picture_id = GOLDEN_SURFACE(surface),
                                  .flags = VA_PICTURE_H264_LONG_TERM_REFERENCE};
    slice.slice_type = 7;
    slice.slice_qp_delta = -2;
    slice.slice_alpha_c0_offset_div2 = 1;
    slice.slice_beta_offset_div2 = -1;
    golden_begin(golden, surface);
    golden_render(golden, VAIQMatrixBufferType, &iq);
    golden_h264_build(golden, &pic, &slice,
                      "0 11 00101 "  /* nal_ref_idc 3, nal_unit_type 5 */
                      "1 0001000 1 " /* first_mb_in_slice 0, slice_type 7, pic_parameter_set_id 0 */
                      "0000 00110 "  /* frame_num 0, idr_pic_id 5 */
                      "000000 "      /* pic_order_cnt_lsb 0 */
                      "0 1 " /* no_output_of_prior_pics_flag 0, long_term_reference_flag 1 */
                      "00101 1 010 011"); /* slice_qp_delta -2; deblocking: 0, 1, -1 */
}

static void idr_frame(void **state)
{
    static struct golden golden;
    const struct v4l2_ctrl_h264_decode_params decode = {
        .nal_ref_idc = 3,
        .idr_pic_id = 5,
        .dec_ref_pic_marking_bit_size = 2,
        .pic_order_cnt_bit_size = 6,
        .flags = V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC,
    };
    const struct v4l2_ctrl_h264_slice_params slice = {
        .header_bit_size = 8 + 9 + 9 + 6 + 2 + 12,
        .slice_type = V4L2_H264_SLICE_TYPE_I,
        .slice_qp_delta = -2,
        .slice_alpha_c0_offset_div2 = 1,
        .slice_beta_offset_div2 = -1,
    };
    struct v4l2_ctrl_h264_scaling_matrix scaling;
    VAIQMatrixBufferH264 unused;

    (void)state;
    golden_h264_scaling_lists(&unused, &scaling);
    golden_open(&golden, "h264", VAProfileH264High);
    decode_idr(&golden, 0);
    golden_assert_format(&golden, (struct coded_format){64, 64, 8});
    golden_assert(&golden, V4L2_CID_STATELESS_H264_SPS, &frame_sps, sizeof(frame_sps));
    golden_h264_assert_pps(&golden, frame_pps, 0);
    golden_h264_assert_scaling_matrix(&golden, &scaling);
    golden_h264_assert_decode_params(&golden, &decode);
    golden_h264_assert_slice_params(&golden, slice);
    assert_false(golden_has(&golden, V4L2_CID_STATELESS_H264_PRED_WEIGHTS));
}

/* frame_num 15, the last before the wrap, POC 30; refers to the IDR picture alone. */
static void decode_p_frame(struct golden *golden, unsigned surface)
{
    VAPictureParameterBufferH264 pic = frame_picture();
    VASliceParameterBufferH264 slice;
    VAIQMatrixBufferH264 iq;
    struct v4l2_ctrl_h264_scaling_matrix unused;

    golden_h264_scaling_lists(&iq, &unused);
    golden_h264_no_slice(&slice);
    pic.frame_num = 15;
    pic.CurrPic = (VAPictureH264){.picture_id = GOLDEN_SURFACE(surface),
                                  .frame_idx = 15,
                                  .flags = VA_PICTURE_H264_SHORT_TERM_REFERENCE,
                                  .TopFieldOrderCnt = 30,
                                  .BottomFieldOrderCnt = 30};
    pic.ReferenceFrames[0] = (VAPictureH264){.picture_id = GOLDEN_SURFACE(0),
                                             .flags = VA_PICTURE_H264_LONG_TERM_REFERENCE};
    slice.RefPicList0[0] = pic.ReferenceFrames[0];
    slice.luma_log2_weight_denom = 0;
    slice.luma_weight_l0[0] = 1;
    slice.chroma_weight_l0[0][0] = 1;
    slice.chroma_weight_l0[0][1] = 1;
    golden_begin(golden, surface);
    golden_render(golden, VAIQMatrixBufferType, &iq);
    golden_h264_build(golden, &pic, &slice,
                      "0 10 00001 "
                      "1 1 1 "    /* first_mb_in_slice 0, slice_type 0, pic_parameter_set_id 0 */
                      "1111 "     /* frame_num 15 */
                      "011110 "   /* pic_order_cnt_lsb 30 */
                      "1 1 "      /* num_ref_idx_active_override_flag: one reference */
                      "0 "        /* no modification */
                      "1 1 0 0 "  /* weights: denominators 0, no weights */
                      "0 "        /* no adaptive marking */
                      "1 1 010"); /* cabac_init_idc 0, slice_qp_delta 0, deblocking 1: off */
}

/*
 * frame_num 0 again, POC 32: the short-term reference with frame_num 15 has FrameNumWrap 15 - 16
 * (8-27); it comes before the long-term one in list 0 (8.2.4.2.1).
 */
static void p_frame_with_two_references(void **state)
{
    static struct golden golden;
    VAPictureParameterBufferH264 pic = frame_picture();
    VASliceParameterBufferH264 slice;
    VAIQMatrixBufferH264 iq;
    struct v4l2_ctrl_h264_scaling_matrix scaling;
    const struct v4l2_ctrl_h264_decode_params decode = {
        .dpb = {{.reference_ts = 1000, /* LongTermPicNum and LongTermFrameIdx 0 */
                 .fields = V4L2_H264_FRAME_REF,
                 .flags = V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE |
                          V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM},
                {.reference_ts = 2000,
                 .pic_num = (uint32_t)-1,
                 .frame_num = 15,
                 .fields = V4L2_H264_FRAME_REF,
                 .top_field_order_cnt = 30,
                 .bottom_field_order_cnt = 30,
                 .flags = V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE}},
        .nal_ref_idc = 2,
        .top_field_order_cnt = 32,
        .bottom_field_order_cnt = 32,
        .pic_order_cnt_lsb = 32,
        .dec_ref_pic_marking_bit_size = 1,
        .pic_order_cnt_bit_size = 6,
        .flags = V4L2_H264_DECODE_PARAM_FLAG_PFRAME,
    };
    const struct v4l2_ctrl_h264_slice_params params = {
        .header_bit_size = 8 + 7 + 4 + 6 + 2 + 4 + 12 + 14 + 1 + 8 + 11,
        .slice_type = V4L2_H264_SLICE_TYPE_P,
        .cabac_init_idc = 1,
        .slice_qp_delta = -3,
        .slice_alpha_c0_offset_div2 = -2,
        .slice_beta_offset_div2 = 3,
        .num_ref_idx_l0_active_minus1 = 1,
        .ref_pic_list0 = {{.fields = V4L2_H264_FRAME_REF, .index = 1},
                          {.fields = V4L2_H264_FRAME_REF, .index = 0}},
    };
    const struct v4l2_ctrl_h264_pred_weights weights = {
        .luma_log2_weight_denom = 2,
        .weight_factors[0] = {.luma_weight = {5, 4},
                              .luma_offset = {-1, 0},
                              .chroma_weight = {{1, 1}, {2, -1}},
                              .chroma_offset = {{0, 0}, {1, 0}}},
    };

    (void)state;
    golden_open(&golden, "h264", VAProfileH264High);
    decode_idr(&golden, 0);
    decode_p_frame(&golden, 1);

    golden_h264_scaling_lists(&iq, &scaling);
    golden_h264_no_slice(&slice);
    pic.CurrPic = (VAPictureH264){.picture_id = GOLDEN_SURFACE(2),
                                  .flags = VA_PICTURE_H264_SHORT_TERM_REFERENCE,
                                  .TopFieldOrderCnt = 32,
                                  .BottomFieldOrderCnt = 32};
    pic.ReferenceFrames[0] = (VAPictureH264){.picture_id = GOLDEN_SURFACE(0),
                                             .flags = VA_PICTURE_H264_LONG_TERM_REFERENCE};
    pic.ReferenceFrames[1] = (VAPictureH264){.picture_id = GOLDEN_SURFACE(1),
                                             .frame_idx = 15,
                                             .flags = VA_PICTURE_H264_SHORT_TERM_REFERENCE,
                                             .TopFieldOrderCnt = 30,
                                             .BottomFieldOrderCnt = 30};
    slice.slice_type = 5;
    slice.num_ref_idx_l0_active_minus1 = 1;
    slice.cabac_init_idc = 1;
    slice.slice_qp_delta = -3;
    slice.slice_alpha_c0_offset_div2 = -2;
    slice.slice_beta_offset_div2 = 3;
    slice.RefPicList0[0] = pic.ReferenceFrames[1];
    slice.RefPicList0[1] = pic.ReferenceFrames[0];
    slice.luma_log2_weight_denom = 2;
    slice.luma_weight_l0_flag = 1;
    slice.chroma_weight_l0_flag = 1;
    slice.luma_weight_l0[0] = 5;
    slice.luma_offset_l0[0] = -1;
    slice.luma_weight_l0[1] = 4;
    slice.chroma_weight_l0[0][0] = 1;
    slice.chroma_weight_l0[0][1] = 1;
    slice.chroma_weight_l0[1][0] = 2;
    slice.chroma_weight_l0[1][1] = -1;
    slice.chroma_offset_l0[1][0] = 1;
    golden_begin(&golden, 2);
    golden_render(&golden, VAIQMatrixBufferType, &iq);
    golden_h264_build(&golden, &pic, &slice,
                      "0 10 00001 "
                      "1 00110 1 " /* first_mb_in_slice 0, slice_type 5, pic_parameter_set_id 0 */
                      "0000 "      /* frame_num 0 */
                      "100000 "    /* pic_order_cnt_lsb 32 */
                      "0 0 "       /* no override, no modification */
                      "011 1 "     /* luma_log2_weight_denom 2, chroma_log2_weight_denom 0 */
                      "1 0001010 011 0 " /* [0]: luma weight 5, offset -1; no chroma weights */
                      "0 1 00100 010 "   /* [1]: no luma weight; Cb weight 2, offset 1, */
                      "011 1 "           /* Cr weight -1, offset 0 */
                      "0 "               /* no adaptive marking */
                      "010 00111 "       /* cabac_init_idc 1, slice_qp_delta -3 */
                      "1 00101 00110");  /* deblocking: 0, -2, 3 */
    golden_assert(&golden, V4L2_CID_STATELESS_H264_SPS, &frame_sps, sizeof(frame_sps));
    golden_h264_assert_pps(&golden, frame_pps, 1);
    golden_h264_assert_scaling_matrix(&golden, &scaling);
    golden_h264_assert_decode_params(&golden, &decode);
    golden_h264_assert_slice_params(&golden, params);
    golden_assert(&golden, V4L2_CID_STATELESS_H264_PRED_WEIGHTS, &weights, sizeof(weights));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idr_frame),
        cmocka_unit_test(p_frame_with_two_references),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
