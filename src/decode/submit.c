/* SPDX-License-Identifier: MIT */
#include "decode/submit.h"

#include "base/log.h"
#include "decode/binding.h"
#include "decode/bitstream.h"
#include "decode/capture_bind.h"
#include "decode/capture_pool.h"
#include "decode/collect.h"
#include "decode/completion.h"
#include "decode/configure.h"
#include "decode/deferred_submit.h"
#include "decode/fields.h"
#include "decode/handover.h"
#include "decode/outcome.h"
#include "decode/output_pool.h"
#include "decode/references.h"
#include "decode/request.h"
#include "decode/restart.h"
#include "decode/wait.h"
#include "device/monochrome.h"

#include <string.h>

#define NS_PER_TIMESTAMP 1000u /* struct timeval carries microseconds */

/* Claims the surface for the context. For a new picture, the surface loses the one that it holds; a
 * second field continues it. May drop context->lock to wait. */
static VAStatus begin_picture(struct context *context, struct submission *s,
                              enum picture_structure structure) REQUIRES(context->lock)
{
    struct driver *driver = context->driver;
    VAStatus status = binding_claim(context, s->surface, true);
    bool follows;

    if (status != VA_STATUS_SUCCESS)
        return status;
    follows = fields_follow(context, s->surface, structure);
    s->picture.second_field = follows && s->surface->timestamp != NO_TIMESTAMP &&
                              s->surface->timestamp == context->fields.timestamp;
    if (!s->picture.second_field) {
        surface_set_timestamp(s->surface, NO_TIMESTAMP);
        driver->last_timestamp += NS_PER_TIMESTAMP;
        s->picture.timestamp = driver->last_timestamp;
    } else {
        s->picture.timestamp = s->surface->timestamp;
    }
    lock_release(&context->driver->lock);
    if (!s->picture.second_field)
        completion_release_held(context);
    if (follows && !s->picture.second_field) {
        log_error(driver, "surface 0x%x: another context took it between the fields of a picture",
                  s->surface->object.id);
        return VA_STATUS_ERROR_OPERATION_FAILED;
    }
    s->hold = structure != PICTURE_FRAME && !s->picture.second_field &&
              context->device_codec->holds_capture;
    fields_begin(context, s->surface, structure, s->picture.second_field, s->picture.timestamp);
    return VA_STATUS_SUCCESS;
}

static struct slice_prefix prefix_of(struct context *context, const struct submission *s)
{
    struct slice_prefix prefix = {0};

    if (context->codec->prefix)
        prefix.size = context->codec->prefix(&s->picture, prefix.bytes);
    else if (wants_start_code(context))
        prefix = (struct slice_prefix){3, {0, 0, 1}};
    return prefix;
}

/* Submits one request. May drop context->lock to wait for a slot or a job. */
static VAStatus submit_slices(struct context *context, struct submission *s, unsigned first,
                              unsigned count, bool last) REQUIRES(context->lock)
{
    const struct slice_prefix prefix = prefix_of(context, s);
    struct slot *slot = NULL;
    VAStatus status;

    status = bitstream_assemble(context, &prefix, first, count, &slot);
    if (status != VA_STATUS_SUCCESS)
        return status;
    status = submission_build(context, s, first, count);
    if (status == VA_STATUS_SUCCESS && context->jobs.count == MAX_JOBS &&
        completion_wait(context, context->jobs.oldest_serial, monotonic_ns() + DECODE_TIMEOUT_NS))
        status = VA_STATUS_ERROR_TIMEDOUT;
    if (status == VA_STATUS_SUCCESS && !deferred_keep(context, s, slot, &status))
        status = submit_request(context, s, slot, last);
    if (status != VA_STATUS_SUCCESS)
        slot_discard(context, slot);
    return status;
}

/* How many slices, from `first` on, go into the next request. */
static VAStatus count_slices_of_request(struct context *context, const struct submission *s,
                                        unsigned first, unsigned *count) REQUIRES(context->lock)
{
    VAStatus status = VA_STATUS_SUCCESS;

    *count = s->picture.num_slices - first;
    if (slice_based(context)) {
        *count = 1;
    } else if (context->codec->fit) {
        status = collect_locate(context, 0, s->picture.num_slices);
        if (status == VA_STATUS_SUCCESS)
            *count = context->codec->fit(&s->picture, first);
    }
    return status;
}

