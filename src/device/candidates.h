/* SPDX-License-Identifier: MIT */
/*
 * Chooses among several devices.
 *
 * A machine may have several decoders for one profile (RK3588 has VPU121, up to 1920x1088, and
 * rkvdec). The driver reports the limits of the most capable one. A context opens on the most
 * suitable device, or on the next one if that fails. These criteria decide, in this order:
 *
 * 1. The device that allocated the memory of an exported render target, because an exported surface
 *    keeps its layout; or the device that holds references which the context may continue with
 *    (parked contexts).
 * 2. The device that supports most of the bit depths that the config allows: a client that names no
 *    surfaces has not said which depth it will use.
 * 3. The device with the smallest maximum picture size: the kernel runs the jobs of one device one
 *    after the other, so the larger device stays free for what only it can decode. For codecs whose
 *    pictures may have references of another size (AV1), the device with the largest: references
 *    cannot move to another device.
 * 4. The first by the names of driver, bus and card. Node numbers decide nothing, because they
 *    change from boot to boot.
 *
 * Surfaces that get memory before any context follow the same order. All functions may be called
 * from any thread and with any lock held: devices do not change after vaInitialize.
 */
#ifndef CANDIDATES_H
#define CANDIDATES_H

#include "base/driver.h"
#include "device/device.h"

/* Each codec of each device counts as one; more than any machine has. */
#define MAX_CANDIDATES 64

struct candidate {
    const struct device *device;
    const struct device_codec *codec;
};

/* What to decode. */
struct demand {
    VAProfile profile;           /* VAProfileNone: any */
    uint32_t width, height;      /* luma samples, as a client announces them */
    uint32_t needed_rt_formats;  /* VA_RT_FORMAT_* bits: the device must have all of them */
    uint32_t welcome_rt_formats; /* at least one of these, preferably all */
    const struct device
        *preferred_device; /* holds memory or references that cannot be replaced; or NULL */
    bool memory;           /* only for a surface's memory: no minimum size applies */
};

/* Fills `list`, the most suitable first; returns how many there are. */
unsigned candidates_find(const struct driver *driver, const struct demand *demand,
                         struct candidate list[MAX_CANDIDATES]);

/* Whether the codec meets the demand. */
bool candidate_suits(const struct device_codec *codec, const struct demand *demand);

/* VA_RT_FORMAT_* bits that some device has for the profile; 0: none decodes it. */
uint32_t candidates_rt_formats(const struct driver *driver, VAProfile profile);

/* In luma samples. The maximum width and height are those of one device, and so are the minimum
 * ones: a device supports each pair. */
struct picture_limits {
    uint32_t min_width, min_height, max_width, max_height;
};

/* The size limits for the profile with any of the RT formats; all 0: no device decodes them. */
struct picture_limits candidates_limits(const struct driver *driver, VAProfile profile,
                                        uint32_t rt_formats);

/* Whether all codecs that decode pictures of that bit depth write them with one of the listed
 * modifiers (DRM_FORMAT_MOD_*). */
bool candidates_have_modifier(const struct driver *driver, uint8_t bit_depth,
                              const uint64_t *modifiers, unsigned count);

#endif
