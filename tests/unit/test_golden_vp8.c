/* SPDX-License-Identifier: MIT */
/*
 * Golden payloads for VP8: a key frame of 175x143 with two DCT partitions and segments in absolute
 * values, and an inter frame with segments in deltas, one of whose sums is out of range, that
 * predicts from two surfaces. The frame headers are written syntax element by syntax element
 * (RFC 6386, 19.2), VA's buffers and the kernel's struct by hand.
 */
#include <string.h>

#include "bool_writer.h"
#include "golden.h"

#define HEADER_BITS 87 /* up to the macroblocks, in both frames; no part of what is tested */
#define HEADER_SIZE 11 /* whole bytes of it */

static struct golden golden;
static uint8_t data[200];

static void delta(struct bool_writer *w, unsigned bits, int value)
{
    bool_writer_literal(w, 1, value != 0);
    if (value) {
        bool_writer_literal(w, bits, (uint32_t)(value < 0 ? -value : value));
        bool_writer_literal(w, 1, value < 0);
    }
}

/* What both frames have alike, from filter_type to quant_indices(). */
static void filter_and_quantizer(struct bool_writer *w, unsigned partitions, int y_ac_qi)
{
    static const int deltas[5] = {-15, 3, 0, 0, 7};

    bool_writer_literal(w, 1, 0);  /* filter_type */
    bool_writer_literal(w, 6, 20); /* loop_filter_level */
    bool_writer_literal(w, 3, 5);  /* sharpness_level */
    bool_writer_literal(w, 1, 0);  /* loop_filter_adj_enable */
    bool_writer_literal(w, 2, partitions);
    bool_writer_literal(w, 7, (uint32_t)y_ac_qi);
    for (unsigned i = 0; i < 5; i++)
        delta(w, 4, deltas[i]);
}

static VAPictureParameterBufferVP8 picture_parameters(bool key_frame)
{
    VAPictureParameterBufferVP8 pic;

    memset(&pic, 0, sizeof(pic));
    pic.frame_width = 175;
    pic.frame_height = 143;
    pic.last_ref_frame = pic.golden_ref_frame = pic.alt_ref_frame = VA_INVALID_SURFACE;
    pic.out_of_loop_frame = VA_INVALID_SURFACE;
    pic.pic_fields.bits.key_frame = !key_frame; /* 0: a key frame */
    pic.pic_fields.bits.segmentation_enabled = 1;
    pic.pic_fields.bits.sharpness_level = 5;
    pic.pic_fields.bits.mb_no_coeff_skip = 1;
    pic.prob_skip_false = 200;
    pic.bool_coder_ctx.range = 0xe1;
    pic.bool_coder_ctx.value = 0x2c;
    pic.bool_coder_ctx.count = 5;
    for (unsigned i = 0; i < 2; i++)
        for (unsigned j = 0; j < 19; j++)
            pic.mv_probs[i][j] = (uint8_t)(100 * i + j + 1);
    return pic;
}

static void render(const VAPictureParameterBufferVP8 *pic, const VAIQMatrixBufferVP8 *iq,
                   const VASliceParameterBufferVP8 *slice)
{
    static VAProbabilityDataBufferVP8 prob;

    for (unsigned i = 0; i < sizeof(prob.dct_coeff_probs); i++)
        (&prob.dct_coeff_probs[0][0][0][0])[i] = (uint8_t)(i % 255 + 1);
    /* In this order one client renders them. */
    golden_render(&golden, VAIQMatrixBufferType, iq);
    golden_render(&golden, VAProbabilityBufferType, &prob);
    golden_render(&golden, VAPictureParameterBufferType, pic);
    golden_render(&golden, VASliceParameterBufferType, slice);
}

static void render_and_build(const VAPictureParameterBufferVP8 *pic, const VAIQMatrixBufferVP8 *iq,
                             const VASliceParameterBufferVP8 *slice, size_t size)
{
    render(pic, iq, slice);
    golden_build(&golden, data, size);
}

static struct v4l2_ctrl_vp8_frame expected_frame(void)
{
    struct v4l2_ctrl_vp8_frame f;

