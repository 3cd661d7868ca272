/* SPDX-License-Identifier: MIT */
#include "device/allocator.h"

#include "base/log.h"
#include "device/monochrome.h"
#include "device/node.h"
#include "device/probe_sequence.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Sets the coded format and the sequence, where the device needs one, and negotiates the layout of
 * decoded pictures. */
static int negotiate(const struct v4l2_node *node, const struct device_codec *codec,
                     const struct coded_format *format, const struct control_set *sequence,
                     struct picture_layout *layout)
{
    union sequence_control control;
    struct control_set set = {0};
    uint32_t sizeimage = 0;
    int error = v4l2_set_output_format(node, codec->codec->coded_format, format->width,
                                       format->height, &sizeimage);

    if (sequence)
        set = *sequence;
    else
        probe_sequence_for_device(codec, format, &control, &set);
    if (!error && set.count)
        error = v4l2_set_controls(node->fd, -1, set.control, set.count);
    if (!error)
        error = monochrome_negotiate(node, format, layout);
    return !error && !picture_layout_holds(layout, format->width, format->height) ? -EOVERFLOW
                                                                                  : error;
}

static int allocate(const struct v4l2_node *node, const struct device *device,
                    const struct picture_layout *layout, struct picture_memory **memories,
                    unsigned wanted)
{
    unsigned count = wanted;
    int error = v4l2_request_buffers(node, v4l2_capture_type(node), V4L2_MEMORY_MMAP, &count, NULL);

    if (!error && count < wanted)
        error = -ENOMEM;
    for (unsigned i = 0; i < wanted && !error; i++) {
        memories[i] = memory_new_empty(device, layout);
        error = !memories[i] ? -ENOMEM
                             : v4l2_export_buffer(node, v4l2_capture_type(node), i,
                                                  layout->format->num_buffers, layout->size,
                                                  memories[i]->fd);
    }
    return error;
}

int memory_layout(struct driver *driver, const struct device *device,
                  const struct device_codec *codec, const struct coded_format *format,
                  struct picture_layout *layout)
{
    struct v4l2_node node = {.multiplanar = device->multiplanar};
    int error;

    node.fd = node_open(driver, device);
    if (node.fd < 0)
        return node.fd;
    error = negotiate(&node, codec, format, NULL, layout);
    close(node.fd);
    return error;
}

int memory_allocate_many(struct driver *driver, const struct device *device,
                         const struct device_codec *codec, const struct coded_format *format,
                         const struct control_set *sequence, struct picture_memory **memories,
                         unsigned count)
{
    struct v4l2_node node = {.multiplanar = device->multiplanar};
    struct picture_layout layout;
    int error;

    for (unsigned i = 0; i < count; i++)
        memories[i] = NULL;
    node.fd = node_open(driver, device);
    if (node.fd < 0)
        return node.fd;
    error = negotiate(&node, codec, format, sequence, &layout);
    if (!error)
        error = allocate(&node, device, &layout, memories, count);
    close(node.fd);
    for (unsigned i = 0; i < count && !error && format->monochrome; i++)
        error = monochrome_create_chroma(driver, device, codec, memories[i]);
    for (unsigned i = 0; i < count && error; i++) {
        memory_put(driver, memories[i]);
        memories[i] = NULL;
    }
    return error;
}

struct picture_memory *memory_allocate(struct driver *driver, const struct device *device,
                                       const struct device_codec *codec,
                                       const struct coded_format *format,
                                       const struct control_set *sequence)
{
    struct picture_memory *memory;
    int error = memory_allocate_many(driver, device, codec, format, sequence, &memory, 1);

    if (error)
        log_error(driver, "%s: no memory for a %ux%u %s picture: %s", device->video_path,
                  format->width, format->height, codec->codec->name, strerror(-error));
    return memory;
}
