/* SPDX-License-Identifier: MIT */
/* Frames kept back until the next one tells the last of their controls' values. */
#include "late.h"

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

/* The kept frame's surfaces no longer count it among their jobs; `failed`: it never becomes one. */
static void uncount(struct context *context, bool failed)
{
    struct driver *driver = context->driver;
    struct surface *surfaces[] = {context->late.surface, context->late.display};

    pthread_mutex_lock(&driver->lock);
    for (unsigned i = 0; i < 2 && surfaces[i]; i++) {
        surfaces[i]->pending_jobs--;
        if (!failed)
            continue;
        if (!surfaces[i]->pending_jobs)
            surfaces[i]->state = SURFACE_FAILED;
        if (surfaces[i]->timestamp == context->late.timestamp)
            surfaces[i]->timestamp = NO_TIMESTAMP;
    }
    pthread_mutex_unlock(&driver->lock);
}

/* Lets go of the surfaces: from then on only their names are known. */
static void let_go(struct context *context)
{
    struct late_frame *late = &context->late;

    if (late->surface)
        context_put_later(context, &late->surface->object);
    if (late->display)
        context_put_later(context, &late->display->object);
    late->surface = late->display = NULL;
}

static VAStatus send(struct context *context, struct surface *surface, struct surface *display,
                     enum picture_use use)
{
    struct late_frame *late = &context->late;
    struct submission s = {
        .context = context,
        .surface = surface,
        .display = display,
        .picture.timestamp = late->timestamp,
        .lookup.used = late->references,
        .use = use,
        .set = late->set,
        .first_request = true,
        .queue_capture = true,
    };
    VAStatus status;

    late->slot->state = SLOT_STAGING;
    late->slot->used = late->used;
    status = submit_request(&s, late->slot, true);
    if (status != VA_STATUS_SUCCESS)
        slot_discard(context, late->slot);
    return status;
}

/* The slot is spared from then on: its data may be needed again. */
static VAStatus send_first(struct context *context)
{
    struct late_frame *late = &context->late;
    struct driver *driver = context->driver;
    VAStatus status;

    late->state = LATE_SENT;
    late->slot->waiters++;
    uncount(context, false);
    status = send(context, late->surface, late->display, late->use);
    if (status != VA_STATUS_SUCCESS) {
        pthread_mutex_lock(&driver->lock);
        late->surface->state = SURFACE_FAILED;
        late->surface->timestamp = NO_TIMESTAMP;
        if (late->display)
            late->display->state = SURFACE_FAILED;
        pthread_mutex_unlock(&driver->lock);
    }
    let_go(context);
    return status;
}

/* The surface, with a reference, if the frame is still what this context has in it; else NULL. */
static struct surface *still_there(struct context *context)
{
    const struct late_frame *late = &context->late;
    struct driver *driver = context->driver;
    struct surface *surface =
        object_get_named(&driver->objects, late->surface_name, OBJECT_SURFACE);
    bool there;

    if (!surface)
        return NULL;
    pthread_mutex_lock(&driver->lock);
    there = surface->context == context && surface->capture == late->capture &&
            surface->timestamp == late->timestamp;
    pthread_mutex_unlock(&driver->lock);
    if (there)
        return surface;
    context_put_later(context, &surface->object);
    return NULL;
}

/* The surface that the frame was shown in, with a reference, if it can still be decoded into here.
 * A surface that cannot was given back: nobody looks for this frame there any more. */
static struct surface *still_shown(struct context *context)
{
    struct driver *driver = context->driver;
    struct surface *display =
        object_get_named(&driver->objects, context->late.display_name, OBJECT_SURFACE);

    if (!display || capture_is_bound(context, display))
        return display;
    context_put_later(context, &display->object);
    return NULL;
}

/* The picture was decoded, but the decoder does not know it as the reference that it is: the frames
 * that build on it may go wrong. */
static void spoil(struct context *context, struct surface *surface, struct surface *display)
{
    struct surface *surfaces[] = {surface, display};
    struct driver *driver = context->driver;

    log_error(driver, "%s: surface 0x%x cannot be sent again with the slots that it refreshes",
              context->codec->name, surface->object.id);
    context->captures[context->late.capture].outcome = OUTCOME_LOST;
    pthread_mutex_lock(&driver->lock);
    for (unsigned i = 0; i < 2 && surfaces[i]; i++)
        if (!surfaces[i]->pending_jobs)
            surfaces[i]->state = SURFACE_FAILED;
    pthread_mutex_unlock(&driver->lock);
}

