/* SPDX-License-Identifier: MIT */
/* Which of several devices decodes what, whatever the order in which they are found. */
#include "base/driver.h"
#include "device/candidates.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

enum { SMALL, LARGE, DEEP, DEVICES };

static struct device devices[DEVICES];
static struct driver driver = {.devices = devices, .num_devices = DEVICES};

static const struct codec *find_codec(const char *name)
{
    for (unsigned i = 0; i < num_codecs; i++)
        if (!strcmp(codecs[i]->name, name))
            return codecs[i];
    return NULL;
}

static const struct pixel_format *pixels_of(uint8_t bit_depth)
{
    for (unsigned i = 0; i < num_pixel_formats; i++)
        if (pixel_formats[i].bit_depth == bit_depth)
            return &pixel_formats[i];
    return NULL;
}

/* A device with one codec, all of whose profiles it has. */
static struct device device_of(const char *name, const char *codec, uint32_t width, uint32_t height,
                               bool deep)
{
    struct device device = {.num_codecs = 1};

    snprintf(device.name, sizeof(device.name), "%s", name);
    device.codecs[0] = (struct device_codec){
        .codec = find_codec(codec),
        .profiles = UINT32_MAX,
        .eight_bits = pixels_of(8),
        .ten_bits = deep ? pixels_of(10) : NULL,
        .min_width = 48,
        .min_height = 48,
        .max_width = width,
        .max_height = height,
    };
    return device;
}

/* The first of the devices, in all orders that they can be found in, is always that one. */
static void check_first(const struct device *made, const struct demand *demand, const char *wanted)
{
    for (unsigned order = 0; order < DEVICES * DEVICES * DEVICES; order++) {
        const unsigned a = order % DEVICES, b = order / DEVICES % DEVICES,
                       c = order / DEVICES / DEVICES;
        struct candidate list[MAX_CANDIDATES];
        struct demand here = *demand;

        if (a == b || b == c || a == c)
            continue;
        devices[0] = made[a];
        devices[1] = made[b];
        devices[2] = made[c];
        for (unsigned i = 0; demand->preferred_device && i < DEVICES; i++)
            if (!strcmp(devices[i].name, demand->preferred_device->name))
                here.preferred_device = &devices[i];
        if (wanted) {
            assert_int_not_equal(candidates_find(&driver, &here, list), 0);
            assert_string_equal(list[0].device->name, wanted);
        } else {
            assert_int_equal(candidates_find(&driver, &here, list), 0);
        }
    }
}

static void hevc_devices(struct device made[DEVICES])
{
    made[SMALL] = device_of("small", "hevc", 1920, 1088, false);
    made[LARGE] = device_of("large", "hevc", 7680, 4320, false);
    made[DEEP] = device_of("deep", "hevc", 4096, 2304, true);
}

static struct demand demand_of(VAProfile profile, uint32_t width, uint32_t height)
{
    return (struct demand){.profile = profile,
                           .width = width,
                           .height = height,
                           .welcome_rt_formats = VA_RT_FORMAT_YUV420};
}

static void smallest_that_fits(void **state)
{
    struct device made[DEVICES];
    struct demand demand = demand_of(VAProfileHEVCMain, 1920, 1080);

    (void)state;
    hevc_devices(made);
    check_first(made, &demand, "small");
    demand.height = 1089;
    check_first(made, &demand, "deep");
    demand.width = 4097;
    check_first(made, &demand, "large");
    demand.width = 7681;
    check_first(made, &demand, NULL);
    demand.width = 32;
    demand.height = 32;
    check_first(made, &demand, NULL);
    demand.memory = true;
    check_first(made, &demand, "small");
}

static void depths(void **state)
{
    struct device made[DEVICES];
    struct demand demand = demand_of(VAProfileHEVCMain10, 1280, 720);

    (void)state;
    hevc_devices(made);
    /* A stream of either depth may come. */
    demand.welcome_rt_formats = VA_RT_FORMAT_YUV420 | VA_RT_FORMAT_YUV420_10;
    check_first(made, &demand, "deep");
    /* Surfaces of 8 bits only, of 10 bits only. */
    demand.welcome_rt_formats = demand.needed_rt_formats = VA_RT_FORMAT_YUV420;
    check_first(made, &demand, "small");
    demand.welcome_rt_formats = demand.needed_rt_formats = VA_RT_FORMAT_YUV420_10;
    check_first(made, &demand, "deep");
    demand.width = 7680;
    check_first(made, &demand, NULL);
    demand.profile = VAProfileHEVCMain;
    check_first(made, &demand, NULL);
}

