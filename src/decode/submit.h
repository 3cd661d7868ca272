/* SPDX-License-Identifier: MIT */
/* Submits a picture: from what was rendered to requests in the kernel. */
#ifndef SUBMIT_H
#define SUBMIT_H

#include "decode/context.h"

/* Wants context->lock held, and drops it to wait. Submits what was collected, to be decoded into
 * the surface. Sets context->submission meanwhile; the caller signals context->submitted
 * afterwards. */
VAStatus submit_picture(struct context *context, struct surface *surface) REQUIRES(context->lock);

#endif
