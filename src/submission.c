/* SPDX-License-Identifier: MIT */
/* What the steps of a submission share, and the set-up of the queues for its format. */
#include "submission.h"

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
    context->dead |= error == -ENODEV;
    switch (error) {
    case -ENOMEM:
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    case -EINVAL:
    case -ERANGE:
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    default:
        return VA_STATUS_ERROR_OPERATION_FAILED;
    }
}

VAStatus submission_build(struct submission *s, unsigned first, unsigned count)
{
    struct context *context = s->context;
    struct build_error error = {.status = VA_STATUS_ERROR_DECODING_ERROR};
    VAStatus status;

    s->set.count = 0;
    status = context->codec->build(&s->picture, first, count, context->controls, &s->set, &error);
    return status == VA_STATUS_SUCCESS ? status : submission_refuse(context, &error);
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

static VAStatus check_format(const struct context *context, const struct coded_format *format)
{
    const struct device_codec *device = context->device_codec;

    if (!device_codec_has_size(device, format->width, format->height, false)) {
        log_error(context->driver, "%s: %ux%u is outside %ux%u to %ux%u of %s",
                  context->codec->name, format->width, format->height, device->min_width,
                  device->min_height, device->max_width, device->max_height,
                  context->device->video_path);
        return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
    }
    return VA_STATUS_SUCCESS;
}

VAStatus submission_check_target(const struct context *context, const struct surface *surface)
{
    const struct coded_format *picture = &context->picture;

    if (picture->width <= surface->width + context->codec->cropping &&
        picture->height <= surface->height + context->codec->cropping)
        return VA_STATUS_SUCCESS;
    log_error(context->driver, "%s: surface 0x%x of %ux%u is too small for a picture of %ux%u",
              context->codec->name, surface->object.id, surface->width, surface->height,
              picture->width, picture->height);
    return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
}

static void at_least(uint32_t *value, uint32_t least)
{
    if (*value < least)
        *value = least;
}

/* Whether the device chooses CAPTURE's format by something else than for the last picture. */
static bool is_renegotiated(const struct context *context, const struct coded_format *format)
{
    return format->bit_depth != context->format.bit_depth ||
           format->negotiated != context->format.negotiated ||
           format->monochrome != context->format.monochrome;
}

/* Where sizes change between references the queues stay as they are for a smaller picture: a new
 * set-up would lose all references. At first they are made for what the client announced. */
static void widen(const struct context *context, struct coded_format *format)
{
    bool set_up = context->format.width && !is_renegotiated(context, format);

    at_least(&format->width, set_up ? context->format.width : context->width);
    at_least(&format->height, set_up ? context->format.height : context->height);
}

static VAStatus cannot_resize(const struct context *context, const struct coded_format *format)
{
    log_error(context->driver, "%s: %ux%u, with references of %ux%u: not without a key frame on %s",
              context->codec->name, format->width, format->height, context->format.width,
              context->format.height, context->device->video_path);
    return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
}

static VAStatus cannot_decode_monochrome(const struct context *context)
{
    log_error(context->driver, "%s: 4:0:0: not on %s", context->codec->name,
              context->device->video_path);
    return VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT;
}

VAStatus submission_configure(struct submission *s)
{
    struct context *context = s->context;
    struct build_error error = {.status = VA_STATUS_ERROR_INVALID_PARAMETER};
    struct coded_format format = {0};
    struct control_set sequence;
    VAStatus status = context->codec->format(&s->picture, &format, &error);
    int result;

    if (status != VA_STATUS_SUCCESS)
        return submission_refuse(context, &error);
    context->picture = format;
    status = check_format(context, &format);
    if (status == VA_STATUS_SUCCESS)
        status = submission_check_target(context, s->surface);
    if (status != VA_STATUS_SUCCESS)
        return status;
    if (context->codec->scaled_references)
        widen(context, &format);
    if (format.width == context->format.width && format.height == context->format.height &&
        !is_renegotiated(context, &format))
        return VA_STATUS_SUCCESS;
    status = submission_build(s, 0, 1);
    if (status != VA_STATUS_SUCCESS)
        return status;
    sequence = submission_sequence(context, &s->set);
    /* References of another format are none: such a sequence begins with a key frame. */
    if (format.references && context->format.width && !is_renegotiated(context, &format))
        result = queues_resize(context, &format, &sequence);
    else
        result = queues_configure(context, &format, &sequence);
    if (result == -EBUSY)
        return cannot_resize(context, &format);
    if (result == -EOVERFLOW) {
        log_error(context->driver, "%s: %s takes no pictures of %ux%u", context->codec->name,
                  context->device->video_path, format.width, format.height);
        return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
    }
    if (result == -EINVAL && format.monochrome)
        return cannot_decode_monochrome(context);
    if (result)
        return submission_kernel_error(context, "no CAPTURE format for this stream", result);
    s->lookup.used = s->lookup.named = 0;
    /* Slice data may have moved with the OUTPUT buffers. */
    return rendering_gather(context, &s->picture);
}
