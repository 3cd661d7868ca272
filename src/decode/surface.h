/* SPDX-License-Identifier: MIT */
/* Surfaces, which clients decode into and read. */
#ifndef SURFACE_H
#define SURFACE_H

#include "codec/codec.h"
#include "device/picture_memory.h"

/* surface->capture of a surface that is bound to a context but has no CAPTURE buffer. */
#define NO_CAPTURE UINT32_MAX

enum surface_state {
    SURFACE_FREE,      /* holds no picture */
    SURFACE_IN_DECODE, /* a job or a deferred frame that writes it has not ended */
    SURFACE_DECODED,   /* holds a picture */
    SURFACE_DAMAGED,   /* holds a picture with errors that the device reported */
    SURFACE_FAILED,    /* the last decode into it was lost */
};

struct surface {
    struct object object;
    struct driver *driver;
    uint32_t width, height; /* as the client created it */
    uint32_t rt_format;
    uint32_t va_fourcc; /* the one that the client asked for; 0: any */

    /* Guarded by driver->lock. While the surface is bound to a context, all but `memory` and
     * `errors` change only while the context's lock is held as well. */
    enum surface_state state;
    struct picture_memory *memory;
    struct context *context; /* counted; the context that it is bound to (binding.h), or NULL */
    unsigned capture;        /* index in context->captures.list, or NO_CAPTURE */
    uint64_t timestamp;      /* ns; of its picture in `context`; NO_TIMESTAMP: it holds none */
    unsigned pending_jobs;   /* jobs, and a deferred frame, that write it and have not ended */
    uint8_t codec_state[SURFACE_STATE_SIZE] __attribute__((aligned(8)));

    VASurfaceDecodeMBErrors errors[2]; /* for vaQuerySurfaceError: an entry and the end mark */
};

/* All functions want driver->lock held. surface->context is a counted reference, which the caller
 * has to take and drop. */

/* Binds the surface to the context, without a CAPTURE buffer and without a picture. */
void surface_bind(struct surface *surface, struct context *context);
/* Moves the surface with its CAPTURE buffer to another context. NULL: unbinds it. */
void surface_rebind(struct surface *surface, struct context *context);
/* Sets the index of its CAPTURE buffer, or NO_CAPTURE. */
void surface_set_capture(struct surface *surface, unsigned capture);
/* Sets the timestamp by which the kernel identifies its picture. NO_TIMESTAMP: the kernel knows
 * none. */
void surface_set_timestamp(struct surface *surface, uint64_t timestamp);
/* Replaces its memory by `memory`, and takes over the caller's reference. Returns the old memory
 * with its reference. */
struct picture_memory *surface_exchange_memory(struct surface *surface,
                                               struct picture_memory *memory);

#endif
