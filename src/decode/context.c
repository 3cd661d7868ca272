/* SPDX-License-Identifier: MIT */
#include "decode/context.h"

void context_put_later(struct context *context, struct object *object)
{
    if (object_unref(object)) {
        object->next = context->garbage;
        context->garbage = object;
    }
}

void context_unlock(struct context *context)
{
    struct object *garbage = context->garbage;

    context->garbage = NULL;
    lock_release(&context->lock);
    while (garbage) {
        struct object *next = garbage->next;

        garbage->release(garbage);
        garbage = next;
    }
}

struct context *surface_context(struct surface *surface)
{
    struct driver *driver = surface->driver;
    struct context *context;

    lock_acquire(&driver->lock);
    context = surface->context;
    if (context)
        object_ref(&context->object);
    lock_release(&driver->lock);
    return context;
}

void context_mark_dead(struct context *context)
{
    context->dead = true;
}

void context_exchange_codec_state(struct context *context, struct context *other)
{
    void *state = context->codec_state;

    context->codec_state = other->codec_state;
    other->codec_state = state;
}
