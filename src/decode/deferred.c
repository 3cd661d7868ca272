/* SPDX-License-Identifier: MIT */
#include "decode/deferred.h"

#include "decode/outcome.h"
#include "decode/output_pool.h"

#include <string.h>

void deferred_set(struct context *context, const struct job *job, const struct control_set *set)
{
    struct deferred_frame *deferred = &context->deferred;

    memcpy(deferred->controls, context->controls, context->codec->controls_size);
    deferred->set = *set;
    for (unsigned i = 0; i < deferred->set.count; i++) {
        size_t offset =
            (size_t)((uint8_t *)deferred->set.control[i].ptr - (uint8_t *)context->controls);

        deferred->set.control[i].ptr = (uint8_t *)deferred->controls + offset;
    }
    deferred->state = DEFERRED_KEPT;
    deferred->failure = VA_STATUS_SUCCESS;
    deferred->job = *job;
    deferred->used = job->slot->used;
    deferred->surface = object_name(&job->surface->object);
    deferred->display =
        job->display ? object_name(&job->display->object) : (struct object_name){.serial = 0};
    deferred->reference_lost = false;
    job_begin(context, job);
}

void *deferred_control(const struct context *context)
{
    const struct deferred_frame *deferred = &context->deferred;

    for (unsigned i = 0; i < deferred->set.count; i++)
        if (deferred->set.control[i].id == context->codec->deferred_id)
            return deferred->set.control[i].ptr;
    return NULL;
}

void deferred_begin_submission(struct context *context)
{
    struct deferred_frame *deferred = &context->deferred;

    deferred->state = DEFERRED_SUBMITTED;
    slot_pin(deferred->job.slot);
    job_uncount(context, &deferred->job, false);
}

void deferred_put_surfaces(struct context *context)
{
    struct job *job = &context->deferred.job;

    if (job->surface)
        context_put_later(context, &job->surface->object);
    if (job->display)
        context_put_later(context, &job->display->object);
    job->surface = job->display = NULL;
}

void deferred_note_failure(struct context *context, VAStatus status)
{
    context->deferred.failure = status;
}

void deferred_note_reference_gone(struct context *context, unsigned index)
{
    struct deferred_frame *deferred = &context->deferred;

    deferred->reference_lost |=
        deferred->state == DEFERRED_SUBMITTED && capture_is_in(deferred->job.references, index);
}

void deferred_drop(struct context *context)
{
    struct deferred_frame *deferred = &context->deferred;

    if (deferred->state == DEFERRED_KEPT) {
        job_uncount(context, &deferred->job, true);
        slot_end_flight(deferred->job.slot);
    } else if (deferred->state == DEFERRED_SUBMITTED) {
        slot_unpin(deferred->job.slot);
    }
    deferred->state = DEFERRED_NONE;
    deferred_put_surfaces(context);
}

void deferred_drop_unsent(struct context *context)
{
    if (context->deferred.state == DEFERRED_KEPT)
        deferred_drop(context);
}

void deferred_take(struct context *context, struct context *from)
{
    struct deferred_frame *deferred = &context->deferred;
    void *controls = deferred->controls;

    *deferred = from->deferred;
    from->deferred = (struct deferred_frame){.controls = controls};
    if (deferred->state != DEFERRED_NONE) {
        deferred->job.slot = &context->output.slots[deferred->job.slot - from->output.slots];
        slot_pin(deferred->job.slot);
    }
}
