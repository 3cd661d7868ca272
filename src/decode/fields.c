/* SPDX-License-Identifier: MIT */
#include "decode/fields.h"

bool fields_follow(const struct context *context, const struct surface *surface,
                   enum picture_structure structure)
{
    const struct field_pair *fields = &context->fields;

    return fields->surface == surface->object.serial && structure != PICTURE_FRAME &&
           (structure | fields->structure) == PICTURE_FRAME;
}

void fields_begin(struct context *context, const struct surface *surface,
                  enum picture_structure structure, bool second, uint64_t timestamp)
{
    struct field_pair *fields = &context->fields;

    fields->structure = structure;
    fields->surface = structure != PICTURE_FRAME && !second ? surface->object.serial : 0;
    fields->timestamp = timestamp;
}

void fields_end(struct context *context)
{
    context->fields.surface = 0;
}

void fields_hold_capture(struct context *context, unsigned index)
{
    context->fields.capture_held = true;
    context->fields.held_capture = index;
}

void fields_release_capture(struct context *context)
{
    context->fields.capture_held = false;
}
