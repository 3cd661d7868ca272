/* SPDX-License-Identifier: MIT */
#include "decode/queues.h"

#include "decode/context.h"
#include "decode/output_pool.h"
#include "device/monochrome.h"
#include "device/node.h"

#include <errno.h>
#include <unistd.h>

#define MIN_OUTPUT_SIZE (256u << 10)

static uint8_t profile_depth(const struct context *context)
{
    const struct codec *codec = context->codec;

    for (unsigned i = 0; i < codec->num_profiles; i++)
        if (codec->profiles[i].profile == context->config->profile)
            return codec->profiles[i].bit_depth;
    return 8;
}

/* Compressed pictures are rarely larger than a third of the decoded ones, which at 8 bits is a byte
 * for two pixels. A slot grows if a picture is larger. */
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
    struct queues *queues = &context->queues;
    uint32_t sizeimage = output_size(context, width, height);
    int error = v4l2_set_output_format(&queues->node, context->codec->coded_format, width, height,
                                       &sizeimage);

    if (!error)
        error = slots_create(context, sizeimage);
    if (!error) {
        queues->width = width;
        queues->height = height;
    }
    return error;
}

int queues_open(struct context *context, uint32_t width, uint32_t height)
{
    const struct codec *codec = context->codec;
    struct queues *queues = &context->queues;
    int error, fd = node_open(context->driver, context->device);

    if (fd < 0)
        return fd;
    queues->node.fd = fd;
    queues->node.multiplanar = context->device->multiplanar;
    queues->state = QUEUES_OPEN;
    error = set_menu(context, codec->decode_mode_id, context->device_codec->decode_mode);
    if (!error)
        error = set_menu(context, codec->start_code_id, context->device_codec->start_code);
    return error ? error : queues_open_output(context, width, height);
}

int queues_resize_output(struct context *context, uint32_t width, uint32_t height)
{
    struct queues *queues = &context->queues;
    uint32_t size = context->output.sizeimage;
    int error =
        v4l2_set_output_format(&queues->node, context->codec->coded_format, width, height, &size);

    if (error)
        return error;
    queues->width = width;
    queues->height = height;
    /* The queues are not configured until queues_negotiate() succeeds. */
    queues->format = (struct coded_format){0};
    if (queues->state == QUEUES_CONFIGURED)
        queues->state = QUEUES_OPEN;
    return 0;
}

int queues_set_sequence(struct context *context, const struct control_set *sequence)
{
    struct control_set copy = *sequence;

    return copy.count ? v4l2_set_controls(context->queues.node.fd, -1, copy.control, copy.count)
                      : 0;
}

int queues_negotiate(struct context *context, const struct coded_format *format)
{
    struct queues *queues = &context->queues;
    int error = monochrome_negotiate(&queues->node, format, &queues->layout);

    if (!error && !picture_layout_holds(&queues->layout, format->width, format->height))
        error = -EOVERFLOW;
    if (error)
        return error;
    queues->format = *format;
    if (queues->state != QUEUES_LOST)
        queues->state = QUEUES_CONFIGURED;
    return 0;
}

static int start(const struct v4l2_node *node, enum v4l2_buf_type type, bool *streaming)
{
    int error = *streaming ? 0 : v4l2_stream(node, type, true);

    *streaming = !error;
    return error;
}

int queues_start_output(struct context *context)
{
    struct queues *queues = &context->queues;

    return start(&queues->node, v4l2_output_type(&queues->node), &queues->output_streaming);
}

int queues_start_capture(struct context *context)
{
    struct queues *queues = &context->queues;

    return start(&queues->node, v4l2_capture_type(&queues->node), &queues->capture_streaming);
}

void queues_stop(struct context *context)
{
    struct queues *queues = &context->queues;
    int output = 0, capture = 0;

    if (context->output.count)
        output = v4l2_stream(&queues->node, v4l2_output_type(&queues->node), false);
    if (context->captures.count)
        capture = v4l2_stream(&queues->node, v4l2_capture_type(&queues->node), false);
    queues->output_streaming = queues->capture_streaming = false;
    if (output || capture)
        queues_mark_lost(context);
}

int queues_stop_capture(struct context *context)
{
    struct queues *queues = &context->queues;
    int error = v4l2_stream(&queues->node, v4l2_capture_type(&queues->node), false);

    if (!error)
        queues->capture_streaming = false;
    return error;
}

void queues_mark_lost(struct context *context)
{
    context->queues.state = QUEUES_LOST;
}

void queues_reset_to_open(struct context *context)
{
    context->queues.state = QUEUES_OPEN;
    context->queues.format = (struct coded_format){0};
}

void queues_close_device(struct context *context)
{
    struct queues *queues = &context->queues;

    close(queues->node.fd);
    queues->node.fd = -1;
    queues->state = QUEUES_CLOSED;
    queues->format = (struct coded_format){0};
}

void queues_take(struct context *context, struct context *from)
{
    const uint32_t width = context->queues.width, height = context->queues.height;

    context->queues = from->queues;
    from->queues.state = QUEUES_CLOSED;
    from->queues.node.fd = -1;
    /* Queues that are not configured keep their size, so that queues_configure() resets them if it
     * is not the stream's. */
    if (context->queues.state == QUEUES_CONFIGURED) {
        context->queues.width = width;
        context->queues.height = height;
    }
}
