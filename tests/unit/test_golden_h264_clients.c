/* SPDX-License-Identifier: MIT */
/*
 * H.264 from clients that give VA something else than the standard's syntax element of that name
 * (docs/players.md). The stream: 64x64, CAVLC, log2_max_frame_num_minus4 0, picture parameter set 0
 * with neither deblocking control nor default reference counts above 1.
 */
#include <stdio.h>
#include <string.h>

#include "golden_h264.h"

static VAPictureParameterBufferH264 stream_picture(unsigned surface, uint16_t frame_num)
{
    VAPictureParameterBufferH264 pic;

    memset(&pic, 0, sizeof(pic));
    golden_h264_no_picture(pic.ReferenceFrames, 16);
    pic.CurrPic = (VAPictureH264){.picture_id = GOLDEN_SURFACE(surface),
                                  .frame_idx = frame_num,
                                  .flags = VA_PICTURE_H264_SHORT_TERM_REFERENCE};
    pic.frame_num = frame_num;
    pic.picture_width_in_mbs_minus1 = 3;
    pic.picture_height_in_mbs_minus1 = 3;
    pic.num_ref_frames = 3;
    pic.seq_fields.bits.chroma_format_idc = 1;
    pic.seq_fields.bits.frame_mbs_only_flag = 1;
    pic.seq_fields.bits.direct_8x8_inference_flag = 1;
    pic.seq_fields.bits.pic_order_cnt_type = 2;
    pic.pic_fields.bits.reference_pic_flag = 1;
    return pic;
}

/* A picture of 8 to 10 bits and what VA says of its quantizers. */
struct quantizers {
    unsigned depth;
    unsigned pic_order_cnt_type;
    bool idr;
    int32_t order; /* CurrPic.TopFieldOrderCnt */
    int8_t qp, qs; /* pic_init_qp_minus26, pic_init_qs_minus26 */
    const char *slice_qp_delta;
};

#define NO_DELTA "1"
#define PLUS_6   "0001100"
#define MINUS_7  "0001111"

/* Builds an I picture and holds the PPS control against what the bitstream has. */
static void assert_quantizers(struct golden *golden, struct quantizers va, int qp, int qs)
{
    VAPictureParameterBufferH264 pic = stream_picture(0, 0);
    VASliceParameterBufferH264 slice;
    const struct v4l2_ctrl_h264_pps *pps;
    char bits[128];

    pic.bit_depth_luma_minus8 = pic.bit_depth_chroma_minus8 = (uint8_t)(va.depth - 8);
    pic.seq_fields.bits.pic_order_cnt_type = va.pic_order_cnt_type;
    pic.CurrPic.TopFieldOrderCnt = pic.CurrPic.BottomFieldOrderCnt = va.order;
    pic.pic_init_qp_minus26 = va.qp;
    pic.pic_init_qs_minus26 = va.qs;
    golden_h264_no_slice(&slice);
    slice.slice_type = 2;
    /* first_mb_in_slice 0, slice_type 2, pic_parameter_set_id 0, frame_num 0; idr_pic_id 0;
     * pic_order_cnt_lsb 0; dec_ref_pic_marking() */
    snprintf(bits, sizeof(bits), "0 11 %s 1 011 1 0000 %s %s %s %s", va.idr ? "00101" : "00001",
             va.idr ? "1" : "", va.pic_order_cnt_type ? "" : "0000", va.idr ? "00" : "0",
             va.slice_qp_delta);
    golden_begin(golden, 0);
    golden_h264_build(golden, &pic, &slice, bits);
    pps = golden_payload(golden, V4L2_CID_STATELESS_H264_PPS);
    assert_int_equal(pps->pic_init_qp_minus26, qp);
    assert_int_equal(pps->pic_init_qs_minus26, qs);
}

