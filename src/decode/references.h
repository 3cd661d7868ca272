/* SPDX-License-Identifier: MIT */
/* Translates a picture's references into timestamps of CAPTURE buffers, by which the kernel
 * identifies them. */
#ifndef REFERENCES_H
#define REFERENCES_H

#include "decode/submission.h"

/* A lookup for builders and hooks, which must be called with context->lock held. */
struct context_lookup lookup_of(struct context *context);

#endif
