/* SPDX-License-Identifier: MIT */
/* The structs of CAPTURE buffers (capture_pool.h) and of the outcome of pictures (outcome.h). Both
 * are members of a context and guarded by context->lock. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "decode/surface.h"

/* The outcome of a picture, or of a part of it, from best to worst. */
enum outcome {
    OUTCOME_WHOLE,
    OUTCOME_DAMAGED, /* the device reported errors in it, but continues */
    OUTCOME_LOST,
};

/* The damaged pictures of a context. */
struct damage {
    bool any_whole;       /* some picture was decoded without errors */
    unsigned in_a_row;    /* damaged pictures since the last whole one */
    unsigned unreported;  /* damaged pictures that no message has reported yet */
    uint64_t reported_at; /* CLOCK_MONOTONIC ns, of the last message; 0: none */
    enum outcome hidden;  /* worst of the last hidden pictures; the next shown one reports it */
};

#define MAX_CAPTURES 32 /* the most that videobuf2 allows for one queue */

/* A CAPTURE buffer, and the surface that it is bound to. */
struct capture {
    struct surface *surface;       /* weak; NULL: free */
    struct picture_memory *memory; /* counted; the memory that the kernel has at this index */
    bool queued;                   /* owned by the kernel */
    uint64_t timestamp;            /* ns; of the picture that it was last queued for */
    enum outcome outcome;          /* worst so far of that picture's jobs that have ended */
    uint32_t min_size[MAX_PICTURE_BUFFERS]; /* bytes that the kernel needs in each dma-buf */
    uint64_t last_use; /* captures.uses at that time; the oldest is unbound first */
};

/* Whether the set has that index (bit i: captures.list[i]); NO_CAPTURE is in none. */
static inline bool capture_is_in(uint32_t captures, unsigned index)
{
    return index < MAX_CAPTURES && captures >> index & 1;
}

#endif
