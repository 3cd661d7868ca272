/* SPDX-License-Identifier: MIT */
#include "decode/request.h"

#include "decode/capture_pool.h"
#include "decode/fields.h"
#include "decode/jobs.h"
#include "decode/outcome.h"
#include "decode/output_pool.h"
#include "decode/queues.h"
#include "decode/restart.h"
#include "decode/trace.h"

static void push_job(struct context *context, struct submission *s, struct slot *slot, bool last)
    REQUIRES(context->lock)
{
    const struct job job = {
        .slot = slot,
        .surface = s->surface,
        .display = s->display,
        .capture = s->surface->capture,
        .display_capture = s->display ? s->display->capture : NO_CAPTURE,
        .needs_queue = s->first_request && s->queue_capture,
        .returns_capture = last && !s->hold,
        .continues = s->picture.second_field,
        .timestamp = s->picture.timestamp,
        .references = s->lookup.used & ~(1u << s->surface->capture),
        .use = s->use,
    };

    jobs_push(context, &job);
    capture_touch(context, s->lookup.named | job.references | 1u << job.capture);
    job_begin(context, &job);
}

VAStatus submit_request(struct context *context, struct submission *s, struct slot *slot, bool last)
{
    struct v4l2_frame frame = {
        .index = slot->index,
        .timestamp = s->picture.timestamp,
        .flags = !last || s->hold ? V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF : 0,
        .bytesused = slot->used,
        .length = slot->size,
        .request_fd = slot->request_fd,
    };
    int error;

    trace_request(context->driver->trace, context->codec, context->object.id, frame.timestamp,
                  slot->used, &s->set);
    slot_mark_request_used(slot);
    error =
        v4l2_set_controls(context->queues.node.fd, slot->request_fd, s->set.control, s->set.count);
    if (error)
        return submission_kernel_error(context, "VIDIOC_S_EXT_CTRLS", error);
    error = v4l2_queue_output(&context->queues.node, &frame);
    if (error)
        return submission_kernel_error(context, "VIDIOC_QBUF of OUTPUT", error);
    error = queues_start_output(context);
    if (error)
        return submission_kernel_error(context, "VIDIOC_STREAMON of OUTPUT", error);
    error = media_request_queue(slot->request_fd);
    if (error)
        return submission_kernel_error(context, "MEDIA_REQUEST_IOC_QUEUE", error);
    push_job(context, s, slot, last);
    /* Queue the CAPTURE buffer last: if the job could not be queued, the next one would use it. */
    error = capture_queue_pending(context);
    if (error) {
        queues_restart(context);
        return submission_kernel_error(context, "VIDIOC_QBUF of CAPTURE", error);
    }
    if (!last || s->hold)
        fields_hold_capture(context, s->surface->capture);
    else
        fields_release_capture(context);
    s->first_request = false;
    return VA_STATUS_SUCCESS;
}
