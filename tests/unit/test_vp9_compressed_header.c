/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "bool_writer.h"
#include "codec/vp9_compressed_header.h"
#include "unit.h"

static const struct vp9_uncompressed_header intra = {.frame_type = VP9_KEY_FRAME, .base_q_idx = 1};

static struct vp9_uncompressed_header inter_frame(void)
{
    return (struct vp9_uncompressed_header){
        .frame_type = VP9_NON_KEY_FRAME,
        .base_q_idx = 1,
        .interpolation_filter = VP9_SWITCHABLE,
        .allow_high_precision_mv = true,
        .ref_frame_sign_bias = {false, false, true},
    };
}

static struct bool_writer w;

static void start(unsigned tx_mode)
{
    bool_writer_init(&w);
    bool_writer_literal(&w, 1, 0); /* the marker */
    bool_writer_literal(&w, 2, tx_mode < 3 ? tx_mode : 3);
    if (tx_mode >= 3)
        bool_writer_literal(&w, 1, tx_mode - 3);
}

/* `count` probabilities that are not updated. */
static void keep(unsigned count)
{
    while (count-- > 0)
        bool_writer_bool(&w, 252, false);
}

/* decode_term_subexp() of 6.3.4, the other way. */
static void delta_prob(unsigned value)
{
    bool_writer_bool(&w, 252, true);
    if (value < 16) {
        bool_writer_literal(&w, 1, 0);
        bool_writer_literal(&w, 4, value);
    } else if (value < 32) {
        bool_writer_literal(&w, 2, 2);
        bool_writer_literal(&w, 4, value - 16);
    } else if (value < 64) {
        bool_writer_literal(&w, 3, 6);
        bool_writer_literal(&w, 5, value - 32);
    } else if (value < 129) {
        bool_writer_literal(&w, 3, 7);
        bool_writer_literal(&w, 7, value - 64);
    } else {
        bool_writer_literal(&w, 3, 7);
        bool_writer_literal(&w, 7, (value + 1) >> 1);
        bool_writer_literal(&w, 1, (value + 1) & 1);
    }
}

static void mv_prob(unsigned value)
{
    bool_writer_bool(&w, 252, true);
    bool_writer_literal(&w, 7, value);
}

static void expect(const struct vp9_uncompressed_header *frame,
                   const struct vp9_compressed_header *expected)
{
    struct vp9_compressed_header h;

    memset(&h, 0x55, sizeof(h));
    assert_int_equal(vp9_compressed_header_parse(&h, frame, w.bytes, bool_writer_size(&w)), 0);
    assert_memory_equal(&h, expected, sizeof(h));
}

/* Some of 6.3.5's inv_map_table[]: its first row, where the second part begins, and its end. */
static void the_inverse_map(void **state)
{
    static const uint8_t first[] = {7,   20,  33,  46,  59,  72,  85,  98, 111, 124, 137, 150, 163,
                                    176, 189, 202, 215, 228, 241, 254, 1,  2,   3,   4,   5,   6,
                                    8,   9,   10,  11,  12,  13,  14,  15, 16,  17,  18,  19,  21,
                                    22,  23,  24,  25,  26,  27,  28,  29, 30,  31,  32,  34,  35};
    bool seen[256] = {false};

    (void)state;
    for (unsigned i = 0; i < sizeof(first); i++)
        assert_int_equal(vp9_inv_map(i), first[i]);
    assert_int_equal(vp9_inv_map(252), 252);
    assert_int_equal(vp9_inv_map(253), 253);
    assert_int_equal(vp9_inv_map(254), 253);
    for (unsigned i = 0; i < 254; i++) {
        assert_false(seen[vp9_inv_map(i)]);
        seen[vp9_inv_map(i)] = true;
    }
    assert_false(seen[0] || seen[255]);
}

static void an_intra_frame_without_updates(void **state)
{
    const struct vp9_compressed_header expected = {.tx_mode = VP9_ALLOW_16X16};

    (void)state;
    start(2);
    for (unsigned i = 0; i < 3; i++) /* 4x4 to 16x16 */
        bool_writer_literal(&w, 1, 0);
    keep(3);
    expect(&intra, &expected);
}