/* Submits the picture's requests. May drop context->lock to wait for slots or jobs. */
static VAStatus submit_requests(struct context *context, struct submission *s)
    REQUIRES(context->lock)
{
    unsigned slices = s->picture.num_slices;
    VAStatus status = VA_STATUS_SUCCESS;

    for (unsigned first = 0, count; first < slices && status == VA_STATUS_SUCCESS; first += count) {
        status = count_slices_of_request(context, s, first, &count);
        if (status != VA_STATUS_SUCCESS)
            return status;
        if (first + count < slices && !context->device_codec->holds_capture) {
            log_error(context->driver, "%s takes no more than %u of %u slices",
                      context->device->video_path, count, slices);
            return VA_STATUS_ERROR_MAX_NUM_EXCEEDED;
        }
        status = submit_slices(context, s, first, count, first + count == slices);
    }
    return status;
}

/* Cleans up after a picture that was not submitted, or only in part. */
static void abandon(struct context *context, struct submission *s) REQUIRES(context->lock)
{
    fields_end(context);
    if (context->fields.capture_held && !s->first_request)
        outcome_mark_lost(&context->captures.list[context->fields.held_capture]);
    completion_release_held(context);
    outcome_fail_surface(context, s->surface);
}

/* Claims the surface that shows the picture, if it is not the render target, and gives it a CAPTURE
 * buffer and memory that fits. May drop context->lock to wait. */
