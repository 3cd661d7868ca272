/* SPDX-License-Identifier: MIT */
#include "decode/surface.h"

void surface_bind(struct surface *surface, struct context *context)
{
    surface->context = context;
    surface->capture = NO_CAPTURE;
    surface->timestamp = NO_TIMESTAMP;
}

void surface_rebind(struct surface *surface, struct context *context)
{
    surface->context = context;
}

void surface_set_capture(struct surface *surface, unsigned capture)
{
    surface->capture = capture;
}

void surface_set_timestamp(struct surface *surface, uint64_t timestamp)
{
    surface->timestamp = timestamp;
}

struct picture_memory *surface_exchange_memory(struct surface *surface,
                                               struct picture_memory *memory)
{
    struct picture_memory *old = surface->memory;

    surface->memory = memory;
    return old;
}
