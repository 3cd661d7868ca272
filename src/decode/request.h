/* SPDX-License-Identifier: MIT */
/* One request: controls and bitstream of a frame, or of one slice, on their way into the kernel. */
#ifndef REQUEST_H
#define REQUEST_H

#include "decode/submission.h"

/* With context->lock held. `slot` is staging. `last`: nothing of the picture comes after it. */
VAStatus submit_request(struct context *context, struct submission *s, struct slot *slot, bool last)
    REQUIRES(context->lock);

#endif
