/* SPDX-License-Identifier: MIT */
/* CAPTURE buffers, and how pictures end: capture_pool.c, outcome.c. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "decode/surface.h"

/* How a picture, or part of it, ended: the worst comes last. */
enum outcome {
    OUTCOME_WHOLE,
    OUTCOME_DAMAGED, /* the device reported errors in it, and goes on */
    OUTCOME_LOST,
};

/* Damaged pictures of a context: outcome.c. */
struct damage {
    bool any_whole;      /* a picture has come out whole */
    unsigned in_a_row;   /* damaged ones since the last whole one */
    unsigned untold;     /* damaged ones since the last message */
    uint64_t told;       /* CLOCK_MONOTONIC ns, of that; 0: none */
    enum outcome hidden; /* of hidden pictures: the next one that is shown says so */
};

#define MAX_CAPTURES 32 /* what videobuf2 gives one queue */

/* A CAPTURE buffer index and the surface whose memory it stands for. */
struct capture {
    struct surface *surface;             /* weak; NULL: free */
    struct picture_memory *memory;       /* counted: what the kernel has at this index */
    bool queued;                         /* in the kernel */
    uint64_t timestamp;                  /* ns, of the picture that it was last queued for */
    enum outcome outcome;                /* of what has ended of that picture so far */
    uint32_t least[MAX_PICTURE_BUFFERS]; /* bytes that the kernel wants each memory to have */
    uint64_t last_use;                   /* for the choice of which surface to unbind */
};

#endif
