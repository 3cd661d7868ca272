/* SPDX-License-Identifier: MIT */
/* Configures the queues for a stream: drains them, and then calls the functions of queues.h. */
#ifndef CONFIGURE_H
#define CONFIGURE_H

#include "decode/submission.h"

/* All functions want context->lock held, and may drop it to drain the context. Those that return an
 * int return 0 or a negative errno. */

/* Configures both queues for a format and its sequence controls. If they are configured already, or
 * OUTPUT has another size, they are stopped and all references are lost. */
int queues_configure(struct context *context, const struct coded_format *format,
                     const struct control_set *sequence) REQUIRES(context->lock);

/* Frees the queue's own CAPTURE buffers, so that new ones can be created. This is for when all
 * MAX_CAPTURES are in use, some of them by exports whose surfaces are gone: the driver does not
 * learn when these are closed. All references are lost. -ENOMEM: there are fewer than MAX_CAPTURES,
 * or the device imports memory. */
int queues_renew_captures(struct context *context) REQUIRES(context->lock);

/* Configures the queues for the picture's format, unless they are already. Refusals are logged. */
VAStatus submission_configure(struct context *context, struct submission *s)
    REQUIRES(context->lock);

#endif
