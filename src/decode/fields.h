/* SPDX-License-Identifier: MIT */
/* The two fields of a picture that is coded as two, each with requests of its own. */
#ifndef FIELDS_H
#define FIELDS_H

#include "decode/context.h"

/* All functions want context->lock held. */

/* Whether a picture of that structure, for that surface, is the second field of the last one. */
bool fields_follow(const struct context *context, const struct surface *surface,
                   enum picture_structure structure) REQUIRES(context->lock);
/* A picture begins. `second`: it is the second field; `timestamp`: of the whole picture. */
void fields_begin(struct context *context, const struct surface *surface,
                  enum picture_structure structure, bool second, uint64_t timestamp)
    REQUIRES(context->lock);
/* No second field can follow. */
void fields_end(struct context *context) REQUIRES(context->lock);

/* The kernel holds captures[index] until more of its picture comes. */
void fields_hold_capture(struct context *context, unsigned index) REQUIRES(context->lock);
/* It holds none. */
void fields_release_capture(struct context *context) REQUIRES(context->lock);

#endif
