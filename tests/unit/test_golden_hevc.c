/* SPDX-License-Identifier: MIT */
/*
 * Golden payloads for HEVC: a B slice of a 416x240 wavefront stream, one of whose references is a
 * long-term picture, with gaps in VA's list of references.
 */
#include <string.h>

#include "codec/hevc.h"
#include "golden.h"

/* slice_segment_header() by hand (7.3.6.1); the sizes are those of the parameters below. */
static const char slice_bits[] = "0 000001 000000 001 1 1" /* TRAIL_R, first, PPS 0 */
                                 " 1 00000101 1 10"        /* B, LSBs 5, the SPS's set 2 of 3 */
                                 " 010 00000000 1 0"       /* one long-term picture: 0, used */
                                 " 1 1 1 1 010 1"          /* MVP, SAO; 2 and 1 references */
                                 " 0 0 1 010 1"            /* collocated of list 1; QP 1, across */
                                 " 010 0001000 01100011"   /* an entry point of 8 bits: 100 */
                                 " 1000";                  /* byte_alignment(), to 80 bits */
#define HEADER_BYTES     10
#define SLICE_DATA_BYTES 20

static VAPictureParameterBufferHEVC picture(void)
{
    VAPictureParameterBufferHEVC pic;

    memset(&pic, 0, sizeof(pic));
    for (unsigned i = 0; i < 15; i++) {
        pic.ReferenceFrames[i].picture_id = VA_INVALID_SURFACE;
        pic.ReferenceFrames[i].flags = VA_PICTURE_HEVC_INVALID;
    }
    pic.CurrPic = (VAPictureHEVC){.picture_id = GOLDEN_SURFACE(3), .pic_order_cnt = 5};
    pic.ReferenceFrames[1] = (VAPictureHEVC){.picture_id = GOLDEN_SURFACE(2),
                                             .pic_order_cnt = 8,
                                             .flags = VA_PICTURE_HEVC_RPS_ST_CURR_AFTER};
    pic.ReferenceFrames[2] =
        (VAPictureHEVC){.picture_id = GOLDEN_SURFACE(0),
                        .flags = VA_PICTURE_HEVC_RPS_LT_CURR | VA_PICTURE_HEVC_LONG_TERM_REFERENCE};
    pic.ReferenceFrames[3] = (VAPictureHEVC){.picture_id = GOLDEN_SURFACE(1),
                                             .pic_order_cnt = 4,
                                             .flags = VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE};
    pic.pic_width_in_luma_samples = 416;
    pic.pic_height_in_luma_samples = 240;
    pic.pic_fields.bits.chroma_format_idc = 1;
    pic.pic_fields.bits.entropy_coding_sync_enabled_flag = 1;
    pic.pic_fields.bits.pps_loop_filter_across_slices_enabled_flag = 1;
    pic.sps_max_dec_pic_buffering_minus1 = 4;
    pic.log2_diff_max_min_luma_coding_block_size = 3;
    pic.log2_diff_max_min_transform_block_size = 3;
    pic.max_transform_hierarchy_depth_inter = 2;
    pic.init_qp_minus26 = -3;
    pic.slice_parsing_fields.bits.long_term_ref_pics_present_flag = 1;
    pic.slice_parsing_fields.bits.sps_temporal_mvp_enabled_flag = 1;
    pic.slice_parsing_fields.bits.sample_adaptive_offset_enabled_flag = 1;
    pic.log2_max_pic_order_cnt_lsb_minus4 = 4;
    pic.num_short_term_ref_pic_sets = 3;
    return pic;
}

static VASliceParameterBufferHEVC slice(void)
{
    VASliceParameterBufferHEVC s;

    memset(&s, 0, sizeof(s));
    memset(s.RefPicList, 0xff, sizeof(s.RefPicList));
    s.RefPicList[0][0] = 3; /* RefPicSetStCurrBefore, then RefPicSetStCurrAfter (8-8) */
    s.RefPicList[0][1] = 1;
    s.RefPicList[1][0] = 1; /* RefPicSetStCurrAfter (8-10) */
    s.LongSliceFlags.fields.slice_type = 0;
    s.LongSliceFlags.fields.slice_sao_luma_flag = 1;
    s.LongSliceFlags.fields.slice_sao_chroma_flag = 1;
    s.LongSliceFlags.fields.slice_loop_filter_across_slices_enabled_flag = 1;
    s.num_ref_idx_l0_active_minus1 = 1;
    s.slice_qp_delta = 1;
    return s;
}

