/* SPDX-License-Identifier: MIT */
/* vaBeginPicture, vaRenderPicture, vaEndPicture. */
#include "decode/binding.h"
#include "decode/collect.h"
#include "decode/submit.h"
#include "va/functions.h"

/* Acquires the lock. Fails, without the lock, if the context is dead or another thread is
 * submitting. */
static VAStatus lock_idle(struct context *context) ACQUIRE_ON_SUCCESS(context->lock)
{
    lock_acquire(&context->lock);
    if (!context->dead && !context->submission)
        return VA_STATUS_SUCCESS;
    context_unlock(context);
    return VA_STATUS_ERROR_OPERATION_FAILED;
}

/* The context, with its lock held and no thread submitting. NULL with *status set. */
static struct context *enter(struct driver *driver, VAContextID id,
                             VAStatus *status) UNCHECKED_LOCKS
{
    struct context *context = object_get(&driver->objects, id, OBJECT_CONTEXT);

    *status = context ? lock_idle(context) : VA_STATUS_ERROR_INVALID_CONTEXT;
    if (*status == VA_STATUS_SUCCESS || !context)
        return context;
    object_put(&context->object);
    return NULL;
}

static void leave(struct context *context) RELEASE(context->lock)
{
    context_unlock(context);
    object_put(&context->object);
}

VAStatus va_begin_picture(VADriverContextP va, VAContextID context_id, VASurfaceID target)
{
    struct driver *driver = driver_of(va);
    struct surface *surface = object_get(&driver->objects, target, OBJECT_SURFACE);
    struct context *context;
    VAStatus status = VA_STATUS_ERROR_INVALID_CONTEXT;

    if (!surface)
        return VA_STATUS_ERROR_INVALID_SURFACE;
    context = object_get(&driver->objects, context_id, OBJECT_CONTEXT);
    if (context)
        status = binding_detach_others(surface, context);
    if (status == VA_STATUS_SUCCESS)
        status = lock_idle(context);
    if (status != VA_STATUS_SUCCESS) {
        if (context)
            object_put(&context->object);
        object_put(&surface->object);
        return status;
    }
    lock_is_held(&context->lock);
    /* Drops a picture that was begun but not ended. */
    collect_begin(context, surface);
    leave(context);
    return VA_STATUS_SUCCESS;
}

VAStatus va_render_picture(VADriverContextP va, VAContextID context_id, VABufferID *buffers,
                           int num_buffers)
{
    struct driver *driver = driver_of(va);
    VAStatus status;
    struct context *context;

    if (num_buffers < 0 || (num_buffers && !buffers))
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    context = enter(driver, context_id, &status);
    if (!context)
        return status;
    lock_is_held(&context->lock);
    if (!context->collection.target)
        status = VA_STATUS_ERROR_OPERATION_FAILED;
    for (int i = 0; i < num_buffers && status == VA_STATUS_SUCCESS; i++) {
        struct buffer *buffer = object_get(&driver->objects, buffers[i], OBJECT_BUFFER);

        status = buffer ? collect_add(context, buffer) : VA_STATUS_ERROR_INVALID_BUFFER;
        if (buffer)
            context_put_later(context, &buffer->object);
    }
    leave(context);
    return status;
}

VAStatus va_end_picture(VADriverContextP va, VAContextID context_id)
{
    struct driver *driver = driver_of(va);
    VAStatus status;
    struct context *context = enter(driver, context_id, &status);

    if (!context)
        return status;
    lock_is_held(&context->lock);
    if (!context->collection.target) {
        leave(context);
        return VA_STATUS_ERROR_OPERATION_FAILED;
    }
    status = submit_picture(context, context->collection.target);
    collect_reset(context);
    leave(context);
    return status;
}
