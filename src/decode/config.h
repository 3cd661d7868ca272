/* SPDX-License-Identifier: MIT */
/* A config: a profile, and what the client said about its pictures. It does not change once it has
 * an id, so it needs no lock. */
#ifndef CONFIG_H
#define CONFIG_H

#include "base/driver.h"
#include "device/candidates.h"

struct config {
    struct object object;
    VAProfile profile;
    uint32_t rt_format; /* VA_RT_FORMAT_* bits that the client asked for; by default all */
    uint32_t supported_rt_formats; /* those of the profile's pictures, on any device */
    struct picture_limits limits;  /* of pictures in one of `rt_format` */
    /* vaQuerySurfaceAttributes lists the pixel formats of these. A client that named no RT format
     * chooses among them by the depth of its stream. It sees all of the profile's, so that creating
     * surfaces fails if no device supports them, and not decoding the first picture. */
    uint32_t surface_rt_formats;
    uint64_t number; /* serial number among all configs ever created */
};

#endif
