/* SPDX-License-Identifier: MIT */
/*
 * Contexts that outlive their id.
 *
 * Some codecs change the picture size in the middle of a prediction chain, and some clients make a
 * new context for each size. The kernel has the references, and what earlier pictures left for
 * later ones, in an open file: a new file knows nothing of them. So a destroyed context of such a
 * codec, with pictures of it still in surfaces, is parked. A new context of the same profile whose
 * first picture names one of these surfaces is the same stream's: it gives its own file up and goes
 * on with the parked one's. A parked context goes when the last of its surfaces does, and when
 * there are too many of them.
 */
#ifndef PARKED_H
#define PARKED_H

#include "decode/context.h"

#define MAX_PARKED 8 /* of a display: each is an open file */

/* With driver->lock: whether the context is parked. */
bool parked_contains(struct driver *driver, const struct context *context) REQUIRES(driver->lock);
/* With driver->lock: the caller gets the reference to it. False: it is not parked. */
bool parked_take(struct driver *driver, struct context *context) REQUIRES(driver->lock);
/* Parks the context, whose reference is taken over. Returns the oldest one if there are too many
 * now, else NULL. */
struct context *parked_add(struct driver *driver, struct context *context);

/* The device of a parked context for that profile, or NULL. */
const struct device *parked_device(struct driver *driver, VAProfile profile);

#endif
