/* SPDX-License-Identifier: MIT */
#include "device/candidates.h"

#include "base/driver.h"
#include "pixels/format.h"

#include <drm_fourcc.h>

static const struct codec_profile *find_profile(const struct device_codec *codec, VAProfile profile)
{
    for (unsigned i = 0; i < codec->codec->num_profiles; i++)
        if (codec->profiles >> i & 1 && codec->codec->profiles[i].profile == profile)
            return &codec->codec->profiles[i];
    return NULL;
}

/* VA_RT_FORMAT_* bits of the codec's pictures in that profile; VAProfileNone: in any profile. */
static uint32_t rt_formats_of(const struct device_codec *codec, VAProfile profile)
{
    const struct codec_profile *found =
        profile == VAProfileNone ? NULL : find_profile(codec, profile);
    uint32_t rt_formats = 0;

    if (!found && profile != VAProfileNone)
        return 0;
    for (unsigned i = 0; i < num_pixel_formats; i++) {
        const struct pixel_format *format = &pixel_formats[i];

        if (device_codec_has_depth(codec, format->bit_depth) &&
            (!found ||
             (format->bit_depth >= found->min_bit_depth && format->bit_depth <= found->bit_depth)))
            rt_formats |= format->rt_format;
    }
    return rt_formats;
}

/* The next codec of any device that supports the profile; NULL after the last one. `position`
 * starts at 0. */
static const struct device_codec *next_of(const struct driver *driver, VAProfile profile,
                                          unsigned *position, const struct device **device)
{
    while (*position < driver->num_devices * MAX_DEVICE_CODECS) {
        const unsigned number = *position % MAX_DEVICE_CODECS;

        *device = &driver->devices[*position / MAX_DEVICE_CODECS];
        ++*position;
        if (number < (*device)->num_codecs && rt_formats_of(&(*device)->codecs[number], profile))
            return &(*device)->codecs[number];
    }
    return NULL;
}

uint32_t candidates_rt_formats(const struct driver *driver, VAProfile profile)
{
    const struct device *device;
    const struct device_codec *codec;
    uint32_t rt_formats = 0;
    unsigned position = 0;

    if (profile == VAProfileNone)
        return 0;
    while ((codec = next_of(driver, profile, &position, &device)))
        rt_formats |= rt_formats_of(codec, profile);
    return rt_formats;
}

static uint64_t area(uint32_t width, uint32_t height)
{
    return (uint64_t)width * height;
}

struct picture_limits candidates_limits(const struct driver *driver, VAProfile profile,
                                        uint32_t rt_formats)
{
    struct picture_limits limits = {0};
    const struct device *device;
    const struct device_codec *codec;
    unsigned position = 0;

    while ((codec = next_of(driver, profile, &position, &device))) {
        if (!(rt_formats_of(codec, profile) & rt_formats))
            continue;
        if (area(codec->max_width, codec->max_height) > area(limits.max_width, limits.max_height)) {
            limits.max_width = codec->max_width;
            limits.max_height = codec->max_height;
        }
        if (!limits.min_width ||
            area(codec->min_width, codec->min_height) < area(limits.min_width, limits.min_height)) {
            limits.min_width = codec->min_width;
            limits.min_height = codec->min_height;
        }
    }
    return limits;
}

bool candidate_suits(const struct device_codec *codec, const struct demand *demand)
{
    const uint32_t rt_formats = rt_formats_of(codec, demand->profile);

    if (demand->needed_rt_formats & ~rt_formats || !(demand->welcome_rt_formats & rt_formats))
        return false;
    if (demand->memory)
        return demand->width <= codec->max_width && demand->height <= codec->max_height;
    return device_codec_has_size(codec, demand->width, demand->height, true);
}

/* How many welcome RT formats the codec lacks. */
static int missing(const struct device_codec *codec, const struct demand *demand)
{
    return __builtin_popcount(demand->welcome_rt_formats & ~rt_formats_of(codec, demand->profile));
}

/* The area of the largest picture that the codec decodes. If any profile will do, that of the
 * device's largest codec: the codecs of one device then keep their order. */
static uint64_t reach(const struct candidate *candidate, const struct demand *demand)
{
    const struct device *device = candidate->device;
    uint64_t largest = 0;

    if (demand->profile != VAProfileNone)
        return area(candidate->codec->max_width, candidate->codec->max_height);
    for (unsigned i = 0; i < device->num_codecs; i++) {
        const uint64_t size = area(device->codecs[i].max_width, device->codecs[i].max_height);

        largest = size > largest ? size : largest;
    }
    return largest;
}

static bool is_better(const struct candidate *a, const struct candidate *b,
                      const struct demand *demand)
{
    const bool keeps = a->device == demand->preferred_device;
    const int lacks = missing(a->codec, demand) - missing(b->codec, demand);
    const uint64_t reach_a = reach(a, demand), reach_b = reach(b, demand);

    if (keeps != (b->device == demand->preferred_device))
        return keeps;
    if (lacks)
        return lacks < 0;
    return demand->profile != VAProfileNone && a->codec->codec->scaled_references
               ? reach_a > reach_b
               : reach_a < reach_b;
}

unsigned candidates_find(const struct driver *driver, const struct demand *demand,
                         struct candidate list[MAX_CANDIDATES])
{
    struct candidate found;
    unsigned count = 0, position = 0;

    /* Devices are sorted by identity: of equal candidates the first stays in front. */
    while (count < MAX_CANDIDATES &&
           (found.codec = next_of(driver, demand->profile, &position, &found.device))) {
        unsigned at = count;

        if (!candidate_suits(found.codec, demand))
            continue;
        for (; at && is_better(&found, &list[at - 1], demand); at--)
            list[at] = list[at - 1];
        list[at] = found;
        count++;
    }
    return count;
}

/* Clients list the modifier of Raspberry Pi's columns without their height, which depends on the
 * picture. */
static bool has_modifier(const struct pixel_format *pixels, const uint64_t *modifiers,
                         unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (modifiers[i] == pixels->modifier ||
            (pixels->modifier == DRM_FORMAT_MOD_LINEAR && modifiers[i] == DRM_FORMAT_MOD_INVALID))
            return true;
    return false;
}

bool candidates_have_modifier(const struct driver *driver, uint8_t bit_depth,
                              const uint64_t *modifiers, unsigned count)
{
    const struct device *device;
    const struct device_codec *codec;
    unsigned position = 0;

    while ((codec = next_of(driver, VAProfileNone, &position, &device))) {
        const struct pixel_format *pixels = device_codec_format(codec, bit_depth);

        if (pixels && !has_modifier(pixels, modifiers, count))
            return false;
    }
    return true;
}
