/* SPDX-License-Identifier: MIT */
/* Stops the queues, and ends every job that is in them. */
#ifndef RESTART_H
#define RESTART_H

#include "decode/context.h"

/* All functions want context->lock held, except context_end(). */

/* Stops both queues. All jobs are lost, and so is a deferred frame that has not been sent. The
 * CAPTURE buffers stay bound, but none of them is a reference now. The queues start again with the
 * next picture. */
void queues_restart(struct context *context) REQUIRES(context->lock);

/* Closes the device and opens it again if a queue could not be stopped (QUEUES_LOST). Returns 0 or
 * a negative errno. Moves slice data, so it must not be called while that is being read. */
int queues_recover(struct context *context) REQUIRES(context->lock);

/* Stops the queues, frees their buffers, unbinding the surfaces, and closes the device. */
void queues_close(struct context *context) REQUIRES(context->lock);

/* Wants no lock held. Ends a context that has no id: closes its device, unbinds its surfaces, and
 * drops the caller's reference. NULL is allowed. */
void context_end(struct context *context);

#endif
