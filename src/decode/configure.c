/* SPDX-License-Identifier: MIT */
#include "decode/configure.h"

#include "base/log.h"
#include "decode/capture_pool.h"
#include "decode/collect.h"
#include "decode/output_pool.h"
#include "decode/queues.h"
#include "decode/restart.h"
#include "decode/wait.h"

#include <errno.h>

int queues_configure(struct context *context, const struct coded_format *format,
                     const struct control_set *sequence)
{
    const struct queues *queues = &context->queues;
    int error = 0;

    if (queues->state != QUEUES_OPEN || format->width != queues->width ||
        format->height != queues->height) {
        error = drain(context);
        if (error && error != -ETIMEDOUT)
            return error;
        queues_restart(context);
        queues_reset_to_open(context);
        captures_destroy(context);
        slots_destroy(context);
        error = queues_open_output(context, format->width, format->height);
    }
    if (!error)
        error = queues_set_sequence(context, sequence);
    return error ? error : queues_negotiate(context, format);
}

/* Like queues_configure(), but for another size, and keeps all pictures decoded so far as
 * references. Drops context->lock to drain the context. -EBUSY: the device cannot do that. */
static int queues_resize(struct context *context, const struct coded_format *format,
                         const struct control_set *sequence) REQUIRES(context->lock)
{
    int error = drain(context);

    if (!error)
        error = queues_resize_output(context, format->width, format->height);
    if (!error)
        error = queues_set_sequence(context, sequence);
    return error ? error : queues_negotiate(context, format);
}

int queues_renew_captures(struct context *context)
{
    int error;

    if (context->import || context->captures.count < MAX_CAPTURES)
        return -ENOMEM;
    error = drain(context);
    if (!error)
        error = queues_stop_capture(context);
    if (error)
        return error;
    captures_forget_references(context);
    captures_destroy(context);
    return 0;
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

static void at_least(uint32_t *value, uint32_t least)
{
    if (*value < least)
        *value = least;
}

/* Whether something other than the size would change the format of CAPTURE. */
static bool is_renegotiated(const struct context *context, const struct coded_format *format)
{
    return format->bit_depth != context->queues.format.bit_depth ||
           format->negotiated != context->queues.format.negotiated ||
           format->monochrome != context->queues.format.monochrome;
}

/* If references may have other sizes, the queues stay as they are for a smaller picture, because
 * configuring them again would lose all references. Otherwise they get at least the size that
 * OUTPUT has, which at first is what the client announced. */
static void keep_larger_size(const struct context *context, struct coded_format *format)
{
    const struct queues *queues = &context->queues;
    bool set_up = queues->state == QUEUES_CONFIGURED && !is_renegotiated(context, format);

    at_least(&format->width, set_up ? queues->format.width : queues->width);
    at_least(&format->height, set_up ? queues->format.height : queues->height);
}

static VAStatus cannot_resize(const struct context *context, const struct coded_format *format)
{
    log_error(context->driver, "%s: %ux%u, with references of %ux%u: not without a key frame on %s",
              context->codec->name, format->width, format->height, context->queues.format.width,
              context->queues.format.height, context->device->video_path);
    return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
}

static VAStatus cannot_decode_monochrome(const struct context *context)
{
    log_error(context->driver, "%s: 4:0:0: not on %s", context->codec->name,
              context->device->video_path);
    return VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT;
}

VAStatus submission_configure(struct context *context, struct submission *s)
{
    struct build_error error = {.status = VA_STATUS_ERROR_INVALID_PARAMETER};
    struct coded_format format = {0};
    struct control_set sequence;
    VAStatus status = context->codec->format(&s->picture, &format, &error);
    int result;

    if (status != VA_STATUS_SUCCESS)
        return submission_refuse(context, &error);
    context->picture_format = format;
    status = check_format(context, &format);
    if (status == VA_STATUS_SUCCESS)
        status = submission_check_target(context, s->surface);
    if (status != VA_STATUS_SUCCESS)
        return status;
    if (context->codec->scaled_references)
        keep_larger_size(context, &format);
    if (format.width == context->queues.format.width &&
        format.height == context->queues.format.height && !is_renegotiated(context, &format))
        return VA_STATUS_SUCCESS;
    status = submission_build_first(context, s);
    if (status != VA_STATUS_SUCCESS)
        return status;
    sequence = submission_sequence(context, &s->set);
    /* After a change other than of the size nothing is a reference: the sequence starts with a key
     * frame. */
    if (format.references && context->queues.state == QUEUES_CONFIGURED &&
        !is_renegotiated(context, &format))
        result = queues_resize(context, &format, &sequence);
    else
        result = queues_configure(context, &format, &sequence);
    if (result == -EBUSY)
        return cannot_resize(context, &format);
    if (result == -EOVERFLOW) {
        log_error(context->driver, "%s: %s does not support pictures of %ux%u",
                  context->codec->name, context->device->video_path, format.width, format.height);
        return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
    }
    if (result == -EINVAL && format.monochrome)
        return cannot_decode_monochrome(context);
    if (result)
        return submission_kernel_error(context, "no CAPTURE format for this stream", result);
    s->lookup.used = s->lookup.named = 0;
    return VA_STATUS_SUCCESS;
}
