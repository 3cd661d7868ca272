/* SPDX-License-Identifier: MIT */
/* Keeps frames back, and sends them. deferred.h explains when. */
#ifndef DEFERRED_SUBMIT_H
#define DEFERRED_SUBMIT_H

#include "decode/submission.h"

/* All functions want context->lock held. */

/* Keeps the frame that was just built if its value is not known. True: it was kept, or it had to be
 * sent at once, and *status is changed if that failed. False: the value is known, and the caller
 * sends the frame. */
bool deferred_keep(struct context *context, struct submission *s, struct slot *slot,
                   VAStatus *status) REQUIRES(context->lock);

/* Called when the next frame has been prepared: sends the kept frame, or sends it again if
 * necessary, and forgets it. May drop the lock to wait for jobs. After an error, frames that refer
 * to it would be decoded wrongly. */
VAStatus deferred_resolve(struct context *context, const struct picture *next)
    REQUIRES(context->lock);

/* Sends the kept frame as built, because its picture is needed. `surface`: only if the frame is
 * decoded into or shown in this surface; NULL: in any case. */
void deferred_flush(struct context *context, const struct surface *surface) REQUIRES(context->lock);

#endif
