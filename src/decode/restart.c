/* SPDX-License-Identifier: MIT */
#include "decode/restart.h"

#include "decode/capture_pool.h"
#include "decode/context.h"
#include "decode/deferred.h"
#include "decode/outcome.h"
#include "decode/output_pool.h"
#include "decode/queues.h"

#include <unistd.h>

void queues_restart(struct context *context)
{
    context->lost |= queues_stop(context) != 0;
    deferred_lose(context);
    queues_forget_references(context);
    while (context->num_jobs)
        job_finish(context, OUTCOME_LOST);
    context->capture_held = false;
    context->field_surface = 0;
    for (unsigned i = 0; i < context->num_slots && context->lost; i++)
        if (context->slots[i].state == SLOT_FREE)
            context->slots[i].state = SLOT_RETIRED;
}

void queues_close(struct context *context)
{
    if (context->node.fd < 0)
        return;
    queues_restart(context);
    captures_destroy(context);
    slots_destroy(context);
    close(context->node.fd);
    context->node.fd = -1;
}

int queues_recover(struct context *context)
{
    int error;

    if (!context->lost)
        return 0;
    deferred_drop(context);
    queues_close(context);
    context->format.width = 0;
    error = queues_open(context);
    context->lost = error != 0;
    return error;
}

void context_end(struct context *context)
{
    if (!context)
        return;
    pthread_mutex_lock(&context->lock);
    context->dead = true;
    deferred_drop(context);
    queues_close(context);
    context_unlock(context);
    object_put(&context->object);
}
