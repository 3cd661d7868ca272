/* SPDX-License-Identifier: MIT */
#include "decode/parked.h"

/* Wants driver->lock held. The link that points to the context in the list of parked ones, or the
 * final link, which is NULL, if the context is not parked. */
static struct context **link_to(struct driver *driver, const struct context *context)
    REQUIRES(driver->lock)
{
    struct context **link = &driver->parked;

    while (*link && *link != context)
        link = &(*link)->next_parked;
    return link;
}

bool parked_take(struct driver *driver, struct context *context)
{
    struct context **link = link_to(driver, context);

    if (!*link)
        return false;
    *link = context->next_parked;
    context->next_parked = NULL;
    return true;
}

bool parked_contains(struct driver *driver, const struct context *context)
{
    return *link_to(driver, context) != NULL;
}

const struct device *parked_device(struct driver *driver, VAProfile profile)
{
    const struct device *device = NULL;

    lock_acquire(&driver->lock);
    for (const struct context *parked = driver->parked; parked && !device;
         parked = parked->next_parked)
        if (parked->config->profile == profile)
            device = parked->device;
    lock_release(&driver->lock);
    return device;
}

struct context *parked_add(struct driver *driver, struct context *context)
{
    struct context *last = context;
    unsigned count = 1;

    lock_acquire(&driver->lock);
    context->next_parked = driver->parked;
    driver->parked = context;
    for (; last->next_parked; count++)
        last = last->next_parked;
    if (count <= MAX_PARKED || !parked_take(driver, last))
        last = NULL;
    lock_release(&driver->lock);
    return last;
}
