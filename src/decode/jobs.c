/* SPDX-License-Identifier: MIT */
#include "decode/jobs.h"

void jobs_push(struct context *context, const struct job *job)
{
    *job_at(context, context->jobs.count++) = *job;
}

void jobs_pop(struct context *context)
{
    struct job_ring *jobs = &context->jobs;

    jobs->first = (jobs->first + 1) % MAX_JOBS;
    jobs->count--;
    jobs->oldest_serial++;
    context->waiting.stalled = false;
    context->waiting.waited = 0;
}

void jobs_add_wait_time(struct context *context, uint64_t start, uint64_t end)
{
    if (start < context->waiting.counted_to)
        start = context->waiting.counted_to;
    if (end <= start)
        return;
    context->waiting.waited += end - start;
    context->waiting.counted_to = end;
}

bool jobs_stall(struct context *context)
{
    bool is_new = !context->waiting.stalled;

    context->waiting.stalled = true;
    return is_new;
}

void jobs_note_open_requests(struct context *context)
{
    context->waiting.leaves_requests_open = true;
}

bool jobs_find_last(struct context *context, const struct surface *surface, unsigned capture,
                    uint64_t *serial)
{
    for (unsigned n = context->jobs.count; n-- > 0;) {
        const struct job *job = job_at(context, n);

        if (job->surface == surface || job->display == surface ||
            capture_is_in(job->references, capture)) {
            *serial = context->jobs.oldest_serial + n;
            return true;
        }
    }
    return false;
}