/* As encoders write it, the stream's pic_init_qs_minus26 is 0. */
static void high10_told_by_qs(void **state)
{
    static struct golden golden;

    (void)state;
    golden_open(&golden, "h264", VAProfileH264High);
    assert_quantizers(&golden, (struct quantizers){10, 2, true, 0, 7, 12, NO_DELTA}, -5, 0);
    assert_quantizers(&golden, (struct quantizers){10, 2, false, 0, 7, 12, NO_DELTA}, -5, 0);
    assert_quantizers(&golden, (struct quantizers){9, 2, true, 0, 7, 6, NO_DELTA}, 1, 0);
    golden_open(&golden, "h264", VAProfileH264High);
    assert_quantizers(&golden, (struct quantizers){10, 2, true, 0, 7, 0, NO_DELTA}, 7, 0);
    assert_quantizers(&golden, (struct quantizers){9, 2, true, 0, 7, 0, NO_DELTA}, 7, 0);
    assert_quantizers(&golden, (struct quantizers){8, 2, true, 0, 7, 12, NO_DELTA}, 7, 12);
}

/* An IDR picture of type 0 tells the client, whatever the stream has in pic_init_qs_minus26. */
static void high10_told_by_order(void **state)
{
    static struct golden golden;

    (void)state;
    golden_open(&golden, "h264", VAProfileH264High);
    assert_quantizers(&golden, (struct quantizers){10, 0, true, 65536, 7, 0, NO_DELTA}, -5, -12);
    assert_quantizers(&golden, (struct quantizers){10, 0, false, 65536, 7, 17, NO_DELTA}, -5, 5);
    assert_quantizers(&golden, (struct quantizers){10, 2, true, 0, 7, 0, NO_DELTA}, -5, -12);
    golden_open(&golden, "h264", VAProfileH264High);
    assert_quantizers(&golden, (struct quantizers){10, 0, true, 0, 7, 12, NO_DELTA}, 7, 12);
    /* A damaged slice does not change that. */
    assert_quantizers(&golden, (struct quantizers){10, 0, false, 0, 20, 12, PLUS_6}, 20, 12);
    assert_quantizers(&golden, (struct quantizers){10, 0, false, 0, 20, 0, NO_DELTA}, 20, 0);
}

/* What is out of range in one reading (7.4.2.2, 7.4.3) leaves the other, from then on. */
static void high10_told_by_range(void **state)
{
    static struct golden golden;

    (void)state;
    golden_open(&golden, "h264", VAProfileH264High);
    /* SliceQPY would be 52. */
    assert_quantizers(&golden, (struct quantizers){10, 2, true, 0, 20, 0, PLUS_6}, 8, -12);
    assert_quantizers(&golden, (struct quantizers){10, 2, false, 0, 20, 0, NO_DELTA}, 8, -12);
    /* SliceQPY would be -13. */
    assert_quantizers(&golden, (struct quantizers){10, 2, true, 0, -20, 12, MINUS_7}, -20, 12);
    assert_quantizers(&golden, (struct quantizers){10, 2, false, 0, -20, 12, NO_DELTA}, -20, 12);
    golden_open(&golden, "h264", VAProfileH264High);
    assert_quantizers(&golden, (struct quantizers){10, 2, true, 0, 26, 0, NO_DELTA}, 14, -12);
    golden_open(&golden, "h264", VAProfileH264High);
    assert_quantizers(&golden, (struct quantizers){10, 2, true, 0, -27, 12, NO_DELTA}, -27, 12);
    golden_open(&golden, "h264", VAProfileH264High);
    assert_quantizers(&golden, (struct quantizers){10, 2, true, 0, 7, 26, NO_DELTA}, -5, 14);
    golden_open(&golden, "h264", VAProfileH264High);
    assert_quantizers(&golden, (struct quantizers){10, 2, true, 0, 7, -15, NO_DELTA}, 7, -15);
    assert_quantizers(&golden, (struct quantizers){10, 2, true, 0, 7, 12, NO_DELTA}, 7, 12);
}

