/* SPDX-License-Identifier: MIT */
/* Waits for pictures, kept back or in the kernel. */
#ifndef WAIT_H
#define WAIT_H

#include "decode/context.h"
#include "decode/surface.h"

/* With context->lock held: waits for everything in flight, a frame that is kept back too, at most
 * DECODE_TIMEOUT_NS. Returns 0 or a negative errno. */
int drain(struct context *context) REQUIRES(context->lock);

/* Without lock. Waits until no job writes the surface; UINT64_MAX: the driver's own bound.
 * VA_STATUS_SUCCESS, VA_STATUS_ERROR_TIMEDOUT, VA_STATUS_ERROR_OPERATION_FAILED. */
VAStatus context_wait(struct context *context, struct surface *surface, uint64_t timeout_ns);

/* Without lock: looks without waiting; true when no job writes the surface any more. */
bool context_poll(struct context *context, struct surface *surface);

/* Waits for the surface's last decode. timeout in ns; UINT64_MAX: the driver's own bound.
 * VA_STATUS_SUCCESS (also of a damaged picture), VA_STATUS_ERROR_DECODING_ERROR,
 * VA_STATUS_ERROR_TIMEDOUT. */
VAStatus surface_wait(struct surface *surface, uint64_t timeout_ns);

#endif
