/* SPDX-License-Identifier: MIT */
#include "decode/restart.h"

#include "decode/capture_pool.h"
#include "decode/context.h"
#include "decode/deferred.h"
#include "decode/fields.h"
#include "decode/outcome.h"
#include "decode/output_pool.h"
#include "decode/queues.h"

void queues_restart(struct context *context)
{
    queues_stop(context);
    deferred_drop_unsent(context);
    captures_forget_references(context);
    while (context->jobs.count)
        job_finish(context, OUTCOME_LOST);
    fields_release_capture(context);
    fields_end(context);
    if (context->queues.state == QUEUES_LOST)
        slots_retire(context);
}

void queues_close(struct context *context)
{
    if (context->queues.node.fd < 0)
        return;
    queues_restart(context);
    captures_destroy(context);
    slots_destroy(context);
    queues_close_device(context);
}

int queues_recover(struct context *context)
{
    int error;

    if (context->queues.state != QUEUES_LOST)
        return 0;
    deferred_drop(context);
    queues_close(context);
    error = queues_open(context, context->queues.width, context->queues.height);
    if (error)
        queues_mark_lost(context);
    return error;
}

void context_end(struct context *context)
{
    if (!context)
        return;
    lock_acquire(&context->lock);
    context_mark_dead(context);
    deferred_drop(context);
    queues_close(context);
    context_unlock(context);
    object_put(&context->object);
}