/* One reference frame as Chromium names it: frame_idx is frame_num, marked how it may be. */
static VAPictureH264 reference(unsigned surface, uint16_t frame_num, bool long_term)
{
    return (VAPictureH264){.picture_id = GOLDEN_SURFACE(surface),
                           .frame_idx = frame_num,
                           .flags = long_term ? VA_PICTURE_H264_LONG_TERM_REFERENCE
                                              : VA_PICTURE_H264_SHORT_TERM_REFERENCE};
}

/* Builds a picture that the kernel then takes. */
static void decode(struct golden *golden, const VAPictureParameterBufferH264 *pic,
                   VASliceParameterBufferH264 *slice, const char *bits)
{
    golden_begin(golden, pic->CurrPic.picture_id - GOLDEN_SURFACE(0));
    golden_h264_build(golden, pic, slice, bits);
    golden->codec->commit(&golden->picture);
}

/* A P picture with one reference in list 0, whose dec_ref_pic_marking() is `marking`. */
static void decode_p(struct golden *golden, VAPictureParameterBufferH264 pic, const char *marking)
{
    const bool field = pic.pic_fields.bits.field_pic_flag;
    const bool bottom = pic.CurrPic.flags & VA_PICTURE_H264_BOTTOM_FIELD;
    VASliceParameterBufferH264 slice;
    char bits[256];

    golden_h264_no_slice(&slice);
    slice.RefPicList0[0] = pic.ReferenceFrames[0];
    /* first_mb_in_slice 0, slice_type 0, pic_parameter_set_id 0, frame_num; field; one reference in
     * force, no modification; marking; slice_qp_delta 0 */
    snprintf(bits, sizeof(bits), "0 10 00001 1 1 1 %u%u%u%u %s 11 0 %s 1", pic.frame_num >> 3 & 1,
             pic.frame_num >> 2 & 1, pic.frame_num >> 1 & 1, pic.frame_num & 1,
             !field   ? ""
             : bottom ? "11"
                      : "10",
             marking);
    decode(golden, &pic, &slice, bits);
}

static void decode_idr(struct golden *golden, VAPictureParameterBufferH264 pic, const char *rest)
{
    VASliceParameterBufferH264 slice;
    char bits[128];

    golden_h264_no_slice(&slice);
    slice.slice_type = 2;
    snprintf(bits, sizeof(bits), "0 11 00101 1 011 1 0000 %s 1", rest);
    decode(golden, &pic, &slice, bits);
}

static void assert_numbers(const struct golden *golden, unsigned entry, int frame_num, int pic_num)
{
    const struct v4l2_ctrl_h264_decode_params *decode =
        golden_payload(golden, V4L2_CID_STATELESS_H264_DECODE_PARAMS);

    assert_int_equal(decode->dpb[entry].frame_num, frame_num);
    assert_int_equal((int32_t)decode->dpb[entry].pic_num, pic_num);
}

#define SLIDING    "0"
#define END        " 1"
#define MMCO2      " 011 "   /* long_term_pic_num */
#define MMCO3      " 00100 " /* difference_of_pic_nums_minus1, long_term_frame_idx */
#define MMCO4_TO_3 " 00101 00101"
#define MMCO6      " 00111 " /* long_term_frame_idx */
#define UE_0       "1 "
#define UE_1       "010 "
#define UE_2       "011 "

