/* SPDX-License-Identifier: MIT */
/* Sets the queues up for a stream: drains them first, and then calls what queues.h declares. */
#ifndef CONFIGURE_H
#define CONFIGURE_H

#include "decode/submission.h"

/* All functions want context->lock held, and drop it to drain the context. Those that return an int
 * return 0 or a negative errno. */

/* Sets both queues up for a format and its sequence controls. If they are set up already, all
 * references are lost. */
int queues_configure(struct context *context, const struct coded_format *format,
                     const struct control_set *sequence) REQUIRES(context->lock);

/* Frees the queue's own CAPTURE buffers, so that new ones can be created. For when all MAX_CAPTURES
 * are taken, some by exports whose surfaces are gone: the driver does not learn when these are
 * closed. All references are lost. -ENOMEM: there are fewer, or the device imports memory. */
int queues_renew_captures(struct context *context) REQUIRES(context->lock);

/* Sets the queues up for the picture's format, unless they are. Refusals are logged. */
VAStatus submission_configure(struct context *context, struct submission *s)
    REQUIRES(context->lock);

#endif