    memset(&f, 0, sizeof(f));
    f.width = 175;
    f.height = 143;
    f.lf.level = 20;
    f.lf.sharpness_level = 5;
    f.quant.y_dc_delta = -15;
    f.quant.y2_dc_delta = 3;
    f.quant.uv_ac_delta = 7;
    f.prob_skip_false = 200;
    f.coder_state.range = 0xe1;
    f.coder_state.value = 0x2c;
    f.coder_state.bit_count = 5;
    f.first_part_header_bits = HEADER_BITS;
    for (unsigned i = 0; i < 2; i++)
        for (unsigned j = 0; j < 19; j++)
            f.entropy.mv_probs[i][j] = (uint8_t)(100 * i + j + 1);
    for (unsigned i = 0; i < sizeof(f.entropy.coeff_probs); i++)
        (&f.entropy.coeff_probs[0][0][0][0])[i] = (uint8_t)(i % 255 + 1);
    return f;
}

static void assert_prefix(const uint8_t *expected, size_t size)
{
    uint8_t bytes[CODEC_MAX_PREFIX];

    assert_int_equal(golden.codec->prefix(&golden.picture, bytes), size);
    assert_memory_equal(bytes, expected, size);
}

static void key_frame(unsigned surface)
{
    static struct bool_writer w;
    VAPictureParameterBufferVP8 pic = picture_parameters(true);
    VAIQMatrixBufferVP8 iq = {.quantization_index = {{10}, {127}, {0}, {64}}};
    VASliceParameterBufferVP8 slice = {
        .slice_data_size = 100,
        .macroblock_offset = HEADER_BITS,
        .num_of_partitions = 3,
        .partition_size = {40 - HEADER_SIZE, 25, 32},
    };
    struct v4l2_ctrl_vp8_frame f = expected_frame();
    static const uint8_t y_mode[4] = {145, 156, 163, 128}; /* 11.2 */
    static const uint8_t uv_mode[3] = {142, 114, 183};

    bool_writer_init(&w);
    bool_writer_literal(&w, 2, 0);  /* color_space, clamping_type */
    bool_writer_literal(&w, 4, 15); /* segments: enabled, map, data, absolute */
    delta(&w, 7, 10);
    delta(&w, 7, 127);
    delta(&w, 7, 0);
    delta(&w, 7, 64);
    for (unsigned i = 0; i < 4; i++)
        delta(&w, 6, (int)i);
    bool_writer_literal(&w, 3, 0); /* no segment_prob_update */
    filter_and_quantizer(&w, 1, 33);
    memcpy(data, w.bytes, bool_writer_size(&w));

    pic.pic_fields.bits.update_mb_segmentation_map = 1;
    pic.pic_fields.bits.update_segment_feature_data = 1;
    memset(pic.mb_segment_tree_probs, 255, 3);
    memset(pic.y_mode_probs, 9, sizeof(pic.y_mode_probs)); /* of inter frames: not for this one */
    memset(pic.uv_mode_probs, 9, sizeof(pic.uv_mode_probs));
    for (unsigned i = 0; i < 4; i++)
        pic.loop_filter_level[i] = (uint8_t)i;
    golden_begin(&golden, surface);
    render_and_build(&pic, &iq, &slice, 100);
    golden_assert_format(&golden, (struct coded_format){175, 143, 8});

    f.segment.flags = V4L2_VP8_SEGMENT_FLAG_ENABLED | V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP |
                      V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA;
    memset(f.segment.segment_probs, 255, 3);
    memcpy(f.segment.quant_update, (int8_t[4]){10, 127, 0, 64}, 4);
    memcpy(f.segment.lf_update, (int8_t[4]){0, 1, 2, 3}, 4);
    f.quant.y_ac_qi = 33;
    memcpy(f.entropy.y_mode_probs, y_mode, sizeof(y_mode));
    memcpy(f.entropy.uv_mode_probs, uv_mode, sizeof(uv_mode));
    f.num_dct_parts = 2;
    f.first_part_size = 40;
    f.dct_part_sizes[0] = 25;
    f.dct_part_sizes[1] = 32;
    f.flags = V4L2_VP8_FRAME_FLAG_KEY_FRAME | V4L2_VP8_FRAME_FLAG_SHOW_FRAME |
              V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF;
    golden_assert(&golden, V4L2_CID_STATELESS_VP8_FRAME, &f, sizeof(f));
    /* 9.1: 0, version 0, show_frame, 40 << 5 in three bytes; start code; 175 and 143 in two each.
     */
    assert_prefix((const uint8_t[]){0x10, 0x05, 0x00, 0x9d, 0x01, 0x2a, 175, 0, 143, 0}, 10);
}

