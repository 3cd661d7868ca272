/* SPDX-License-Identifier: MIT */
/* A frame that is kept back: deferred.h. */
#ifndef DEFERRED_FRAME_H
#define DEFERRED_FRAME_H

#include "codec/codec.h"
#include "decode/job.h"

/* A frame whose controls lack a value that the next one tells (deferred.h). */
struct deferred_frame {
    enum {
        DEFERRED_NONE,
        DEFERRED_KEPT,      /* not in the kernel yet */
        DEFERRED_SUBMITTED, /* as built; it may have to be submitted again */
    } state;
    struct job job;   /* surfaces NULL once submitted; the slot is pinned from then on */
    size_t used;      /* bytes of the slot */
    VAStatus failure; /* why it could not be submitted, if nobody has been told yet */
    struct object_name surface, display; /* of the job's */
    bool reference_lost; /* another context has the surface of one of its references */
    struct control_set set;
    void *controls; /* codec->controls_size bytes that `set` points to */
};

#endif
