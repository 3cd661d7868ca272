/* SPDX-License-Identifier: MIT */
/*
 * Contexts that outlive their id.
 *
 * Some codecs change the picture size in the middle of a prediction chain, and some clients make a
 * new context for each size. The kernel has the references, and what earlier pictures left for
 * later ones, in an open file: a new file knows nothing of them. So a destroyed context of such a
 * codec, with pictures of it still in surfaces, is parked, and the next context that the client
 * creates for the same profile goes on where that one ended. It goes when the last of its surfaces
 * does.
 */
#include "context.h"

static bool holds_pictures(const struct context *context)
{
    for (unsigned i = 0; i < context->num_captures; i++)
        if (context->captures[i].surface)
            return true;
    return false;
}

static struct context *exchange(struct driver *driver, struct context *context)
{
    struct context *before;

    pthread_mutex_lock(&driver->lock);
    before = driver->parked;
    driver->parked = context;
    pthread_mutex_unlock(&driver->lock);
    return before;
}

bool context_park(struct context *context)
{
    struct context *before = NULL;
    bool keep;

    if (!context->codec->outlives_context)
        return false;
    /* Surfaces may go meanwhile, and whoever lets the last one go ends what is parked. */
    pthread_mutex_lock(&context->lock);
    keep = !context->dead && holds_pictures(context);
    if (keep)
        before = exchange(context->driver, context);
    context_unlock(context);
    context_end(before);
    return keep;
}

struct context *context_unpark(struct driver *driver, const struct config *config)
{
    struct context *context;

    pthread_mutex_lock(&driver->lock);
    context = driver->parked;
    if (context && (context->device_codec != config->codec || context->device != config->device ||
                    context->config->profile != config->profile))
        context = NULL;
    if (context)
        driver->parked = NULL;
    pthread_mutex_unlock(&driver->lock);
    return context;
}

void context_unpark_idle(struct context *context)
{
    struct driver *driver = context->driver;
    bool idle;

    pthread_mutex_lock(&context->lock);
    pthread_mutex_lock(&driver->lock);
    idle = driver->parked == context && !holds_pictures(context);
    if (idle)
        driver->parked = NULL;
    pthread_mutex_unlock(&driver->lock);
    pthread_mutex_unlock(&context->lock);
    if (idle)
        context_end(context);
}

void contexts_unpark(struct driver *driver)
{
    context_end(exchange(driver, NULL));
}
