/* SPDX-License-Identifier: MIT */
/* vaBeginPicture, vaRenderPicture, vaEndPicture. */
#include "context.h"
#include "va.h"

/* The context with its lock held and nobody submitting, or NULL with *status set. */
static struct context *enter(struct driver *driver, VAContextID id, VAStatus *status)
{
    struct context *context = object_get(&driver->objects, id, OBJECT_CONTEXT);

    if (!context) {
        *status = VA_STATUS_ERROR_INVALID_CONTEXT;
        return NULL;
    }
    pthread_mutex_lock(&context->lock);
    if (!context->dead && !context->submission) {
        *status = VA_STATUS_SUCCESS;
        return context;
    }
    *status = VA_STATUS_ERROR_OPERATION_FAILED;
    context_unlock(context);
    object_put(&driver->objects, &context->object);
    return NULL;
}

static void leave(struct context *context)
{
    context_unlock(context);
    object_put(&context->driver->objects, &context->object);
}

/* A surface that another context has decoded into is taken from it as early as that can be waited
 * for, or told. */
static VAStatus take_surface(struct driver *driver, VAContextID context_id, struct surface *surface)
{
    struct context *context = object_get(&driver->objects, context_id, OBJECT_CONTEXT);
    VAStatus status;

    if (!context)
        return VA_STATUS_ERROR_INVALID_CONTEXT;
    status = binding_expect(surface, context);
    object_put(&driver->objects, &context->object);
    return status;
}

VAStatus va_begin_picture(VADriverContextP va, VAContextID context_id, VASurfaceID target)
{
    struct driver *driver = driver_of(va);
    struct surface *surface = object_get(&driver->objects, target, OBJECT_SURFACE);
    struct context *context;
    VAStatus status;

    if (!surface)
        return VA_STATUS_ERROR_INVALID_SURFACE;
    status = take_surface(driver, context_id, surface);
    context = status == VA_STATUS_SUCCESS ? enter(driver, context_id, &status) : NULL;
    if (!context) {
        object_put(&driver->objects, &surface->object);
        return status;
    }
    /* A picture begun and never ended is forgotten. */
    rendering_reset(context);
    context->rendering.target = surface;
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
    if (!context->rendering.target)
        status = VA_STATUS_ERROR_OPERATION_FAILED;
    for (int i = 0; i < num_buffers && status == VA_STATUS_SUCCESS; i++) {
        struct buffer *buffer = object_get(&driver->objects, buffers[i], OBJECT_BUFFER);

        status = buffer ? rendering_add(context, buffer) : VA_STATUS_ERROR_INVALID_BUFFER;
        if (buffer)
            object_put(&driver->objects, &buffer->object);
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
    if (!context->rendering.target) {
        leave(context);
        return VA_STATUS_ERROR_OPERATION_FAILED;
    }
    status = submit_picture(context, context->rendering.target);
    rendering_reset(context);
    pthread_cond_broadcast(&context->submitted);
    leave(context);
    return status;
}
