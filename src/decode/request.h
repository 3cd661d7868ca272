/* SPDX-License-Identifier: MIT */
/* Queues one request: the controls and the bitstream of a frame, or of one slice. */
#ifndef REQUEST_H
#define REQUEST_H

#include "decode/submission.h"

/* Wants context->lock held. `slot` is in state SLOT_STAGING, and keeps it if the kernel refuses a
 * call before the request is queued. `last`: this is the picture's last request. */
VAStatus submit_request(struct context *context, struct submission *s, struct slot *slot, bool last)
    REQUIRES(context->lock);

#endif
