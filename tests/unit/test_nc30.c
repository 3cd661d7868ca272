/* SPDX-License-Identifier: MIT */
/* The unpacker of NC30 against one that takes bit by bit. */
#include "pixels/nc30.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SAMPLES 67u

static unsigned plain_sample(const uint8_t *line, size_t n)
{
    const size_t first = n / 3 * 32 + n % 3 * 10;
    unsigned value = 0;

    for (size_t bit = 0; bit < 10; bit++)
        value |= (line[(first + bit) / 8] >> (first + bit) % 8 & 1u) << bit;
    return value;
}

/* The bytes of the line end where the memory ends, and so do those of the result: the sanitizers
 * see what is read or written beyond. */
static void compare(uint64_t *seed, uint32_t first, uint32_t count)
{
    const size_t size = (size_t)(first + count + 2) / 3 * 4;
    uint8_t *line = malloc(size + !size);
    uint8_t *result = malloc(2 * (size_t)count + !count);

    assert_non_null(line);
    assert_non_null(result);
    for (size_t i = 0; i < size; i++)
        line[i] = (uint8_t)unit_random(seed);
    nc30_unpack(result, line, first, count);
    for (size_t i = 0; i < count; i++) {
        unsigned value = plain_sample(line, first + i);

        assert_int_equal(result[2 * i], value << 6 & 0xff);
        assert_int_equal(result[2 * i + 1], value >> 2);
    }
    free(result);
    free(line);
}

static void every_offset_and_length(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (uint32_t first = 0; first < 10; first++)
        for (uint32_t count = 0; count + first <= MAX_SAMPLES; count++)
            compare(&seed, first, count);
}

static void long_lines(void **state)
{
    uint64_t seed = 2;

    (void)state;
    for (unsigned i = 0; i < 200; i++)
        compare(&seed, unit_random(&seed) % 64, unit_random(&seed) % 4096);
}

static void one_bit_each(void **state)
{
    uint8_t line[20], result[30];

    (void)state;
    for (unsigned bit = 0; bit < 8 * sizeof(line); bit++) {
        memset(line, 0, sizeof(line));
        line[bit / 8] = (uint8_t)(1u << bit % 8);
        nc30_unpack(result, line, 0, 15);
        for (size_t n = 0; n < 15; n++) {
            unsigned wanted =
                bit % 32 < 30 && n == bit / 32 * 3 + bit % 32 / 10 ? 64u << bit % 32 % 10 : 0;

            assert_int_equal(result[2 * n] | result[2 * n + 1] << 8, wanted);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_offset_and_length),
        cmocka_unit_test(long_lines),
        cmocka_unit_test(one_bit_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