static void assert_sets(const struct golden *golden)
{
    const struct v4l2_ctrl_hevc_sps sps = {
        .pic_width_in_luma_samples = 416,
        .pic_height_in_luma_samples = 240,
        .log2_max_pic_order_cnt_lsb_minus4 = 4,
        .sps_max_dec_pic_buffering_minus1 = 4,
        .sps_max_num_reorder_pics = 4, /* VA says only that it is not 0 */
        .log2_diff_max_min_luma_coding_block_size = 3,
        .log2_diff_max_min_luma_transform_block_size = 3,
        .max_transform_hierarchy_depth_inter = 2,
        .num_short_term_ref_pic_sets = 3,
        .chroma_format_idc = 1,
        .flags = V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET |
                 V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT |
                 V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED,
    };
    const struct v4l2_ctrl_hevc_pps pps = {
        .init_qp_minus26 = -3,
        .flags = V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED |
                 V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED |
                 V4L2_HEVC_PPS_FLAG_UNIFORM_SPACING, /* inferred without tiles */
    };

    golden_assert(golden, V4L2_CID_STATELESS_HEVC_SPS, &sps, sizeof(sps));
    golden_assert(golden, V4L2_CID_STATELESS_HEVC_PPS, &pps, sizeof(pps));
}

static void assert_decode_params(const struct golden *golden)
{
    struct v4l2_ctrl_hevc_decode_params expected;

    memset(&expected, 0, sizeof(expected));
    expected.pic_order_cnt_val = 5;
    expected.long_term_ref_pic_set_size = 13; /* 3 + 8 + 1 + 1 bits */
    expected.num_active_dpb_entries = 3;
    expected.num_poc_st_curr_before = 1;
    expected.num_poc_st_curr_after = 1;
    expected.num_poc_lt_curr = 1;
    memset(expected.poc_st_curr_before, 0xff, sizeof(expected.poc_st_curr_before));
    memset(expected.poc_st_curr_after, 0xff, sizeof(expected.poc_st_curr_after));
    memset(expected.poc_lt_curr, 0xff, sizeof(expected.poc_lt_curr));
    expected.poc_st_curr_before[0] = 2;
    expected.poc_st_curr_after[0] = 0;
    expected.poc_lt_curr[0] = 1;
    expected.dpb[0].timestamp = 3000;
    expected.dpb[0].pic_order_cnt_val = 8;
    expected.dpb[1].timestamp = 1000;
    expected.dpb[1].flags = V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE;
    expected.dpb[2].timestamp = 2000;
    expected.dpb[2].pic_order_cnt_val = 4;
    golden_assert(golden, V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, &expected, sizeof(expected));
}

static void assert_slice_params(const struct golden *golden, size_t size)
{
    struct v4l2_ctrl_hevc_slice_params expected;

    memset(&expected, 0, sizeof(expected));
    expected.bit_size = (uint32_t)size * 8;
    expected.data_byte_offset = HEADER_BYTES;
    expected.num_entry_point_offsets = 1;
    expected.nal_unit_type = 1;
    expected.nuh_temporal_id_plus1 = 1;
    expected.slice_type = V4L2_HEVC_SLICE_TYPE_B;
    expected.slice_pic_order_cnt = 5;
    expected.num_ref_idx_l0_active_minus1 = 1;
    expected.slice_qp_delta = 1;
    memset(expected.ref_idx_l0, 0xff, sizeof(expected.ref_idx_l0));
    memset(expected.ref_idx_l1, 0xff, sizeof(expected.ref_idx_l1));
    expected.ref_idx_l0[0] = 2;
    expected.ref_idx_l0[1] = 0;
    expected.ref_idx_l1[0] = 0;
    expected.long_term_ref_pic_set_size = 13;
    expected.flags = V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_LUMA |
                     V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_CHROMA |
                     V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED |
                     V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_LOOP_FILTER_ACROSS_SLICES_ENABLED;
    golden_assert(golden, V4L2_CID_STATELESS_HEVC_SLICE_PARAMS, &expected, sizeof(expected));
}

/* A picture of that picture order count was decoded into the surface. */
static void decoded(struct golden *golden, unsigned surface, int32_t pic_order_cnt)
{
    struct hevc_surface *remembered = (struct hevc_surface *)golden->surface[surface].state;

    golden_begin(golden, surface);
    remembered->pic_order_cnt = pic_order_cnt;
}

