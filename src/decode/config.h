/* SPDX-License-Identifier: MIT */
/* A config: a profile, and what the client said of its pictures. */
#ifndef CONFIG_H
#define CONFIG_H

#include "base/driver.h"
#include "device/candidates.h"

struct config {
    struct object object;
    VAProfile profile;
    uint32_t rt_format;            /* VA_RT_FORMAT_* bits: that the client asked for, else all */
    uint32_t supported_rt_formats; /* of pictures of the profile, on one device or another */
    struct picture_limits limits;  /* of pictures that have one of `rt_format` */
    /* Whose pixel formats vaQuerySurfaceAttributes lists. A client that says no RT format chooses
     * from them by its stream's depth: it is told all of the profile's, so that it asks for what
     * the device does not have when it creates surfaces, and not with the first picture. */
    uint32_t surface_rt_formats;
    uint64_t number; /* of all that were made, in order */
};

#endif
