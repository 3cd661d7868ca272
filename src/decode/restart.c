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
    context->queues.lost |= queues_stop(context) != 0;
    deferred_lose(context);
    queues_forget_references(context);
    while (context->jobs.count)
        job_finish(context, OUTCOME_LOST);
    context->fields.capture_held = false;
    context->fields.surface = 0;
    for (unsigned i = 0; i < context->output.count && context->queues.lost; i++)
        if (context->output.slots[i].state == SLOT_FREE)
            context->output.slots[i].state = SLOT_RETIRED;
}

void queues_close(struct context *context)
{
    if (context->queues.node.fd < 0)
        return;
    queues_restart(context);
    captures_destroy(context);
    slots_destroy(context);
    close(context->queues.node.fd);
    context->queues.node.fd = -1;
}

int queues_recover(struct context *context)
{
    int error;

    if (!context->queues.lost)
        return 0;
    deferred_drop(context);
    queues_close(context);
    context->queues.format.width = 0;
    error = queues_open(context);
    context->queues.lost = error != 0;
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
