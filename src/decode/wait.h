/* SPDX-License-Identifier: MIT */
/* Waits for pictures, whether they are in the kernel or kept back (deferred.h). */
#ifndef WAIT_H
#define WAIT_H

#include "decode/context.h"
#include "decode/surface.h"

/* Wants context->lock held, and drops it. Sends a deferred frame, and waits for everything in
 * flight, DECODE_TIMEOUT_NS at most. Returns 0 or a negative errno. */
int drain(struct context *context) REQUIRES(context->lock);

/* The functions below want no lock held. */

/* Waits until no job writes the surface, `timeout_ns` or DECODE_TIMEOUT_NS at most.
 * VA_STATUS_SUCCESS, VA_STATUS_ERROR_TIMEDOUT, VA_STATUS_ERROR_OPERATION_FAILED. */
VAStatus context_wait(struct context *context, struct surface *surface, uint64_t timeout_ns);

/* The same without waiting. True: no job writes the surface. */
bool context_poll(struct context *context, struct surface *surface);

/* Waits for the surface's picture in whichever context has it, as context_wait() does.
 * VA_STATUS_SUCCESS (of a damaged picture as well), VA_STATUS_ERROR_DECODING_ERROR,
 * VA_STATUS_ERROR_TIMEDOUT. */
VAStatus surface_wait(struct surface *surface, uint64_t timeout_ns);

#endif
