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

/* Creates an image as described, with its own buffer: the mapped memory of a picture (`memory`, to
 * which it takes a reference), or zeroed memory if that is NULL. Sets the ids in the description.
 */
VAStatus image_add(struct driver *driver, VAImage *description, struct picture_memory *memory);
/* The driver's description of that format, or NULL. */
const VAImageFormat *image_find_format(uint32_t fourcc);
/* Fills a client's VAImage with zeroes and invalid ids, for when it gets no image. */
void image_set_invalid(VAImage *image);

#endif
