/* SPDX-License-Identifier: MIT */
/* Stops the queues, and ends every job that is in them. */
#ifndef RESTART_H
#define RESTART_H

#include "decode/context.h"

/* All functions want context->lock held, but for context_end(). */

/* Stops both queues; all jobs are lost, and so is a deferred frame that has not been sent. The
 * queues start again with the next picture. */
void queues_restart(struct context *context) REQUIRES(context->lock);

/* Opens the device anew if a queue could not be stopped (QUEUES_LOST). Returns 0 or a negative
 * errno. Slice data moves: not to be called while it is being read. */
int queues_recover(struct context *context) REQUIRES(context->lock);

/* Stops the queues, frees their buffers and closes the device. */
void queues_close(struct context *context) REQUIRES(context->lock);

/* Wants no lock held. Ends a context that has no id, unbinds its surfaces, and gives up the
 * caller's reference. NULL is allowed. */
void context_end(struct context *context);

#endif
