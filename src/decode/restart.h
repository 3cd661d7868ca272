/* SPDX-License-Identifier: MIT */
/* Stops the queues, with an end for everything that is in them. */
#ifndef RESTART_H
#define RESTART_H

#include "decode/context.h"

/* All functions want context->lock held. */

/* Stops both queues, which ends every job as failed; they start again with the next picture. */
void queues_restart(struct context *context) REQUIRES(context->lock);

/* Opens the device anew where the queues went lost. To be called when no slice data is looked at.
 */
int queues_recover(struct context *context) REQUIRES(context->lock);

void queues_close(struct context *context) REQUIRES(context->lock);

/* Without lock: ends a context that has no id, so that nothing ties surfaces to it, and gives up
 * the reference to it; NULL is allowed. */
void context_end(struct context *context);

#endif
