/* SPDX-License-Identifier: MIT */
/* Submits a picture: turns the collected buffers into requests in the kernel. */
#ifndef SUBMIT_H
#define SUBMIT_H

#include "decode/context.h"

/* Wants context->lock held, and drops it to wait. Submits what was collected, to be decoded into
 * the surface. context->submission is set meanwhile. Broadcasts context->submitted at the end. */
VAStatus submit_picture(struct context *context, struct surface *surface) REQUIRES(context->lock);

#endif
