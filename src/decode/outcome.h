/* SPDX-License-Identifier: MIT */
/* How pictures end, and the state that their surfaces get. outcome.c explains which errors are
 * shown. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "decode/context.h"

/* All functions want context->lock held. */

/* Marks the slot as in flight and the surfaces as being decoded into, by a job or a frame that
 * becomes one. `display`: NULL if there is none. */
void job_begin(struct context *context, const struct job *job) REQUIRES(context->lock);
/* A job to come no longer counts its surfaces; `failed`: it never becomes one. */
void job_uncount(struct context *context, const struct job *job, bool failed)
    REQUIRES(context->lock);
/* A job to come could not be queued: its surfaces say so. */
void job_fail(struct context *context, const struct job *job) REQUIRES(context->lock);
/* What the context was to decode into the surface was lost, unless a job still writes it, or
 * another context has it by now. */
void outcome_fail_surface(struct context *context, struct surface *surface) REQUIRES(context->lock);

/* Ends the oldest job, and sets the state of its surfaces. */
void job_finish(struct context *context, enum outcome outcome) REQUIRES(context->lock);

/* The kernel has returned a CAPTURE buffer: sets the state of its surface, unless a job still
 * writes it. */
void capture_finish(struct context *context, struct capture *capture, enum outcome outcome)
    REQUIRES(context->lock);

/* A buffer goes to the kernel for a new picture. */
void outcome_reset(struct capture *capture);
/* The picture in the buffer is lost, however its jobs end. */
void outcome_mark_lost(struct capture *capture);
/* With both locks held: a hidden picture that `from` lost is the context's to tell of. */
void outcome_take(struct context *context, const struct context *from) REQUIRES(context->lock);

#endif
