/* SPDX-License-Identifier: MIT */
#include "decode/queues.h"

#include "decode/context.h"
#include "decode/output_pool.h"
#include "device/monochrome.h"
#include "device/node.h"

#include <errno.h>

#define MIN_OUTPUT_SIZE (256u << 10)

static uint8_t profile_depth(const struct context *context)
{
    const struct codec *codec = context->codec;

    for (unsigned i = 0; i < codec->num_profiles; i++)
        if (codec->profiles[i].profile == context->config->profile)
            return codec->profiles[i].bit_depth;
    return 8;
}

/* Compressed pictures are rarely larger than a third of what they decode to, which is a byte for
 * two pixels of 8 bits; slots grow when one is. */
static uint32_t output_size(const struct context *context, uint32_t width, uint32_t height)
{
    uint64_t size = (uint64_t)width * height * profile_depth(context) / 16;

    return size < MIN_OUTPUT_SIZE ? MIN_OUTPUT_SIZE : (uint32_t)size;
}

static int set_menu(struct context *context, uint32_t id, uint32_t value)
{
    struct v4l2_ext_control control = {.id = id, .value = (int32_t)value};
    int error = id ? v4l2_set_controls(context->queues.node.fd, -1, &control, 1) : 0;

    /* A device without the menu has only one mode. */
    return error == -EINVAL ? 0 : error;
}

int queues_open_output(struct context *context, uint32_t width, uint32_t height)
{
    int error;

    context->queues.sizeimage = output_size(context, width, height);
    error = v4l2_set_output_format(&context->queues.node, context->codec->coded_format, width,
                                   height, &context->queues.sizeimage);
    if (!error)
        error = slots_create(context);
    return error;
}

int queues_open(struct context *context)
{
    const struct codec *codec = context->codec;
    int error, fd = node_open(context->driver, context->device);

    if (fd < 0)
        return fd;
    context->queues.node.fd = fd;
    context->queues.node.multiplanar = context->device->multiplanar;
    error = set_menu(context, codec->decode_mode_id, context->device_codec->decode_mode);
    if (!error)
        error = set_menu(context, codec->start_code_id, context->device_codec->start_code);
    return error ? error : queues_open_output(context, context->width, context->height);
}

int queues_stop(struct context *context)
{
    int output = 0, capture = 0;

    if (context->output.count)
        output = v4l2_stream(&context->queues.node, v4l2_output_type(&context->queues.node), false);
    if (context->captures.count)
        capture =
            v4l2_stream(&context->queues.node, v4l2_capture_type(&context->queues.node), false);
    context->queues.output_streaming = context->queues.capture_streaming = false;
    return output ? output : capture;
}

int queues_negotiate(struct context *context, const struct coded_format *format)
{
    int error = monochrome_negotiate(&context->queues.node, format, &context->queues.layout);

    if (!error && !picture_layout_holds(&context->queues.layout, format->width, format->height))
        error = -EOVERFLOW;
    if (!error)
        context->queues.format = *format;
    return error;
}

void queues_forget_references(struct context *context)
{
    pthread_mutex_lock(&context->driver->lock);
    for (unsigned i = 0; i < context->captures.count; i++) {
        context->captures.list[i].queued = false;
        if (context->captures.list[i].surface)
            context->captures.list[i].surface->timestamp = NO_TIMESTAMP;
    }
    pthread_mutex_unlock(&context->driver->lock);
}