static void build_b_slice(struct golden *golden, const VAPictureParameterBufferHEVC *pic,
                          const VASliceParameterBufferHEVC *params)
{
    static uint8_t nal[GOLDEN_NAL_BYTES];
    struct bit_writer writer = {0};
    size_t size;

    bit_writer_string(&writer, slice_bits);
    assert_int_equal(writer.bits, 8 * HEADER_BYTES);
    size = bit_writer_nal(&writer, nal, sizeof(nal));
    memset(nal + size, 0x5a, SLICE_DATA_BYTES);
    golden_begin(golden, 3);
    golden_render(golden, VAPictureParameterBufferType, pic);
    golden_render(golden, VASliceParameterBufferType, params);
    golden_build(golden, nal, size + SLICE_DATA_BYTES);
}

static void open_with_references(struct golden *golden)
{
    golden_open(golden, "hevc", VAProfileHEVCMain);
    decoded(golden, 0, 0);
    decoded(golden, 1, 4);
    decoded(golden, 2, 8);
}

static uint32_t entry_point(const struct golden *golden)
{
    return *(const uint32_t *)golden_payload(golden, V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS);
}

static void b_slice_with_a_long_term_reference(void **state)
{
    static struct golden golden;
    const VAPictureParameterBufferHEVC pic = picture();
    const VASliceParameterBufferHEVC params = slice();

    (void)state;
    open_with_references(&golden);
    build_b_slice(&golden, &pic, &params);
    golden_assert_format(&golden,
                         (struct coded_format){.width = 416, .height = 240, .bit_depth = 8});
    assert_sets(&golden);
    assert_decode_params(&golden);
    assert_slice_params(&golden, HEADER_BYTES + SLICE_DATA_BYTES);
    assert_int_equal(entry_point(&golden), 100);
    assert_false(golden_has(&golden, V4L2_CID_STATELESS_HEVC_SCALING_MATRIX));
}

/* The same with what some clients say of entry points, and what they leave from earlier slices. */
static void what_the_client_says_of_entry_points_does_not_count(void **state)
{
    static struct golden golden;
    const VAPictureParameterBufferHEVC pic = picture();
    VASliceParameterBufferHEVC params = slice();

    (void)state;
    params.num_entry_point_offsets = 3;
    params.entry_offset_to_subset_array = 7;
    open_with_references(&golden);
    build_b_slice(&golden, &pic, &params);
    assert_slice_params(&golden, HEADER_BYTES + SLICE_DATA_BYTES);
    assert_int_equal(entry_point(&golden), 100);
}

/* A reference of later pictures that is missing is none (8.3.2); one that this picture predicts
 * from is told as one that no buffer has. */
static void missing_references(void **state)
{
    static struct golden golden;
    const VASliceParameterBufferHEVC params = slice();
    VAPictureParameterBufferHEVC pic = picture();
    const struct v4l2_ctrl_hevc_decode_params *decode;

    (void)state;
    open_with_references(&golden);
    /* Never decoded, and decoded as something else: */
    pic.ReferenceFrames[0] = (VAPictureHEVC){.picture_id = 999, .pic_order_cnt = 2};
    pic.ReferenceFrames[4] = (VAPictureHEVC){.picture_id = GOLDEN_SURFACE(2), .pic_order_cnt = 6};
    build_b_slice(&golden, &pic, &params);
    assert_decode_params(&golden);
    decoded(&golden, 2, 6);
    build_b_slice(&golden, &pic, &params);
    decode = golden_payload(&golden, V4L2_CID_STATELESS_HEVC_DECODE_PARAMS);
    assert_int_equal(decode->num_active_dpb_entries, 4);
    assert_int_equal(decode->num_poc_st_curr_after, 1);
    assert_int_equal(decode->poc_st_curr_after[0], 0);
    assert_int_equal(decode->dpb[0].pic_order_cnt_val, 8);
    assert_int_equal(decode->dpb[0].timestamp, NO_TIMESTAMP);
    assert_int_equal(decode->dpb[3].pic_order_cnt_val, 6);
    assert_int_not_equal(decode->dpb[3].timestamp, NO_TIMESTAMP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(b_slice_with_a_long_term_reference),
        cmocka_unit_test(what_the_client_says_of_entry_points_does_not_count),
        cmocka_unit_test(missing_references),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
