/* SPDX-License-Identifier: MIT */
/* Buffers that clients create, and the memory of images. Destroyed buffers are kept with their
 * memory and reused, so that decoding usually allocates nothing.
 *
 * The context's lock guards the members of a buffer that has a context; driver->lock guards those
 * of an image's buffer. */
#ifndef BUFFER_H
#define BUFFER_H

#include "device/picture_memory.h"

struct output_mapping;
struct slot;

struct buffer {
    struct object object;
    struct driver *driver;
    VABufferType type;
    unsigned element_size, num_elements;
    uint8_t *data;           /* is `owned`, or lies in the OUTPUT buffer of `slot` or in `memory` */
    uint8_t *owned;          /* stays with the buffer when it is recycled */
    size_t capacity;         /* bytes of `owned` */
    struct context *context; /* counted; NULL for an image's buffer */
    /* slice data staged in an OUTPUT buffer: */
    struct slot *slot;              /* NULL: `data` is elsewhere */
    size_t offset;                  /* of `data` in the slot */
    struct output_mapping *mapping; /* counted; contains `data` once the slot is gone; else NULL */
    struct buffer *next;            /* in the slot's list, or in that of the spares */
    /* image data: */
    struct picture_memory *memory; /* counted; only of a derived image */
    unsigned mapped;               /* number of vaMapBuffer calls without vaUnmapBuffer */
};

/* The functions below take driver->lock themselves. */

/* A buffer without data, recycled or new. NULL: out of memory. */
struct buffer *buffer_new(struct driver *driver);
/* Keeps a buffer that nothing refers to for buffer_new(), or frees it. */
void buffer_recycle(struct driver *driver, struct buffer *buffer);
/* Frees the recycled buffers. */
void buffers_release_spares(struct driver *driver);

/* The functions below want the lock of the buffer's context held, unless nothing else knows the
 * buffer yet. */

/* Gives the buffer `size` bytes of its own memory. False: out of memory, nothing changed. */
bool buffer_own(struct buffer *buffer, size_t size);
/* Copies data out of an OUTPUT buffer into the buffer's own memory. The caller takes the buffer off
 * the slot's list. False: out of memory, nothing changed. */
bool buffer_take_ownership(struct buffer *buffer);

/* Bytes of data. */
static inline size_t buffer_size(const struct buffer *buffer)
{
    return (size_t)buffer->element_size * buffer->num_elements;
}

#endif
