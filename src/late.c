/* SPDX-License-Identifier: MIT */
/* Frames kept back until the next one tells the last of their controls' values. */
#include "late.h"
#include "v4l2.h"

#include <stdlib.h>
#include <string.h>

/* Its control that holds the late value. */
static void *late_control(const struct context *context)
{
    const struct late_frame *late = &context->late;

    for (unsigned i = 0; i < late->set.count; i++)
        if (late->set.control[i].id == context->codec->late_id)
            return late->set.control[i].ptr;
    return NULL;
}

static bool exported(struct driver *driver, const struct surface *surface)
{
    bool result;

    pthread_mutex_lock(&driver->lock);
    result = surface->memory && surface->memory->exported;
    pthread_mutex_unlock(&driver->lock);
    return result;
}

bool late_keep(struct submission *s, struct slot *slot)
{
    struct context *context = s->context;
    struct driver *driver = context->driver;
    struct late_frame *late = &context->late;

    if (!context->codec->late_id || !context->codec->late_open(&s->picture))
        return false;
    late_drop(context);
    if (!late->controls)
        late->controls = malloc(context->codec->controls_size);
    if (!late->controls)
        return false;
    memcpy(late->controls, context->controls, context->codec->controls_size);
    late->set = s->set;
    for (unsigned i = 0; i < late->set.count; i++) {
        size_t offset =
            (size_t)((uint8_t *)late->set.control[i].ptr - (uint8_t *)context->controls);

        late->set.control[i].ptr = (uint8_t *)late->controls + offset;
    }
    late->state = LATE_KEPT;
    late->slot = slot;
    late->used = slot->used;
    late->surface = s->surface;
    late->display = s->display;
    late->capture = s->surface->capture;
    late->timestamp = s->picture.timestamp;
    late->references = s->lookup.used;
    object_ref(&driver->objects, &s->surface->object);
    if (s->display)
        object_ref(&driver->objects, &s->display->object);
    slot->state = SLOT_IN_FLIGHT;
    if (context->staging == slot)
        context->staging = NULL;
    pthread_mutex_lock(&driver->lock);
    s->surface->pending_jobs++;
    s->surface->state = SURFACE_IN_DECODE;
    s->surface->timestamp = late->timestamp;
    if (s->display) {
        s->display->pending_jobs++;
        s->display->state = SURFACE_IN_DECODE;
        s->display->timestamp = NO_TIMESTAMP;
    }
    pthread_mutex_unlock(&driver->lock);
    /* An exported picture may be waited for by its dma-buf's fences, of which nobody tells us. */
    if (exported(driver, s->display ? s->display : s->surface))
        late_flush(context, NULL);
    return true;
}

/* The surfaces no longer count the kept frame among their jobs. */
static void uncount(struct context *context, bool failed)
{
    struct driver *driver = context->driver;
    struct surface *surfaces[] = {context->late.surface, context->late.display};

    pthread_mutex_lock(&driver->lock);
    for (unsigned i = 0; i < 2 && surfaces[i]; i++) {
        surfaces[i]->pending_jobs--;
        if (failed && !surfaces[i]->pending_jobs)
            surfaces[i]->state = SURFACE_FAILED;
    }
    pthread_mutex_unlock(&driver->lock);
}

static VAStatus send(struct context *context)
{
    struct late_frame *late = &context->late;
    struct submission s = {
        .context = context,
        .surface = late->surface,
        .display = late->display,
        .picture.timestamp = late->timestamp,
        .lookup.used = late->references,
        .set = late->set,
        .first_request = true,
        .queue_capture = true,
    };

    late->slot->state = SLOT_STAGING;
    late->slot->used = late->used;
    return submit_request(&s, late->slot, true);
}

static void send_first(struct context *context)
{
    struct late_frame *late = &context->late;
    VAStatus status;

    uncount(context, false);
    status = send(context);
    if (status == VA_STATUS_SUCCESS)
        return;
    pthread_mutex_lock(&context->driver->lock);
    late->surface->state = SURFACE_FAILED;
    if (late->display)
        late->display->state = SURFACE_FAILED;
    pthread_mutex_unlock(&context->driver->lock);
    slot_discard(context, late->slot);
}

/* The picture was decoded with another value than the right one. Its slot has been spared. */
static void send_again(struct context *context)
{
    struct late_frame *late = &context->late;
    struct driver *driver = context->driver;
    bool bound;

    pthread_mutex_lock(&driver->lock);
    bound = late->surface->context == context && late->surface->capture == late->capture &&
            late->surface->timestamp == late->timestamp &&
            (!late->display || late->display->context == context);
    pthread_mutex_unlock(&driver->lock);
    if (!bound || (late->slot->state == SLOT_IN_FLIGHT && reap_all(context)))
        return;
    if (late->slot->state != SLOT_FREE || media_request_reinit(late->slot->request_fd))
        return;
    if (send(context) != VA_STATUS_SUCCESS)
        slot_discard(context, late->slot);
}

void late_drop(struct context *context)
{
    struct late_frame *late = &context->late;

    if (late->state == LATE_NONE)
        return;
    if (late->state == LATE_KEPT) {
        uncount(context, true);
        late->slot->state = SLOT_FREE;
    } else {
        late->slot->waiters--;
    }
    late->state = LATE_NONE;
    context_put_later(context, &late->surface->object);
    if (late->display)
        context_put_later(context, &late->display->object);
    late->surface = late->display = NULL;
}

void late_settle(struct context *context, const struct picture *next)
{
    struct late_frame *late = &context->late;
    enum late_value value;

    if (late->state == LATE_NONE)
        return;
    value = context->codec->late_tell(next, late->timestamp, late_control(context));
    if (late->state == LATE_KEPT) {
        send_first(context);
        late->state = LATE_SENT;
        late->slot->waiters++;
    } else if (value == LATE_CHANGED) {
        send_again(context);
    }
    late_drop(context);
}

void late_flush(struct context *context, const struct surface *surface)
{
    struct late_frame *late = &context->late;

    if (late->state != LATE_KEPT ||
        (surface && late->surface != surface && late->display != surface))
        return;
    late->state = LATE_SENT;
    late->slot->waiters++; /* nobody takes it: the data may be needed again */
    send_first(context);
}
