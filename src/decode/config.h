/* SPDX-License-Identifier: MIT */
/* A config: a profile, and what the client said of its pictures. It needs no lock: it does not
 * change once it has an id. */
#ifndef CONFIG_H
#define CONFIG_H

#include "base/driver.h"
#include "device/candidates.h"

struct config {
    struct object object;
    VAProfile profile;
    uint32_t rt_format;            /* VA_RT_FORMAT_* bits that the client asked for; all if none */
    uint32_t supported_rt_formats; /* of the profile's pictures, on any device */
    struct picture_limits limits;  /* of pictures in one of `rt_format` */
    /* vaQuerySurfaceAttributes lists their pixel formats. A client that named no RT format chooses
     * among these by the depth of its stream. It is told all of the profile's, so that it fails
     * when it creates surfaces that no device supports, and not with the first picture. */
    uint32_t surface_rt_formats;
    uint64_t number; /* of all configs ever made, in order */
};

#endif
