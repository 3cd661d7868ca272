/* SPDX-License-Identifier: MIT */
/*
 * Golden payloads for VP9: a key frame of 64x48 with loop filter deltas and a segment feature, and
 * a hidden inter frame with compound references that keeps both. The headers are written bit by bit
 * (VP9 specification, 6.2 and 6.3), VA's buffers and the kernel's structs by hand.
 */
#include <string.h>

#include "bool_writer.h"
#include "golden.h"
#include "vp9_headers.h"

static struct golden golden;
static uint8_t data[600];

/* A compressed header behind an uncompressed one, which announces its size, and a byte of tile. */
static size_t frame_bytes(const struct vp9_header_parts *parts, const struct bool_writer *w)
{
    const size_t compressed = bool_writer_size(w);
    const size_t uncompressed = vp9_header_bytes(parts, data) - COMPRESSED_BYTES;

    /* vp9_header_bytes() announced COMPRESSED_BYTES, and the bits behind that are zero. */
    assert_int_equal(compressed, COMPRESSED_BYTES);
    memcpy(data + uncompressed, w->bytes, compressed);
    data[uncompressed + compressed] = 0x55;
    return uncompressed + compressed + 1;
}

static VADecPictureParameterBufferVP9 picture_parameters(void)
{
    VADecPictureParameterBufferVP9 pic;

    memset(&pic, 0, sizeof(pic));
    pic.frame_width = 64;
    pic.frame_height = 48;
    for (unsigned i = 0; i < 8; i++)
        pic.reference_frames[i] = VA_INVALID_ID;
    pic.pic_fields.bits.subsampling_x = 1;
    pic.pic_fields.bits.subsampling_y = 1;
    pic.pic_fields.bits.refresh_frame_context = 1;
    pic.pic_fields.bits.segmentation_enabled = 1;
    pic.bit_depth = 8;
    return pic;
}

static void render_and_build(const VADecPictureParameterBufferVP9 *pic, size_t size)
{
    VASliceParameterBufferVP9 slice;

    memset(&slice, 0, sizeof(slice));
    slice.slice_data_size = (uint32_t)size;
    golden_render(&golden, VAPictureParameterBufferType, pic);
    golden_render(&golden, VASliceParameterBufferType, &slice);
    golden_build(&golden, data, size);
    golden_assert_format(&golden, (struct coded_format){64, 48, 8});
}

/* What holds for both frames once the key frame has said it. */
static struct v4l2_ctrl_vp9_frame expected_frame(void)
{
    struct v4l2_ctrl_vp9_frame f;

    memset(&f, 0, sizeof(f));
    memcpy(f.lf.ref_deltas, (int8_t[4]){1, 0, -1, 5}, 4);
    memcpy(f.lf.mode_deltas, (int8_t[2]){0, -63}, 2);
    f.seg.feature_enabled[1] = 3;
    f.seg.feature_data[1][V4L2_VP9_SEG_LVL_ALT_Q] = -100;
    f.seg.feature_data[1][V4L2_VP9_SEG_LVL_ALT_L] = 9;
    f.frame_width_minus_1 = f.render_width_minus_1 = 63;
    f.frame_height_minus_1 = f.render_height_minus_1 = 47;
    f.bit_depth = 8;
    f.compressed_header_size = COMPRESSED_BYTES;
    return f;
}

