/* SPDX-License-Identifier: MIT */
/* Buffers that clients create, and the memory of images. Destroyed ones are kept with their memory
 * for the next ones, so that decoding allocates nothing. */
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
    uint8_t *data;   /* owned, or inside `slot`'s OUTPUT buffer, or an image's memory */
    uint8_t *owned;  /* memory kept with the buffer when it is recycled */
    size_t capacity; /* bytes of `owned` */
    /* slice data staged in an OUTPUT buffer: */
    struct context *context;        /* counted */
    struct slot *slot;              /* NULL: `data` is owned; context->lock */
    size_t offset;                  /* of `data` in the slot */
    struct output_mapping *mapping; /* counted: where `data` is when the slot is gone, or NULL */
    struct buffer *next;            /* in the slot's list, or among the spares */
    /* image data: */
    struct picture_memory *memory; /* counted: of a derived image */
    /* vaMapBuffer calls without vaUnmapBuffer; context->lock, of an image's driver->lock */
    unsigned mapped;
};

/* A buffer without data, recycled or new, or NULL. */
struct buffer *buffer_new(struct driver *driver);
/* Keeps the buffer, which nobody knows any more, for buffer_new(), or frees it. */
void buffer_recycle(struct driver *driver, struct buffer *buffer);
/* Frees the recycled buffers. */
void buffers_release_spares(struct driver *driver);

/* Gives the buffer `size` bytes of memory of its own. False: out of memory, nothing changed. */
bool buffer_own(struct buffer *buffer, size_t size);
/* Copies data that lies in an OUTPUT buffer to memory of the buffer's own; with the context's lock
 * held. The caller takes it off the slot's list. False: out of memory, nothing changed. */
bool buffer_take_ownership(struct buffer *buffer);

/* Bytes of data. */
static inline size_t buffer_size(const struct buffer *buffer)
{
    return (size_t)buffer->element_size * buffer->num_elements;
}

#endif
