/* SPDX-License-Identifier: MIT */
/* The memory that a context keeps for surfaces that have none yet. provision.h explains why. */
#ifndef RESERVE_H
#define RESERVE_H

#include "decode/context.h"

/* Wants context->lock held. Takes memory that fits the stream from the reserve, with its reference.
 * NULL: there is none. */
struct picture_memory *reserve_take(struct context *context) REQUIRES(context->lock);

/* Wants context->lock held, unless the context has no id. Adds memory to the reserve, and takes
 * over the caller's reference. False: the reserve is full, and the caller keeps its reference. */
bool reserve_add(struct context *context, struct picture_memory *memory);

/* Wants context->lock held, unless the context has no id. Frees the memory in the reserve. */
void reserve_release(struct context *context);

/* Wants no lock held. Like reserve_take(), for a surface that no context has decoded into: takes
 * memory from any context whose pictures have the surface's size and depth and use that codec of a
 * device. */
struct picture_memory *reserve_take_for(const struct surface *surface,
                                        const struct device_codec *codec);

#endif
