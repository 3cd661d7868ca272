/* SPDX-License-Identifier: MIT */
/* The set-up of a context's two queues. */
#include "late.h"
#include "monochrome.h"
#include "node.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
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
    int error = id ? v4l2_set_controls(context->node.fd, -1, &control, 1) : 0;

    /* A device without the menu has only one mode. */
    return error == -EINVAL ? 0 : error;
}

static int open_output(struct context *context, uint32_t width, uint32_t height)
{
    int error;

    context->sizeimage = output_size(context, width, height);
    error = v4l2_set_output_format(&context->node, context->codec->coded_format, width, height,
                                   &context->sizeimage);
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
    context->node.fd = fd;
    context->node.multiplanar = context->device->multiplanar;
    error = set_menu(context, codec->decode_mode_id, context->device_codec->decode_mode);
    if (!error)
        error = set_menu(context, codec->start_code_id, context->device_codec->start_code);
    return error ? error : open_output(context, context->width, context->height);
}

/* Queues that do not stream may hold buffers all the same, where the call that was to start them
 * failed. */
static int stop(struct context *context)
{
    int output = 0, capture = 0;

    if (context->num_slots)
        output = v4l2_stream(&context->node, v4l2_output_type(&context->node), false);
    if (context->num_captures)
        capture = v4l2_stream(&context->node, v4l2_capture_type(&context->node), false);
    context->output_streaming = context->capture_streaming = false;
    return output ? output : capture;
}

static int negotiate(struct context *context, const struct coded_format *format)
{
    int error = monochrome_negotiate(&context->node, format, &context->layout);

    if (!error && !picture_layout_holds(&context->layout, format->width, format->height))
        error = -EOVERFLOW;
    if (!error)
        context->format = *format;
    return error;
}

int queues_configure(struct context *context, const struct coded_format *format,
                     const struct control_set *sequence)
{
    bool resize = format->width != context->width || format->height != context->height;
    int error;

    if (context->format.width || resize) {
        error = reap_all(context);
        if (error && error != -ETIMEDOUT)
            return error;
        queues_restart(context);
        /* Queues without buffers are in order again, whatever was the matter. */
        context->astray = false;
        captures_destroy(context);
        slots_destroy(context);
        context->format.width = 0;
        error = open_output(context, format->width, format->height);
        if (error)
            return error;
        context->width = format->width;
        context->height = format->height;
    }
    if (sequence->count) {
        struct control_set copy = *sequence;

        error = v4l2_set_controls(context->node.fd, -1, copy.control, copy.count);
        if (error)
            return error;
    }
    return negotiate(context, format);
}

int queues_resize(struct context *context, const struct coded_format *format,
                  const struct control_set *sequence)
{
    struct control_set copy = *sequence;
    uint32_t size = context->sizeimage;
    int error = reap_all(context);

    if (!error)
        error = v4l2_set_output_format(&context->node, context->codec->coded_format, format->width,
                                       format->height, &size);
    if (error)
        return error;
    context->width = format->width;
    context->height = format->height;
    /* Until all of it is done the queues are set up for nothing. */
    context->format.width = 0;
    if (copy.count)
        error = v4l2_set_controls(context->node.fd, -1, copy.control, copy.count);
    return error ? error : negotiate(context, format);
}

/* The kernel forgets the timestamps of a queue that stops: nothing in it is a reference any more.
 */
static void forget_references(struct context *context)
{
    pthread_mutex_lock(&context->driver->lock);
    for (unsigned i = 0; i < context->num_captures; i++) {
        context->captures[i].queued = false;
        if (context->captures[i].surface)
            context->captures[i].surface->timestamp = NO_TIMESTAMP;
    }
    pthread_mutex_unlock(&context->driver->lock);
}

int queues_renew(struct context *context)
{
    int error;

    if (context->import || context->num_captures < MAX_CAPTURES)
        return -ENOMEM;
    error = reap_all(context);
    if (!error)
        error = v4l2_stream(&context->node, v4l2_capture_type(&context->node), false);
    if (error)
        return error;
    context->capture_streaming = false;
    forget_references(context);
    captures_destroy(context);
    return 0;
}

void queues_restart(struct context *context)
{
    context->astray |= stop(context) != 0;
    late_lose(context);
    forget_references(context);
    while (context->num_jobs)
        job_finish(context, OUTCOME_LOST);
    context->capture_held = false;
    context->field_surface = 0;
    for (unsigned i = 0; i < context->num_slots && context->astray; i++)
        if (context->slots[i].state == SLOT_FREE)
            context->slots[i].state = SLOT_RETIRED;
}

int queues_recover(struct context *context)
{
    int error;

    if (!context->astray)
        return 0;
    late_drop(context);
    queues_close(context);
    context->format.width = 0;
    error = queues_open(context);
    context->astray = error != 0;
    return error;
}

void queues_close(struct context *context)
{
    if (context->node.fd < 0)
        return;
    queues_restart(context);
    captures_destroy(context);
    slots_destroy(context);
    close(context->node.fd);
    context->node.fd = -1;
}
