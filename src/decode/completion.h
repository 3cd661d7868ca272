/* SPDX-License-Identifier: MIT */
/* Ends jobs. The kernel completes those of one context in the order in which they were queued. */
#ifndef COMPLETION_H
#define COMPLETION_H

#include "decode/context.h"

#include <stdint.h>

/* All functions want context->lock held. completion_wait() and completion_wait_all() drop it, and
 * return 0 or a negative errno. After any error but -ETIMEDOUT the queues are stopped and no jobs
 * are left. */

/* Waits until the job with that serial number is done, and ends all jobs up to it. `deadline`:
 * CLOCK_MONOTONIC ns; 0: does not wait. -ETIMEDOUT: the job is not done. */
int completion_wait(struct context *context, uint64_t serial, uint64_t deadline)
    REQUIRES(context->lock);

/* Waits for all jobs, for DECODE_TIMEOUT_NS at most. A deferred frame that has not been sent is not
 * a job: see drain(). */
int completion_wait_all(struct context *context) REQUIRES(context->lock);

/* Tells the kernel that the picture whose CAPTURE buffer it holds is complete. Waits for that
 * buffer, for 200 ms at most, without dropping the lock. May stop the queues. */
void completion_release_held(struct context *context) REQUIRES(context->lock);

#endif