static void long_term_frames(void **state)
{
    static struct golden golden;
    VAPictureParameterBufferH264 pic;

    (void)state;
    golden_open(&golden, "h264", VAProfileH264Main);
    decode_idr(&golden, stream_picture(0, 0), "1 00");

    /* The frame before becomes LongTermFrameIdx 2, this one 1; here it is a short-term one yet. */
    pic = stream_picture(1, 1);
    pic.ReferenceFrames[0] = reference(0, 0, false);
    decode_p(&golden, pic, "1" MMCO4_TO_3 MMCO3 UE_0 UE_2 MMCO6 UE_1 END);
    assert_numbers(&golden, 0, 0, 0);

    /* This frame takes 1 over, when it is decoded. */
    pic = stream_picture(2, 2);
    pic.ReferenceFrames[0] = reference(0, 0, true);
    pic.ReferenceFrames[1] = reference(1, 1, true);
    decode_p(&golden, pic, "1" MMCO2 UE_1 MMCO6 UE_1 END);
    assert_numbers(&golden, 0, 2, 2);
    assert_numbers(&golden, 1, 1, 1);

    /* The sliding window touches no long-term reference. */
    pic = stream_picture(3, 3);
    pic.ReferenceFrames[0] = reference(0, 0, true);
    pic.ReferenceFrames[1] = reference(2, 2, true);
    decode_p(&golden, pic, SLIDING);
    assert_numbers(&golden, 0, 2, 2);
    assert_numbers(&golden, 1, 1, 1);

    /* Another client gives the same numbers in VA, and frame_num has wrapped (8-27). */
    pic = stream_picture(1, 1);
    pic.ReferenceFrames[0] = reference(0, 2, true);
    pic.ReferenceFrames[1] = reference(2, 1, true);
    pic.ReferenceFrames[2] = reference(3, 3, false);
    decode_p(&golden, pic, "1" MMCO3 "0001110 " /* 13: PicNum 1 - 14 */ UE_0 END);
    assert_numbers(&golden, 0, 2, 2);
    assert_numbers(&golden, 1, 1, 1);
    assert_numbers(&golden, 2, 3, 3 - 16);

    pic = stream_picture(2, 2);
    pic.ReferenceFrames[0] = reference(3, 3, true);
    decode_p(&golden, pic, SLIDING);
    assert_numbers(&golden, 0, 0, 0);
}

/* 8.2.5.1; and a frame whose marking the context has not seen has the client's number. */
static void long_term_idr_and_unseen(void **state)
{
    static struct golden golden;
    VAPictureParameterBufferH264 pic;

    (void)state;
    golden_open(&golden, "h264", VAProfileH264Main);
    decode_idr(&golden, stream_picture(0, 0), "1 01");
    pic = stream_picture(1, 5);
    pic.ReferenceFrames[0] = reference(0, 7, true);
    decode_p(&golden, pic, SLIDING);
    assert_numbers(&golden, 0, 0, 0);

    pic = stream_picture(2, 6);
    pic.ReferenceFrames[0] = reference(1, 2, true);
    decode_p(&golden, pic, SLIDING);
    assert_numbers(&golden, 0, 2, 2);
}

static VAPictureParameterBufferH264 field_picture(unsigned surface, uint16_t frame_num, bool bottom)
{
    VAPictureParameterBufferH264 pic = stream_picture(surface, frame_num);

    pic.seq_fields.bits.frame_mbs_only_flag = 0;
    pic.pic_fields.bits.field_pic_flag = 1;
    pic.CurrPic.flags |= bottom ? VA_PICTURE_H264_BOTTOM_FIELD : VA_PICTURE_H264_TOP_FIELD;
    return pic;
}

/* Field pairs: one LongTermFrameIdx for both fields (8.2.5.4.3, 8.2.5.4.6). */
static void long_term_fields(void **state)
{
    static struct golden golden;
    VAPictureParameterBufferH264 pic;

    (void)state;
    golden_open(&golden, "h264", VAProfileH264Main);
    decode_idr(&golden, field_picture(0, 0, false), "10 1 00");
    /* The second field marks the first, and itself. CurrPicNum 1, the top field has PicNum 0. */
    pic = field_picture(0, 0, true);
    pic.ReferenceFrames[0] = reference(0, 0, false);
    pic.ReferenceFrames[0].flags |= VA_PICTURE_H264_TOP_FIELD;
    decode_p(&golden, pic, "1" MMCO4_TO_3 MMCO3 UE_0 UE_2 MMCO6 UE_2 END);

    pic = field_picture(1, 1, false);
    pic.ReferenceFrames[0] = reference(0, 0, true);
    decode_p(&golden, pic, SLIDING);
    assert_numbers(&golden, 0, 2, 2 * 2 + 1); /* LongTermPicNum of the same parity (8-32) */
    pic = field_picture(1, 1, true);
    pic.ReferenceFrames[0] = reference(0, 0, true);
    pic.ReferenceFrames[1] = reference(1, 1, false);
    pic.ReferenceFrames[1].flags |= VA_PICTURE_H264_TOP_FIELD;
    decode_p(&golden, pic, SLIDING);

    /* The next frame's first field marks both fields of that one: CurrPicNum 5, their PicNums are
     * 3 and 2. */
    pic = field_picture(2, 2, false);
    pic.ReferenceFrames[0] = reference(1, 1, false);
    pic.ReferenceFrames[1] = reference(0, 0, true);
    decode_p(&golden, pic, "1" MMCO3 UE_2 UE_1 MMCO3 UE_1 UE_1 END);
    pic = field_picture(2, 2, true);
    pic.ReferenceFrames[0] = reference(1, 1, true);
    pic.ReferenceFrames[1] = reference(0, 0, true);
    decode_p(&golden, pic, SLIDING);
    assert_numbers(&golden, 0, 1, 2 * 1); /* of the opposite parity (8-33) */
    assert_numbers(&golden, 1, 2, 2 * 2);
}

