/* SPDX-License-Identifier: MIT */
#include "decode/buffer.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SPARE_MEMORY   (4u << 20)  /* bytes: about 1700 slices of a picture */
#define MAX_SPARE_CAPACITY (64u << 10) /* bytes kept with a spare */
#define MIN_CAPACITY       1024u       /* bytes: fits most parameter buffers, so most spares fit */

static size_t memory_of(const struct buffer *buffer)
{
    return sizeof(*buffer) + buffer->capacity;
}

static struct buffer *take_spare(struct driver *driver)
{
    struct buffer *buffer;

    lock_acquire(&driver->lock);
    buffer = driver->spare_buffers;
    if (buffer) {
        driver->spare_buffers = buffer->next;
        driver->spare_memory -= memory_of(buffer);
    }
    lock_release(&driver->lock);
    return buffer;
}

void buffer_recycle(struct driver *driver, struct buffer *buffer)
{
    uint8_t *owned = buffer->owned;
    size_t capacity = buffer->capacity;

    if (capacity > MAX_SPARE_CAPACITY) {
        free(owned);
        owned = NULL;
        capacity = 0;
    }
    memset(buffer, 0, sizeof(*buffer));
    buffer->driver = driver;
    buffer->owned = owned;
    buffer->capacity = capacity;
    lock_acquire(&driver->lock);
    if (driver->spare_memory + memory_of(buffer) <= MAX_SPARE_MEMORY) {
        buffer->next = driver->spare_buffers;
        driver->spare_buffers = buffer;
        driver->spare_memory += memory_of(buffer);
        buffer = NULL;
    }
    lock_release(&driver->lock);
    if (buffer) {
        free(buffer->owned);
        free(buffer);
    }
}

void buffers_release_spares(struct driver *driver)
{
    struct buffer *buffer;

    while ((buffer = take_spare(driver))) {
        free(buffer->owned);
        free(buffer);
    }
}

struct buffer *buffer_new(struct driver *driver)
{
    struct buffer *buffer = take_spare(driver);

    if (!buffer)
        buffer = calloc(1, sizeof(*buffer));
    if (!buffer)
        return NULL;
    buffer->driver = driver;
    buffer->next = NULL;
    return buffer;
}

bool buffer_own(struct buffer *buffer, size_t size)
{
    if (size > buffer->capacity || !buffer->owned) {
        size_t capacity = size > MIN_CAPACITY ? size : MIN_CAPACITY;
        uint8_t *memory = realloc(buffer->owned, capacity);

        if (!memory)
            return false;
        buffer->owned = memory;
        buffer->capacity = capacity;
    }
    buffer->data = buffer->owned;
    return true;
}

bool buffer_take_ownership(struct buffer *buffer)
{
    const uint8_t *from = buffer->data;

    if (!buffer_own(buffer, buffer_size(buffer)))
        return false;
    memcpy(buffer->data, from, buffer_size(buffer));
    buffer->slot = NULL;
    return true;
}
