/* SPDX-License-Identifier: MIT */
/* The ring of jobs, and how long threads have waited for them. */
#ifndef JOBS_H
#define JOBS_H

#include "decode/context.h"

/* All functions want context->lock held. */

/* Adds a job, whose request is in the kernel. The caller makes sure that there is room: fewer than
 * MAX_JOBS jobs. */
void jobs_push(struct context *context, const struct job *job) REQUIRES(context->lock);
/* Removes the oldest job, which has ended. */
void jobs_pop(struct context *context) REQUIRES(context->lock);

/* Notes that a thread waited from `start` to `end` (CLOCK_MONOTONIC, ns). Time during which several
 * threads waited counts once. */
void jobs_add_wait_time(struct context *context, uint64_t start, uint64_t end)
    REQUIRES(context->lock);
/* Notes that the device does not answer: until a job ends, waits are short. Returns whether that is
 * new. */
bool jobs_stall(struct context *context) REQUIRES(context->lock);
/* Notes that the kernel's driver ended a job and left its request open. */
void jobs_note_open_requests(struct context *context) REQUIRES(context->lock);

/* Finds the serial number of the last job that writes the surface, or that reads
 * captures.list[capture]; NO_CAPTURE: only of those that write. False: there is none. */
bool jobs_find_last(struct context *context, const struct surface *surface, unsigned capture,
                    uint64_t *serial) REQUIRES(context->lock);

#endif