/* The picture was decoded with another value than the right one. */
static VAStatus send_again(struct context *context)
{
    struct late_frame *late = &context->late;
    VAStatus status = VA_STATUS_ERROR_OPERATION_FAILED;
    struct surface *surface, *display;

    /* A wait drops the lock: what is left of the frame is looked at afterwards. */
    if (late->slot->state == SLOT_IN_FLIGHT)
        reap_all(context);
    surface = still_there(context);
    if (!surface)
        return VA_STATUS_SUCCESS; /* and no later frame can name it */
    display = still_shown(context);
    /* Its picture has been looked at: it is hidden from now on. */
    if (!late->reference_lost && late->slot->state == SLOT_FREE && slot_renew(context, late->slot))
        status = send(context, surface, display, PICTURE_HIDDEN);
    if (status != VA_STATUS_SUCCESS)
        spoil(context, surface, display);
    if (display)
        context_put_later(context, &display->object);
    context_put_later(context, &surface->object);
    return status;
}

bool late_keep(struct submission *s, struct slot *slot, VAStatus *status)
{
    struct context *context = s->context;
    struct driver *driver = context->driver;
    struct late_frame *late = &context->late;

    if (!context->codec->late_id || !context->codec->late_open(&s->picture))
        return false;
    late_drop(context);
    memcpy(late->controls, context->controls, context->codec->controls_size);
    late->set = s->set;
    for (unsigned i = 0; i < late->set.count; i++) {
        size_t offset =
            (size_t)((uint8_t *)late->set.control[i].ptr - (uint8_t *)context->controls);

        late->set.control[i].ptr = (uint8_t *)late->controls + offset;
    }
    late->state = LATE_KEPT;
    late->untold = VA_STATUS_SUCCESS;
    late->slot = slot;
    late->used = slot->used;
    late->surface = s->surface;
    late->display = s->display;
    late->surface_name = object_name(&s->surface->object);
    late->display_name =
        s->display ? object_name(&s->display->object) : (struct object_name){.serial = 0};
    late->capture = s->surface->capture;
    late->timestamp = s->picture.timestamp;
    late->references = s->lookup.used;
    late->reference_lost = false;
    late->use = s->use;
    decode_begins(context, slot, s->surface, s->display, late->timestamp);
    /* An exported picture may be waited for by its dma-buf's fences, of which nobody tells us. */
    if (exported(driver, s->display ? s->display : s->surface))
        *status = send_first(context);
    return true;
}

void late_drop(struct context *context)
{
    struct late_frame *late = &context->late;

    if (late->state == LATE_KEPT) {
        uncount(context, true);
        if (late->use == PICTURE_HIDDEN)
            context->hidden_outcome = OUTCOME_LOST;
        late->slot->state = SLOT_FREE;
    } else if (late->state == LATE_SENT) {
        late->slot->waiters--;
    }
    late->state = LATE_NONE;
    let_go(context);
}

void late_lose(struct context *context)
{
    if (context->late.state == LATE_KEPT)
        late_drop(context);
}

VAStatus late_settle(struct context *context, const struct picture *next)
{
    struct late_frame *late = &context->late;
    VAStatus status = VA_STATUS_SUCCESS;
    enum late_value value;

    if (late->state == LATE_NONE)
        return VA_STATUS_SUCCESS;
    value = context->codec->late_tell(next, late->timestamp, late_control(context));
    if (late->state == LATE_KEPT)
        status = send_first(context);
    else if (late->untold != VA_STATUS_SUCCESS)
        status = late->untold;
    else if (value == LATE_CHANGED)
        status = send_again(context);
    late_drop(context);
    return status;
}

void late_flush(struct context *context, const struct surface *surface)
{
    struct late_frame *late = &context->late;

    VAStatus status;

    if (late->state != LATE_KEPT ||
        (surface && late->surface != surface && late->display != surface))
        return;
    status = send_first(context);
    /* Who asks for its picture is told by the surface. */
    if (!surface)
        late->untold = status;
}
