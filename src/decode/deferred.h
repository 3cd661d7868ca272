/* SPDX-License-Identifier: MIT */
/*
 * Deferred frames: the controls of such a frame need a value that only the next frame reveals
 * (AV1's refresh_frame_flags, see av1.h). The frame is kept back, ready to be sent, until the next
 * one is submitted. If its picture is wanted earlier, it is sent as built, and sent once more if
 * the next frame shows that the value is another one.
 *
 * A context keeps at most one frame, and sends it before the next one, so that order and pipelining
 * do not change. The frame is
 * - kept (DEFERRED_KEPT) from vaEndPicture on, with its slot, its controls and references to its
 *   surfaces, which already count it as a job;
 * - sent as built (DEFERRED_SUBMITTED) when a thread waits for it, or queries, maps or exports its
 *   picture, when the memory of its picture has been exported before, when another context takes
 *   one of its surfaces, and when the context is destroyed. Its slot then stays reserved, but its
 *   surfaces do not: the next frame can only refer to a surface that still holds the frame, and
 *   only then the frame is sent again;
 * - forgotten when the next frame has been prepared. If the queues stop before it was sent, it is
 *   lost with all jobs in flight, and its surface is in an error state.
 *
 * The value as built names no slot. The driver does not guess instead, however regular the stream
 * is: a decoder stores its probabilities in the slots that it is told, over those that later frames
 * need (rockchip_vpu981_hw_av1_dec.c), and they cannot be restored.
 *
 * A next frame that is refused in prepare() reveals nothing; the one after it does. A frame that
 * cannot be sent, or sent again, leaves its surface in an error state. The next frame's
 * vaEndPicture fails as well, because nobody looks at the surface of a hidden frame; but not if the
 * frame was sent for the sake of that surface, which then tells.
 *
 * Here is the frame's state; deferred_submit.h sends it.
 */
#ifndef DEFERRED_H
#define DEFERRED_H

#include "decode/context.h"

/* All functions want context->lock held. */

/* Keeps a frame: `job` as it will be queued, with the controls of `set`, which are the context's.
 */
void deferred_set(struct context *context, const struct job *job, const struct control_set *set)
    REQUIRES(context->lock);
/* The control whose value was open, or NULL. */
void *deferred_control(const struct context *context) REQUIRES(context->lock);
/* The frame is about to be submitted: it no longer counts among the jobs of its surfaces, and its
 * slot is pinned. */
void deferred_begin_submission(struct context *context) REQUIRES(context->lock);
/* Gives up the references to its surfaces, of which only the names are kept. */
void deferred_put_surfaces(struct context *context) REQUIRES(context->lock);
/* The frame could not be submitted, which nobody has been told. */
void deferred_note_failure(struct context *context, VAStatus status) REQUIRES(context->lock);
/* Another context takes the surface of captures[index]: a submitted frame that refers to it cannot
 * be submitted again. */
void deferred_note_reference_gone(struct context *context, unsigned index) REQUIRES(context->lock);
/* The queues stop: a frame that has not been sent is lost. */
void deferred_drop_unsent(struct context *context) REQUIRES(context->lock);
/* Forgets the frame. If it has not been sent, it is lost. */
void deferred_drop(struct context *context) REQUIRES(context->lock);
/* With both locks held: the frame of `from`, whose slots are the context's now, becomes the
 * context's. */
void deferred_take(struct context *context, struct context *from) REQUIRES(context->lock);

#endif
