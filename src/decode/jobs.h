/* SPDX-License-Identifier: MIT */
/* The ring of jobs, and how long it has been waited for. */
#ifndef JOBS_H
#define JOBS_H

#include "decode/context.h"

/* All functions want context->lock held. */

/* Another request is in the kernel. There is room: fewer than MAX_JOBS are. */
void jobs_push(struct context *context, const struct job *job) REQUIRES(context->lock);
/* The oldest job has ended. */
void jobs_pop(struct context *context) REQUIRES(context->lock);

/* Somebody waited for the oldest job, from `start` to `end` (CLOCK_MONOTONIC, ns). What several
 * threads waited at once counts once. */
void jobs_add_wait_time(struct context *context, uint64_t start, uint64_t end)
    REQUIRES(context->lock);
/* The device does not answer: it is not waited for again at length until a job has ended. Returns
 * whether that is new. */
bool jobs_stall(struct context *context) REQUIRES(context->lock);
/* The kernel's driver ended a job and left its request open. */
void jobs_note_open_requests(struct context *context) REQUIRES(context->lock);

#endif
