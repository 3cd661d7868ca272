/* SPDX-License-Identifier: MIT */
/* Keeps frames back, and sends them. deferred.h explains when. */
#ifndef DEFERRED_SUBMIT_H
#define DEFERRED_SUBMIT_H

#include "decode/submission.h"

/* All functions want context->lock held. */

/* Keeps the frame that was just built if its value is open. True: it was kept, or had to be sent at
 * once, and *status is changed if that failed. False: its value is known; the caller sends it. */
bool deferred_keep(struct context *context, struct submission *s, struct slot *slot,
                   VAStatus *status) REQUIRES(context->lock);

/* The next frame has been prepared: sends the kept frame, or sends it again, and forgets it. May
 * drop the lock to wait for jobs. An error: frames that refer to it would be decoded wrongly. */
VAStatus deferred_resolve(struct context *context, const struct picture *next)
    REQUIRES(context->lock);

/* Sends the kept frame as built, because its picture is wanted. `surface`: only if the picture is
 * this surface's; NULL: in any case. */
void deferred_flush(struct context *context, const struct surface *surface) REQUIRES(context->lock);

#endif
