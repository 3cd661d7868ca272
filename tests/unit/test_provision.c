/* SPDX-License-Identifier: MIT */
/* How many pictures a stream needs at once, worked out by hand from the standards' tables. */
#include "decode/provision.h"
#include "unit.h"

#include <string.h>

static unsigned pictures(const char *name, uint32_t width, uint32_t height)
{
    for (unsigned i = 0; i < num_codecs; i++)
        if (!strcmp(codecs[i]->name, name))
            return pictures_at_once(codecs[i], width, height);
    return 0;
}

/* H.264 Table A-1 and A.3.1: MaxDpbMbs by the macroblocks of a frame, and one more. */
static void h264(void **state)
{
    (void)state;
    assert_int_equal(pictures("h264", 1920, 1088), 5); /* level 4: 32768 / 8160 = 4 */
    assert_int_equal(pictures("h264", 1920, 1080), 5); /* which are as many macroblocks */
    assert_int_equal(pictures("h264", 1280, 720), 6);  /* level 3.1: 18000 / 3600 = 5 */
    assert_int_equal(pictures("h264", 3840, 2160), 6); /* level 5.1: 184320 / 32400 = 5 */
    assert_int_equal(pictures("h264", 4096, 2304), 6); /* level 5.2: 184320 / 36864 = 5 */
    assert_int_equal(pictures("h264", 1920, 800), 6);  /* level 4: 32768 / 6000 = 5 */
    assert_int_equal(pictures("h264", 720, 576), 7);   /* level 3.1 for 30 frames a second: 11 */
    assert_int_equal(pictures("h264", 352, 288), 7);   /* level 1.3: 2376 / 396 = 6 */
    assert_int_equal(pictures("h264", 176, 144), 7);   /* level 1.1: 900 / 99 = 9 */
    assert_int_equal(pictures("h264", 16, 16), 7);
    assert_int_equal(pictures("h264", 16384, 16384), 2); /* which no level has */
}

/* H.265 Table A.8 and A.4.2: 6 pictures, of which the one being decoded is one; more up to three
 * quarters of MaxLumaPs. */
static void hevc(void **state)
{
    (void)state;
    if (!pictures("hevc", 64, 64)) {
        skip();
        return;
    }
    assert_int_equal(pictures("hevc", 1920, 1080), 6); /* level 4: 2228224 */
    assert_int_equal(pictures("hevc", 3840, 2160), 6); /* level 5: 8912896 */
    assert_int_equal(pictures("hevc", 1280, 720), 6);  /* level 3.1: 983040 */
    assert_int_equal(pictures("hevc", 1920, 800), 7);
    assert_int_equal(pictures("hevc", 2048, 816), 7); /* three quarters exactly: 1671168 */
    assert_int_equal(pictures("hevc", 2048, 824), 6);
    assert_int_equal(pictures("hevc", 16384, 16384), 6); /* which no level has */
}

/* Codecs with a fixed number of slots, whatever the size. */
static void others(void **state)
{
    const struct {
        const char *name;
        unsigned pictures;
    } expected[] = {{"mpeg2", 3}, {"vp8", 4}, {"vp9", 5}, {"av1", 9}};

    (void)state;
    for (unsigned i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const unsigned found = pictures(expected[i].name, 1920, 1080);

        if (found) /* kernel headers of the build may lack the codec */
            assert_int_equal(found, expected[i].pictures);
        assert_int_equal(pictures(expected[i].name, 64, 64), found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(h264), cmocka_unit_test(hevc),
                                       cmocka_unit_test(others)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
