/* SPDX-License-Identifier: MIT */
/* Sets the queues up for a stream. */
#ifndef CONFIGURE_H
#define CONFIGURE_H

#include "decode/submission.h"

/* All functions want context->lock held. Those that return an int return 0 or a negative errno, and
 * want nothing to be in flight: see drain(). */

/* Sets both queues up for a stream format, with its sequence controls. */
int queues_configure(struct context *context, const struct coded_format *format,
                     const struct control_set *sequence) REQUIRES(context->lock);

/* New CAPTURE buffers of the queue's own, when all there can be belong to exports whose surfaces
 * are gone: nobody tells when those are closed. References are lost. A negative errno: it is not
 * so, or the device failed. */
int queues_renew(struct context *context) REQUIRES(context->lock);

/* Sets the queues up for the picture's format, if they are not. */
VAStatus submission_configure(struct context *context, struct submission *s)
    REQUIRES(context->lock);

#endif
