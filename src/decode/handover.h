/* SPDX-License-Identifier: MIT */
/* Parks a context that loses its id, and continues it in a new one. parked.h explains why. */
#ifndef HANDOVER_H
#define HANDOVER_H

#include "decode/submission.h"

/* Wants no lock held. Parks a context that has lost its id, if a new one may need it. True: the
 * context is parked, and the list has taken over the caller's reference. */
bool handover_park(struct context *context);

/* Wants context->lock held. If the first picture of a new context refers to surfaces of a parked
 * one, it continues the parked one's stream: the context takes over the parked one's queues,
 * pictures and codec state. Slice data may move. */
void handover_take_over(struct context *context, struct submission *s) REQUIRES(context->lock);

/* Wants no lock held. Ends the context if it is parked and no surface holds a picture of it. */
void handover_end_idle(struct context *context);

/* Wants no lock held. Ends all parked contexts. */
void handover_end_all(struct driver *driver);

#endif
