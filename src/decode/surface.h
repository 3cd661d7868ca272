/* SPDX-License-Identifier: MIT */
/* Surfaces: what a client decodes into and looks at. */
#ifndef SURFACE_H
#define SURFACE_H

#include "codec/codec.h"
#include "device/picture_memory.h"

/* surface->capture of a surface that is bound to a context and has no CAPTURE buffer yet. */
#define NO_CAPTURE UINT32_MAX

enum surface_state {
    SURFACE_FREE,      /* holds no picture */
    SURFACE_IN_DECODE, /* a job that writes it has not ended, or a deferred frame */
    SURFACE_DECODED,   /* holds a picture */
    SURFACE_DAMAGED,   /* holds a picture with errors that the device reported */
    SURFACE_FAILED,    /* the last decode into it was lost */
};

struct surface {
    struct object object;
    struct driver *driver;
    uint32_t width, height; /* as the client created it */
    uint32_t rt_format;
    uint32_t va_fourcc; /* that the client asked for, 0: any */

    /* Guarded by driver->lock; while the surface is bound to a context, all but `memory` and
     * `errors` change only with the context's lock held as well. */
    enum surface_state state;
    struct picture_memory *memory;
    struct context *context; /* counted; whose it is since the last decode began */
    unsigned capture;        /* index in context->captures, or NO_CAPTURE */
    uint64_t timestamp;      /* ns, of its picture in `context`; NO_TIMESTAMP: none */
    unsigned pending_jobs;   /* that write it and have not ended, and a deferred frame */
    uint8_t codec_state[SURFACE_STATE_SIZE] __attribute__((aligned(8)));

    VASurfaceDecodeMBErrors errors[2]; /* what vaQuerySurfaceError returns: an entry, and the end */
};

/* All functions want driver->lock held; surface->context is a counted reference, which the caller
 * has taken, or gives up. */

/* The surface becomes the context's: without a CAPTURE buffer, and without a picture of it. */
void surface_bind(struct surface *surface, struct context *context);
/* The surface changes to another context with its CAPTURE buffer; NULL: it is nobody's. */
void surface_rebind(struct surface *surface, struct context *context);
/* Index of its CAPTURE buffer, or NO_CAPTURE. */
void surface_set_capture(struct surface *surface, unsigned capture);
/* What the kernel knows its picture by; NO_TIMESTAMP: it knows none. */
void surface_set_timestamp(struct surface *surface, uint64_t timestamp);
/* Gives it that memory, with its reference; returns what it had, likewise. */
struct picture_memory *surface_exchange_memory(struct surface *surface,
                                               struct picture_memory *memory);

#endif
