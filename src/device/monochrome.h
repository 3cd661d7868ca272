/* SPDX-License-Identifier: MIT */
/*
 * Pictures without chroma (4:0:0), which clients see as 4:2:0.
 *
 * A decoder may use the memory of chroma for itself. Hantro's and rkvdec's store motion vectors
 * there, right after luma. Later pictures are predicted from them, so they must not be overwritten.
 * Clients therefore get chroma in a separate buffer, filled with the middle value.
 *
 * No function may be called with driver->lock held.
 */
#ifndef MONOCHROME_H
#define MONOCHROME_H

#include "device/picture_memory.h"
#include "device/v4l2.h"

/* v4l2_negotiate_capture(), with the layout as clients see it. */
int monochrome_negotiate(const struct v4l2_node *node, const struct coded_format *format,
                         struct picture_layout *layout);

/* Whether the layout has chroma in a separate buffer. */
static inline bool monochrome_layout(const struct picture_layout *layout)
{
    return layout->num_buffers > layout->format->num_buffers;
}

/* Allocates that chroma buffer from the decoder's own allocator, and fills it. Returns 0 or a
 * negative errno. */
int monochrome_create_chroma(struct driver *driver, const struct device *device,
                             const struct device_codec *codec, struct picture_memory *memory);
/* Fills it again if a client has written to it. Returns 0 or a negative errno. */
int monochrome_restore_chroma(struct driver *driver, struct picture_memory *memory);

#endif
