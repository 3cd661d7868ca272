/* SPDX-License-Identifier: MIT */
/* The state of one vaEndPicture, shared by the files that submit. */
#ifndef SUBMISSION_H
#define SUBMISSION_H

#include "context.h"

/* Looks references up for a builder, and notes which CAPTURE buffers it asked for. */
struct context_lookup {
    struct reference_lookup base;
    struct context *context;
    uint32_t used;  /* bit i: captures[i] */
    uint32_t named; /* the same, for all that the picture ever named: not to be displaced by it */
    bool missing;
    /* The first that the picture names and a parked context has, or VA_INVALID_ID. */
    VASurfaceID parked;
    uint64_t state[MAX_CAPTURES][SURFACE_STATE_SIZE / sizeof(uint64_t)];
};

/* Everything that the steps of one submission share. */
struct submission {
    struct context *context;
    struct surface *surface;
    struct surface *display; /* counted while submitting: gets the picture instead, or NULL */
    struct picture picture;
    struct context_lookup lookup;
    struct control_set set;
    bool first_request; /* none of this picture is in the kernel yet */
    bool queue_capture; /* the kernel does not hold the surface's CAPTURE buffer */
    bool hold;          /* a second field may follow */
    enum picture_use use;
};

/* references.c: for a builder to be called with context->lock held. */
struct context_lookup lookup_of(struct context *context);

/* submit.c, with context->lock held */
/* One request: controls and bitstream of the frame, or of one slice. `slot` is staging. */
VAStatus submit_request(struct submission *s, struct slot *slot, bool last);

#endif
