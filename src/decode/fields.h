/* SPDX-License-Identifier: MIT */
/* Pictures that are coded as two fields, each with its own requests. */
#ifndef FIELDS_H
#define FIELDS_H

#include "decode/context.h"

/* All functions want context->lock held. */

/* Whether a picture of that structure, decoded into that surface, is the second field of the last
 * picture. */
bool fields_follow(const struct context *context, const struct surface *surface,
                   enum picture_structure structure) REQUIRES(context->lock);
/* Notes that a picture begins. `second`: it is a second field. `timestamp`: of the whole picture.
 */
void fields_begin(struct context *context, const struct surface *surface,
                  enum picture_structure structure, bool second, uint64_t timestamp)
    REQUIRES(context->lock);
/* Notes that no second field can follow. */
void fields_end(struct context *context) REQUIRES(context->lock);

/* Notes that the kernel holds captures.list[index] until more of its picture comes. */
void fields_hold_capture(struct context *context, unsigned index) REQUIRES(context->lock);
/* Notes that the kernel holds no CAPTURE buffer. */
void fields_release_capture(struct context *context) REQUIRES(context->lock);

#endif
