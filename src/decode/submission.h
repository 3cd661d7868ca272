/* SPDX-License-Identifier: MIT */
/* The state of one submission (vaEndPicture), shared by the files that take part in it. It lives on
 * the stack of the thread; context->submission points to it. */
#ifndef SUBMISSION_H
#define SUBMISSION_H

#include "decode/context.h"

/* Looks up references for a builder, and records the CAPTURE buffers that it asked for. */
struct context_lookup {
    struct reference_lookup base;
    struct context *context;
    uint32_t used;  /* bit i: captures.list[i] is a reference */
    uint32_t named; /* likewise, all that it ever named: must not be displaced for it */
    bool missing;   /* some reference is not a picture of this context */
    /* The first reference that belongs to a parked context, or VA_INVALID_ID. */
    VASurfaceID parked;
    uint64_t state[MAX_CAPTURES][SURFACE_STATE_SIZE / sizeof(uint64_t)];
};

struct submission {
    struct surface *surface;
    struct surface *display; /* counted; shows the picture instead (codec->display); or NULL */
    struct picture picture;
    struct context_lookup lookup;
    struct control_set set;
    bool first_request; /* no request of this picture is in the kernel yet */
    bool queue_capture; /* the kernel does not already hold the surface's CAPTURE buffer */
    bool hold;          /* the kernel has to keep the CAPTURE buffer for a second field */
    enum picture_use use;
};

/* All functions want context->lock held. */

/* Logs why a picture is refused, and returns error->status. */
VAStatus submission_refuse(const struct context *context, const struct build_error *error)
    REQUIRES(context->lock);

/* Logs a call that failed with a negative errno, and returns the status for that errno. Marks the
 * context as dead after -ENODEV. */
VAStatus submission_kernel_error(struct context *context, const char *what, int error)
    REQUIRES(context->lock);

/* Fills s->set for the picture's slices `first` to `first + count - 1`. */
VAStatus submission_build(struct context *context, struct submission *s, unsigned first,
                          unsigned count) REQUIRES(context->lock);
/* Fills s->set for the first slice, before the slices are assembled. It serves for the controls
 * that all requests of the picture have in common. */
VAStatus submission_build_first(struct context *context, struct submission *s)
    REQUIRES(context->lock);

/* The controls of `set` that the device needs before it can choose its CAPTURE format. */
struct control_set submission_sequence(const struct context *context, const struct control_set *set)
    REQUIRES(context->lock);

/* Checks that the surface is large enough for the whole picture.
 * VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED (logged). */
VAStatus submission_check_target(const struct context *context, const struct surface *surface)
    REQUIRES(context->lock);

#endif
