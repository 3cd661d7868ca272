/* SPDX-License-Identifier: MIT */
/*
 * Frames whose controls hold a value that only the next frame tells (AV1's refresh_frame_flags, see
 * av1.h). Such a frame is kept back, ready to go, until the next one is submitted. Who asks for its
 * picture before that gets it: then it is sent as built, and once more when the next frame shows
 * another value.
 *
 * At most one frame of a context is kept, and it goes before the next one: order and pipelining
 * stay as they are. It is
 * - kept (LATE_KEPT) from vaEndPicture on, with its slot, its controls and references to its
 *   surfaces, which count it as a job already;
 * - sent as built (LATE_SENT) when somebody waits for it, queries, maps or exports its picture,
 *   when its picture's memory is exported already, and when the context ends or changes its
 *   set-up. Its slot is spared then, its surfaces are not: only a surface that still holds the
 *   frame when the next one comes can be that one's reference, and only then it is sent again;
 * - forgotten when the next frame has been prepared, or when the queues stop: then it is lost with
 *   all others in flight, and its surface says so.
 *
 * The value as built names no slot. No guess is made in its place, however regular the stream: a
 * decoder stores its probabilities in the slots that it is told, over those that frames to come
 * need (rockchip_vpu981_hw_av1_dec.c), and nothing brings those back.
 *
 * A next frame that is refused (in prepare) tells nothing; the one after it does. A frame that
 * cannot be sent, or not be sent again, leaves its surface in an error state, and the next frame's
 * vaEndPicture fails: a hidden frame's surface nobody looks at.
 *
 * All functions want context->lock held.
 */
#ifndef LATE_H
#define LATE_H

#include "submission.h"

/* Keeps the frame that was just built if its value is open; *status is changed if it had to be sent
 * at once and could not be. False: it is to be sent. */
bool late_keep(struct submission *s, struct slot *slot, VAStatus *status);

/* A next frame is there, prepared: sends the kept one, or sends it again. An error: frames that
 * build on it would go wrong. May drop the lock. */
VAStatus late_settle(struct context *context, const struct picture *next);

/* Somebody wants the kept frame's picture now; `surface`: only if it is this one's, NULL: any. */
void late_flush(struct context *context, const struct surface *surface);

/* The queues stop: a frame that was not sent yet is lost. */
void late_lose(struct context *context);

/* Forgets the frame, which is not sent any more. */
void late_drop(struct context *context);

#endif
