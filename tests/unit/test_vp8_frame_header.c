/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "bool_writer.h"
#include "codec/vp8_frame_header.h"
#include "unit.h"

/* A flag, and behind it a magnitude and a sign. */
static void optional(struct bool_writer *w, unsigned bits, int value)
{
    bool_writer_literal(w, 1, value != 0);
    if (!value)
        return;
    bool_writer_literal(w, bits, (uint32_t)(value < 0 ? -value : value));
    bool_writer_literal(w, 1, value < 0);
}

static int parse(struct vp8_frame_header *header, bool key_frame, const struct bool_writer *w)
{
    return vp8_frame_header_parse(header, key_frame, w->bytes, bool_writer_size(w));
}

static void key_frame_without_anything(void **state)
{
    static struct bool_writer w;
    struct vp8_frame_header h;

    (void)state;
    bool_writer_init(&w);
    bool_writer_literal(&w, 2, 1);  /* color_space 0, clamping_type 1 */
    bool_writer_literal(&w, 1, 0);  /* segmentation_enabled */
    bool_writer_literal(&w, 1, 1);  /* filter_type */
    bool_writer_literal(&w, 6, 41); /* loop_filter_level */
    bool_writer_literal(&w, 3, 5);  /* sharpness_level */
    bool_writer_literal(&w, 1, 0);  /* loop_filter_adj_enable */
    bool_writer_literal(&w, 2, 3);  /* log2_nbr_of_dct_partitions */
    bool_writer_literal(&w, 7, 127);
    optional(&w, 4, -15);
    optional(&w, 4, 0);
    optional(&w, 4, 15);
    optional(&w, 4, 1);
    optional(&w, 4, -1);
    assert_int_equal(parse(&h, true, &w), 0);
    assert_false(h.color_space);
    assert_true(h.clamping_type);
    assert_false(h.segmentation_enabled);
    assert_true(h.filter_type);
    assert_int_equal(h.loop_filter_level, 41);
    assert_int_equal(h.sharpness_level, 5);
    assert_false(h.loop_filter_adj_enable);
    assert_int_equal(h.log2_nbr_of_dct_partitions, 3);
    assert_int_equal(h.y_ac_qi, 127);
    assert_int_equal(h.y_dc_delta, -15);
    assert_int_equal(h.y2_dc_delta, 0);
    assert_int_equal(h.y2_ac_delta, 15);
    assert_int_equal(h.uv_dc_delta, 1);
    assert_int_equal(h.uv_ac_delta, -1);
}

static void inter_frame_with_everything(void **state)
{
    static const int quantizer[4] = {-127, 0, 1, 127};
    static const int level[4] = {63, -63, 0, -1};
    static struct bool_writer w;
    struct vp8_frame_header h;

    (void)state;
    bool_writer_init(&w);
    bool_writer_literal(&w, 4, 15); /* enabled, map, data, absolute */
    for (unsigned i = 0; i < 4; i++)
        optional(&w, 7, quantizer[i]);
    for (unsigned i = 0; i < 4; i++)
        optional(&w, 6, level[i]);
    bool_writer_literal(&w, 1, 1);
    bool_writer_literal(&w, 8, 17);
    bool_writer_literal(&w, 1, 0);
    bool_writer_literal(&w, 1, 1);
    bool_writer_literal(&w, 8, 0);
    bool_writer_literal(&w, 1, 0); /* filter_type */
    bool_writer_literal(&w, 6, 0);
    bool_writer_literal(&w, 3, 0);
    bool_writer_literal(&w, 2, 3); /* loop_filter_adj_enable, mode_ref_lf_delta_update */
    for (int i = 0; i < 8; i++)
        optional(&w, 6, i * 9 - 30);
    bool_writer_literal(&w, 2, 0);
    bool_writer_literal(&w, 7, 4);
    for (int i = 0; i < 5; i++)
        optional(&w, 4, 0);
    assert_int_equal(parse(&h, false, &w), 0);
    assert_true(h.segmentation_enabled && h.update_mb_segmentation_map);
    assert_true(h.update_segment_feature_data && h.segment_feature_mode);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(h.quantizer_update[i], quantizer[i]);
        assert_int_equal(h.lf_update[i], level[i]);
    }
    assert_int_equal(h.segment_prob_update[0], 17);
    assert_int_equal(h.segment_prob_update[1], 255);
    assert_int_equal(h.segment_prob_update[2], 0);
    assert_false(h.filter_type);
    assert_int_equal(h.loop_filter_level, 0);
    assert_true(h.loop_filter_adj_enable && h.mode_ref_lf_delta_update);
    assert_int_equal(h.log2_nbr_of_dct_partitions, 0);
    assert_int_equal(h.y_ac_qi, 4);
    assert_int_equal(h.y_dc_delta, 0);
}

static void a_short_partition_is_refused(void **state)
{
    struct vp8_frame_header h;
    static const uint8_t data[2] = {0};

    (void)state;
    assert_int_equal(vp8_frame_header_parse(&h, true, NULL, 0), -ENODATA);
    assert_int_equal(vp8_frame_header_parse(&h, true, data, 1), -ENODATA);
    assert_int_equal(vp8_frame_header_parse(&h, true, data, 2), -ENODATA);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_frame_without_anything),
        cmocka_unit_test(inter_frame_with_everything),
        cmocka_unit_test(a_short_partition_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