static void key_frame(void)
{
    static const struct vp9_header_parts parts = {
        /* profile 0, shown; BT.601 (1), full range */
        "10 0 0 0 0 1 0" SYNC_CODE "001 1" SIZE_64X48, "1 0 10",
        /* level 33, sharpness 2, deltas: the last reference's 5, the last mode's -63 */
        "100001 010 1 1  0 0 0 1 000101 0  0 1 111111 1",
        /* 200; Y DC -1, UV DC 0, UV AC 15 */
        "11001000  1 0001 1  0  1 1111 0",
        /* map: the first probability 3; no temporal update; data: deltas, segment 1 */
        "1  1  1 00000011 0 0 0 0 0 0  0  1 0  0000 1 01100100 1 1 001001 0 00"
        "0000 0000 0000 0000 0000 0000",
        "0"};
    static struct bool_writer w;
    VADecPictureParameterBufferVP9 pic = picture_parameters();
    struct v4l2_ctrl_vp9_frame f = expected_frame();
    struct v4l2_ctrl_vp9_compressed_hdr h;

    bool_writer_init(&w);
    bool_writer_literal(&w, 1, 0); /* marker */
    bool_writer_literal(&w, 2, 1); /* tx_mode ALLOW_8X8 */
    bool_writer_literal(&w, 2, 0); /* no coefficients */
    bool_writer_bool(&w, 252, true);
    bool_writer_literal(&w, 5, 2); /* skip[0]: deltaProb 2, 33 in inv_map_table */
    bool_writer_bool(&w, 252, false);
    bool_writer_bool(&w, 252, false);

    pic.pic_fields.bits.show_frame = 1;
    pic.pic_fields.bits.segmentation_update_map = 1;
    /* What a client may leave in fields that key frames do not have. */
    pic.pic_fields.bits.intra_only = 1;
    pic.pic_fields.bits.reset_frame_context = 3;
    pic.pic_fields.bits.mcomp_filter_type = 4;
    pic.filter_level = 33;
    pic.sharpness_level = 2;
    pic.mb_segment_tree_probs[0] = 3;
    memset(pic.mb_segment_tree_probs + 1, 255, 6);
    memset(pic.segment_pred_probs, 255, 3);
    golden_begin(&golden, 0);
    render_and_build(&pic, frame_bytes(&parts, &w));

    f.lf.level = 33;
    f.lf.sharpness = 2;
    f.lf.flags = V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED | V4L2_VP9_LOOP_FILTER_FLAG_DELTA_UPDATE;
    f.quant.base_q_idx = 200;
    f.quant.delta_q_y_dc = -1;
    f.quant.delta_q_uv_ac = 15;
    f.seg.tree_probs[0] = 3;
    memset(f.seg.tree_probs + 1, 255, 6);
    memset(f.seg.pred_probs, 255, 3);
    f.seg.flags = V4L2_VP9_SEGMENTATION_FLAG_ENABLED | V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP |
                  V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA;
    f.flags = V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_SHOW_FRAME |
              V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX | V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING |
              V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING;
    f.uncompressed_header_size = 27; /* 210 bits */
    f.frame_context_idx = 2;
    golden_assert(&golden, V4L2_CID_STATELESS_VP9_FRAME, &f, sizeof(f));
    memset(&h, 0, sizeof(h));
    h.tx_mode = V4L2_VP9_TX_MODE_ALLOW_8X8;
    h.skip[0] = 33;
    golden_assert(&golden, V4L2_CID_STATELESS_VP9_COMPRESSED_HDR, &h, sizeof(h));
}

