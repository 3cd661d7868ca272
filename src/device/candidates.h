/* SPDX-License-Identifier: MIT */
/*
 * Which of several devices decodes what.
 *
 * A machine may have two decoders with one profile (RK3588's VPU121, up to 1920x1088, beside
 * rkvdec). What clients are told of a profile is what the most able of them can do; a context opens
 * on the one that fits it best, and on the next one where that does not open. In this order:
 *
 * 1. The device whose memory the render targets have already, and others know: an exported surface
 *    keeps its layout. Likewise the device that holds the references that the context may go on
 *    with (handover.c).
 * 2. The one that has all bit depths that the config may have: a client that names no surfaces has
 *    not told yet which it will be.
 * 3. The one with the smallest largest picture: the larger one stays free for what only it decodes,
 *    as the kernel runs the jobs of one device one after the other. For codecs whose pictures
 *    change size between references (AV1) the largest: the references cannot move along.
 * 4. The first by the names of driver, bus and card. Numbers of nodes, which change from boot to
 *    boot, decide nothing.
 *
 * Surfaces get memory before any context by the same order. All functions may be called from any
 * thread: devices do not change after vaInitialize.
 */
#ifndef CANDIDATES_H
#define CANDIDATES_H

#include "base/driver.h"
#include "device/device.h"

/* Each codec of each device counts; more than any machine has. */
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
    uint32_t welcome_rt_formats; /* the more of these the better; at least one */
    const struct device *keeper; /* whose memory or references cannot be replaced, or NULL */
    bool memory;                 /* for a surface alone: it may be smaller than any picture */
};

/* Fills `list`, best first; returns how many there are. */
unsigned candidates_find(const struct driver *driver, const struct demand *demand,
                         struct candidate list[MAX_CANDIDATES]);

/* Whether it can do what is demanded. */
bool candidate_suits(const struct device_codec *codec, const struct demand *demand);

/* VA_RT_FORMAT_* bits that pictures of the profile can have on some device; 0: none decodes it. */
uint32_t candidates_rt_formats(const struct driver *driver, VAProfile profile);

/* Luma samples. The largest is that of one device, the least that of one device, too: no pair is
 * promised that none has. */
struct picture_limits {
    uint32_t min_width, min_height, max_width, max_height;
};

/* Of pictures of the profile that have one of the RT formats; all 0: there are none. */
struct picture_limits candidates_limits(const struct driver *driver, VAProfile profile,
                                        uint32_t rt_formats);

/* Whether all codecs that have pictures of that bit depth write them in one of the layouts of a
 * list (DRM_FORMAT_MOD_*). */
bool candidates_have_modifier(const struct driver *driver, uint8_t bit_depth,
                              const uint64_t *modifiers, unsigned count);

#endif
