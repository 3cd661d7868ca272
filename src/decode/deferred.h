/* SPDX-License-Identifier: MIT */
/*
 * Frames whose controls hold a value that only the next frame tells (AV1's refresh_frame_flags, see
 * av1.h). Such a frame is kept back, ready to go, until the next one is submitted. Who asks for its
 * picture before that gets it: then it is sent as built, and once more when the next frame shows
 * another value.
 *
 * At most one frame of a context is kept, and it goes before the next one: order and pipelining
 * stay as they are. It is
 * - kept (DEFERRED_KEPT) from vaEndPicture on, with its slot, its controls and references to its
 *   surfaces, which count it as a job already;
 * - sent as built (DEFERRED_SUBMITTED) when somebody waits for it, queries, maps or exports its
 * picture, when its picture's memory is exported already, and when the context ends or changes its
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
#ifndef DEFERRED_H
#define DEFERRED_H

#include "decode/context.h"

/* All functions want context->lock held. */

/* Keeps a frame: `job` as it will be queued, with the controls of `set`, which are the context's.
 */
void deferred_set(struct context *context, const struct job *job, const struct control_set *set)
    REQUIRES(context->lock);
/* Its control that holds the deferred value. */
void *deferred_control(const struct context *context) REQUIRES(context->lock);
/* The frame is about to be submitted: it no longer counts among the jobs of its surfaces, and its
 * slot is pinned. */
void deferred_begin_submission(struct context *context) REQUIRES(context->lock);
/* Lets go of the surfaces: from then on only their names are known. */
void deferred_let_go(struct context *context) REQUIRES(context->lock);
/* The frame could not be submitted, which nobody has been told. */
void deferred_note_failure(struct context *context, VAStatus status) REQUIRES(context->lock);
/* Another context takes the surface of captures[index]: a submitted frame that refers to it cannot
 * be submitted again. */
void deferred_lose_reference(struct context *context, unsigned index) REQUIRES(context->lock);
/* The queues stop: a frame that was not submitted yet is lost. */
void deferred_lose(struct context *context) REQUIRES(context->lock);
/* Forgets the frame, which is not submitted any more. */
void deferred_drop(struct context *context) REQUIRES(context->lock);
/* With both locks held: the frame of `from`, whose slots are the context's now, becomes the
 * context's. */
void deferred_take(struct context *context, struct context *from) REQUIRES(context->lock);

#endif
