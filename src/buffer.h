/* SPDX-License-Identifier: MIT */
/* Buffers that clients create, and the memory of images. */
#ifndef BUFFER_H
#define BUFFER_H

#include "driver.h"

/* A VAImageBufferType buffer with an id of its own: `size` bytes of zeroed memory, or the mapped
 * memory of a picture (to which it takes a reference). It comes with a reference for the caller
 * besides its id's. NULL: out of memory or ids. */
struct buffer *buffer_create_image(struct driver *driver, size_t size,
                                   struct picture_memory *memory);

/* Copies data that lies in an OUTPUT buffer to memory of the buffer's own; with the context's lock
 * held. The caller takes it off the slot's list. False: out of memory, nothing changed. */
bool buffer_take_ownership(struct buffer *buffer);

/* Bytes of data. */
static inline size_t buffer_size(const struct buffer *buffer)
{
    return (size_t)buffer->element_size * buffer->num_elements;
}

/* Frees the recycled buffers. */
void buffers_release_spares(struct driver *driver);

#endif