static void inter_frame(void)
{
    static const struct vp9_header_parts parts = {
        /* hidden; not intra-only, reset_frame_context 1; refresh slot 2; references 0, 1, 0 with
         * the last one's sign bias; the first one's size; fine vectors; BILINEAR (3) */
        "10 0 0 0 1 0 0  0 01  00000100  000 0 001 0 000 1  1  0  1  0 11",
        "1 1 01",
        "000000 000 1 0",
        "00000001 0 0 0",
        "1 0 0",
        "0"};
    static struct bool_writer w;
    VADecPictureParameterBufferVP9 pic = picture_parameters();
    struct v4l2_ctrl_vp9_frame f = expected_frame();
    struct v4l2_ctrl_vp9_compressed_hdr h;

    bool_writer_init(&w);
    bool_writer_literal(&w, 1, 0); /* marker */
    bool_writer_literal(&w, 2, 0); /* tx_mode ONLY_4X4 */
    bool_writer_literal(&w, 1, 0);
    for (unsigned i = 0; i < 3 + 7 * 3 + 4; i++) /* skip, inter_mode, is_inter */
        bool_writer_bool(&w, 252, false);
    bool_writer_literal(&w, 2, 2); /* non_single_reference, not reference_select */
    for (unsigned i = 0; i < 5 + 4 * 9 + 16 * 3 + 2; i++) /* comp_ref to the second joint */
        bool_writer_bool(&w, 252, false);
    bool_writer_bool(&w, 252, true);
    bool_writer_literal(&w, 7, 64); /* joint[2]: 129 */
    for (unsigned i = 0; i < 2 * 22 + 2 * 9 + 4; i++)
        bool_writer_bool(&w, 252, false);

    pic.reference_frames[0] = GOLDEN_SURFACE(0);
    pic.reference_frames[1] = GOLDEN_SURFACE(1);
    pic.reference_frames[7] = GOLDEN_SURFACE(3); /* for later frames */
    pic.pic_fields.bits.frame_type = 1;
    pic.pic_fields.bits.golden_ref_frame = 1;
    pic.pic_fields.bits.alt_ref_frame_sign_bias = 1;
    pic.pic_fields.bits.allow_high_precision_mv = 1;
    pic.pic_fields.bits.mcomp_filter_type = 3;
    pic.pic_fields.bits.frame_parallel_decoding_mode = 1;
    pic.mb_segment_tree_probs[0] = 4; /* not those of the map, as none is updated: they stay */
    golden_begin(&golden, 2);
    render_and_build(&pic, frame_bytes(&parts, &w));
    assert_true(golden.surface[3].kept);

    f.lf.flags = V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED;
    f.quant.base_q_idx = 1;
    f.seg.flags = V4L2_VP9_SEGMENTATION_FLAG_ENABLED;
    f.seg.tree_probs[0] = 3;
    memset(f.seg.tree_probs + 1, 255, 6);
    memset(f.seg.pred_probs, 255, 3);
    f.flags = V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV | V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX |
              V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE | V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING |
              V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING;
    f.uncompressed_header_size = 11; /* 83 bits */
    f.last_frame_ts = f.alt_frame_ts = golden.surface[0].timestamp;
    f.golden_frame_ts = golden.surface[1].timestamp;
    f.ref_frame_sign_bias = V4L2_VP9_SIGN_BIAS_ALT;
    f.frame_context_idx = 1;
    f.interpolation_filter = V4L2_VP9_INTERP_FILTER_BILINEAR;
    f.reference_mode = V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE;
    golden_assert(&golden, V4L2_CID_STATELESS_VP9_FRAME, &f, sizeof(f));
    memset(&h, 0, sizeof(h));
    h.mv.joint[2] = 129;
    golden_assert(&golden, V4L2_CID_STATELESS_VP9_COMPRESSED_HDR, &h, sizeof(h));
}

/*
 * An intra-only frame of profile 0, which has no colour_config(): 8 bits and 4:2:0. Its
 * reset_frame_context is 2, this context, or 3, all of them; which one it resets is told as coded,
 * though the frame then uses number 0 (6.2). Loop filter deltas and segments start anew.
 */
static void intra_only_frame(const char *start, uint8_t reset)
{
    const struct vp9_header_parts parts = {start, "1 0 11", NO_FILTER, Q_60, "0", "0"};
    static struct bool_writer w;
    VADecPictureParameterBufferVP9 pic = picture_parameters();
    struct v4l2_ctrl_vp9_frame f = expected_frame();
    struct v4l2_ctrl_vp9_compressed_hdr h;

    bool_writer_init(&w);
    bool_writer_literal(&w, 1, 0); /* marker */
    bool_writer_literal(&w, 2, 2); /* tx_mode ALLOW_16X16 */
    bool_writer_literal(&w, 3, 0); /* no coefficients */
    bool_writer_bool(&w, 252, false);
    bool_writer_bool(&w, 252, true);
    bool_writer_literal(&w, 5, 1); /* skip[1]: deltaProb 1, 20 in inv_map_table */
    bool_writer_bool(&w, 252, false);

    for (unsigned i = 0; i < 8; i++)
        pic.reference_frames[i] = GOLDEN_SURFACE(i % 2);
    pic.pic_fields.bits.frame_type = 1;
    pic.pic_fields.bits.intra_only = 1;
    pic.pic_fields.bits.reset_frame_context = reset;
    pic.pic_fields.bits.segmentation_enabled = 0;
    golden_begin(&golden, 2);
    render_and_build(&pic, frame_bytes(&parts, &w));

    memcpy(f.lf.ref_deltas, (int8_t[4]){1, 0, -1, -1}, 4);
    memset(f.lf.mode_deltas, 0, sizeof(f.lf.mode_deltas));
    memset(f.seg.feature_enabled, 0, sizeof(f.seg.feature_enabled));
    memset(f.seg.feature_data, 0, sizeof(f.seg.feature_data));
    f.seg.tree_probs[0] = 3; /* the key frame's: nothing codes others */
    memset(f.seg.tree_probs + 1, 255, 6);
    memset(f.seg.pred_probs, 255, 3);
    f.quant.base_q_idx = 60;
    f.flags = V4L2_VP9_FRAME_FLAG_INTRA_ONLY | V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX |
              V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
    f.uncompressed_header_size = 15; /* 119 bits */
    f.frame_context_idx = 3;
    f.reset_frame_context =
        reset == 2 ? V4L2_VP9_RESET_FRAME_CTX_SPEC : V4L2_VP9_RESET_FRAME_CTX_ALL;
    golden_assert(&golden, V4L2_CID_STATELESS_VP9_FRAME, &f, sizeof(f));
    memset(&h, 0, sizeof(h));
    h.tx_mode = V4L2_VP9_TX_MODE_ALLOW_16X16;
    h.skip[1] = 20;
    golden_assert(&golden, V4L2_CID_STATELESS_VP9_COMPRESSED_HDR, &h, sizeof(h));
}

