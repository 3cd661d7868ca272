/* SPDX-License-Identifier: MIT */
/*
 * A recorded stream, decoded picture by picture, by a client that looks at its pictures when it
 * likes to: as soon as it can, or so many pictures later.
 */
#ifndef LATE_STREAM_H
#define LATE_STREAM_H

#include "player.h"

#include <va/va_drmcommon.h>

struct shown {
    VASurfaceID surface;
    unsigned number; /* of the output, and of the software's picture */
    unsigned due;    /* pictures submitted when it is looked at */
    bool last_use;   /* the surface goes then */
};

struct stream {
    VADisplay display;
    const struct recording *recording;
    unsigned delay;          /* pictures submitted between an output and the look at it */
    bool no_sync;            /* vaGetImage has to wait */
    bool refused_between;    /* submit what the driver refuses before each picture */
    unsigned break_requests; /* from the n-th reinit on there are none; 0: never */

    VAConfigID config;
    VAContextID context;
    bool borrowed; /* the context is another stream's */
    VAImage image;
    struct {
        uint32_t recorded, width, height, format;
        VASurfaceID id;
    } surfaces[PLAYER_SURFACES];
    unsigned num_surfaces;
    struct shown shown[PLAYER_SURFACES];
    unsigned num_shown;
    VASurfaceID last, scratch;
    unsigned at; /* the next record */

    /* Since stream_open() or stream_rewind(). */
    unsigned pictures, outputs;
    unsigned right, wrong;
    unsigned silent; /* wrong, and no call had failed */
    unsigned errors; /* calls that failed */
    unsigned told;   /* vaEndPicture failed, and the picture before says that it did */
};

struct stream stream_open(VADisplay display, const struct recording *recording, unsigned delay);
void stream_close(struct stream *stream);
/* One record; false: there are no more. */
bool stream_step(struct stream *stream);
/* Up to that record. */
void stream_play(struct stream *stream, unsigned end);
/* Looks at what has not been looked at. */
void stream_show_rest(struct stream *stream);
/* To the end, and all that was to be seen. */
void stream_finish(struct stream *stream);
/* From the start again, in the context that there is. */
void stream_rewind(struct stream *stream);
/* Destroys what is to be shown, unseen, and every other surface. */
void stream_destroy_surfaces(struct stream *stream);
void stream_end_context(struct stream *stream);
/* A context like the last one that the recording has up to here, if there is none now. */
void stream_begin_context(struct stream *stream);
/* Renders a picture of the recording into any surface; what vaBeginPicture and vaEndPicture say. */
VAStatus stream_submit(struct stream *stream, const struct record *record, VASurfaceID target);
/* `to` decodes in the context of `from`. */
void stream_lend_context(const struct stream *from, struct stream *to);

#endif