static VAStatus bind_display(struct context *context, struct submission *s) REQUIRES(context->lock)
{
    struct control_set sequence;
    VASurfaceID id = context->codec->display(&s->picture);
    VAStatus status;

    if (id == VA_INVALID_ID)
        return VA_STATUS_SUCCESS;
    s->display = object_get(&context->driver->objects, id, OBJECT_SURFACE);
    if (!s->display) {
        log_error(context->driver, "%s: no surface 0x%x to show the picture in",
                  context->codec->name, id);
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    if (!context->import) {
        log_error(context->driver, "%s cannot import memory for a picture with film grain",
                  context->device->video_path);
        return VA_STATUS_ERROR_UNIMPLEMENTED;
    }
    status = submission_check_target(context, s->display);
    if (status != VA_STATUS_SUCCESS)
        return status;
    status = binding_claim(context, s->display, false);
    if (status != VA_STATUS_SUCCESS)
        return status;
    lock_release(&context->driver->lock);
    status = binding_wait_for_readers(context, s->display);
    if (status != VA_STATUS_SUCCESS || capture_is_bound(context, s->display))
        return status;
    status = submission_build_first(context, s);
    s->lookup.used = 0;
    sequence = submission_sequence(context, &s->set);
    if (status != VA_STATUS_SUCCESS)
        return status;
    /* Do not take the buffer of the render target. */
    return capture_bind(context, s->display, &sequence,
                        s->lookup.named | 1u << s->surface->capture);
}

/* Gives the render target a CAPTURE buffer and memory that fits. Builds the controls first, because
 * new memory has to be negotiated with the stream's sequence controls. May drop context->lock to
 * wait. */
static VAStatus bind_target(struct context *context, struct submission *s) REQUIRES(context->lock)
{
    VAStatus status = submission_build_first(context, s);
    struct control_set sequence;
    uint32_t references = s->lookup.used;

    s->lookup.used = 0;
    if (status != VA_STATUS_SUCCESS)
        return status;
    sequence = submission_sequence(context, &s->set);
    status = capture_bind(context, s->surface, &sequence, s->lookup.named);
    /* New buffers cost all references. A picture after an intra one may still need them, so report
     * one error first. */
    if (status == VA_STATUS_ERROR_ALLOCATION_FAILED && context->captures.full && !references &&
        !queues_renew_captures(context))
        status = capture_bind(context, s->surface, &sequence, 0);
    captures_note_full(context, status == VA_STATUS_ERROR_ALLOCATION_FAILED);
    return status;
}

static VAStatus prepare(struct context *context, struct submission *s) REQUIRES(context->lock)
{
    struct build_error error = {.status = VA_STATUS_ERROR_DECODING_ERROR};
    VAStatus status = collect_locate(context, 0, s->picture.num_slices);

    if (status != VA_STATUS_SUCCESS || !context->codec->prepare)
        return status;
    status = context->codec->prepare(&s->picture, &error);
    return status == VA_STATUS_SUCCESS ? status : submission_refuse(context, &error);
}

/* May drop context->lock to wait. */
static VAStatus submit(struct context *context, struct submission *s) REQUIRES(context->lock)
{
    struct surface *surface = s->surface;
    VAStatus status;
    int recovered;

    /* A CAPTURE buffer that could not be queued yet must not wait for the client's next sync. */
    if (capture_first_pending(context) < context->jobs.count)
        completion_wait(context, context->jobs.oldest_serial + capture_first_pending(context), 0);
    recovered = queues_recover(context);
    if (recovered) {
        abandon(context, s);
        return submission_kernel_error(context, "cannot be opened again", recovered);
    }
    status = collect_picture(context, &s->picture);
    if (status != VA_STATUS_SUCCESS)
        return status;
    handover_take_over(context, s);
    status = begin_picture(context, s,
                           context->codec->structure ? context->codec->structure(&s->picture)
                                                     : PICTURE_FRAME);
    if (status == VA_STATUS_SUCCESS)
        status = prepare(context, s);
    if (status == VA_STATUS_SUCCESS && context->codec->use)
        s->use = context->codec->use(&s->picture);
    if (status == VA_STATUS_SUCCESS)
        status = deferred_resolve(context, &s->picture);
    if (status == VA_STATUS_SUCCESS)
        status = submission_configure(context, s);
    if (status == VA_STATUS_SUCCESS)
        status = binding_wait_for_readers(context, surface);
    if (status == VA_STATUS_SUCCESS && !capture_is_bound(context, surface))
        status = bind_target(context, s);
    if (status == VA_STATUS_SUCCESS && context->queues.format.monochrome &&
        monochrome_restore_chroma(context->driver, context->captures.list[surface->capture].memory))
        status = VA_STATUS_ERROR_ALLOCATION_FAILED;
    if (status == VA_STATUS_SUCCESS && context->codec->display)
        status = bind_display(context, s);
    if (status == VA_STATUS_SUCCESS) {
        s->queue_capture = !s->picture.second_field || !context->fields.capture_held;
        status = submit_requests(context, s);
    }
    if (status != VA_STATUS_SUCCESS)
        abandon(context, s);
    else if (context->codec->commit)
        context->codec->commit(&s->picture);
    return status;
}

VAStatus submit_picture(struct context *context, struct surface *surface)
{
    struct submission s = {
        .surface = surface,
        .picture =
            {
                .render_target = surface->object.id,
                .profile = context->config->profile,
                .decode_mode = context->device_codec->decode_mode,
                .start_code = context->device_codec->start_code,
                .returns_each_field = !context->device_codec->holds_capture,
                .device_controls = context->device_codec->controls,
                .context_state = context->codec_state,
                .surface_state = surface->codec_state,
            },
        .lookup = lookup_of(context),
        .first_request = true,
    };
    VAStatus status;

    s.picture.lookup = &s.lookup.base;
    memcpy(s.picture.array_capacity, context->device_codec->array_capacity,
           sizeof(s.picture.array_capacity));
    context->submission = &s;
    status = submit(context, &s);
    if (status != VA_STATUS_SUCCESS) {
        binding_undo_claim(context, surface);
        if (s.display)
            binding_undo_claim(context, s.display);
    }
    context->submission = NULL;
    pthread_cond_broadcast(&context->submitted);
    if (s.display)
        context_put_later(context, &s.display->object);
    if (s.lookup.missing && !context->missing_reported) {
        context->missing_reported = true;
        log_info(context->driver, "%s: a picture names a reference that was never decoded",
                 context->codec->name);
    }
    return status;
}
