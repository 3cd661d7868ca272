/* SPDX-License-Identifier: MIT */
/*
 * Which context a surface belongs to.
 *
 * A context claims a surface before it decodes into it. The surface stays bound to that context
 * until another one claims it, or until the context gives its CAPTURE buffer to another surface
 * (capture_pool.h). Only the context that a surface is bound to may change the surface's state and
 * timestamp.
 *
 * Another context gets the surface once no job and no submission of the first one reads or writes
 * it. The check and the release happen without dropping the first context's lock in between. If the
 * first context still needs the picture as a reference, the picture is missing there from then on:
 * the surface loses its timestamp with the binding, so that no control can name the memory again.
 */
#ifndef BINDING_H
#define BINDING_H

#include "decode/context.h"
#include "decode/surface.h"

/* Wants no lock held, and may wait. Takes the surface from any other context, because `context` is
 * going to claim it. Leaves it with a parked context, which `context` may be about to continue.
 * VA_STATUS_ERROR_SURFACE_BUSY (logged): the other context still uses it. */
VAStatus binding_detach_others(struct surface *surface, const struct context *context);

/* Wants context->lock held, and returns with driver->lock held as well if it succeeds. Binds the
 * surface to the context once no other one reads or writes it. Drops context->lock to wait for the
 * other context's jobs and, if `patient`, for its submission. Only a caller that has claimed
 * nothing else may be patient; otherwise two submissions could wait for each other. The surface
 * gets its CAPTURE buffer later (capture_bind()), and may get another one during a submission.
 * VA_STATUS_ERROR_SURFACE_BUSY (logged). */
VAStatus binding_claim(struct context *context, struct surface *surface, bool patient)
    REQUIRES(context->lock) ACQUIRE_ON_SUCCESS(context->driver->lock);

/* Wants context->lock held. Undoes a claim if the surface has no CAPTURE buffer. */
void binding_undo_claim(struct context *context, struct surface *surface);

/* Wants no lock held. Unbinds a surface that is being destroyed, and ends the context if it is
 * parked and has no other surface. */
void binding_surface_destroyed(struct context *context, struct surface *surface);

/* Wants context->lock held, and drops it to wait until nobody reads the exported picture that the
 * next one replaces: at most READERS_TIMEOUT_NS for each dma-buf. VA_STATUS_ERROR_SURFACE_BUSY
 * (logged). */
VAStatus binding_wait_for_readers(struct context *context, const struct surface *surface)
    REQUIRES(context->lock);

#endif
