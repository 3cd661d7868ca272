/* SPDX-License-Identifier: MIT */
/*
 * Buffers. Slice data goes into an OUTPUT buffer of its context as it is created; everything else
 * has memory of its own. Destroyed buffers are kept with their memory for the next ones, so that
 * decoding allocates nothing.
 */
#include "buffer.h"

#include "context.h"
#include "va.h"

#include <linux/dma-buf.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BUFFER_SIZE    (256u << 20) /* bytes */
#define MAX_SPARE_MEMORY   (4u << 20)   /* bytes: some 1700 slices of a picture */
#define MAX_SPARE_CAPACITY (64u << 10)  /* bytes kept with a spare */
#define MIN_CAPACITY       1024u /* most parameter buffers: a spare fits whatever comes next */

static size_t memory_of(const struct buffer *buffer)
{
    return sizeof(*buffer) + buffer->capacity;
}

static struct buffer *take_spare(struct driver *driver)
{
    struct buffer *buffer;

    pthread_mutex_lock(&driver->lock);
    buffer = driver->spare_buffers;
    if (buffer) {
        driver->spare_buffers = buffer->next;
        driver->spare_memory -= memory_of(buffer);
    }
    pthread_mutex_unlock(&driver->lock);
    return buffer;
}

static void recycle(struct driver *driver, struct buffer *buffer)
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
    pthread_mutex_lock(&driver->lock);
    if (driver->spare_memory + memory_of(buffer) <= MAX_SPARE_MEMORY) {
        buffer->next = driver->spare_buffers;
        driver->spare_buffers = buffer;
        driver->spare_memory += memory_of(buffer);
        buffer = NULL;
    }
    pthread_mutex_unlock(&driver->lock);
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

static void unlink_from(struct slot *slot, struct buffer *buffer)
{
    struct buffer **link = &slot->buffers;

    while (*link != buffer)
        link = &(*link)->next;
    *link = buffer->next;
    buffer->next = NULL;
}

/* Takes slice data off its slot, or off what is left of it; a slot that nobody stages in any more
 * is free again. */
static void leave_slot(struct buffer *buffer)
{
    struct context *context = buffer->context;

    pthread_mutex_lock(&context->lock);
    if (buffer->slot) {
        unlink_from(buffer->slot, buffer);
        if (!buffer->slot->buffers)
            slot_discard(context, buffer->slot);
        buffer->slot = NULL;
    }
    output_mapping_put(buffer->mapping);
    context_unlock(context);
}

static void release(struct object *object)
{
    struct buffer *buffer = container_of(object, struct buffer, object);
    struct driver *driver = buffer->driver;
    struct context *context = buffer->context;

    if (context)
        leave_slot(buffer);
    for (; buffer->memory && buffer->mapped; buffer->mapped--)
        memory_end_access(buffer->memory, DMA_BUF_SYNC_RW);
    memory_put(driver, buffer->memory);
    recycle(driver, buffer);
    if (context)
        object_put(&driver->objects, &context->object);
}

static struct buffer *allocate(struct driver *driver)
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

static bool own(struct buffer *buffer, size_t size)
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

    if (!own(buffer, buffer_size(buffer)))
        return false;
    memcpy(buffer->data, from, buffer_size(buffer));
    buffer->slot = NULL;
    return true;
}

/* Slice data that a client is about to change stays what it was for the decoder, which may be
 * reading it. False: there is no memory for a copy. */
static bool leave_to_decoder(struct buffer *buffer)
{
    struct slot *slot = buffer->slot;

    if (!slot || slot->state == SLOT_STAGING || buffer->mapped)
        return true;
    if (!buffer_take_ownership(buffer))
        return false;
    unlink_from(slot, buffer);
    buffer->context->moves++;
    return true;
}

/* Slice data whose slot is gone stays in its mapping while the client has it mapped. */
static void leave_mapping(struct buffer *buffer)
{
    if (!buffer->mapping || buffer->mapped || !buffer_take_ownership(buffer))
        return;
    output_mapping_put(buffer->mapping);
    buffer->mapping = NULL;
    buffer->context->moves++;
}

struct buffer *buffer_create_image(struct driver *driver, size_t size,
                                   struct picture_memory *memory)
{
    struct buffer *buffer = allocate(driver);

