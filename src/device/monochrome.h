/* SPDX-License-Identifier: MIT */
/*
 * Pictures without chroma (4:0:0), which clients see as 4:2:0.
 *
 * What a decoder leaves in chroma's place is its own affair. Hantro's and rkvdec's keep motion
 * vectors there, right behind luma, which later pictures predict from: nobody may write over them.
 * So the picture that clients see has its chroma elsewhere, in a buffer beside the decoder's that
 * is full of the middle value.
 */
#ifndef MONOCHROME_H
#define MONOCHROME_H

#include "device/picture_memory.h"
#include "device/v4l2.h"

/* v4l2_negotiate_capture(), as clients see pictures of that format. */
int monochrome_negotiate(const struct v4l2_node *node, const struct coded_format *format,
                         struct picture_layout *layout);

/* Whether the layout's chroma is not the decoder's. */
static inline bool monochrome_layout(const struct picture_layout *layout)
{
    return layout->num_buffers > layout->format->num_buffers;
}

/* Allocates the chroma of a memory whose layout has it in a buffer of its own, with the decoder's
 * own allocator, and fills it. 0, or a negative errno. */
int monochrome_create_chroma(struct driver *driver, const struct device *device,
                             const struct device_codec *codec, struct picture_memory *memory);
/* Fills it again, if a client has written to it. 0, or a negative errno. */
int monochrome_restore_chroma(struct driver *driver, struct picture_memory *memory);

#endif