static void inter_frame(void)
{
    static struct bool_writer w;
    VAPictureParameterBufferVP8 pic = picture_parameters(false);
    /* The sums with the deltas, clamped: 5 - 20 is 0 for the AC, and 5 - 20 - 15 for the DC too. */
    VAIQMatrixBufferVP8 iq = {
        .quantization_index = {
            {0, 0, 0, 0, 0, 0}, {5, 0, 8, 5, 5, 12}, {127, 112, 127, 127, 127, 127}, {6}}};
    VASliceParameterBufferVP8 slice = {
        .slice_data_size = 90,
        .macroblock_offset = HEADER_BITS,
        .num_of_partitions = 2,
        .partition_size = {50 - HEADER_SIZE, 40},
    };
    struct v4l2_ctrl_vp8_frame f = expected_frame();

    bool_writer_init(&w);
    bool_writer_literal(&w, 4, 10); /* segments: enabled, no map, data, deltas */
    delta(&w, 7, -20);
    delta(&w, 7, 0);
    delta(&w, 7, 127);
    delta(&w, 7, 1);
    for (unsigned i = 0; i < 4; i++)
        delta(&w, 6, -10 * (int)i);
    filter_and_quantizer(&w, 0, 5);
    memset(data, 0, sizeof(data));
    memcpy(data, w.bytes, bool_writer_size(&w));

    pic.last_ref_frame = pic.alt_ref_frame = GOLDEN_SURFACE(0);
    pic.golden_ref_frame = GOLDEN_SURFACE(1);
    pic.pic_fields.bits.version = 3;
    pic.pic_fields.bits.update_segment_feature_data = 1;
    pic.pic_fields.bits.sign_bias_alternate = 1;
    memcpy(pic.loop_filter_level, (uint8_t[4]){20, 10, 0, 63}, 4); /* one client's: -10 as a byte */
    pic.prob_intra = 1;
    pic.prob_last = 2;
    pic.prob_gf = 3;
    memcpy(pic.y_mode_probs, (uint8_t[4]){112, 86, 140, 37}, 4);
    memcpy(pic.uv_mode_probs, (uint8_t[3]){162, 101, 204}, 3);
    golden_begin(&golden, 2);
    render_and_build(&pic, &iq, &slice, 90);

    f.segment.flags = V4L2_VP8_SEGMENT_FLAG_ENABLED | V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA;
    memset(f.segment.segment_probs, 255, 3);
    memcpy(f.segment.quant_update, (int8_t[4]){0, 5, 127, 6}, 4);
    memcpy(f.segment.lf_update, (int8_t[4]){20, 10, 0, 0}, 4);
    f.quant.y_ac_qi = 5;
    memcpy(f.entropy.y_mode_probs, pic.y_mode_probs, 4);
    memcpy(f.entropy.uv_mode_probs, pic.uv_mode_probs, 3);
    f.version = 3;
    f.prob_intra = 1;
    f.prob_last = 2;
    f.prob_gf = 3;
    f.num_dct_parts = 1;
    f.first_part_size = 50;
    f.dct_part_sizes[0] = 40;
    f.last_frame_ts = f.alt_frame_ts = golden.surface[0].timestamp;
    f.golden_frame_ts = golden.surface[1].timestamp;
    f.flags = V4L2_VP8_FRAME_FLAG_SHOW_FRAME | V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF |
              V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT;
    golden_assert(&golden, V4L2_CID_STATELESS_VP8_FRAME, &f, sizeof(f));
    /* 1, version 3, show_frame, 50 << 5 */
    assert_prefix((const uint8_t[]){0x57, 0x06, 0x00}, 3);
}

