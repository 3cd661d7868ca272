/* SPDX-License-Identifier: MIT */
/* The state of one vaEndPicture, shared by the files that submit. */
#ifndef SUBMISSION_H
#define SUBMISSION_H

#include "decode/context.h"

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

/* All functions want context->lock held. */

/* submission.c, with context->lock held */
/* Logs why a picture is refused; returns its status. */
VAStatus submission_refuse(const struct context *context, const struct build_error *error)
    REQUIRES(context->lock);

/* Logs which call the kernel answered with a negative errno; returns the status for it. -ENODEV
 * ends the context. */
VAStatus submission_kernel_error(struct context *context, const char *what, int error)
    REQUIRES(context->lock);

/* Fills s->set for the picture's slices `first` to `first + count - 1`. */
VAStatus submission_build(struct context *context, struct submission *s, unsigned first,
                          unsigned count) REQUIRES(context->lock);
/* The same for its first slice, before the slices are assembled: for what all have in common. */
VAStatus submission_build_first(struct context *context, struct submission *s)
    REQUIRES(context->lock);

/* The controls of `set` that the device has to know before its CAPTURE format is final. */
struct control_set submission_sequence(const struct context *context, const struct control_set *set)
    REQUIRES(context->lock);

/* Whether the client could see all of the picture in that surface: else (logged)
 * VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED. */
VAStatus submission_check_target(const struct context *context, const struct surface *surface)
    REQUIRES(context->lock);

#endif
