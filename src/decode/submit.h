/* SPDX-License-Identifier: MIT */
/* From a rendered picture to requests in the kernel. */
#ifndef SUBMIT_H
#define SUBMIT_H

#include "decode/context.h"

/* With context->lock held, which waits drop. Decodes what was rendered into the surface. */
VAStatus submit_picture(struct context *context, struct surface *surface) REQUIRES(context->lock);

#endif
