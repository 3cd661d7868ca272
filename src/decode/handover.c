/* SPDX-License-Identifier: MIT */
#include "decode/handover.h"

#include "decode/output_pool.h"
#include "decode/parked.h"
#include "decode/references.h"
#include "decode/restart.h"

#include <string.h>

static bool holds_pictures(const struct context *context)
{
    for (unsigned i = 0; i < context->captures.count; i++)
        if (context->captures.list[i].surface)
            return true;
    return false;
}

/* Slice data that clients still have leaves the OUTPUT buffers. False: some cannot. */
static bool evacuate(struct context *context)
{
    bool empty = true;

    for (unsigned i = 0; i < context->output.count; i++) {
        slot_evacuate(&context->output.slots[i]);
        slot_discard(context, &context->output.slots[i]);
        empty &= !context->output.slots[i].buffers;
    }
    return empty;
}

bool handover_park(struct context *context)
{
    struct context *oldest = NULL;
    bool keep;

    if (!context->codec->outlives_context)
        return false;
    /* Surfaces may go meanwhile, and whoever lets the last one go ends what is parked. */
    pthread_mutex_lock(&context->lock);
    /* A job that is still there was waited for in vain: that decoder is stuck. */
    keep = !context->queues.lost && !context->jobs.count && holds_pictures(context) &&
           evacuate(context);
    if (keep)
        oldest = parked_add(context->driver, context);
    context_unlock(context);
    context_end(oldest);
    return keep;
}

/* The parked context that the surface is bound to, with its reference, if `context` can go on with
 * it; else NULL. */
static struct context *take_parked(struct context *context, VASurfaceID id)
{
    struct driver *driver = context->driver;
    struct surface *surface = object_get(&driver->objects, id, OBJECT_SURFACE);
    struct context *parked;

    if (!surface)
        return NULL;
    pthread_mutex_lock(&driver->lock);
    parked = surface->context;
    if (parked &&
        (parked->device_codec != context->device_codec || parked->device != context->device ||
         parked->config->profile != context->config->profile || !parked_take(driver, parked)))
        parked = NULL;
    pthread_mutex_unlock(&driver->lock);
    context_put_later(context, &surface->object);
    return parked;
}

/* The pictures, and what the kernel knows them by. */
static void take_captures(struct context *context, struct context *from)
{
    memcpy(context->captures.list, from->captures.list, sizeof(context->captures.list));
    context->captures.count = from->captures.count;
    from->captures.count = 0;
    context->captures.uses = from->captures.uses;
    pthread_mutex_lock(&context->driver->lock);
    for (unsigned i = 0; i < context->captures.count; i++) {
        if (!context->captures.list[i].surface)
            continue;
        context->captures.list[i].surface->context = context;
        object_ref(&context->object);
        object_unref(&from->object); /* the caller has another one */
    }
    pthread_mutex_unlock(&context->driver->lock);
}

/* A frame that was sent as built, and may have to be sent again. */
static void take_late(struct context *context, struct context *from)
{
    void *controls = context->deferred.controls;

    context->deferred = from->deferred;
    from->deferred = (struct deferred_frame){.controls = controls};
    if (context->deferred.state != DEFERRED_NONE) {
        context->deferred.slot =
            &context->output.slots[context->deferred.slot - from->output.slots];
        context->deferred.slot->waiters++;
    }
}

static void take_slots(struct context *context, struct context *from)
{
    memcpy(context->output.slots, from->output.slots, sizeof(context->output.slots));
    context->output.count = from->output.count;
    from->output.count = 0;
    /* Who still polls one of them finds the old context without jobs. */
    for (unsigned i = 0; i < context->output.count; i++)
        context->output.slots[i].waiters = 0;
}

static void take_queues(struct context *context, struct context *from)
{
    context->queues.node = from->queues.node;
    from->queues.node.fd = -1;
    context->queues.format = from->queues.format;
    context->queues.layout = from->queues.layout;
    context->queues.sizeimage = from->queues.sizeimage;
    context->queues.output_streaming = from->queues.output_streaming;
    context->queues.capture_streaming = from->queues.capture_streaming;
    context->waiting.leaves_requests_open = from->waiting.leaves_requests_open;
    context->full = from->full;
    context->damage.hidden = from->damage.hidden;
    context->output.headroom = from->output.headroom;
    /* Half set up queues are set up anew where their size is another one (queues_configure). */
    if (!from->queues.format.width) {
        context->width = from->width;
        context->height = from->height;
    }
}

/* The context goes on where the parked one ended that the surface is bound to. False: it cannot. */
static bool go_on(struct context *context, VASurfaceID surface)
{
    struct context *parked;
    void *state = context->codec_state;

    parked = take_parked(context, surface);
    if (!parked)
        return false;
    queues_close(context);
    /* Nobody who has the lock of one that was parked asks for another context's. */
    pthread_mutex_lock(&parked->lock);
    take_queues(context, parked);
    take_slots(context, parked);
    take_late(context, parked);
    take_captures(context, parked);
    context->codec_state = parked->codec_state;
    parked->codec_state = state;
    pthread_mutex_unlock(&parked->lock);
    context_put_later(context, &parked->object);
    return true;
}

/* Whether nothing was decoded there yet; its queues may be set up. */
static bool is_new(const struct context *context)
{
    return !context->captures.uses && !context->jobs.count &&
           context->deferred.state == DEFERRED_NONE;
}

void handover_take_over(struct submission *s)
{
    uint64_t scratch[SURFACE_STATE_SIZE / sizeof(uint64_t)] = {0};
    struct context *context = s->context;
    struct build_error ignored = {0};
    VASurfaceID parked;

    if (!context->codec->outlives_context || !context->codec->prepare || !is_new(context))
        return;
    /* In vain, but for the surfaces that it names. */
    s->picture.surface_state = scratch;
    context->codec->prepare(&s->picture, &ignored);
    s->picture.surface_state = s->surface->codec_state;
    parked = s->lookup.parked;
    s->lookup = lookup_of(context);
    if (parked != VA_INVALID_ID && go_on(context, parked))
        s->picture.context_state = context->codec_state;
}

void handover_end_idle(struct context *context)
{
    struct driver *driver = context->driver;
    bool idle;

    pthread_mutex_lock(&context->lock);
    pthread_mutex_lock(&driver->lock);
    idle = !holds_pictures(context) && parked_take(driver, context);
    pthread_mutex_unlock(&driver->lock);
    pthread_mutex_unlock(&context->lock);
    if (idle)
        context_end(context);
}

void handover_end_all(struct driver *driver)
{
    struct context *context;

    do {
        pthread_mutex_lock(&driver->lock);
        context = driver->parked;
        if (context)
            parked_take(driver, context);
        pthread_mutex_unlock(&driver->lock);
        context_end(context);
    } while (context);
}
