/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "unit.h"
#include "vp9_headers.h"

static const struct vp9_persistent nothing;
static const struct vp9_frame_size size_64x48 = {64, 48};

/* Profile 0, key frame, shown, not error resilient; 8 bits, BT.709 (2), studio range. */
#define KEY_FRAME "10 0 0 0 0 1 0" SYNC_CODE "010 0"
/* Profile 0, not key, not shown, not error resilient. */
#define HIDDEN_FRAME "10 0 0 0 1 0 0"
/* Profile 0, not key, shown, not error resilient, reset_frame_context 0. */
#define INTER_FRAME "10 0 0 0 1 1 0 00"

static const struct vp9_header_parts key_frame = {
    KEY_FRAME SIZE_64X48, "1 0 01", NO_FILTER, Q_60, "0", "0"};

/* What a key frame leaves. */
static struct vp9_persistent after_key_frame(void)
{
    return (struct vp9_persistent){
        .loop_filter_ref_deltas = {1, 0, -1, -1},
        .bit_depth = 8,
        .color_space = 2,
        .subsampling_x = true,
        .subsampling_y = true,
    };
}

static void expect(const struct vp9_header_parts *parts, const struct vp9_persistent *before,
                   int result, const char *element, struct vp9_uncompressed_header *h)
{
    uint8_t bytes[512];
    const size_t size = vp9_header_bytes(parts, bytes);
    const char *failed = "nothing";

    assert_int_equal(vp9_uncompressed_header_parse(h, before, &size_64x48, bytes, size, &failed),
                     result);
    if (!element)
        assert_null(failed);
    else
        assert_string_equal(failed, element);
    if (result)
        return;
    assert_int_equal(h->header_size_in_bytes, COMPRESSED_BYTES);
    assert_int_equal(h->uncompressed_header_size, size - COMPRESSED_BYTES);
    /* All of it is needed, and nothing behind the compressed header. */
    for (size_t shorter = 0; shorter < size; shorter++)
        assert_int_equal(
            vp9_uncompressed_header_parse(h, before, &size_64x48, bytes, shorter, NULL), -ENODATA);
    assert_int_equal(vp9_uncompressed_header_parse(h, before, &size_64x48, bytes, size, NULL), 0);
}

static void a_key_frame(void **state)
{
    struct vp9_uncompressed_header h;
    const struct vp9_persistent after = after_key_frame();
    struct vp9_persistent before;

    (void)state;
    memset(&before, 0x55, sizeof(before)); /* nothing of it is left */
    expect(&key_frame, &before, 0, NULL, &h);
    assert_int_equal(h.profile, 0);
    assert_false(h.show_existing_frame);
    assert_int_equal(h.frame_type, VP9_KEY_FRAME);
    assert_true(h.show_frame);
    assert_false(h.error_resilient_mode);
    assert_false(h.intra_only);
    assert_true(vp9_frame_is_intra(&h));
    assert_int_equal(h.refresh_frame_flags, 0xff);
    assert_int_equal(h.frame_width, 64);
    assert_int_equal(h.frame_height, 48);
    assert_int_equal(h.render_width, 64);
    assert_int_equal(h.render_height, 48);
    assert_true(h.refresh_frame_context);
    assert_false(h.frame_parallel_decoding_mode);
    assert_int_equal(h.frame_context_idx, 1);
    assert_int_equal(h.base_q_idx, 60);
    assert_false(vp9_lossless(&h));
    assert_false(h.segmentation_enabled);
    assert_memory_equal(h.persistent.loop_filter_ref_deltas, after.loop_filter_ref_deltas, 4);
    assert_memory_equal(h.persistent.loop_filter_mode_deltas, after.loop_filter_mode_deltas, 2);
    assert_memory_equal(h.persistent.feature_data, after.feature_data, sizeof(after.feature_data));
    assert_memory_equal(h.persistent.feature_enabled, after.feature_enabled, 8);
    assert_false(h.persistent.segmentation_abs_or_delta_update);
    assert_int_equal(h.persistent.bit_depth, 8);
    assert_int_equal(h.persistent.color_space, 2);
    assert_false(h.persistent.color_range);
    assert_true(h.persistent.subsampling_x && h.persistent.subsampling_y);
}

