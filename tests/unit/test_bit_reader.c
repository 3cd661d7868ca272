/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <string.h>

#include "bit_writer.h"
#include "codec/bit_reader.h"
#include "unit.h"

static struct bit_reader reader_of(const uint8_t *data, size_t size)
{
    struct bit_reader reader;

    bit_reader_init(&reader, data, size);
    return reader;
}

static void reads_fixed_width(void **state)
{
    static const uint8_t data[] = {0xa5, 0x12, 0x34, 0x56, 0x78, 0x9f};
    struct bit_reader r = reader_of(data, sizeof(data));

    (void)state;
    assert_int_equal(bit_reader_u(&r, 0), 0);
    assert_true(bit_reader_flag(&r));
    assert_false(bit_reader_flag(&r));
    assert_int_equal(bit_reader_u(&r, 3), 4);
    assert_int_equal(bit_reader_position(&r), 5);
    assert_int_equal(bit_reader_u(&r, 32), 0xa2468acf);
    assert_int_equal(bit_reader_u(&r, 11), 0x09f);
    assert_int_equal(bit_reader_position(&r), 48);
    assert_int_equal(bit_reader_position_raw(&r), 48);
    assert_false(bit_reader_error(&r));
}

static void steps_over_emulation_prevention(void **state)
{
    static const uint8_t data[] = {0x00, 0x00, 0x03, 0x01, 0x00, 0x03, 0x00,
                                   0x00, 0x03, 0x00, 0x00, 0x03, 0x03};
    struct bit_reader r = reader_of(data, sizeof(data));

    (void)state;
    assert_int_equal(bit_reader_u(&r, 16), 0);
    assert_int_equal(bit_reader_position_raw(&r), 16);
    assert_int_equal(bit_reader_u(&r, 4), 0);
    assert_int_equal(bit_reader_position(&r), 20);
    assert_int_equal(bit_reader_position_raw(&r), 28);
    assert_int_equal(bit_reader_u(&r, 4), 1);
    /* One zero byte in front of a 03 makes no emulation prevention. */
    assert_int_equal(bit_reader_u(&r, 16), 3);
    /* A removed byte does not count as one of the next two zeros. */
    assert_int_equal(bit_reader_u(&r, 32), 0);
    assert_int_equal(bit_reader_position(&r), 72);
    assert_int_equal(bit_reader_position_raw(&r), 88);
    assert_int_equal(bit_reader_u(&r, 8), 3);
    assert_int_equal(bit_reader_position(&r), 80);
    assert_int_equal(bit_reader_position_raw(&r), 104);
    assert_false(bit_reader_error(&r));
    assert_int_equal(bit_reader_u(&r, 1), 0);
    assert_true(bit_reader_error(&r));
}

static void emulation_prevention_at_the_end_is_no_data(void **state)
{
    static const uint8_t data[] = {0x80, 0x00, 0x00, 0x03};
    struct bit_reader r = reader_of(data, sizeof(data));

    (void)state;
    assert_int_equal(bit_reader_u(&r, 24), 0x800000);
    assert_false(bit_reader_error(&r));
    bit_reader_flag(&r);
    assert_true(bit_reader_error(&r));
}

