/* SPDX-License-Identifier: MIT */
/*
 * Frames whose controls hold a value that only the next frame tells (AV1's refresh_frame_flags, see
 * av1.h). Such a frame is kept back, ready to go, until the next one is submitted. Who asks for its
 * picture before that gets it: then it is sent as built, and once more when the next frame shows
 * another value.
 *
 * At most one frame is kept, and it goes before the next one: order and pipelining stay as they
 * are. All functions want context->lock held.
 */
#ifndef LATE_H
#define LATE_H

#include "submission.h"

/* Keeps the frame that was just built if its value is open. False: it is to be sent. */
bool late_keep(struct submission *s, struct slot *slot);

/* A next frame is there, prepared: sends the kept one, or sends it again. */
void late_settle(struct context *context, const struct picture *next);

/* Somebody wants the kept frame's picture now; `surface`: only if it is this one's, NULL: any. */
void late_flush(struct context *context, const struct surface *surface);

/* Forgets the kept frame, which is not sent any more. */
void late_drop(struct context *context);

#endif