/* An inter frame that says nothing of the segments but that there are some. */
static void assert_kept_levels(const uint8_t expected[4])
{
    static struct bool_writer w;
    VAPictureParameterBufferVP8 pic = picture_parameters(false);
    VAIQMatrixBufferVP8 iq = {.quantization_index = {{0}}};
    VASliceParameterBufferVP8 slice = {
        .slice_data_size = 90,
        .macroblock_offset = HEADER_BITS,
        .num_of_partitions = 2,
        .partition_size = {50 - HEADER_SIZE, 40},
    };
    const struct v4l2_ctrl_vp8_frame *f;

    bool_writer_init(&w);
    bool_writer_literal(&w, 3, 4); /* segments: enabled, no map, no data */
    filter_and_quantizer(&w, 0, 5);
    memset(data, 0, sizeof(data));
    memcpy(data, w.bytes, bool_writer_size(&w));
    pic.last_ref_frame = pic.alt_ref_frame = pic.golden_ref_frame = GOLDEN_SURFACE(0);
    golden_begin(&golden, 2);
    render_and_build(&pic, &iq, &slice, 90);
    f = golden_payload(&golden, V4L2_CID_STATELESS_VP8_FRAME);
    assert_memory_equal(f->segment.lf_update, expected, 4);
}

/*
 * An inter frame without segments, with filter deltas and eight DCT partitions, that keeps its
 * probabilities to itself. Written element by element, like the others.
 */
static void plain_frame(void)
{
    static struct bool_writer w;
    VAPictureParameterBufferVP8 pic = picture_parameters(false);
    VAIQMatrixBufferVP8 iq = {.quantization_index = {{77, 62, 80, 77, 77, 84}}};
    VASliceParameterBufferVP8 slice = {
        .slice_data_size = 150,
        .macroblock_offset = HEADER_BITS,
        .num_of_partitions = 9,
        .partition_size = {50 - HEADER_SIZE, 1, 0, 30, 4, 5, 6, 7, 8},
    };
    static const int deltas[5] = {-15, 3, 0, 0, 7};
    struct v4l2_ctrl_vp8_frame f = expected_frame();

    bool_writer_init(&w);
    bool_writer_literal(&w, 1, 0);  /* segmentation_enabled */
    bool_writer_literal(&w, 1, 1);  /* filter_type: simple */
    bool_writer_literal(&w, 6, 63); /* loop_filter_level */
    bool_writer_literal(&w, 3, 7);  /* sharpness_level */
    bool_writer_literal(&w, 2, 3);  /* loop_filter_adj_enable, mode_ref_lf_delta_update */
    delta(&w, 6, 2);                /* reference frames */
    delta(&w, 6, 0);
    delta(&w, 6, -2);
    delta(&w, 6, -63);
    delta(&w, 6, 4); /* modes */
    delta(&w, 6, -12);
    delta(&w, 6, 0);
    delta(&w, 6, 63);
    bool_writer_literal(&w, 2, 3); /* log2_nbr_of_dct_partitions */
    bool_writer_literal(&w, 7, 77);
    for (unsigned i = 0; i < 5; i++)
        delta(&w, 4, deltas[i]);
    memset(data, 0, sizeof(data));
    memcpy(data, w.bytes, bool_writer_size(&w));

    pic.last_ref_frame = GOLDEN_SURFACE(0);
    pic.golden_ref_frame = pic.alt_ref_frame = GOLDEN_SURFACE(1);
    pic.pic_fields.bits.segmentation_enabled = 0;
    pic.pic_fields.bits.filter_type = 1;
    pic.pic_fields.bits.sharpness_level = 7;
    pic.pic_fields.bits.loop_filter_adj_enable = 1;
    pic.pic_fields.bits.mode_ref_lf_delta_update = 1;
    pic.pic_fields.bits.sign_bias_golden = 1;
    pic.pic_fields.bits.mb_no_coeff_skip = 0;
    memcpy(pic.loop_filter_deltas_ref_frame, (int8_t[4]){2, 0, -2, -63}, 4);
    memcpy(pic.loop_filter_deltas_mode, (int8_t[4]){4, -12, 0, 63}, 4);
    memset(pic.loop_filter_level, 63, 4);
    pic.prob_skip_false = 0;
    golden_begin(&golden, 2);
    render_and_build(&pic, &iq, &slice, 150);

    memcpy(f.lf.ref_frm_delta, (int8_t[4]){2, 0, -2, -63}, 4);
    memcpy(f.lf.mb_mode_delta, (int8_t[4]){4, -12, 0, 63}, 4);
    f.lf.level = 63;
    f.lf.sharpness_level = 7;
    f.lf.flags = V4L2_VP8_LF_ADJ_ENABLE | V4L2_VP8_LF_DELTA_UPDATE | V4L2_VP8_LF_FILTER_TYPE_SIMPLE;
    f.quant.y_ac_qi = 77;
    f.prob_skip_false = 0;
    f.num_dct_parts = 8;
    f.first_part_size = 50;
    memcpy(f.dct_part_sizes, (uint32_t[8]){1, 0, 30, 4, 5, 6, 7, 8}, sizeof(f.dct_part_sizes));
    f.last_frame_ts = golden.surface[0].timestamp;
    f.golden_frame_ts = f.alt_frame_ts = golden.surface[1].timestamp;
    f.flags = V4L2_VP8_FRAME_FLAG_SHOW_FRAME | V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN;
    golden_assert(&golden, V4L2_CID_STATELESS_VP8_FRAME, &f, sizeof(f));
    /* A partition more than there are bytes behind it: 3 x 7 bytes of sizes stand between. */
    slice.partition_size[8] = 150 - 50 - 21 - 53 + 1;
    golden_begin(&golden, 2);
    render(&pic, &iq, &slice);
    golden_refuse(&golden, data, 150, VA_STATUS_ERROR_INVALID_PARAMETER);
}

