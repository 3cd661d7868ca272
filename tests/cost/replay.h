/* SPDX-License-Identifier: MIT */
/*
 * Replays a recording as a player that keeps several pictures in flight: each picture gets a
 * surface of a pool of this program's own, and is waited for `depth` pictures after it was ready
 * to be shown.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include "recording.h"

#include <va/va.h>

#define MAX_POOL     32
#define MAX_RENDERED 512 /* buffers of one picture */

/* A surface id inside a recorded buffer. */
struct patch {
    unsigned record, buffer;
    size_t offset;     /* bytes into the buffer's data */
    unsigned instance; /* whose surface it is */
};

/* One picture: the time between two decodes into the same recorded surface. */
struct instance {
    unsigned first, last; /* records that decode into it, or name it */
    bool shown;
};

/* What each record means, worked out before time is taken. */
struct plan {
    const struct recording *recording;
    struct instance *instances;
    unsigned num_instances;
    unsigned *instance_of; /* of each record that is a picture or an output */
    struct patch *patches; /* in the order of the records */
    unsigned num_patches, patch_room;
    unsigned num_pictures; /* calls of vaEndPicture */
    size_t slice_bytes;
};

/* Ends the program where memory is short or the recording makes no sense. */
void plan_make(struct plan *plan, const struct recording *recording);
void plan_free(struct plan *plan);

struct pool_surface {
    VASurfaceID id;
    unsigned instance; /* whose picture it holds */
    bool taken;        /* by a picture that is needed still */
    bool waiting;      /* to be shown */
    unsigned long last_taken;
};

struct replay {
    VADisplay display;
    const struct plan *plan;
    VAConfigID config;
    VAContextID context;
    unsigned width, height, format;
    struct pool_surface pool[MAX_POOL];
    unsigned pool_size, depth;
    unsigned *surface_of;             /* index into the pool, of each instance */
    unsigned queue[MAX_POOL], queued; /* of the pool, to be shown */
    unsigned record, patch;
    unsigned long taken, pictures, shown, errors;
    size_t slice_bytes;   /* of the pictures so far */
    bool export;          /* pictures as they are shown */
    void (*settle)(void); /* returns when the decoder has nothing to do; NULL: not called */
    unsigned idle_us;     /* pause before each vaSyncSurface: pictures are ready when asked for */
};

/* Makes config, context and surfaces. Ends the program when the driver refuses. */
void replay_open(struct replay *replay, VADisplay display, const struct plan *plan,
                 unsigned pool_size, unsigned depth);
/* Goes on, from the start again at the recording's end, until so many more pictures went out. */
void replay_run(struct replay *replay, unsigned long pictures);
/* Waits for everything in flight. */
void replay_drain(struct replay *replay);
void replay_close(struct replay *replay);
/* The surface of the picture that was shown last. */
VASurfaceID replay_last(const struct replay *replay);

/* readback.c: prints what reading a picture takes, next to memcpy. */
int readback(VADisplay display, VASurfaceID surface, unsigned width, unsigned height);

double now_seconds(void);
/* Ends the program. */
_Noreturn void die(const char *what);

#endif
