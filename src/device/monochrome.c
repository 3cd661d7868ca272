/* SPDX-License-Identifier: MIT */
#include "device/monochrome.h"

#include "device/node.h"

#include <errno.h>
#include <linux/dma-buf.h>
#include <unistd.h>

#define MAX_GROUP_BYTES 8 /* of samples that share bytes */

int monochrome_negotiate(const struct v4l2_node *node, const struct coded_format *format,
                         struct picture_layout *layout)
{
    int error = v4l2_negotiate_capture(node, layout, format->bit_depth);

    if (!error && format->monochrome && !picture_layout_separate_chroma(layout))
        error = -EINVAL;
    return error;
}

/* Allocates a buffer of the OUTPUT queue, because the caller may choose its size. */
static int allocate(const struct v4l2_node *node, const struct device_codec *codec,
                    const struct picture_layout *layout, int *fd)
{
    const uint32_t size = layout->size[layout->plane[1].buffer];
    uint32_t sizeimage = size;
    unsigned count = 1;
    int error = v4l2_set_output_format(node, codec->codec->coded_format, layout->width,
                                       layout->height, &sizeimage);

    if (!error && sizeimage < size)
        error = -ENOMEM;
    if (!error)
        error = v4l2_request_buffers(node, v4l2_output_type(node), V4L2_MEMORY_MMAP, &count, NULL);
    if (!error && !count)
        error = -ENOMEM;
    return error ? error : v4l2_export_buffer(node, v4l2_output_type(node), 0, 1, &size, fd);
}

/* Fills chroma with the middle value: only the highest bit of each sample is set. */
static int fill(struct driver *driver, struct picture_memory *memory)
{
    const struct picture_layout *layout = &memory->layout;
    const struct pixel_format *format = layout->format;
    const unsigned sample_bits = 8u * format->group_bytes / format->group_samples;
    const uint32_t pitch = layout->plane[1].pitch;
    const uint32_t lines = layout->size[layout->plane[1].buffer] / pitch;
    uint8_t *chroma;
    uint8_t group[MAX_GROUP_BYTES] = {0};
    int error;

    for (unsigned i = 1; i <= format->group_samples; i++)
        group[(i * sample_bits - 1) / 8] |= (uint8_t)(1u << (i * sample_bits - 1) % 8);
    if (!memory_map(driver, memory))
        return -ENOMEM;
    error = memory_begin_access(driver, memory, DMA_BUF_SYNC_WRITE);
    if (error)
        return error;
    chroma = memory_plane(memory, 1);
    for (uint32_t y = 0; y < lines; y++)
        for (uint32_t x = 0; x < pitch; x++)
            chroma[(size_t)y * pitch + x] = group[x % format->group_bytes];
    memory_end_access(memory, DMA_BUF_SYNC_WRITE);
    return 0;
}

int monochrome_create_chroma(struct driver *driver, const struct device *device,
                             const struct device_codec *codec, struct picture_memory *memory)
{
    struct v4l2_node node = {.multiplanar = device->multiplanar};
    int *fd = &memory->fd[memory->layout.plane[1].buffer];
    int error;

    node.fd = node_open(driver, device);
    if (node.fd < 0)
        return node.fd;
    error = allocate(&node, codec, &memory->layout, fd);
    close(node.fd);
    return error ? error : fill(driver, memory);
}

int monochrome_restore_chroma(struct driver *driver, struct picture_memory *memory)
{
    bool written;

    lock_acquire(&driver->lock);
    written = memory->chroma_written;
    memory->chroma_written = false;
    lock_release(&driver->lock);
    return written ? fill(driver, memory) : 0;
}
