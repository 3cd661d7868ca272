/* SPDX-License-Identifier: MIT */
/* vaCreateBuffer and related functions. Slice data goes into an OUTPUT buffer of its context when
 * it is created. All other buffers have their own memory. */
#include "decode/staging.h"
#include "va/functions.h"

#include <linux/dma-buf.h>
#include <string.h>

#define MAX_BUFFER_SIZE (256u << 20) /* bytes */

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
    if (!buffer_own(buffer, buffer_size(buffer)))
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    if (data)
        memcpy(buffer->data, data, buffer_size(buffer));
    else
        memset(buffer->data, 0, buffer_size(buffer));
    return VA_STATUS_SUCCESS;
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
    else if (!(buffer = buffer_new(driver)))
        status = VA_STATUS_ERROR_ALLOCATION_FAILED;
    if (status != VA_STATUS_SUCCESS) {
        object_put(&context->object);
        return status;
    }
    buffer->type = type;
    buffer->element_size = size;
    buffer->num_elements = num_elements;
    buffer->context = context; /* takes over our reference */
    status = fill(context, buffer, data);
    if (status == VA_STATUS_SUCCESS &&
        !object_add(&driver->objects, &buffer->object, OBJECT_BUFFER, buffer_release))
        status = VA_STATUS_ERROR_MAX_NUM_EXCEEDED;
    if (status != VA_STATUS_SUCCESS) {
        buffer_release(&buffer->object);
        return status;
    }
    *buffer_id = buffer->object.id;
    return VA_STATUS_SUCCESS;
}

/* All functions below use these two to look up and release a buffer. */
static struct buffer *get(VADriverContextP va, VABufferID id)
{
    return object_get(&driver_of(va)->objects, id, OBJECT_BUFFER);
}

static void put(struct buffer *buffer)
{
    object_put(&buffer->object);
}

/* An image's buffer has no context. */
static void lock(const struct buffer *buffer) UNCHECKED_LOCKS
{
    lock_acquire(buffer->context ? &buffer->context->lock : &buffer->driver->lock);
}

static void unlock(const struct buffer *buffer) UNCHECKED_LOCKS
{
    if (buffer->context)
        context_unlock(buffer->context);
    else
        lock_release(&buffer->driver->lock);
}

VAStatus va_buffer_set_num_elements(VADriverContextP va, VABufferID id, unsigned int num_elements)
{
    struct buffer *buffer = get(va, id);
    VAStatus status = VA_STATUS_SUCCESS;

    if (!buffer)
        return VA_STATUS_ERROR_INVALID_BUFFER;
    lock(buffer);
    /* The number of elements cannot grow. A client may reduce it if it filled fewer. */
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
    if (stage_leave_to_decoder(buffer)) {
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
        stage_leave_mapping(buffer);
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
    lock(buffer);
    *type = buffer->type;
    *size = buffer->element_size;
    *num_elements = buffer->num_elements;
    unlock(buffer);
    put(buffer);
    return VA_STATUS_SUCCESS;
}
