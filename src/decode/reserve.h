/* SPDX-License-Identifier: MIT */
/* The memory that a context holds for surfaces which have none yet. provision.h explains why. */
#ifndef RESERVE_H
#define RESERVE_H

#include "decode/context.h"

/* Wants context->lock held. Memory that fits the stream, with its reference, or NULL. */
struct picture_memory *reserve_take(struct context *context) REQUIRES(context->lock);

/* Takes over a reference to memory. False: there is no room for it, and nothing is taken. Wants
 * context->lock held, unless the context has no id. */
bool reserve_add(struct context *context, struct picture_memory *memory);

/* Wants context->lock held, unless the context has no id. Frees what is left. */
void reserve_release(struct context *context);

/* Wants no lock held. Like reserve_take(), for a surface that no context has decoded into: takes
 * memory of a context for pictures of its size and depth on that codec. */
struct picture_memory *reserve_take_for(const struct surface *surface,
                                        const struct device_codec *codec);

#endif
