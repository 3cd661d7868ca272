/* SPDX-License-Identifier: MIT */
/* How pictures end, and what their surfaces say of it: outcome.c. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "decode/context.h"

/* All functions want context->lock held. */

/* outcome.c */
/* A job, or one to come, has its slot and counts its surfaces from then on, which say so. */
void job_begin(struct context *context, const struct job *job);
/* A job to come no longer counts its surfaces; `failed`: it never becomes one. */
void job_uncount(struct context *context, const struct job *job, bool failed);
/* A job to come could not be queued: its surfaces say so. */
void job_fail(struct context *context, const struct job *job);
/* What the context was to decode into the surface was lost, unless a job still writes it, or another
 * context has it by now. */
void decode_fail(struct context *context, struct surface *surface);

/* Ends the oldest job: what its surface says of itself afterwards. */
void job_finish(struct context *context, enum outcome outcome);

/* A CAPTURE buffer came back: its surface is done, unless a job still writes it. */
void capture_finish(struct context *context, struct capture *capture, enum outcome outcome);

/* A buffer goes to the kernel for a new picture. */
void outcome_begin(struct capture *capture);
/* The picture in the buffer is lost, however its jobs end. */
void outcome_spoil(struct capture *capture);
/* With both locks held: a hidden picture that `from` lost is the context's to tell of. */
void outcome_take(struct context *context, const struct context *from);

#endif
