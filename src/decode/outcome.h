/* SPDX-License-Identifier: MIT */
/* How pictures end, and what their surfaces say of it: outcome.c. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "decode/context.h"

/* All functions want context->lock held. */

/* outcome.c */
/* A job, or one to come, has the slot and counts its surfaces from then on, which say so.
 * `display`: NULL where it has none. */
void job_begin(struct context *context, struct slot *slot, struct surface *surface,
               struct surface *display, uint64_t timestamp);

/* Ends the oldest job: what its surface says of itself afterwards. */
void job_finish(struct context *context, enum outcome outcome);

/* A CAPTURE buffer came back: its surface is done, unless a job still writes it. */
void capture_finish(struct context *context, struct capture *capture, enum outcome outcome);

#endif
