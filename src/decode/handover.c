/* SPDX-License-Identifier: MIT */
#include "decode/handover.h"

#include "decode/capture_pool.h"
#include "decode/deferred.h"
#include "decode/jobs.h"
#include "decode/outcome.h"
#include "decode/output_pool.h"
#include "decode/parked.h"
#include "decode/queues.h"
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

/* Moves the slice data of buffers that still exist out of the OUTPUT buffers. False: some of it
 * cannot be moved. */
static bool evacuate(struct context *context) REQUIRES(context->lock)
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
    /* Other threads may destroy surfaces meanwhile. The thread that releases the last one ends the
     * context if it is parked by then, so check and park under one lock. */
    lock_acquire(&context->lock);
    /* If a job is left, waiting for it has timed out: the decoder is stuck. */
    keep = context->queues.state != QUEUES_LOST && !context->jobs.count &&
           holds_pictures(context) && evacuate(context);
    if (keep)
        oldest = parked_add(context->driver, context);
    context_unlock(context);
    context_end(oldest);
    return keep;
}

/* Takes the parked context that the surface is bound to off the list, with its reference, if
 * `context` can continue it. NULL: it cannot. */
static struct context *take_parked(struct context *context, VASurfaceID id) REQUIRES(context->lock)
{
    struct driver *driver = context->driver;
    struct surface *surface = object_get(&driver->objects, id, OBJECT_SURFACE);
    struct context *parked;

    if (!surface)
        return NULL;
    lock_acquire(&driver->lock);
    parked = surface->context;
    if (parked &&
        (parked->device_codec != context->device_codec || parked->device != context->device ||
         parked->config->profile != context->config->profile || !parked_take(driver, parked)))
        parked = NULL;
    lock_release(&driver->lock);
    context_put_later(context, &surface->object);
    return parked;
}

/* Makes the context continue the parked one that the surface is bound to. False: it cannot. */
static bool adopt_parked(struct context *context, VASurfaceID surface) REQUIRES(context->lock)
{
    struct context *parked;

    parked = take_parked(context, surface);
    if (!parked)
        return false;
    queues_close(context);
    /* No thread that holds the lock of a parked context waits for another context's. */
    lock_acquire(&parked->lock);
    queues_take(context, parked);
    slots_take(context, parked);
    deferred_take(context, parked);
    captures_take(context, parked);
    outcome_take(context, parked);
    if (parked->waiting.leaves_requests_open)
        jobs_note_open_requests(context);
    context_exchange_codec_state(context, parked);
    lock_release(&parked->lock);
    context_put_later(context, &parked->object);
    return true;
}

/* Whether the context has not decoded anything yet. Its queues may be configured. */
static bool is_new(const struct context *context)
{
    return !context->captures.uses && !context->jobs.count &&
           context->deferred.state == DEFERRED_NONE;
}

void handover_take_over(struct context *context, struct submission *s)
{
    uint64_t scratch[SURFACE_STATE_SIZE / sizeof(uint64_t)] = {0};
    struct build_error ignored = {0};
    VASurfaceID parked;

    if (!context->codec->outlives_context || !context->codec->prepare || !is_new(context))
        return;
    /* Called only to learn which surfaces the picture names; the result is discarded. */
    s->picture.surface_state = scratch;
    context->codec->prepare(&s->picture, &ignored);
    s->picture.surface_state = s->surface->codec_state;
    parked = s->lookup.parked;
    s->lookup = lookup_of(context);
    if (parked != VA_INVALID_ID && adopt_parked(context, parked))
        s->picture.context_state = context->codec_state;
}

void handover_end_idle(struct context *context)
{
    struct driver *driver = context->driver;
    bool idle;

    lock_acquire(&context->lock);
    lock_acquire(&driver->lock);
    idle = !holds_pictures(context) && parked_take(driver, context);
    lock_release(&driver->lock);
    lock_release(&context->lock);
    if (idle)
        context_end(context);
}

void handover_end_all(struct driver *driver)
{
    struct context *context;

    do {
        lock_acquire(&driver->lock);
        context = driver->parked;
        if (context)
            parked_take(driver, context);
        lock_release(&driver->lock);
        context_end(context);
    } while (context);
}
