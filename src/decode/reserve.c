/* SPDX-License-Identifier: MIT */
#include "decode/reserve.h"

#include "decode/displace.h"

struct picture_memory *reserve_take(struct context *context)
{
    while (context->reserve.count) {
        struct picture_memory *memory = context->reserve.list[--context->reserve.count];

        if (picture_layout_fits(&memory->layout, &context->queues.layout))
            return memory;
        /* The stream is not the one that was expected. */
        memory_put(context->driver, memory);
    }
    return NULL;
}

bool reserve_add(struct context *context, struct picture_memory *memory)
{
    if (context->reserve.count == MAX_RESERVE)
        return false;
    context->reserve.list[context->reserve.count++] = memory;
    return true;
}

void reserve_release(struct context *context)
{
    while (context->reserve.count)
        memory_put(context->driver, context->reserve.list[--context->reserve.count]);
}

struct taker {
    const struct surface *surface;
    const struct device_codec *codec;
    struct picture_memory *memory;
};

/* Wants context->lock held. Whether the context's pictures have the codec, size and depth that the
 * surface needs. */
static bool suits(const struct context *context, const struct taker *taker)
{
    const struct surface *surface = taker->surface;
    const struct picture_layout *layout =
        context->reserve.count ? &context->reserve.list[context->reserve.count - 1]->layout
                               : &context->queues.layout;

    return context->import && context->device_codec == taker->codec && layout->format &&
           layout->format->bit_depth == rt_format_depth(surface->rt_format) &&
           whole_macroblocks(context->queues.width) == whole_macroblocks(surface->width) &&
           whole_macroblocks(context->queues.height) == whole_macroblocks(surface->height);
}

static bool take_from(struct object *object, void *argument)
{
    struct context *context = container_of(object, struct context, object);
    struct taker *taker = argument;

    lock_acquire(&context->lock);
    if (suits(context, taker))
        taker->memory = context->reserve.count ? context->reserve.list[--context->reserve.count]
                                               : reclaim_orphaned(context);
    context_unlock(context);
    return !taker->memory;
}

struct picture_memory *reserve_take_for(const struct surface *surface,
                                        const struct device_codec *codec)
{
    struct taker taker = {surface, codec, NULL};

    object_for_each(&surface->driver->objects, OBJECT_CONTEXT, take_from, &taker);
    return taker.memory;
}