static void intra_only_frames_reset_contexts(void **state)
{
    (void)state;
    golden_open(&golden, "vp9", VAProfileVP9Profile0);
    key_frame();
    golden.codec->commit(&golden.picture);
    golden_begin(&golden, 1);
    key_frame();
    golden.codec->commit(&golden.picture);
    /* hidden, intra-only, reset_frame_context; refresh slot 4 */
    intra_only_frame("10 0 0 0 1 0 0  1 10" SYNC_CODE "00010000" SIZE_64X48, 2);
    intra_only_frame("10 0 0 0 1 0 0  1 11" SYNC_CODE "00010000" SIZE_64X48, 3);
}

static void a_key_frame_and_an_inter_frame(void **state)
{
    (void)state;
    golden_open(&golden, "vp9", VAProfileVP9Profile0);
    key_frame();
    golden.codec->commit(&golden.picture);
    golden_begin(&golden, 1);
    key_frame();
    golden.codec->commit(&golden.picture);
    golden.surface[1].timestamp = 77000;
    inter_frame();
}

/* What a frame says of later ones holds only once the kernel has taken the frame. */
static void a_frame_that_was_not_taken_leaves_nothing(void **state)
{
    static const struct vp9_header_parts resets = {
        "10 0 0 0 1 1 1  00000000  000 0 001 0 000 0  1  0  1  0 11",
        "01",
        "000000 000 0",
        "00000001 0 0 0",
        "0",
        "0"};
    VADecPictureParameterBufferVP9 pic = picture_parameters();
    const struct v4l2_ctrl_vp9_frame *f;
    static struct bool_writer w;

    (void)state;
    golden_open(&golden, "vp9", VAProfileVP9Profile0);
    key_frame();
    golden.codec->commit(&golden.picture);
    /* An error resilient frame, which resets all; it is built, but not committed. */
    bool_writer_init(&w);
    bool_writer_literal(&w, 24, 0); /* nothing is updated */
    pic.reference_frames[0] = pic.reference_frames[1] = GOLDEN_SURFACE(0);
    pic.pic_fields.bits.frame_type = 1;
    pic.pic_fields.bits.show_frame = 1;
    pic.pic_fields.bits.error_resilient_mode = 1;
    pic.pic_fields.bits.refresh_frame_context = 0;
    pic.pic_fields.bits.segmentation_enabled = 0;
    pic.pic_fields.bits.segmentation_update_map = 1; /* left from an earlier frame */
    pic.pic_fields.bits.segmentation_temporal_update = 1;
    golden_begin(&golden, 1);
    render_and_build(&pic, frame_bytes(&resets, &w));
    f = golden_payload(&golden, V4L2_CID_STATELESS_VP9_FRAME);
    assert_int_equal(f->lf.ref_deltas[3], -1);
    assert_int_equal(f->seg.feature_enabled[1], 0);
    assert_int_equal(f->seg.flags, 0);
    golden.surface[1].timestamp = 77000;
    inter_frame();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_frame_and_an_inter_frame),
        cmocka_unit_test(intra_only_frames_reset_contexts),
        cmocka_unit_test(a_frame_that_was_not_taken_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
