/* SPDX-License-Identifier: MIT */
#include "decode/deferred_submit.h"

#include "base/log.h"
#include "decode/capture_pool.h"
#include "decode/completion.h"
#include "decode/deferred.h"
#include "decode/outcome.h"
#include "decode/output_pool.h"
#include "decode/request.h"

#include <string.h>

static bool exported(struct driver *driver, const struct surface *surface)
{
    bool result;

    lock_acquire(&driver->lock);
    result = surface->memory && surface->memory->exported;
    lock_release(&driver->lock);
    return result;
}

static VAStatus send(struct context *context, struct surface *surface, struct surface *display,
                     enum picture_use use) REQUIRES(context->lock)
{
    struct deferred_frame *deferred = &context->deferred;
    struct slot *slot = deferred->job.slot;
    struct submission s = {
        .surface = surface,
        .display = display,
        .picture.timestamp = deferred->job.timestamp,
        .lookup.used = deferred->job.references,
        .use = use,
        .set = deferred->set,
        .first_request = true,
        .queue_capture = true,
    };
    VAStatus status;

    slot_stage_again(slot, deferred->used);
    status = submit_request(context, &s, slot, true);
    if (status != VA_STATUS_SUCCESS)
        slot_discard(context, slot);
    return status;
}

/* Sends the kept frame as built. Its slot stays pinned, because its data may be needed again. */
static VAStatus send_first(struct context *context) REQUIRES(context->lock)
{
    const struct job *job = &context->deferred.job;
    VAStatus status;

    deferred_begin_submission(context);
    status = send(context, job->surface, job->display, job->use);
    if (status != VA_STATUS_SUCCESS)
        job_fail(context, job);
    deferred_put_surfaces(context);
    return status;
}

/* The frame's surface, with a new reference, if it is bound to this context and still holds the
 * frame; else NULL. */
static struct surface *still_there(struct context *context) REQUIRES(context->lock)
{
    const struct deferred_frame *deferred = &context->deferred;
    struct driver *driver = context->driver;
    struct surface *surface = object_get_named(&driver->objects, deferred->surface, OBJECT_SURFACE);
    bool there;

    if (!surface)
        return NULL;
    lock_acquire(&driver->lock);
    there = surface->context == context && surface->capture == deferred->job.capture &&
            surface->timestamp == deferred->job.timestamp;
    lock_release(&driver->lock);
    if (there)
        return surface;
    context_put_later(context, &surface->object);
    return NULL;
}

/* The surface that the frame was shown in, with a new reference, if it can still be decoded into
 * here. If not, the client has reused it. NULL: it cannot, or the frame has no such surface. */
static struct surface *still_shown(struct context *context) REQUIRES(context->lock)
{
    struct driver *driver = context->driver;
    struct surface *display =
        object_get_named(&driver->objects, context->deferred.display, OBJECT_SURFACE);

    if (!display || capture_is_bound(context, display))
        return display;
    context_put_later(context, &display->object);
    return NULL;
}

/* Marks the frame as failed: its picture was decoded, but not stored as the reference that later
 * frames expect, so these may be decoded wrongly. */
static void spoil(struct context *context, struct surface *surface, struct surface *display)
    REQUIRES(context->lock)
{
    struct driver *driver = context->driver;

    log_error(driver, "%s: the frame in surface 0x%x cannot be sent again with its refresh flags",
              context->codec->name, surface->object.id);
    outcome_mark_lost(&context->captures.list[context->deferred.job.capture]);
    outcome_fail_surface(context, surface);
    if (display)
        outcome_fail_surface(context, display);
}

/* Sends the frame again, because it was decoded with a wrong value. May drop context->lock to wait
 * for jobs. */
static VAStatus send_again(struct context *context) REQUIRES(context->lock)
{
    const struct deferred_frame *deferred = &context->deferred;
    struct slot *slot = deferred->job.slot;
    VAStatus status = VA_STATUS_ERROR_OPERATION_FAILED;
    struct surface *surface, *display;

    /* The wait drops the lock, so the frame is looked at only afterwards. */
    if (slot->state == SLOT_IN_FLIGHT)
        completion_wait_all(context);
    surface = still_there(context);
    if (!surface)
        return VA_STATUS_SUCCESS; /* no later frame can refer to it */
    display = still_shown(context);
    /* The client has its picture already, so this time the frame is sent as a hidden one. */
    if (!deferred->reference_lost && slot->state == SLOT_FREE && slot_renew(context, slot))
        status = send(context, surface, display, PICTURE_HIDDEN);
    if (status != VA_STATUS_SUCCESS)
        spoil(context, surface, display);
    if (display)
        context_put_later(context, &display->object);
    context_put_later(context, &surface->object);
    return status;
}

bool deferred_keep(struct context *context, struct submission *s, struct slot *slot,
                   VAStatus *status)
{
    const struct job job = {
        .slot = slot,
        .surface = s->surface,
        .display = s->display,
        .capture = s->surface->capture,
        .timestamp = s->picture.timestamp,
        .references = s->lookup.used,
        .use = s->use,
    };

    if (!context->codec->deferred_id || !context->codec->deferred_open(&s->picture))
        return false;
    deferred_drop(context);
    deferred_set(context, &job, &s->set);
    /* A reader of an exported picture may wait for the fences of its dma-buf, without calling the
     * driver. */
    if (exported(context->driver, s->display ? s->display : s->surface))
        *status = send_first(context);
    return true;
}

VAStatus deferred_resolve(struct context *context, const struct picture *next)
{
    struct deferred_frame *deferred = &context->deferred;
    VAStatus status = VA_STATUS_SUCCESS;
    enum deferred_value value;

    if (deferred->state == DEFERRED_NONE)
        return VA_STATUS_SUCCESS;
    value = context->codec->deferred_tell(next, deferred->job.timestamp, deferred_control(context));
    if (deferred->state == DEFERRED_KEPT)
        status = send_first(context);
    else if (deferred->failure != VA_STATUS_SUCCESS)
        status = deferred->failure;
    else if (value == DEFERRED_CHANGED)
        status = send_again(context);
    deferred_drop(context);
    return status;
}

void deferred_flush(struct context *context, const struct surface *surface)
{
    const struct deferred_frame *deferred = &context->deferred;
    VAStatus status;

    if (deferred->state != DEFERRED_KEPT ||
        (surface && deferred->job.surface != surface && deferred->job.display != surface))
        return;
    status = send_first(context);
    /* If it was sent for a surface, the surface reports the error. */
    if (!surface)
        deferred_note_failure(context, status);
}