static void loop_filter_and_quantizer_deltas(void **state)
{
    struct vp9_header_parts parts = key_frame;
    struct vp9_uncompressed_header h;

    (void)state;
    /* level 63, sharpness 7, enabled, update: ref 0 = -63, 1 kept, 2 = 5, 3 = 0; mode 0 kept, 1 = 9
     */
    parts.loop_filter = "111111 111 1 1  1 111111 1  0  1 000101 0  1 000000 0   0  1 001001 0";
    parts.quantization = "00000000  1 1111 1  1 0001 0  0";
    expect(&parts, &nothing, 0, NULL, &h);
    assert_int_equal(h.loop_filter_level, 63);
    assert_int_equal(h.loop_filter_sharpness, 7);
    assert_true(h.loop_filter_delta_enabled && h.loop_filter_delta_update);
    assert_int_equal(h.persistent.loop_filter_ref_deltas[0], -63);
    assert_int_equal(h.persistent.loop_filter_ref_deltas[1], 0);
    assert_int_equal(h.persistent.loop_filter_ref_deltas[2], 5);
    assert_int_equal(h.persistent.loop_filter_ref_deltas[3], 0);
    assert_int_equal(h.persistent.loop_filter_mode_deltas[0], 0);
    assert_int_equal(h.persistent.loop_filter_mode_deltas[1], 9);
    assert_int_equal(h.base_q_idx, 0);
    assert_int_equal(h.delta_q_y_dc, -15);
    assert_int_equal(h.delta_q_uv_dc, 1);
    assert_int_equal(h.delta_q_uv_ac, 0);
    assert_false(vp9_lossless(&h));
    parts.quantization = "00000000 0 0 0";
    expect(&parts, &nothing, 0, NULL, &h);
    assert_true(vp9_lossless(&h));
}

static void segmentation(void **state)
{
    struct vp9_header_parts parts = key_frame;
    struct vp9_uncompressed_header h;

    (void)state;
    parts.segmentation =
        "1  1  1 00000000  1 11111110  0 0 0 0  1 10000000  1  1 00000001 0  1 01000000"
        /* update_data, absolute; segment 0: all four features; 1: a negative quantizer */
        "1 1   1 11111111 0  1 111111 1  1 10  1    1 00000010 1  0 0 0"
        "0000 0000 0000 0000 0000 0001";
    expect(&parts, &nothing, 0, NULL, &h);
    assert_true(h.segmentation_enabled && h.segmentation_update_map);
    assert_true(h.segmentation_temporal_update && h.segmentation_update_data);
    static const uint8_t tree[] = {0, 254, 255, 255, 255, 255, 128};
    static const uint8_t prediction[] = {1, 255, 64};

    assert_memory_equal(h.segmentation_tree_probs, tree, sizeof(tree));
    assert_memory_equal(h.segmentation_pred_prob, prediction, sizeof(prediction));
    assert_true(h.persistent.segmentation_abs_or_delta_update);
    assert_int_equal(h.persistent.feature_enabled[0], 15);
    assert_int_equal(h.persistent.feature_data[0][0], 255);
    assert_int_equal(h.persistent.feature_data[0][1], -63);
    assert_int_equal(h.persistent.feature_data[0][2], 2);
    assert_int_equal(h.persistent.feature_data[0][3], 0);
    assert_int_equal(h.persistent.feature_enabled[1], 1);
    assert_int_equal(h.persistent.feature_data[1][0], -2);
    assert_int_equal(h.persistent.feature_enabled[7], 8);
    assert_int_equal(h.persistent.feature_enabled[6], 0);
}

/* 7.2: deltas and features hold until a key frame, an intra-only or an error resilient one. */
static void what_persists(void **state)
{
    struct vp9_persistent before = after_key_frame();
    struct vp9_uncompressed_header h;
    struct vp9_header_parts parts = {INTER_FRAME "00000001 000 0 001 0 010 1  1  0  1 1",
                                     "0 0 00",
                                     NO_FILTER,
                                     Q_60,
                                     "1 0 0",
                                     "0"};

    (void)state;
    before.loop_filter_ref_deltas[2] = -20;
    before.loop_filter_mode_deltas[1] = 7;
    before.feature_enabled[3] = 5;
    before.feature_data[3][0] = -100;
    before.segmentation_abs_or_delta_update = true;
    expect(&parts, &before, 0, NULL, &h);
    assert_false(vp9_frame_is_intra(&h));
    assert_memory_equal(&h.persistent, &before, sizeof(before));
    assert_true(h.segmentation_enabled);
    assert_false(h.segmentation_update_map || h.segmentation_update_data);

    /* update_data: all features are coded anew, those without a flag are off. */
    parts.segmentation = "1 0 1 0  0000 0000 0000 0000 1 00000011 0 000 0000 0000 0000";
    expect(&parts, &before, 0, NULL, &h);
    assert_int_equal(h.persistent.feature_enabled[3], 0);
    assert_int_equal(h.persistent.feature_data[3][0], 0);
    assert_int_equal(h.persistent.feature_enabled[4], 1);
    assert_int_equal(h.persistent.feature_data[4][0], 3);
    assert_false(h.persistent.segmentation_abs_or_delta_update);
    assert_int_equal(h.persistent.loop_filter_ref_deltas[2], -20);

    /* The same, error resilient: no reset_frame_context, refresh_frame_context or parallel mode. */
    parts.start = "10 0 0 0 1 1 1"
                  "00000001 000 0 001 0 010 1  1  0  1 1";
    parts.middle = "11";
    parts.segmentation = "1 0 0";
    expect(&parts, &before, 0, NULL, &h);
    assert_true(h.error_resilient_mode && h.frame_parallel_decoding_mode);
    assert_false(h.refresh_frame_context);
    assert_int_equal(h.frame_context_idx, 3);
    assert_int_equal(h.persistent.loop_filter_ref_deltas[2], -1);
    assert_int_equal(h.persistent.loop_filter_mode_deltas[1], 0);
    assert_int_equal(h.persistent.feature_enabled[3], 0);
    assert_false(h.persistent.segmentation_abs_or_delta_update);
    assert_int_equal(h.persistent.color_space, 2); /* colour is not reset */
}

