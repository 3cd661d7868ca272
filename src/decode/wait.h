/* SPDX-License-Identifier: MIT */
/* Waits for pictures that are in the kernel or kept back (deferred.h). */
#ifndef WAIT_H
#define WAIT_H

#include "decode/context.h"
#include "decode/surface.h"

/* Wants context->lock held, and drops it. Sends a deferred frame, and waits for all jobs, for
 * DECODE_TIMEOUT_NS at most. Returns 0 or a negative errno. */
int drain(struct context *context) REQUIRES(context->lock);

/* The functions below want no lock held. */

/* Waits until no job writes the surface, for at most `timeout_ns` or DECODE_TIMEOUT_NS.
 * VA_STATUS_ERROR_TIMEDOUT: a job still does. Any other error: the queues were stopped, and all
 * jobs are lost. */
VAStatus context_wait(struct context *context, struct surface *surface, uint64_t timeout_ns);

/* Like context_wait(), but does not wait. True: no job writes the surface. */
bool context_poll(struct context *context, struct surface *surface);

/* Waits for the surface's picture in the context that it is bound to, as context_wait() does.
 * VA_STATUS_SUCCESS (of a damaged picture as well), VA_STATUS_ERROR_DECODING_ERROR,
 * VA_STATUS_ERROR_TIMEDOUT. */
VAStatus surface_wait(struct surface *surface, uint64_t timeout_ns);

#endif
