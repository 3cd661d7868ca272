/* SPDX-License-Identifier: MIT */
/* The outcome of pictures, and the state that it leaves their surfaces in. outcome.c explains which
 * errors clients see. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "decode/context.h"

/* All functions want context->lock held. */

/* Marks the job's slot as in flight and its surfaces as being decoded into, and takes references to
 * the surfaces. The job may be a deferred frame. */
void job_begin(struct context *context, const struct job *job) REQUIRES(context->lock);
/* Undoes the count of a deferred frame in its surfaces' pending_jobs. `failed`: the frame is lost,
 * and its surfaces fail. */
void job_uncount(struct context *context, const struct job *job, bool failed)
    REQUIRES(context->lock);
/* Marks the surfaces of a deferred frame as failed, because it could not be queued. */
void job_fail(struct context *context, const struct job *job) REQUIRES(context->lock);
/* Marks the surface as failed, because the context's picture for it was lost, unless a job still
 * writes it or another context has it by now. */
void outcome_fail_surface(struct context *context, struct surface *surface) REQUIRES(context->lock);

/* Ends the oldest job, and sets the state of its surfaces if it was their last. */
void job_finish(struct context *context, enum outcome outcome) REQUIRES(context->lock);

/* Called when the kernel has returned a CAPTURE buffer: sets the state of its surface, unless a job
 * still writes it. */
void capture_finish(struct context *context, struct capture *capture, enum outcome outcome)
    REQUIRES(context->lock);

/* Resets the outcome of a buffer that is queued for a new picture. */
void outcome_reset(struct capture *capture);
/* Marks the picture in the buffer as lost, however its jobs end. */
void outcome_mark_lost(struct capture *capture);
/* Wants the locks of both contexts held. Takes over the outcome of hidden pictures that `from` has
 * not reported yet. */
void outcome_take(struct context *context, const struct context *from) REQUIRES(context->lock);

#endif