static void memory_that_cannot_be_replaced(void **state)
{
    struct device made[DEVICES];
    struct demand demand = demand_of(VAProfileHEVCMain, 1280, 720);

    (void)state;
    hevc_devices(made);
    demand.preferred_device = &made[LARGE];
    check_first(made, &demand, "large");
    demand.preferred_device = &made[SMALL];
    demand.width = 2560;
    check_first(made, &demand, "deep");
}

/* References of other sizes cannot move to another device. */
static void largest_where_sizes_change(void **state)
{
    struct device made[DEVICES];
    const struct demand demand = demand_of(VAProfileAV1Profile0, 1280, 720);

    (void)state;
    if (!find_codec("av1"))
        skip();
    made[SMALL] = device_of("small", "av1", 1920, 1088, false);
    made[LARGE] = device_of("large", "av1", 7680, 4320, false);
    made[DEEP] = device_of("deep", "av1", 4096, 2304, true);
    check_first(made, &demand, "large");
}

/* Limits are those of one device each: 4096x2304 and not 4096x4096, though there is 1088x4096. */
static void limits(void **state)
{
    struct picture_limits found;

    (void)state;
    devices[0] = device_of("tall", "hevc", 1088, 4096, false);
    devices[1] = device_of("large", "hevc", 4096, 2304, false);
    devices[2] = device_of("deep", "hevc", 1920, 1088, true);
    devices[0].codecs[0].min_height = 16;
    devices[1].codecs[0].min_width = devices[1].codecs[0].min_height = 64;
    found = candidates_limits(&driver, VAProfileHEVCMain10,
                              VA_RT_FORMAT_YUV420 | VA_RT_FORMAT_YUV420_10);
    assert_int_equal(found.max_width, 4096);
    assert_int_equal(found.max_height, 2304);
    assert_int_equal(found.min_width, 48);
    assert_int_equal(found.min_height, 16);
    found = candidates_limits(&driver, VAProfileHEVCMain10, VA_RT_FORMAT_YUV420_10);
    assert_int_equal(found.max_width, 1920);
    assert_int_equal(found.max_height, 1088);
    assert_int_equal(candidates_rt_formats(&driver, VAProfileHEVCMain), VA_RT_FORMAT_YUV420);
    assert_int_equal(candidates_rt_formats(&driver, VAProfileHEVCMain10),
                     VA_RT_FORMAT_YUV420 | VA_RT_FORMAT_YUV420_10);
    assert_int_equal(candidates_rt_formats(&driver, VAProfileVP9Profile0), 0);
    assert_int_equal(candidates_rt_formats(&driver, VAProfileNone), 0);
}

/* Without a profile the codecs of a device stay in its own order. */
static void any_profile(void **state)
{
    struct demand demand = demand_of(VAProfileNone, 1920, 1080);
    struct candidate list[MAX_CANDIDATES];

    (void)state;
    demand.memory = true;
    devices[0] = device_of("large", "h264", 4096, 2304, false);
    devices[0].num_codecs = 2;
    devices[0].codecs[1] = devices[0].codecs[0];
    devices[0].codecs[1].codec = find_codec("vp8");
    devices[0].codecs[1].max_width = 1920;
    devices[1] = device_of("small", "mpeg2", 1920, 1088, false);
    devices[2] = device_of("tiny", "mpeg2", 720, 576, false);
    assert_int_equal(candidates_find(&driver, &demand, list), 3);
    assert_string_equal(list[0].device->name, "small");
    assert_ptr_equal(list[1].codec, &devices[0].codecs[0]);
    assert_ptr_equal(list[2].codec, &devices[0].codecs[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smallest_that_fits),
        cmocka_unit_test(depths),
        cmocka_unit_test(memory_that_cannot_be_replaced),
        cmocka_unit_test(largest_where_sizes_change),
        cmocka_unit_test(limits),
        cmocka_unit_test(any_profile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