static void an_inter_frame(void **state)
{
    const struct vp9_persistent before = after_key_frame();
    struct vp9_uncompressed_header h;
    struct vp9_header_parts parts = {
        INTER_FRAME "10000001 111 0 010 0 101 1"
                    "0 0 1  1 0000000000011111 0000000000010111" /* the third reference's size */
                    "1  0 00",
        "1 1 10",
        NO_FILTER,
        Q_60,
        "0",
        "0"};

    (void)state;
    expect(&parts, &before, 0, NULL, &h);
    assert_int_equal(h.refresh_frame_flags, 0x81);
    assert_int_equal(h.ref_frame_idx[0], 7);
    assert_int_equal(h.ref_frame_idx[1], 2);
    assert_int_equal(h.ref_frame_idx[2], 5);
    assert_false(h.ref_frame_sign_bias[0] || h.ref_frame_sign_bias[1]);
    assert_true(h.ref_frame_sign_bias[2]);
    assert_true(vp9_compound_reference_allowed(&h));
    assert_true(h.size_from_refs);
    assert_int_equal(h.frame_width, 64);
    assert_int_equal(h.frame_height, 48);
    assert_int_equal(h.render_width, 32);
    assert_int_equal(h.render_height, 24);
    assert_true(h.allow_high_precision_mv);
    assert_int_equal(h.interpolation_filter, VP9_EIGHTTAP_SMOOTH);
    assert_int_equal(h.frame_context_idx, 2);

    /* A size of its own, 8x1; switchable filter; all sign biases alike. */
    parts.start = INTER_FRAME "00000000 000 1 000 1 000 1  0 0 0 0000000000000111 0000000000000000"
                              "0 0 1";
    expect(&parts, &before, 0, NULL, &h);
    assert_false(h.size_from_refs);
    assert_int_equal(h.frame_width, 8);
    assert_int_equal(h.frame_height, 1);
    assert_int_equal(h.interpolation_filter, VP9_SWITCHABLE);
    assert_false(vp9_compound_reference_allowed(&h));
    /* Without a key frame there is nothing to predict from. */
    expect(&parts, &nothing, -EINVAL, "frame_type", &h);
}

static void an_intra_only_frame(void **state)
{
    struct vp9_persistent before = after_key_frame();
    struct vp9_uncompressed_header h;
    struct vp9_header_parts parts = {
        HIDDEN_FRAME "1 10" SYNC_CODE "01000000" SIZE_64X48, "1 0 11", NO_FILTER, Q_60, "0", "0"};

    (void)state;
    before.feature_enabled[0] = 1;
    before.color_range = true;
    expect(&parts, &before, 0, NULL, &h);
    assert_true(h.intra_only && vp9_frame_is_intra(&h));
    assert_int_equal(h.reset_frame_context, 2);
    assert_int_equal(h.refresh_frame_flags, 0x40);
    assert_int_equal(h.frame_context_idx, 3);
    assert_int_equal(h.persistent.feature_enabled[0], 0);
    assert_int_equal(h.persistent.color_space, 1);
    assert_false(h.persistent.color_range);
    /* Also the first frame of a stream. */
    expect(&parts, &nothing, 0, NULL, &h);
    assert_int_equal(h.persistent.bit_depth, 8);
}

