/* SPDX-License-Identifier: MIT */
/* Translates a picture's references into what the kernel knows them by: timestamps of CAPTURE
 * buffers. */
#ifndef REFERENCES_H
#define REFERENCES_H

#include "decode/submission.h"

/* A lookup for a builder or hook, which is to be called with context->lock held. */
struct context_lookup lookup_of(struct context *context);

#endif
