/* SPDX-License-Identifier: MIT */
/* A context parked when it loses its id, and a new one that goes on where it ended: parked.h. */
#ifndef HANDOVER_H
#define HANDOVER_H

#include "decode/submission.h"

/* handover.c, without lock unless they say otherwise */
/* Keeps a context that has lost its id, if it may be needed; takes the reference over then. */
bool handover_park(struct context *context);

/* With context->lock: the references of a new context's first picture tell that its stream is not
 * new; then the context goes on where the parked one ended that has them. Slice data may move. */
void handover_take_over(struct context *context, struct submission *s) REQUIRES(context->lock);

/* Ends the context if it is parked and nothing of it is left. */
void handover_end_idle(struct context *context);

/* Ends whatever is parked. */
void handover_end_all(struct driver *driver);

#endif