static void reads_exp_golomb(void **state)
{
    static const struct {
        const char *bits;
        uint32_t ue;
        int32_t se;
    } codes[] = {
        {"1", 0, 0},
        {"010", 1, 1},
        {"011", 2, -1},
        {"00100", 3, 2},
        {"00101", 4, -2},
        {"00110", 5, 3},
        {"00111", 6, -3},
        {"0001000", 7, 4},
        {"0001001", 8, -4},
        {"000000000000000 1 000000000000000", 32767, 16384},
        {"0000000000000000000000000000000 1 0000000000000000000000000000000", 0x7fffffff,
         0x40000000},
        {"0000000000000000000000000000000 1 1111111111111111111111111111110", 0xfffffffd, INT_MAX},
        {"0000000000000000000000000000000 1 1111111111111111111111111111111", 0xfffffffe, -INT_MAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        for (unsigned shift = 0; shift < 8; shift++) {
            struct bit_writer writer = {0};
            uint8_t nal[64];
            struct bit_reader r;

            bit_writer_u(&writer, shift, 0xff);
            bit_writer_string(&writer, codes[i].bits);
            bit_writer_string(&writer, codes[i].bits);
            r = reader_of(nal, bit_writer_nal(&writer, nal, sizeof(nal)));
            bit_reader_skip(&r, shift);
            assert_int_equal(bit_reader_ue(&r), codes[i].ue);
            assert_int_equal(bit_reader_se(&r), codes[i].se);
            assert_int_equal(bit_reader_position(&r), writer.bits);
            assert_false(bit_reader_error(&r));
        }
    }
}

static void refuses_too_long_exp_golomb(void **state)
{
    /* 32 leading zeros: the smallest such value is 2^32 - 1, which ue(v) does not have. */
    static const uint8_t data[] = {0x80, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x40,
                                   0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00};
    struct bit_reader r = reader_of(data, sizeof(data));

    (void)state;
    bit_reader_flag(&r);
    assert_int_equal(bit_reader_ue(&r), 0);
    assert_true(bit_reader_error(&r));
}

static void latches_errors(void **state)
{
    static const uint8_t data[] = {0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t prefix[] = {0x01};
    struct bit_reader r = reader_of(data, 1);

    (void)state;
    assert_int_equal(bit_reader_u(&r, 7), 0x7f);
    assert_int_equal(bit_reader_u(&r, 2), 0);
    assert_true(bit_reader_error(&r));
    /* The bit that was left is not given out any more. */
    assert_int_equal(bit_reader_u(&r, 1), 0);
    assert_int_equal(bit_reader_ue(&r), 0);
    assert_int_equal(bit_reader_se(&r), 0);
    bit_reader_skip(&r, SIZE_MAX);
    assert_true(bit_reader_error(&r));
    assert_true(bit_reader_position(&r) <= 8);

    r = reader_of(data, sizeof(data));
    assert_int_equal(bit_reader_u(&r, 33), 0);
    assert_true(bit_reader_error(&r));

    /* 00000001 without the seven bits that belong to it. */
    r = reader_of(prefix, sizeof(prefix));
    assert_int_equal(bit_reader_ue(&r), 0);
    assert_true(bit_reader_error(&r));
}

static void empty_data_is_the_end(void **state)
{
    struct bit_reader r = reader_of(NULL, 0);

    (void)state;
    assert_int_equal(bit_reader_u(&r, 0), 0);
    assert_false(bit_reader_error(&r));
    assert_int_equal(bit_reader_position(&r), 0);
    assert_false(bit_reader_flag(&r));
    assert_true(bit_reader_error(&r));

    r = reader_of(NULL, 100);
    assert_false(bit_reader_flag(&r));
    assert_true(bit_reader_error(&r));
}

static void skips_any_number(void **state)
{
    uint8_t data[100];
    struct bit_reader r;

    (void)state;
    memset(data, 0xff, sizeof(data));
    data[87] = 0x7f;
    r = reader_of(data, sizeof(data));
    bit_reader_skip(&r, 0);
    bit_reader_skip(&r, 696);
    assert_false(bit_reader_flag(&r));
    bit_reader_skip(&r, 103);
    assert_false(bit_reader_error(&r));
    bit_reader_skip(&r, 1);
    assert_true(bit_reader_error(&r));
}

/* Random bytes, rich in zeros and threes, against a reader that unescapes first. */
static void agrees_with_unescaped_bits(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        uint8_t data[64];
        uint8_t plain[64];
        size_t size = unit_random(&seed) % (sizeof(data) + 1);
        size_t plain_size = 0;
        unsigned zeros = 0;
        size_t position = 0;
        struct bit_reader r;

        for (size_t i = 0; i < size; i++) {
            uint32_t kind = unit_random(&seed) % 4;

            data[i] = kind < 2 ? 0 : (uint8_t)(kind == 2 ? 3 : unit_random(&seed));
            if (zeros >= 2 && data[i] == 3) {
                zeros = 0;
                continue;
            }
            zeros = data[i] == 0 ? zeros + 1 : 0;
            plain[plain_size++] = data[i];
        }
        r = reader_of(data, size);
        for (;;) {
            unsigned bits = unit_random(&seed) % 33;
            uint32_t expected = 0;

            if (position + bits > 8 * plain_size) {
                assert_int_equal(bit_reader_u(&r, bits), 0);
                assert_true(bit_reader_error(&r));
                break;
            }
            for (unsigned i = 0; i < bits; i++, position++)
                expected = expected << 1 | ((plain[position / 8] >> (7 - position % 8)) & 1);
            assert_int_equal(bit_reader_u(&r, bits), expected);
            assert_int_equal(bit_reader_position(&r), position);
            assert_true(bit_reader_position_raw(&r) >= position);
            assert_true(bit_reader_position_raw(&r) <= 8 * size);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_fixed_width),
        cmocka_unit_test(steps_over_emulation_prevention),
        cmocka_unit_test(emulation_prevention_at_the_end_is_no_data),
        cmocka_unit_test(reads_exp_golomb),
        cmocka_unit_test(refuses_too_long_exp_golomb),
        cmocka_unit_test(latches_errors),
        cmocka_unit_test(empty_data_is_the_end),
        cmocka_unit_test(skips_any_number),
        cmocka_unit_test(agrees_with_unescaped_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
