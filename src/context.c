/* SPDX-License-Identifier: MIT */
#include "late.h"

#include "va.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void context_put_later(struct context *context, struct object *object)
{
    if (object_unref(&context->driver->objects, object)) {
        object->next = context->garbage;
        context->garbage = object;
    }
}

void context_unlock(struct context *context)
{
    struct object *garbage = context->garbage;

    context->garbage = NULL;
    pthread_mutex_unlock(&context->lock);
    while (garbage) {
        struct object *next = garbage->next;

        garbage->release(garbage);
        garbage = next;
    }
}

static void release(struct object *object)
{
    struct context *context = container_of(object, struct context, object);

    queues_close(context);
    rendering_free(context);
    if (context->config)
        object_put(&context->driver->objects, &context->config->object);
    pthread_cond_destroy(&context->submitted);
    pthread_mutex_destroy(&context->lock);
    free(context->codec_state);
    free(context->controls);
    free(context->late.controls);
    free(context);
}

static struct context *allocate(struct driver *driver, struct config *config)
{
    struct context *context = calloc(1, sizeof(*context));
    const struct codec *codec = config->codec->codec;
    pthread_condattr_t attributes;

    if (!context)
        return NULL;
    context->codec_state = calloc(1, codec->context_state_size + 1);
    context->controls = calloc(1, codec->controls_size + 1);
    context->late.controls = codec->late_id ? calloc(1, codec->controls_size) : NULL;
    if (!context->codec_state || !context->controls ||
        (codec->late_id && !context->late.controls)) {
        free(context->codec_state);
        free(context->controls);
        free(context->late.controls);
        free(context);
        return NULL;
    }
    context->driver = driver;
    context->config = config;
    context->codec = codec;
    context->device = config->device;
    context->device_codec = config->codec;
    context->import = config->codec->imports_dmabuf;
    context->node.fd = -1;
    context->headroom = wants_start_code(context) ? 3 : context->codec->headroom;
    context->field_surface = VA_INVALID_ID;
    pthread_mutex_init(&context->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&context->submitted, &attributes);
    pthread_condattr_destroy(&attributes);
    return context;
}

/* Slice-based decoding and field pairs spread a picture over requests. */
static bool device_suffices(const struct context *context)
{
    return !slice_based(context) || context->device_codec->holds_capture;
}

static VAStatus check_size(const struct context *context, int width, int height)
{
    if (width <= 0 || height <= 0)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    if (!device_codec_has_size(context->device_codec, (uint32_t)width, (uint32_t)height, true))
        return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
    return VA_STATUS_SUCCESS;
}

static VAStatus open_context(struct context *context, int width, int height)
{
    VAStatus status = check_size(context, width, height);
    int error;

    if (status != VA_STATUS_SUCCESS)
        return status;
    if (!device_suffices(context)) {
        log_error(context->driver, "%s decodes slice by slice but cannot hold CAPTURE buffers",
                  context->device->video_path);
        return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
    }
    context->width = (uint32_t)width;
    context->height = (uint32_t)height;
    error = queues_open(context);
    if (!error)
        return VA_STATUS_SUCCESS;
    log_error(context->driver, "%s: %s: %s", context->device->video_path, context->codec->name,
              strerror(-error));
    return error == -ENOMEM ? VA_STATUS_ERROR_ALLOCATION_FAILED : VA_STATUS_ERROR_OPERATION_FAILED;
}

/* Whether they exist and the device can decode into them. */
static VAStatus check_render_targets(struct driver *driver, const struct config *config,
                                     const VASurfaceID *targets, int count)
{
    for (int i = 0; i < count; i++) {
        struct surface *surface = object_get(&driver->objects, targets[i], OBJECT_SURFACE);
        bool fits;

        if (!surface)
            return VA_STATUS_ERROR_INVALID_SURFACE;
        fits = surface->rt_format & config->supported_rt_formats;
        object_put(&driver->objects, &surface->object);
        if (!fits)
            return VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT;
    }
    return VA_STATUS_SUCCESS;
}

VAStatus va_create_context(VADriverContextP va, VAConfigID config_id, int picture_width,
                           int picture_height, int flag, VASurfaceID *render_targets,
                           int num_render_targets, VAContextID *context_id)
{
    struct driver *driver = driver_of(va);
    struct config *config = object_get(&driver->objects, config_id, OBJECT_CONFIG);
    struct context *context;
    VAStatus status;

    (void)flag; /* VA_PROGRESSIVE: nothing here depends on it */
    if (!config)
        return VA_STATUS_ERROR_INVALID_CONFIG;
    if (num_render_targets < 0 || (num_render_targets && !render_targets) || !context_id) {
        object_put(&driver->objects, &config->object);
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    status = check_render_targets(driver, config, render_targets, num_render_targets);
    if (status != VA_STATUS_SUCCESS) {
        object_put(&driver->objects, &config->object);
        return status;
    }
    context = allocate(driver, config);
    if (!context) {
        object_put(&driver->objects, &config->object);
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    }
    status = open_context(context, picture_width, picture_height);
    if (status == VA_STATUS_SUCCESS &&
        !object_add(&driver->objects, &context->object, OBJECT_CONTEXT, release))
        status = VA_STATUS_ERROR_MAX_NUM_EXCEEDED;
    if (status != VA_STATUS_SUCCESS) {
        release(&context->object);
        return status;
    }
    *context_id = context->object.id;
    return VA_STATUS_SUCCESS;
}

/* Finishes the pictures in flight, and takes no more of those who still know the context. False:
 * the device is at fault. */
static bool quiesce(struct context *context)
{
    bool well;

    pthread_mutex_lock(&context->lock);
    while (context->submission)
        pthread_cond_wait(&context->submitted, &context->lock);
    well = !context->dead;
    context->dead = true;
    rendering_reset(context);
    if (well)
        well = !reap_all(context);
    context_unlock(context);
    return well;
}

/* Everything that ties surfaces to the context is undone. */
void context_end(struct context *context)
{
    if (!context)
        return;
    pthread_mutex_lock(&context->lock);
    context->dead = true;
    late_drop(context);
    queues_close(context);
    context_unlock(context);
    object_put(&context->driver->objects, &context->object);
}

static VAStatus destroy(struct driver *driver, VAContextID context_id)
{
    struct context *context = object_remove(&driver->objects, context_id, OBJECT_CONTEXT);

    if (!context)
        return VA_STATUS_ERROR_INVALID_CONTEXT;
    if (!quiesce(context) || !context_park(context))
        context_end(context);
    return VA_STATUS_SUCCESS;
}

VAStatus va_destroy_context(VADriverContextP va, VAContextID context_id)
{
    return destroy(driver_of(va), context_id);
}

static bool destroy_one(struct object *object, void *driver)
{
    destroy(driver, object->id);
    return true;
}

void contexts_destroy(struct driver *driver)
{
    object_for_each(&driver->objects, OBJECT_CONTEXT, destroy_one, driver);
    contexts_unpark(driver);
}