    if (!buffer)
        return NULL;
    buffer->type = VAImageBufferType;
    buffer->num_elements = 1;
    buffer->element_size = (unsigned)size;
    if (memory) {
        buffer->memory = memory_ref(driver, memory);
        buffer->data = memory->map;
    } else if (size > MAX_BUFFER_SIZE || !own(buffer, size)) {
        recycle(driver, buffer);
        return NULL;
    } else {
        memset(buffer->data, 0, size);
    }
    /* The id's reference and the caller's: the id may be destroyed as soon as it exists. */
    object_ref(&driver->objects, &buffer->object);
    object_ref(&driver->objects, &buffer->object);
    if (!object_add(&driver->objects, &buffer->object, OBJECT_BUFFER, release)) {
        release(&buffer->object);
        return NULL;
    }
    return buffer;
}

/* Room for slice data behind what the slot holds, or NULL. */
static struct slot *stage(struct context *context, size_t size)
{
    struct slot *slot = slice_based(context) ? NULL : context->staging;
    size_t wanted = context->headroom + size;

    if (!slot)
        slot = slice_based(context) ? slot_acquire_early(context) : slot_acquire(context, true);
    if (!slot)
        return NULL;
    if (!slice_based(context))
        context->staging = slot;
    if (!slot_reserve(context, slot, slot->used + wanted))
        return slot;
    if (!slot->buffers)
        slot_discard(context, slot);
    return NULL;
}

/* Puts slice data into an OUTPUT buffer. False: it has to get memory of its own, and is copied once
 * more at vaEndPicture. Where it lies afterwards only context->lock tells. */
static bool stage_slice_data(struct context *context, struct buffer *buffer, const void *data)
{
    size_t size = buffer_size(buffer);
    struct slot *slot;

    pthread_mutex_lock(&context->lock);
    slot = context->dead ? NULL : stage(context, size);
    if (slot) {
        buffer->offset = slot->used + context->headroom;
        buffer->data = slot->map + buffer->offset;
        buffer->slot = slot;
        buffer->next = slot->buffers;
        slot->buffers = buffer;
        slot->used = buffer->offset + size;
        if (data)
            memcpy(buffer->data, data, size);
    }
    context_unlock(context);
    return slot != NULL;
}

static bool takes(const struct context *context, VABufferType type)
{
    if (type == VASliceDataBufferType)
        return true;
    for (unsigned i = 0; i < context->codec->num_buffers; i++)
        if (context->codec->buffers[i].type == type)
            return true;
    return false;
}

static VAStatus fill(struct context *context, struct buffer *buffer, const void *data)
{
    if (buffer->type == VASliceDataBufferType && stage_slice_data(context, buffer, data))
        return VA_STATUS_SUCCESS;
    if (!own(buffer, buffer_size(buffer)))
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    if (data)
        memcpy(buffer->data, data, buffer_size(buffer));
    else
        memset(buffer->data, 0, buffer_size(buffer));
    return VA_STATUS_SUCCESS;
}

/* Slice data goes into its place before vaEndPicture makes its prefix: what clients tell before it
 * says how long that will be. */
static void expect_prefix(struct context *context, const struct buffer *buffer)
{
    static const uint64_t zeros[256];
    struct slice slice = {.parameter = 0};
    struct picture picture = {.slices = &slice, .num_slices = 1};
    uint8_t bytes[CODEC_MAX_PREFIX];

    for (unsigned kind = 0; kind < context->codec->num_buffers; kind++) {
        bool told = context->codec->buffers[kind].type == buffer->type;
        size_t needed = context->codec->buffers[kind].element_size;

        if (needed > (told ? buffer_size(buffer) : sizeof(zeros)))
            return;
        picture.buffer[kind].data = told ? buffer->data : (const void *)zeros;
        picture.buffer[kind].count = 1;
    }
    pthread_mutex_lock(&context->lock);
    if (!context->whole_frames)
        context->headroom = context->codec->prefix(&picture, bytes);
    context_unlock(context);
}

VAStatus va_create_buffer(VADriverContextP va, VAContextID context_id, VABufferType type,
                          unsigned int size, unsigned int num_elements, void *data,
                          VABufferID *buffer_id)
{
    struct driver *driver = driver_of(va);
    struct context *context;
    VAStatus status = VA_STATUS_SUCCESS;
    struct buffer *buffer = NULL;

    if (!buffer_id)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    *buffer_id = VA_INVALID_ID;
    context = object_get(&driver->objects, context_id, OBJECT_CONTEXT);
    if (!context)
        return VA_STATUS_ERROR_INVALID_CONTEXT;
    if (!takes(context, type))
        status = VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE;
    else if (!size || !num_elements || (uint64_t)size * num_elements > MAX_BUFFER_SIZE)
        status = VA_STATUS_ERROR_INVALID_PARAMETER;
    else if (!(buffer = allocate(driver)))
        status = VA_STATUS_ERROR_ALLOCATION_FAILED;
    if (status != VA_STATUS_SUCCESS) {
        object_put(&driver->objects, &context->object);
        return status;
    }
    buffer->type = type;
    buffer->element_size = size;
    buffer->num_elements = num_elements;
    buffer->context = context; /* with our reference */
    status = fill(context, buffer, data);
    if (status == VA_STATUS_SUCCESS && type == VAPictureParameterBufferType && data &&
        context->codec->prefix)
        expect_prefix(context, buffer);
    if (status == VA_STATUS_SUCCESS &&
        !object_add(&driver->objects, &buffer->object, OBJECT_BUFFER, release))
        status = VA_STATUS_ERROR_MAX_NUM_EXCEEDED;
    if (status != VA_STATUS_SUCCESS) {
        release(&buffer->object);
        return status;
    }
    *buffer_id = buffer->object.id;
    return VA_STATUS_SUCCESS;
}