static void without_segments_and_with_eight_partitions(void **state)
{
    (void)state;
    golden_open(&golden, "vp8", VAProfileVP8Version0_3);
    key_frame(0);
    key_frame(1);
    plain_frame();
}

/* A frame that predicts from one that was never decoded is refused, whichever of the three it is.
 */
static void missing_references(void **state)
{
    const VAIQMatrixBufferVP8 iq = {.quantization_index = {{0}}};
    const VASliceParameterBufferVP8 slice = {
        .slice_data_size = 90,
        .macroblock_offset = HEADER_BITS,
        .num_of_partitions = 2,
        .partition_size = {50 - HEADER_SIZE, 40},
    };

    (void)state;
    golden_open(&golden, "vp8", VAProfileVP8Version0_3);
    key_frame(0);
    key_frame(1);
    inter_frame(); /* leaves its header in `data`: `slice` fits it */
    for (unsigned i = 0; i < 4; i++) {
        VAPictureParameterBufferVP8 pic = picture_parameters(false);

        pic.last_ref_frame = i == 0 ? VA_INVALID_SURFACE : GOLDEN_SURFACE(0);
        pic.golden_ref_frame = i == 1 ? GOLDEN_SURFACE(3) : GOLDEN_SURFACE(0);
        pic.alt_ref_frame = i == 2 ? VA_INVALID_SURFACE : GOLDEN_SURFACE(1);
        golden_begin(&golden, 2);
        render(&pic, &iq, &slice);
        golden_refuse(&golden, data, 90,
                      i < 3 ? VA_STATUS_ERROR_DECODING_ERROR : VA_STATUS_SUCCESS);
    }
}

static void a_key_frame_and_an_inter_frame(void **state)
{
    (void)state;
    golden_open(&golden, "vp8", VAProfileVP8Version0_3);
    key_frame(0);
    key_frame(1);
    inter_frame();
}

/* Levels and their mode hold until they are coded again, or for frames that the kernel took. */
static void segment_levels_are_kept(void **state)
{
    (void)state;
    golden_open(&golden, "vp8", VAProfileVP8Version0_3);
    key_frame(0);
    golden.codec->commit(&golden.picture);
    assert_kept_levels((const uint8_t[]){0, 1, 2, 3});
    key_frame(1);
    golden.codec->commit(&golden.picture);
    inter_frame();
    assert_kept_levels((const uint8_t[]){0, 1, 2, 3}); /* the one before was not taken */
    inter_frame();
    golden.codec->commit(&golden.picture);
    assert_kept_levels((const uint8_t[]){20, 10, 0, 0});
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_frame_and_an_inter_frame),
        cmocka_unit_test(segment_levels_are_kept),
        cmocka_unit_test(without_segments_and_with_eight_partitions),
        cmocka_unit_test(missing_references),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
