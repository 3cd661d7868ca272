/* SPDX-License-Identifier: MIT */
/*
 * Which context a surface belongs to.
 *
 * A context claims a surface before it decodes into it. The surface is then its own until another
 * context claims it, and only its own may touch what the surface says of its picture. Another one
 * gets the surface when nothing of the first reads or writes it any more, neither a job nor a
 * submission under way; that is looked at and the surface let go under one hold of the first
 * context's lock. A picture that the first context still has as a reference is missing there from
 * then on: its timestamp goes with the binding, so that no control can name the memory again.
 */
#ifndef BINDING_H
#define BINDING_H

#include "decode/context.h"
#include "decode/surface.h"

/* binding.c */
/* Without lock: the context is going to claim the surface, which is taken from any other one now.
 * VA_STATUS_ERROR_SURFACE_BUSY (logged): it is in use there. */
VAStatus binding_expect(struct surface *surface, const struct context *context);

/* Binds the surface to the context, when nothing of another one reads or writes it any more. Waits,
 * with the lock dropped, for jobs; for a submission under way only if `patient`, which is for those
 * who hold nothing that one could wait for. On success driver->lock is held. The CAPTURE buffer may
 * follow later (capture_bind), and change in a submission. VA_STATUS_ERROR_SURFACE_BUSY (logged).
 */
VAStatus binding_claim(struct context *context, struct surface *surface, bool patient)
    REQUIRES(context->lock) ACQUIRE_ON_SUCCESS(context->driver->lock);

/* Undoes a claim that has led to no buffer. */
void binding_disclaim(struct context *context, struct surface *surface);

/* Without lock: the surface goes away; forget it. */
void binding_forget(struct context *context, struct surface *surface);

/* With the lock, which it may drop: waits, within bounds, for those who still read the exported
 * picture that is to be replaced. VA_STATUS_ERROR_SURFACE_BUSY (logged). */
VAStatus binding_wait_for_readers(struct context *context, const struct surface *surface)
    REQUIRES(context->lock);

#endif