/* Chromium: all flags of VA's weights are 0, its arrays complete. The slice's own flags differ from
 * reference to reference. */
static void weights_without_flags(void **state)
{
    static struct golden golden;
    VAPictureParameterBufferH264 pic = stream_picture(1, 1);
    VASliceParameterBufferH264 slice;
    const struct v4l2_ctrl_h264_pred_weights weights = {
        .luma_log2_weight_denom = 2,
        .chroma_log2_weight_denom = 1,
        .weight_factors[0] = {.luma_weight = {5, 4},
                              .luma_offset = {-1, 0},
                              .chroma_weight = {{2, 2}, {3, -1}},
                              .chroma_offset = {{0, 0}, {1, 0}}},
    };

    (void)state;
    golden_open(&golden, "h264", VAProfileH264Main);
    decode_idr(&golden, stream_picture(0, 0), "1 00");
    golden_h264_no_slice(&slice);
    pic.pic_fields.bits.weighted_pred_flag = 1;
    pic.ReferenceFrames[0] = reference(0, 0, false);
    slice.num_ref_idx_l0_active_minus1 = 1;
    slice.RefPicList0[0] = slice.RefPicList0[1] = pic.ReferenceFrames[0];
    slice.luma_log2_weight_denom = 2;
    slice.chroma_log2_weight_denom = 1;
    for (unsigned i = 0; i < 2; i++) {
        slice.luma_weight_l0[i] = weights.weight_factors[0].luma_weight[i];
        slice.luma_offset_l0[i] = weights.weight_factors[0].luma_offset[i];
        for (unsigned j = 0; j < 2; j++) {
            slice.chroma_weight_l0[i][j] = weights.weight_factors[0].chroma_weight[i][j];
            slice.chroma_offset_l0[i][j] = weights.weight_factors[0].chroma_offset[i][j];
        }
    }
    golden_begin(&golden, 1);
    golden_h264_build(&golden, &pic, &slice,
                      "0 10 00001 1 1 1 0001 1 010 0 " /* two references in force */
                      "011 010 "                       /* luma_log2_weight_denom 2, chroma 1 */
                      "1 0001010 011 0 "     /* [0]: luma weight 5, offset -1; no chroma weights */
                      "0 1 00110 010 011 1 " /* [1]: no luma; Cb 3, offset 1; Cr -1, offset 0 */
                      "0 1");                /* sliding window, slice_qp_delta 0 */
    golden_assert(&golden, V4L2_CID_STATELESS_H264_PRED_WEIGHTS, &weights, sizeof(weights));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(high10_told_by_qs),        cmocka_unit_test(high10_told_by_order),
        cmocka_unit_test(high10_told_by_range),     cmocka_unit_test(long_term_frames),
        cmocka_unit_test(long_term_idr_and_unseen), cmocka_unit_test(long_term_fields),
        cmocka_unit_test(weights_without_flags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
