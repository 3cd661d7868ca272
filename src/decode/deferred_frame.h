/* SPDX-License-Identifier: MIT */
/* The struct of a deferred frame (deferred.h). Guarded by context->lock. */
#ifndef DEFERRED_FRAME_H
#define DEFERRED_FRAME_H

#include "codec/codec.h"
#include "decode/job.h"

struct deferred_frame {
    enum {
        DEFERRED_NONE,
        DEFERRED_KEPT,      /* not in the kernel yet */
        DEFERRED_SUBMITTED, /* as built; it may have to be submitted again */
    } state;
    struct job job;   /* surfaces NULL once submitted; the slot is pinned from then on */
    size_t used;      /* bytes of data in the slot */
    VAStatus failure; /* why it could not be submitted, if nobody has been told yet */
    struct object_name surface,
        display;         /* uncounted: still known when the job has none; serial 0: none */
    bool reference_lost; /* another context took the surface of one: it cannot be sent again */
    struct control_set set;
    void *controls; /* codec->controls_size bytes that `set` points to */
};

#endif
