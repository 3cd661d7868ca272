/* SPDX-License-Identifier: MIT */
#include "bool_writer.h"
#include "codec/bool_decoder.h"
#include "unit.h"

/*
 * By hand, after 7.3 of RFC 6386. With an even chance the split of range 255 is 1 + (254 * 128 >>
 * 8) = 128, so the first bool is the first bit; ranges 127 and 128 are shifted by one bit and none.
 */
static void decodes_by_hand(void **state)
{
    static const uint8_t data[] = {0xc0, 0x00};
    struct bool_decoder d;

    (void)state;
    bool_decoder_init(&d, data, sizeof(data));
    assert_int_equal(d.value, 0xc0);
    assert_int_equal(d.range, 255);
    /* 0xc0 >= 128: true. Value 0x40, range 127, doubled: 0x80 and 254. */
    assert_true(bool_decoder_flag(&d));
    assert_int_equal(d.value, 0x80);
    assert_int_equal(d.range, 254);
    assert_int_equal(bool_decoder_position(&d), 1);
    /* Split 1 + (253 * 128 >> 8) = 127: true. Value 1, range 127, doubled: 2 and 254. */
    assert_true(bool_decoder_flag(&d));
    assert_int_equal(d.value, 2);
    assert_int_equal(d.range, 254);
    /* Split 1 + (253 * 252 >> 8) = 250: false. Range 250, nothing to shift. */
    assert_false(bool_decoder_bool(&d, 252));
    assert_int_equal(d.value, 2);
    assert_int_equal(d.range, 250);
    assert_int_equal(bool_decoder_position(&d), 2);
    /* Split 1 + (249 * 1 >> 8) = 1: true. Value 1, range 249. */
    assert_true(bool_decoder_bool(&d, 1));
    assert_int_equal(d.value, 1);
    assert_int_equal(d.range, 249);
    /* Split 1 again: 1 >= 1, true. Value 0, range 248. Then false: range 1, shifted by 7 bits. */
    assert_true(bool_decoder_bool(&d, 1));
    assert_false(bool_decoder_bool(&d, 1));
    assert_int_equal(d.range, 128);
    assert_int_equal(bool_decoder_position(&d), 9);
    assert_false(bool_decoder_error(&d));
}

static void literals_are_most_significant_bit_first(void **state)
{
    struct bool_writer w;
    struct bool_decoder d;

    (void)state;
    bool_writer_init(&w);
    bool_writer_literal(&w, 7, 0x5a);
    bool_writer_literal(&w, 31, 0x12345678);
    bool_writer_literal(&w, 1, 1);
    bool_decoder_init(&d, w.bytes, bool_writer_size(&w));
    assert_int_equal(bool_decoder_literal(&d, 7), 0x5a);
    assert_int_equal(bool_decoder_literal(&d, 0), 0);
    assert_int_equal(bool_decoder_literal(&d, 31), 0x12345678);
    assert_true(bool_decoder_flag(&d));
    assert_int_equal(bool_decoder_position(&d), w.position);
    assert_false(bool_decoder_error(&d));
}

static void zeros_follow_the_end(void **state)
{
    static const uint8_t data[] = {0x80};
    struct bool_decoder d;

    (void)state;
    bool_decoder_init(&d, data, sizeof(data));
    assert_int_equal(bool_decoder_literal(&d, 8), 0x80);
    assert_false(bool_decoder_error(&d));
    assert_int_equal(bool_decoder_literal(&d, 2), 0);
    assert_true(bool_decoder_error(&d));
    assert_int_equal(bool_decoder_literal(&d, 16), 0);
}

static void no_data_is_all_zeros(void **state)
{
    struct bool_decoder d;

    (void)state;
    bool_decoder_init(&d, NULL, 7);
    assert_false(bool_decoder_bool(&d, 200));
    assert_int_equal(bool_decoder_literal(&d, 20), 0);
    assert_true(bool_decoder_error(&d));
}

static void what_was_written_is_read(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < 200; round++) {
        static struct bool_writer w;
        uint8_t probability[2000];
        bool value[2000];
        struct bool_decoder d;

        bool_writer_init(&w);
        for (unsigned i = 0; i < 2000; i++) {
            const unsigned shape = round % 4;

            probability[i] = (uint8_t)(shape == 0   ? 128
                                       : shape == 1 ? 1 + unit_random(&seed) % 255
                                       : shape == 2 ? 255
                                                    : 1);
            value[i] = unit_random(&seed) % 256 >= probability[i];
            bool_writer_bool(&w, probability[i], value[i]);
        }
        bool_decoder_init(&d, w.bytes, bool_writer_size(&w));
        for (unsigned i = 0; i < 2000; i++)
            assert_int_equal(bool_decoder_bool(&d, probability[i]), value[i]);
        assert_int_equal(bool_decoder_position(&d), w.position);
        assert_false(bool_decoder_error(&d));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_by_hand),
        cmocka_unit_test(literals_are_most_significant_bit_first),
        cmocka_unit_test(zeros_follow_the_end),
        cmocka_unit_test(no_data_is_all_zeros),
        cmocka_unit_test(what_was_written_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
