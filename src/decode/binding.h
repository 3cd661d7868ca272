/* SPDX-License-Identifier: MIT */
/*
 * Which context a surface belongs to.
 *
 * A context claims a surface before it decodes into it. The surface stays bound to that context
 * until another one claims it, or until the context gives its CAPTURE buffer to another surface
 * (capture_pool.h). Only the context that a surface is bound to may change what the surface says of
 * its picture.
 *
 * Another context gets the surface once no job and no submission of the first one reads or writes
 * it. This is checked, and the surface released, without dropping the first context's lock in
 * between. If the first context still needs the picture as a reference, it misses it from then on:
 * the timestamp goes with the binding, so that no control can name the memory again.
 */
#ifndef BINDING_H
#define BINDING_H

#include "decode/context.h"
#include "decode/surface.h"

/* Wants no lock held. Takes the surface from any other context, which may wait, because this one is
 * going to claim it. Leaves it where a parked context has it: that may be the one to continue.
 * VA_STATUS_ERROR_SURFACE_BUSY (logged): the other context is still using it. */
VAStatus binding_detach_others(struct surface *surface, const struct context *context);

/* Wants context->lock held, and returns with driver->lock held as well if it succeeds. Binds the
 * surface to the context once no other one reads or writes it. Drops context->lock to wait for the
 * other one's jobs, and, if `patient`, for its submission; only a caller that has claimed nothing
 * else may be patient, or two submissions could wait for each other. The CAPTURE buffer follows
 * later (capture_bind()), and may change during a submission. VA_STATUS_ERROR_SURFACE_BUSY
 * (logged). */
VAStatus binding_claim(struct context *context, struct surface *surface, bool patient)
    REQUIRES(context->lock) ACQUIRE_ON_SUCCESS(context->driver->lock);

/* Wants context->lock held. Undoes a claim if the surface has got no CAPTURE buffer. */
void binding_undo_claim(struct context *context, struct surface *surface);

/* Wants no lock held. Unbinds a surface that is being destroyed. */
void binding_surface_destroyed(struct context *context, struct surface *surface);

/* Wants context->lock held, and drops it to wait, READERS_TIMEOUT_NS for each dma-buf at most,
 * until nobody reads the exported picture that is to be replaced. VA_STATUS_ERROR_SURFACE_BUSY
 * (logged).
 */
VAStatus binding_wait_for_readers(struct context *context, const struct surface *surface)
    REQUIRES(context->lock);

#endif