static void other_profiles(void **state)
{
    struct vp9_header_parts parts = key_frame;
    struct vp9_uncompressed_header h;

    (void)state;
    parts.start = "10 0 1 0 0 1 0" SYNC_CODE "0 001 1" SIZE_64X48; /* profile 2, 10 bits */
    expect(&parts, &nothing, 0, NULL, &h);
    assert_int_equal(h.profile, 2);
    assert_int_equal(h.persistent.bit_depth, 10);
    assert_true(h.persistent.color_range);
    parts.start = "10 1 1 0 0 0 1 0" SYNC_CODE "1 001 0 0 1 0" SIZE_64X48; /* profile 3, 12 bits */
    expect(&parts, &nothing, 0, NULL, &h);
    assert_int_equal(h.profile, 3);
    assert_int_equal(h.persistent.bit_depth, 12);
    assert_false(h.persistent.subsampling_x);
    assert_true(h.persistent.subsampling_y);
    parts.start = "10 1 0 0 0 1 0" SYNC_CODE "111 0" SIZE_64X48; /* profile 1, RGB */
    expect(&parts, &nothing, 0, NULL, &h);
    assert_int_equal(h.profile, 1);
    assert_true(h.persistent.color_range);
    assert_false(h.persistent.subsampling_x || h.persistent.subsampling_y);
}

static void tiles(void **state)
{
    struct vp9_header_parts parts = key_frame;
    struct vp9_uncompressed_header h;

    (void)state;
    /* 1024 luma samples, 16 superblocks: 1 to 4 columns */
    parts.start = KEY_FRAME "0000001111111111 0000000000101111 0";
    parts.tiles = "1 1 1 1";
    expect(&parts, &nothing, 0, NULL, &h);
    assert_int_equal(h.tile_cols_log2, 2);
    assert_int_equal(h.tile_rows_log2, 2);
    parts.tiles = "1 0 1 0";
    expect(&parts, &nothing, 0, NULL, &h);
    assert_int_equal(h.tile_cols_log2, 1);
    assert_int_equal(h.tile_rows_log2, 1);
    /* 65536: 1024 superblocks, at least 16 columns and at most 256, as far as the syntax goes */
    parts.start = KEY_FRAME "1111111111111111 0000000000101111 0";
    parts.tiles = "1 1 0 0";
    expect(&parts, &nothing, 0, NULL, &h);
    assert_int_equal(h.frame_width, 65536);
    assert_int_equal(h.tile_cols_log2, 6);
    assert_int_equal(h.tile_rows_log2, 0);
    parts.tiles = "1 1 1 0 0";
    expect(&parts, &nothing, -EINVAL, "increment_tile_cols_log2", &h);
}

static void a_frame_to_show(void **state)
{
    static const uint8_t data[] = {0x8d}; /* 10 0 0 1 101 */
    struct vp9_uncompressed_header h;

    (void)state;
    assert_int_equal(vp9_uncompressed_header_parse(&h, &nothing, &size_64x48, data, 1, NULL), 0);
    assert_true(h.show_existing_frame);
    assert_int_equal(h.frame_to_show_map_idx, 5);
}

static void what_is_refused(void **state)
{
    static const struct {
        const char *start, *element;
    } wrong[] = {
        {"11 0 0 0 0 1 0" SYNC_CODE "010 0" SIZE_64X48, "frame_marker"},
        {"10 1 1 1 0 0 1 0" SYNC_CODE "0 010 0 0 0 0" SIZE_64X48, "reserved_zero"},
        {"10 0 0 0 0 1 0 01001001 10000011 01000011 010 0" SIZE_64X48, "frame_sync_code"},
        {"10 0 0 0 0 1 0" SYNC_CODE "111 0" SIZE_64X48, "color_space"},
        {"10 1 0 0 0 1 0" SYNC_CODE "010 0 1 1 0" SIZE_64X48, "subsampling_x"},
        {"10 1 0 0 0 1 0" SYNC_CODE "010 0 0 0 1" SIZE_64X48, "reserved_zero"},
    };
    struct vp9_header_parts parts = key_frame;
    struct vp9_uncompressed_header h;
    uint8_t bytes[512];
    size_t size;

    (void)state;
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        parts.start = wrong[i].start;
        expect(&parts, &nothing, -EINVAL, wrong[i].element, &h);
    }
    size = vp9_header_bytes(&key_frame, bytes);
    memset(bytes + size - COMPRESSED_BYTES - 2, 0,
           2); /* header_size_in_bytes 0, and some padding */
    assert_int_equal(vp9_uncompressed_header_parse(&h, &nothing, &size_64x48, bytes, size, NULL),
                     -EINVAL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_frame),     cmocka_unit_test(loop_filter_and_quantizer_deltas),
        cmocka_unit_test(segmentation),    cmocka_unit_test(what_persists),
        cmocka_unit_test(an_inter_frame),  cmocka_unit_test(an_intra_only_frame),
        cmocka_unit_test(other_profiles),  cmocka_unit_test(tiles),
        cmocka_unit_test(a_frame_to_show), cmocka_unit_test(what_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
