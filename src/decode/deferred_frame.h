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
        DEFERRED_SUBMITTED, /* sent as built; may have to be sent again */
    } state;
    struct job job;   /* once sent, its surfaces are NULL and its slot is pinned */
    size_t used;      /* bytes of data in the slot */
    VAStatus failure; /* why it could not be sent, if that is not reported yet */
    struct object_name surface,
        display;         /* uncounted; kept when `job` no longer has the surfaces; serial 0: none */
    bool reference_lost; /* another context took a reference: cannot be sent again */
    struct control_set set;
    void *controls; /* codec->controls_size bytes that `set` points to */
};

#endif