static void a_lossless_frame_has_no_tx_mode(void **state)
{
    const struct vp9_uncompressed_header frame = {.frame_type = VP9_KEY_FRAME};
    const struct vp9_compressed_header expected = {.skip = {20}};

    (void)state;
    bool_writer_init(&w);
    bool_writer_literal(&w, 1, 0);
    bool_writer_literal(&w, 1, 0); /* no coefficients of 4x4, and there are no others */
    delta_prob(1);
    keep(2);
    expect(&frame, &expected);
}

static void every_length_of_delta(void **state)
{
    /* In coding order: tx8, tx16, tx32; one of each length, and its ends. */
    static const unsigned deltas[12] = {0, 15, 16, 31, 32, 63, 64, 128, 129, 130, 253, 254};
    struct vp9_compressed_header expected = {.tx_mode = VP9_TX_MODE_SELECT};
    uint8_t *tx[12] = {&expected.tx8[0][0],  &expected.tx8[1][0],  &expected.tx16[0][0],
                       &expected.tx16[0][1], &expected.tx16[1][0], &expected.tx16[1][1],
                       &expected.tx32[0][0], &expected.tx32[0][1], &expected.tx32[0][2],
                       &expected.tx32[1][0], &expected.tx32[1][1], &expected.tx32[1][2]};

    (void)state;
    start(4);
    for (unsigned i = 0; i < 12; i++) {
        delta_prob(deltas[i]);
        *tx[i] = vp9_inv_map(deltas[i]);
    }
    for (unsigned i = 0; i < 4; i++)
        bool_writer_literal(&w, 1, 0);
    keep(3);
    expect(&intra, &expected);
}

/* Band 0 has three contexts, the others six (6.3.7). */
static void coefficients(void **state)
{
    static struct vp9_compressed_header expected;

    (void)state;
    start(1);
    expected.tx_mode = VP9_ALLOW_8X8;
    bool_writer_literal(&w, 1, 0);
    bool_writer_literal(&w, 1, 1); /* of 8x8 */
    for (unsigned i = 0; i < 2; i++)
        for (unsigned j = 0; j < 2; j++)
            for (unsigned k = 0; k < 6; k++)
                for (unsigned l = 0; l < (k ? 6 : 3); l++)
                    for (unsigned m = 0; m < 3; m++) {
                        const unsigned delta = (i * 100 + j * 50 + k * 7 + l * 3 + m) % 255;

                        delta_prob(delta);
                        expected.coef[1][i][j][k][l][m] = vp9_inv_map(delta);
                    }
    keep(3);
    expect(&intra, &expected);
}

/* Everything that an inter frame updates, each array's last element. */
static void an_inter_frame(void **state)
{
    const struct vp9_uncompressed_header frame = inter_frame();
    struct vp9_compressed_header expected = {
        .tx_mode = VP9_ONLY_4X4,
        .reference_mode = VP9_REFERENCE_MODE_SELECT,
    };

    (void)state;
    start(0);
    bool_writer_literal(&w, 1, 0);
    keep(3);
    keep(7 * 3 - 1);
    delta_prob(20);
    expected.inter_mode[6][2] = 1;
    keep(4 * 2 - 1);
    delta_prob(21);
    expected.interp_filter[3][1] = 2;
    keep(3);
    delta_prob(22);
    expected.is_inter[3] = 3;
    bool_writer_literal(&w, 2, 3); /* non_single_reference, reference_select */
    keep(4);
    delta_prob(23);
    expected.comp_mode[4] = 4;
    keep(5 * 2 - 1);
    delta_prob(24);
    expected.single_ref[4][1] = 5;
    keep(4);
    delta_prob(25);
    expected.comp_ref[4] = 6;
    keep(4 * 9 - 1);
    delta_prob(26);
    expected.y_mode[3][8] = 8;
    keep(16 * 3 - 1);
    delta_prob(27);
    expected.partition[15][2] = 9;
    keep(2);
    mv_prob(0);
    expected.mv.joint[2] = 1;
    for (unsigned i = 0; i < 2; i++) {
        mv_prob(1);
        keep(9);
        mv_prob(2);
        mv_prob(3);
        keep(9);
        mv_prob(4);
        expected.mv.sign[i] = 3;
        expected.mv.classes[i][9] = 5;
        expected.mv.class0_bit[i] = 7;
        expected.mv.bits[i][9] = 9;
    }
    for (unsigned i = 0; i < 2; i++) {
        keep(2 * 3 - 1);
        mv_prob(5);
        keep(2);
        mv_prob(6);
        expected.mv.class0_fr[i][1][2] = 11;
        expected.mv.fr[i][2] = 13;
    }
    for (unsigned i = 0; i < 2; i++) {
        mv_prob(7);
        mv_prob(127);
        expected.mv.class0_hp[i] = 15;
        expected.mv.hp[i] = 255;
    }
    expect(&frame, &expected);
}

