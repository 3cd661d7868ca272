/* SPDX-License-Identifier: MIT */
#include "decode/submission.h"

#include "base/log.h"
#include "base/status.h"
#include "decode/collect.h"

#include <errno.h>
#include <string.h>

VAStatus submission_refuse(const struct context *context, const struct build_error *error)
{
    log_error(context->driver, "%s: %s %s (is %lld)", context->codec->name,
              error->field ? error->field : "picture", error->why ? error->why : "is invalid",
              (long long)error->value);
    return error->status;
}

VAStatus submission_kernel_error(struct context *context, const char *what, int error)
{
    log_error(context->driver, "%s: %s: %s", context->device->video_path, what, strerror(-error));
    if (error == -ENODEV)
        context_mark_dead(context);
    return status_of_errno(error);
}

VAStatus submission_build(struct context *context, struct submission *s, unsigned first,
                          unsigned count)
{
    struct build_error error = {.status = VA_STATUS_ERROR_DECODING_ERROR};
    VAStatus status = VA_STATUS_SUCCESS;

    s->set.count = 0;
    /* A dependent slice segment takes its header from an earlier one, whose data may have moved by
     * now. Only codecs with a `fit` hook have such segments. */
    if (first && context->codec->fit)
        status = collect_locate(context, 0, first);
    if (status != VA_STATUS_SUCCESS)
        return status;
    status = context->codec->build(&s->picture, first, count, context->controls, &s->set, &error);
    return status == VA_STATUS_SUCCESS ? status : submission_refuse(context, &error);
}

VAStatus submission_build_first(struct context *context, struct submission *s)
{
    VAStatus status = collect_locate(context, 0, s->picture.num_slices);

    return status == VA_STATUS_SUCCESS ? submission_build(context, s, 0, 1) : status;
}

struct control_set submission_sequence(const struct context *context, const struct control_set *set)
{
    struct control_set sequence = {0};

    for (unsigned i = 0; i < set->count; i++)
        for (unsigned j = 0; j < context->codec->num_controls; j++)
            if (context->codec->controls[j].id == set->control[i].id &&
                context->codec->controls[j].negotiates_format)
                sequence.control[sequence.count++] = set->control[i];
    return sequence;
}

VAStatus submission_check_target(const struct context *context, const struct surface *surface)
{
    const struct coded_format *picture = &context->picture_format;

    if (picture->width <= surface->width + context->codec->cropping &&
        picture->height <= surface->height + context->codec->cropping)
        return VA_STATUS_SUCCESS;
    log_error(context->driver, "%s: surface 0x%x of %ux%u is too small for a picture of %ux%u",
              context->codec->name, surface->object.id, surface->width, surface->height,
              picture->width, picture->height);
    return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
}
