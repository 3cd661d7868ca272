/* SPDX-License-Identifier: MIT */
/* Images, and their buffers. */
#ifndef IMAGE_H
#define IMAGE_H

#include "decode/buffer.h"

struct image {
    struct object object;
    struct driver *driver;
    VAImage va;
    struct buffer *buffer; /* counted: its memory */
};

/* An image of that description, with a buffer of its own: zeroed, or the mapped memory of a picture
 * (`memory`, of which it takes a reference; NULL: none). Sets the description's ids. */
VAStatus image_add(struct driver *driver, VAImage *description, struct picture_memory *memory);
/* The driver's description of that format, or NULL. */
const VAImageFormat *image_find_format(uint32_t fourcc);
/* What a client finds in its VAImage when it gets none. */
void image_set_invalid(VAImage *image);

#endif
