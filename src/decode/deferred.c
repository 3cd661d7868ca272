/* SPDX-License-Identifier: MIT */
#include "decode/deferred.h"

#include "decode/context.h"

void *deferred_control(const struct context *context)
{
    const struct deferred_frame *deferred = &context->deferred;

    for (unsigned i = 0; i < deferred->set.count; i++)
        if (deferred->set.control[i].id == context->codec->deferred_id)
            return deferred->set.control[i].ptr;
    return NULL;
}

void deferred_uncount(struct context *context, bool failed)
{
    struct driver *driver = context->driver;
    struct surface *surfaces[] = {context->deferred.surface, context->deferred.display};

    pthread_mutex_lock(&driver->lock);
    for (unsigned i = 0; i < 2 && surfaces[i]; i++) {
        surfaces[i]->pending_jobs--;
        if (!failed)
            continue;
        if (!surfaces[i]->pending_jobs)
            surfaces[i]->state = SURFACE_FAILED;
        if (surfaces[i]->timestamp == context->deferred.timestamp)
            surfaces[i]->timestamp = NO_TIMESTAMP;
    }
    pthread_mutex_unlock(&driver->lock);
}

void deferred_let_go(struct context *context)
{
    struct deferred_frame *deferred = &context->deferred;

    if (deferred->surface)
        context_put_later(context, &deferred->surface->object);
    if (deferred->display)
        context_put_later(context, &deferred->display->object);
    deferred->surface = deferred->display = NULL;
}

void deferred_drop(struct context *context)
{
    struct deferred_frame *deferred = &context->deferred;

    if (deferred->state == DEFERRED_KEPT) {
        deferred_uncount(context, true);
        if (deferred->use == PICTURE_HIDDEN)
            context->damage.hidden = OUTCOME_LOST;
        deferred->slot->state = SLOT_FREE;
    } else if (deferred->state == DEFERRED_SUBMITTED) {
        deferred->slot->waiters--;
    }
    deferred->state = DEFERRED_NONE;
    deferred_let_go(context);
}

void deferred_lose(struct context *context)
{
    if (context->deferred.state == DEFERRED_KEPT)
        deferred_drop(context);
}
