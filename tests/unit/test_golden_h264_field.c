/* SPDX-License-Identifier: MIT */
/*
 * Golden payloads for H.264: a field-coded stream, 64x64 at level 2.1. The slice headers are
 * written bit by bit (7.3.3); everything in VA's structs and the kernel's follows from the syntax
 * named in the comments.
 */
#include <string.h>

#include "golden_h264.h"

/*
 * The field-coded stream. profile_idc 77, level_idc 21 (the lowest with fields, table A-4),
 * log2_max_frame_num_minus4 0, pic_order_cnt_type 0, log2_max_pic_order_cnt_lsb_minus4 0,
 * max_num_ref_frames 1, 4 macroblocks by 2 map units, frame_mbs_only_flag 0,
 * mb_adaptive_frame_field_flag 1, direct_8x8_inference_flag 1; CABAC,
 * bottom_field_pic_order_in_frame_present_flag 1, weighted_bipred_idc 2.
 */
static VAPictureParameterBufferH264 field_picture(void)
{
    VAPictureParameterBufferH264 pic;

    memset(&pic, 0, sizeof(pic));
    golden_h264_no_picture(pic.ReferenceFrames, 16);
    pic.picture_width_in_mbs_minus1 = 3;
    pic.picture_height_in_mbs_minus1 = 3;
    pic.num_ref_frames = 1;
    pic.seq_fields.bits.chroma_format_idc = 1;
    pic.seq_fields.bits.mb_adaptive_frame_field_flag = 1;
    pic.seq_fields.bits.direct_8x8_inference_flag = 1;
    pic.pic_fields.bits.entropy_coding_mode_flag = 1;
    pic.pic_fields.bits.weighted_bipred_idc = 2;
    pic.pic_fields.bits.field_pic_flag = 1;
    pic.pic_fields.bits.pic_order_present_flag = 1;
    pic.pic_fields.bits.reference_pic_flag = 1;
    pic.frame_num = 3;
    return pic;
}

static const struct v4l2_ctrl_h264_sps field_sps = {
    .profile_idc = 77,
    .level_idc = 21,
    .chroma_format_idc = 1,
    .max_num_ref_frames = 1,
    .pic_width_in_mbs_minus1 = 3,
    .pic_height_in_map_units_minus1 = 1,
    .flags = V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD | V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE,
};

static const struct v4l2_ctrl_h264_pps field_pps = {
    .weighted_bipred_idc = 2,
    .flags = V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE |
             V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT,
};

/* The top field of a frame in the middle of the stream: I slice, frame_num 3, POC 12. */
static void decode_top_field(struct golden *golden, unsigned surface)
{
    VAPictureParameterBufferH264 pic = field_picture();
    VASliceParameterBufferH264 slice;

    golden_h264_no_slice(&slice);
    pic.CurrPic =
        (VAPictureH264){.picture_id = GOLDEN_SURFACE(surface),
                        .frame_idx = 3,
                        .flags = VA_PICTURE_H264_TOP_FIELD | VA_PICTURE_H264_SHORT_TERM_REFERENCE,
                        .TopFieldOrderCnt = 12};
    slice.slice_type = 2;
    golden_begin(golden, surface);
    golden_h264_build(golden, &pic, &slice,
                      "0 11 00001 "
                      "1 011 1 "  /* first_mb_in_slice 0, slice_type 2, pic_parameter_set_id 0 */
                      "0011 1 0 " /* frame_num 3, field_pic_flag 1, bottom_field_flag 0 */
                      "1100 "     /* pic_order_cnt_lsb 12 */
                      "0 1");     /* no adaptive marking; slice_qp_delta 0 */
}

static void first_field(void **state)
{
    static struct golden golden;
    const struct v4l2_ctrl_h264_decode_params decode = {
        .nal_ref_idc = 3,
        .frame_num = 3,
        .top_field_order_cnt = 12,
        .pic_order_cnt_lsb = 12,
        .dec_ref_pic_marking_bit_size = 1,
        .pic_order_cnt_bit_size = 4,
        .flags = V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC,
    };
    const struct v4l2_ctrl_h264_slice_params slice = {
        .header_bit_size = 8 + 5 + 6 + 4 + 2,
        .slice_type = V4L2_H264_SLICE_TYPE_I,
    };

    (void)state;
    golden_open(&golden, "h264", VAProfileH264Main);
    decode_top_field(&golden, 0);
    golden_assert_format(&golden, (struct coded_format){64, 64, 8});
    golden_assert(&golden, V4L2_CID_STATELESS_H264_SPS, &field_sps, sizeof(field_sps));
    golden_h264_assert_pps(&golden, field_pps, 0);
    golden_h264_assert_decode_params(&golden, &decode);
    golden_h264_assert_slice_params(&golden, slice);
}

/*
 * Its bottom field: P slice, POC 13, which refers to the top field, of the other parity: PicNum is
 * 2 * FrameNumWrap (8-31).
 */
