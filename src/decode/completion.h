/* SPDX-License-Identifier: MIT */
/* The end of jobs. The kernel ends those of one context in the order in which they were queued. */
#ifndef COMPLETION_H
#define COMPLETION_H

#include "decode/context.h"

#include <stdint.h>

/* All functions want context->lock held. They return 0 or a negative errno. */

/* completion.c */
/* Waits (unlocked) until the job of that serial number is done and ends all jobs through it.
 * `deadline`: CLOCK_MONOTONIC ns, 0: only if it is done already. -ETIMEDOUT. */
int completion_wait(struct context *context, uint64_t serial, uint64_t deadline)
    REQUIRES(context->lock);

/* Waits for all jobs, at most DECODE_TIMEOUT_NS. A frame that is kept back is none: see drain(). */
int completion_wait_all(struct context *context) REQUIRES(context->lock);

/* Tells the kernel that no more comes for the picture whose CAPTURE buffer it holds. */
void completion_release_held(struct context *context) REQUIRES(context->lock);

#endif
