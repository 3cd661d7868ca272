/* SPDX-License-Identifier: MIT */
/*
 * Deferred frames: the controls of such a frame need a value that only the next frame reveals
 * (AV1's refresh_frame_flags, see av1.h). The frame is kept back, ready to be sent, until the next
 * one is submitted. If its picture is needed earlier, the frame is sent as built, and sent again if
 * the next frame shows that the value is different.
 *
 * A context keeps at most one frame, and sends it before the next one, so that order and pipelining
 * do not change. The frame is
 * - kept (DEFERRED_KEPT) from vaEndPicture on, with its slot, its controls and references to its
 *   surfaces, which already count the frame as a job;
 * - sent as built (DEFERRED_SUBMITTED) when a thread waits for it, or queries, maps or exports its
 *   picture, when the memory of its picture has been exported before, when another context takes a
 *   surface that it uses, and when the context is drained, for example to be destroyed. Its slot
 *   then stays reserved, but its surfaces do not: the frame is sent again only if its surface still
 *   holds it, because otherwise the next frame cannot refer to it;
 * - forgotten when the next frame has been prepared. If the queues stop before it is sent, it is
 *   lost with all jobs in flight, and its surface is in an error state.
 *
 * The value as built refreshes no slot. The driver does not guess a value, however regular the
 * stream is: a decoder stores the frame's probabilities in the slots that the value names, and
 * overwrites those that later frames need (rockchip_vpu981_hw_av1_dec.c). They cannot be restored.
 *
 * A next frame that prepare() refuses reveals nothing; the one after it does. A frame that cannot
 * be sent, or sent again, leaves its surface in an error state. The next frame's vaEndPicture fails
 * as well, because no client looks at the surface of a hidden frame. It does not fail if the frame
 * was sent because a client needs that surface, which then reports the error.
 *
 * This file keeps the frame's state; deferred_submit.h sends the frame.
 */
#ifndef DEFERRED_H
#define DEFERRED_H

#include "decode/context.h"

/* All functions want context->lock held. */

/* Keeps a frame: `job` as it will be queued, and the controls of `set`, which it copies from
 * context->controls. */
void deferred_set(struct context *context, const struct job *job, const struct control_set *set)
    REQUIRES(context->lock);
/* The control whose value was not known, or NULL. */
void *deferred_control(const struct context *context) REQUIRES(context->lock);
/* Prepares the frame for submission: its surfaces no longer count it as a job, and its slot is
 * pinned. */
void deferred_begin_submission(struct context *context) REQUIRES(context->lock);
/* Drops the references to the frame's surfaces. Only their names are kept. */
void deferred_put_surfaces(struct context *context) REQUIRES(context->lock);
/* Notes that the frame could not be submitted, so that the next frame's submission reports it.
 * VA_STATUS_SUCCESS: it could. */
void deferred_note_failure(struct context *context, VAStatus status) REQUIRES(context->lock);
/* Notes that another context takes the surface of captures.list[index]: a submitted frame that
 * refers to it cannot be sent again. */
void deferred_note_reference_gone(struct context *context, unsigned index) REQUIRES(context->lock);
/* Drops a frame that has not been sent, because the queues have stopped: it is lost. */
void deferred_drop_unsent(struct context *context) REQUIRES(context->lock);
/* Forgets the frame. If it has not been sent, it is lost. */
void deferred_drop(struct context *context) REQUIRES(context->lock);
/* Wants the locks of both contexts held. Moves the frame of `from` to the context, which has taken
 * over the slots. */
void deferred_take(struct context *context, struct context *from) REQUIRES(context->lock);

#endif
