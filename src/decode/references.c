/* SPDX-License-Identifier: MIT */
#include "decode/references.h"

#include "decode/parked.h"

#include <string.h>

static const uint64_t no_state[SURFACE_STATE_SIZE / sizeof(uint64_t)];

static struct reference find_reference(const struct reference_lookup *base, VASurfaceID id)
{
    struct context_lookup *lookup = container_of(base, struct context_lookup, base);
    struct context *context = lookup->context;
    struct driver *driver = context->driver;
    struct reference reference = {.timestamp = NO_TIMESTAMP, .state = no_state};
    struct surface *surface;

    lock_is_held(&context->lock); /* by the caller of the builder */
    if (id == VA_INVALID_ID)
        return reference;
    surface = object_get(&driver->objects, id, OBJECT_SURFACE);
    if (surface) {
        lock_acquire(&driver->lock);
        if (surface->context == context && surface->timestamp != NO_TIMESTAMP) {
            lookup->used |= 1u << surface->capture;
            lookup->named |= 1u << surface->capture;
            memcpy(lookup->state[surface->capture], surface->codec_state, SURFACE_STATE_SIZE);
            reference.timestamp = surface->timestamp;
            reference.state = lookup->state[surface->capture];
        } else if (surface->context && surface->context != context &&
                   lookup->parked == VA_INVALID_ID && parked_contains(driver, surface->context)) {
            lookup->parked = id;
        }
        lock_release(&driver->lock);
        context_put_later(context, &surface->object);
    }
    lookup->missing |= reference.timestamp == NO_TIMESTAMP;
    return reference;
}

static void keep_reference(const struct reference_lookup *base, VASurfaceID id)
{
    struct context_lookup *lookup = container_of(base, struct context_lookup, base);
    uint32_t used = lookup->used;
    bool missing = lookup->missing;

    find_reference(base, id);
    lookup->used = used;
    lookup->missing = missing;
}

struct context_lookup lookup_of(struct context *context)
{
    return (struct context_lookup){
        .base = {find_reference, keep_reference}, .context = context, .parked = VA_INVALID_ID};
}