static void second_field(void **state)
{
    static struct golden golden;
    VAPictureParameterBufferH264 pic = field_picture();
    VASliceParameterBufferH264 slice;
    const struct v4l2_ctrl_h264_decode_params decode = {
        .dpb = {{.reference_ts = 1000,
                 .pic_num = 6,
                 .frame_num = 3,
                 .fields = V4L2_H264_TOP_FIELD_REF,
                 .top_field_order_cnt = 12,
                 .flags = V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE |
                          V4L2_H264_DPB_ENTRY_FLAG_FIELD}},
        .nal_ref_idc = 2,
        .frame_num = 3,
        .top_field_order_cnt = 12,
        .bottom_field_order_cnt = 13,
        .pic_order_cnt_lsb = 13,
        .dec_ref_pic_marking_bit_size = 1,
        .pic_order_cnt_bit_size = 4,
        .flags = V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC | V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD |
                 V4L2_H264_DECODE_PARAM_FLAG_PFRAME,
    };
    const struct v4l2_ctrl_h264_slice_params params = {
        .header_bit_size = 8 + 7 + 6 + 4 + 3 + 1 + 4,
        .slice_type = V4L2_H264_SLICE_TYPE_P,
        .slice_qp_delta = -1,
        .ref_pic_list0 = {{.fields = V4L2_H264_TOP_FIELD_REF, .index = 0}},
    };

    (void)state;
    golden_open(&golden, "h264", VAProfileH264Main);
    decode_top_field(&golden, 0);
    golden_h264_no_slice(&slice);
    pic.CurrPic = (VAPictureH264){.picture_id = GOLDEN_SURFACE(0),
                                  .frame_idx = 3,
                                  .flags = VA_PICTURE_H264_BOTTOM_FIELD |
                                           VA_PICTURE_H264_SHORT_TERM_REFERENCE,
                                  .TopFieldOrderCnt = 12,
                                  .BottomFieldOrderCnt = 13};
    pic.ReferenceFrames[0] =
        (VAPictureH264){.picture_id = GOLDEN_SURFACE(0),
                        .frame_idx = 3,
                        .flags = VA_PICTURE_H264_TOP_FIELD | VA_PICTURE_H264_SHORT_TERM_REFERENCE,
                        .TopFieldOrderCnt = 12};
    slice.RefPicList0[0] = pic.ReferenceFrames[0];
    slice.slice_type = 5;
    slice.slice_qp_delta = -1;
    golden_begin(&golden, 0);
    golden_h264_build(
        &golden, &pic, &slice,
        "0 10 00001 "
        "1 00110 1 " /* first_mb_in_slice 0, slice_type 5, pic_parameter_set_id 0 */
        "0011 1 1 "  /* frame_num 3, field_pic_flag 1, bottom_field_flag 1 */
        "1101 "      /* pic_order_cnt_lsb 13 */
        "1 1 0 "     /* num_ref_idx_active_override_flag: one reference; no modification */
        "0 "         /* no adaptive marking */
        "1 011");    /* cabac_init_idc 0, slice_qp_delta -1 */
    golden_assert(&golden, V4L2_CID_STATELESS_H264_SPS, &field_sps, sizeof(field_sps));
    golden_h264_assert_pps(&golden, field_pps, 0);
    golden_h264_assert_decode_params(&golden, &decode);
    golden_h264_assert_slice_params(&golden, params);
}

/* A frame picture of the same stream: I slice, frame_num 4, MBAFF, POC 14 and 15. */
static void mbaff_frame(void **state)
{
    static struct golden golden;
    VAPictureParameterBufferH264 pic = field_picture();
    VASliceParameterBufferH264 slice;
    const struct v4l2_ctrl_h264_decode_params decode = {
        .nal_ref_idc = 3,
        .frame_num = 4,
        .top_field_order_cnt = 14,
        .bottom_field_order_cnt = 15,
        .pic_order_cnt_lsb = 14,
        .delta_pic_order_cnt_bottom = 1,
        .dec_ref_pic_marking_bit_size = 1,
        .pic_order_cnt_bit_size = 7,
    };
    const struct v4l2_ctrl_h264_slice_params params = {
        .header_bit_size = 8 + 5 + 5 + 7 + 2,
        .slice_type = V4L2_H264_SLICE_TYPE_I,
    };

    (void)state;
    golden_open(&golden, "h264", VAProfileH264Main);
    golden_h264_no_slice(&slice);
    pic.pic_fields.bits.field_pic_flag = 0;
    pic.frame_num = 4;
    pic.CurrPic = (VAPictureH264){.picture_id = GOLDEN_SURFACE(0),
                                  .frame_idx = 4,
                                  .flags = VA_PICTURE_H264_SHORT_TERM_REFERENCE,
                                  .TopFieldOrderCnt = 14,
                                  .BottomFieldOrderCnt = 15};
    slice.slice_type = 2;
    golden_begin(&golden, 0);
    golden_h264_build(&golden, &pic, &slice,
                      "0 11 00001 "
                      "1 011 1 "  /* first_mb_in_slice 0, slice_type 2, pic_parameter_set_id 0 */
                      "0100 0 "   /* frame_num 4, field_pic_flag 0 */
                      "1110 010 " /* pic_order_cnt_lsb 14, delta_pic_order_cnt_bottom 1 */
                      "0 1");     /* no adaptive marking; slice_qp_delta 0 */
    golden_assert(&golden, V4L2_CID_STATELESS_H264_SPS, &field_sps, sizeof(field_sps));
    golden_h264_assert_decode_params(&golden, &decode);
    golden_h264_assert_slice_params(&golden, params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_field),
        cmocka_unit_test(second_field),
        cmocka_unit_test(mbaff_frame),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
