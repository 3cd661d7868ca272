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
        DEFERRED_KEPT,      /* not sent yet */
        DEFERRED_SUBMITTED, /* sent as built; it may have to be sent again */
    } state;
    VAStatus untold;         /* why it could not be sent, if nobody knows yet */
    struct slot *slot;       /* with its data; once sent, its `waiters` count this frame */
    size_t used;             /* bytes of it */
    struct surface *surface; /* counted; NULL once sent */
    struct surface *display; /* counted; as in struct job; NULL once sent */
    struct object_name surface_name, display_name; /* of both, once sent */
    unsigned capture;
    uint64_t timestamp;
    uint32_t references; /* as in struct job */
    bool reference_lost; /* another context has the surface of one of them: not to be sent again */
    enum picture_use use;
    struct control_set set;
    void *controls; /* codec->controls_size bytes that `set` points to */
};

#endif
