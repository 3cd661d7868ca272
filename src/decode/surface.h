/* SPDX-License-Identifier: MIT */
/* Surfaces: what a client decodes into and looks at. */
#ifndef SURFACE_H
#define SURFACE_H

#include "codec/codec.h"
#include "device/picture_memory.h"

/* surface->capture of a surface that has no CAPTURE buffer yet. */
#define NO_CAPTURE UINT32_MAX

enum surface_state {
    SURFACE_FREE,      /* holds no picture */
    SURFACE_IN_DECODE, /* a job that writes it has not been reaped */
    SURFACE_DECODED,   /* holds a picture */
    SURFACE_DAMAGED,   /* holds a picture that the device reported errors in */
    SURFACE_FAILED,    /* the last decode into it was lost */
};

struct surface {
    struct object object;
    struct driver *driver;
    uint32_t width, height; /* as the client created it */
    uint32_t rt_format;
    uint32_t va_fourcc; /* that the client asked for, 0: any */

    /* driver->lock */
    enum surface_state state;
    struct picture_memory *memory;
    struct context *context; /* counted; whose it is since the last decode began */
    unsigned capture;        /* index in context->captures.list, or NO_CAPTURE */
    uint64_t timestamp;      /* ns, of the last decode in `context`; NO_TIMESTAMP: none */
    unsigned pending_jobs;   /* jobs not reaped that write it */
    uint8_t codec_state[SURFACE_STATE_SIZE] __attribute__((aligned(8)));

    VASurfaceDecodeMBErrors errors[2]; /* what vaQuerySurfaceError says: an entry, and the end */
};

#endif
