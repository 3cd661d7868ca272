/* SPDX-License-Identifier: MIT */
/*
 * Chooses among several devices.
 *
 * A machine may have two decoders for one profile (RK3588's VPU121, up to 1920x1088, beside
 * rkvdec). Clients are told what the most capable of them can do. A context is opened on the most
 * suitable one, and on the next one if that fails. They are ordered by these criteria:
 *
 * 1. The device that allocated the render targets' memory, if that has been exported: an exported
 *    surface keeps its layout. Likewise the device that holds references which the context may
 *    continue with (parked contexts).
 * 2. The device that has most of the bit depths that the config allows: a client that names no
 *    surfaces has not said which one it will be.
 * 3. The device whose largest picture is the smallest: the kernel runs the jobs of one device one
 *    after the other, and the larger device stays free for what only it can decode. For codecs
 *    whose pictures change size between references (AV1) the largest: references cannot move to
 *    another device.
 * 4. The first one by the names of driver, bus and card. Numbers of nodes do not count, because
 *    they change from boot to boot.
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

/* What is to be decoded. */
struct demand {
    VAProfile profile;           /* VAProfileNone: any */
    uint32_t width, height;      /* luma samples, as a client announces them */
    uint32_t needed_rt_formats;  /* VA_RT_FORMAT_* bits: the device must have all of them */
    uint32_t welcome_rt_formats; /* at least one of these, preferably all */
    const struct device
        *preferred_device; /* that has memory or references which cannot be replaced, or NULL */
    bool memory;           /* only for a surface's memory: there is no least size */
};

/* Fills `list`, the most suitable first; returns how many there are. */
unsigned candidates_find(const struct driver *driver, const struct demand *demand,
                         struct candidate list[MAX_CANDIDATES]);

/* Whether that codec of a device can do what is demanded. */
bool candidate_suits(const struct device_codec *codec, const struct demand *demand);

/* VA_RT_FORMAT_* bits that some device has for the profile; 0: none decodes it. */
uint32_t candidates_rt_formats(const struct driver *driver, VAProfile profile);

/* Luma samples. Largest width and height are of one device, and so are the least: no combination is
 * promised that no device has. */
struct picture_limits {
    uint32_t min_width, min_height, max_width, max_height;
};

/* The limits of the profile's pictures in one of the RT formats; all 0: no device decodes them. */
struct picture_limits candidates_limits(const struct driver *driver, VAProfile profile,
                                        uint32_t rt_formats);

/* Whether all codecs that decode pictures of that bit depth write them with one of the listed
 * modifiers (DRM_FORMAT_MOD_*). */
bool candidates_have_modifier(const struct driver *driver, uint8_t bit_depth,
                              const uint64_t *modifiers, unsigned count);

#endif
