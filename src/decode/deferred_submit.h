/* SPDX-License-Identifier: MIT */
/* Keeps frames back, and sends them: see deferred.h. */
#ifndef DEFERRED_SUBMIT_H
#define DEFERRED_SUBMIT_H

#include "decode/submission.h"

/* All functions want context->lock held. */

/* Keeps the frame that was just built if its value is open; *status is changed if it had to be sent
 * at once and could not be. False: it is to be sent. */
bool deferred_keep(struct context *context, struct submission *s, struct slot *slot,
                   VAStatus *status) REQUIRES(context->lock);

/* A next frame is there, prepared: sends the kept one, or sends it again. An error: frames that
 * build on it would go wrong. May drop the lock. */
VAStatus deferred_settle(struct context *context, const struct picture *next)
    REQUIRES(context->lock);

/* Somebody wants the kept frame's picture now; `surface`: only if it is this one's, NULL: any. */
void deferred_flush(struct context *context, const struct surface *surface) REQUIRES(context->lock);

#endif