/* Everything below finds its buffer and lets it go again through these two. */
static struct buffer *get(VADriverContextP va, VABufferID id)
{
    return object_get(&driver_of(va)->objects, id, OBJECT_BUFFER);
}

static void put(struct buffer *buffer)
{
    object_put(&buffer->driver->objects, &buffer->object);
}

/* An image's buffer has no context. */
static void lock(const struct buffer *buffer)
{
    pthread_mutex_lock(buffer->context ? &buffer->context->lock : &buffer->driver->lock);
}

static void unlock(const struct buffer *buffer)
{
    if (buffer->context)
        context_unlock(buffer->context);
    else
        pthread_mutex_unlock(&buffer->driver->lock);
}

VAStatus va_buffer_set_num_elements(VADriverContextP va, VABufferID id, unsigned int num_elements)
{
    struct buffer *buffer = get(va, id);
    VAStatus status = VA_STATUS_SUCCESS;

    if (!buffer)
        return VA_STATUS_ERROR_INVALID_BUFFER;
    lock(buffer);
    /* The elements are those there are; a client may say that it filled fewer. */
    if (!num_elements || num_elements > buffer->num_elements || buffer->memory)
        status = VA_STATUS_ERROR_INVALID_PARAMETER;
    else
        buffer->num_elements = num_elements;
    unlock(buffer);
    put(buffer);
    return status;
}

VAStatus va_map_buffer(VADriverContextP va, VABufferID id, void **data)
{
    VAStatus status = VA_STATUS_SUCCESS;
    struct buffer *buffer;

    if (!data)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    buffer = get(va, id);
    if (!buffer)
        return VA_STATUS_ERROR_INVALID_BUFFER;
    if (buffer->memory && memory_begin_access(buffer->driver, buffer->memory, DMA_BUF_SYNC_RW)) {
        put(buffer);
        return VA_STATUS_ERROR_OPERATION_FAILED;
    }
    lock(buffer);
    if (leave_to_decoder(buffer)) {
        buffer->mapped++;
        *data = buffer->data;
    } else {
        status = VA_STATUS_ERROR_ALLOCATION_FAILED;
    }
    unlock(buffer);
    put(buffer);
    return status;
}

VAStatus va_unmap_buffer(VADriverContextP va, VABufferID id)
{
    struct buffer *buffer = get(va, id);
    VAStatus status = VA_STATUS_SUCCESS;

    if (!buffer)
        return VA_STATUS_ERROR_INVALID_BUFFER;
    lock(buffer);
    if (!buffer->mapped)
        status = VA_STATUS_ERROR_OPERATION_FAILED;
    else if (!--buffer->mapped)
        leave_mapping(buffer);
    unlock(buffer);
    if (status == VA_STATUS_SUCCESS && buffer->memory)
        memory_end_access(buffer->memory, DMA_BUF_SYNC_RW);
    put(buffer);
    return status;
}

VAStatus va_destroy_buffer(VADriverContextP va, VABufferID id)
{
    struct buffer *buffer = object_remove(&driver_of(va)->objects, id, OBJECT_BUFFER);

    if (!buffer)
        return VA_STATUS_ERROR_INVALID_BUFFER;
    put(buffer);
    return VA_STATUS_SUCCESS;
}

VAStatus va_buffer_info(VADriverContextP va, VABufferID id, VABufferType *type, unsigned int *size,
                        unsigned int *num_elements)
{
    struct buffer *buffer;

    if (!type || !size || !num_elements)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    buffer = get(va, id);
    if (!buffer)
        return VA_STATUS_ERROR_INVALID_BUFFER;
    *type = buffer->type;
    *size = buffer->element_size;
    *num_elements = buffer->num_elements;
    put(buffer);
    return VA_STATUS_SUCCESS;
}
