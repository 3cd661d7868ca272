/* SPDX-License-Identifier: MIT */
/* What a picture's references are to the kernel: timestamps of CAPTURE buffers. */
#ifndef REFERENCES_H
#define REFERENCES_H

#include "decode/submission.h"

/* references.c: for a builder to be called with context->lock held. */
struct context_lookup lookup_of(struct context *context);

#endif