/* What an inter frame without switchable filter, compound references and fine vectors leaves out.
 */
static void a_plain_inter_frame(void **state)
{
    struct vp9_uncompressed_header frame = inter_frame();
    struct vp9_compressed_header expected = {.tx_mode = VP9_ALLOW_32X32};

    (void)state;
    frame.interpolation_filter = VP9_EIGHTTAP;
    frame.allow_high_precision_mv = false;
    frame.ref_frame_sign_bias[2] = false;
    start(3);
    for (unsigned i = 0; i < 4; i++)
        bool_writer_literal(&w, 1, 0);
    keep(3 + 7 * 3 + 4 + 5 * 2);
    delta_prob(28);
    expected.y_mode[0][0] = 10;
    keep(4 * 9 - 1 + 16 * 3 + 3 + 2 * (1 + 10 + 1 + 10) + 2 * (2 * 3 + 3) - 1);
    mv_prob(9);
    expected.mv.fr[1][2] = 19;
    expect(&frame, &expected);
}

static void compound_references_only(void **state)
{
    const struct vp9_uncompressed_header frame = inter_frame();
    struct vp9_compressed_header expected = {.reference_mode = VP9_COMPOUND_REFERENCE};

    (void)state;
    start(0);
    bool_writer_literal(&w, 1, 0);
    keep(3 + 7 * 3 + 4 * 2 + 4);
    bool_writer_literal(&w, 2, 2);
    delta_prob(29); /* no comp_mode, no single_ref */
    expected.comp_ref[0] = 11;
    keep(4 + 4 * 9 + 16 * 3 + 3 + 2 * (1 + 10 + 1 + 10) + 2 * (2 * 3 + 3) + 4);
    expect(&frame, &expected);
}

static void what_is_refused(void **state)
{
    static const uint8_t marker[] = {0x80, 0, 0, 0};
    static const uint8_t zeros[64];
    struct vp9_compressed_header h;

    (void)state;
    assert_int_equal(vp9_compressed_header_parse(&h, &intra, zeros, 0), -EINVAL);
    assert_int_equal(vp9_compressed_header_parse(&h, &intra, NULL, 0), -EINVAL);
    assert_int_equal(vp9_compressed_header_parse(&h, &intra, marker, sizeof(marker)), -EINVAL);
    assert_int_equal(vp9_compressed_header_parse(&h, &intra, zeros, sizeof(zeros)), 0);
    every_length_of_delta(state);
    assert_int_equal(vp9_compressed_header_parse(&h, &intra, w.bytes, bool_writer_size(&w) - 3),
                     -ENODATA);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_inverse_map),
        cmocka_unit_test(an_intra_frame_without_updates),
        cmocka_unit_test(a_lossless_frame_has_no_tx_mode),
        cmocka_unit_test(every_length_of_delta),
        cmocka_unit_test(coefficients),
        cmocka_unit_test(an_inter_frame),
        cmocka_unit_test(a_plain_inter_frame),
        cmocka_unit_test(compound_references_only),
        cmocka_unit_test(what_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
