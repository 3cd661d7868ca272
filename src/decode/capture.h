/* SPDX-License-Identifier: MIT */
/* The structs of CAPTURE buffers (capture_pool.h) and of how pictures end (outcome.h). Both are
 * members of a context, guarded by context->lock. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "decode/surface.h"

/* How a picture, or a part of it, ended; the worst is the last. */
enum outcome {
    OUTCOME_WHOLE,
    OUTCOME_DAMAGED, /* the device reported errors in it, and continues */
    OUTCOME_LOST,
};

/* The damaged pictures of a context. */
struct damage {
    bool any_whole;       /* a picture has come out whole */
    unsigned in_a_row;    /* damaged ones since the last whole one */
    unsigned unreported;  /* damaged ones that no message has reported yet */
    uint64_t reported_at; /* CLOCK_MONOTONIC ns, of the last message; 0: none */
    enum outcome hidden;  /* of hidden pictures: the next one that is shown says so */
};

#define MAX_CAPTURES 32 /* the most that videobuf2 allows for one queue */

/* A CAPTURE buffer index, and the surface that it is bound to. */
struct capture {
    struct surface *surface;       /* weak; NULL: free */
    struct picture_memory *memory; /* counted: what the kernel has at this index */
    bool queued;                   /* in the kernel */
    uint64_t timestamp;            /* ns, of the picture that it was last queued for */
    enum outcome outcome;          /* so far, of the jobs of that picture that have ended */
    uint32_t min_size[MAX_PICTURE_BUFFERS]; /* bytes that the kernel wants of each dma-buf */
    uint64_t last_use;                      /* captures.uses then: the oldest is unbound first */
};

#endif
