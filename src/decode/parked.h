/* SPDX-License-Identifier: MIT */
/*
 * The list of parked contexts: those that outlive their id.
 *
 * Some codecs change the picture size inside a prediction chain, and some clients create a new
 * context for each size. The kernel keeps references, and state that later pictures need, with an
 * open file; a new file has none of it. So a destroyed context of such a codec is parked if
 * surfaces still hold its pictures. If the first picture of a new context of the same profile
 * refers to one of these surfaces, it continues the stream: the new context closes its own file and
 * takes over the parked one's (handover.h). A parked context ends when it loses its last surface,
 * or when there are too many parked contexts.
 */
#ifndef PARKED_H
#define PARKED_H

#include "decode/context.h"

#define MAX_PARKED 8 /* for each display; each keeps a file open */

/* Wants driver->lock held. Whether the context is parked. */
bool parked_contains(struct driver *driver, const struct context *context) REQUIRES(driver->lock);
/* Wants driver->lock held. Takes the context off the list, and passes the list's reference to the
 * caller. False: it is not parked. */
bool parked_take(struct driver *driver, struct context *context) REQUIRES(driver->lock);
/* Takes driver->lock. Puts the context on the list, and takes over the caller's reference. If there
 * are too many now, takes the oldest one off the list and returns it with its reference; else NULL.
 */
struct context *parked_add(struct driver *driver, struct context *context);

/* Takes driver->lock. The device of a parked context of that profile, or NULL. */
const struct device *parked_device(struct driver *driver, VAProfile profile);

#endif
