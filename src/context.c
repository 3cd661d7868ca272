/* SPDX-License-Identifier: MIT */
#include "late.h"
#include "reserve.h"

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
    reserve_release(context);
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

static struct context *allocate(struct driver *driver, struct config *config,
                                const struct candidate *candidate)
{
    struct context *context = calloc(1, sizeof(*context));
    const struct codec *codec = candidate->codec->codec;
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
    context->device = candidate->device;
    context->device_codec = candidate->codec;
    context->import = candidate->codec->imports_dmabuf;
    context->node.fd = -1;
    context->headroom = wants_start_code(context) ? 3 : context->codec->headroom;
    context->field_surface = 0;
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

/* What vaCreateContext is asked for. */
struct request {
    struct demand demand;
    const VASurfaceID *targets;
    unsigned num_targets;
};

static VAStatus open_context(struct context *context, const struct request *request)
{
    int error;

    if (!device_suffices(context)) {
        log_error(context->driver, "%s decodes slice by slice but cannot hold CAPTURE buffers",
                  context->device->video_path);
        return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
    }
    context->width = request->demand.width;
    context->height = request->demand.height;
    error = queues_open(context);
    if (error)
        log_error(context->driver, "%s: %s: %s", context->device->video_path, context->codec->name,
                  strerror(-error));
    else
        error = reserve_fill(context, request->targets, request->num_targets);
    switch (error) {
    case 0:
        return VA_STATUS_SUCCESS;
    case -ENOMEM:
    case -EMFILE:
    case -ENFILE:
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    case -EOVERFLOW:
        return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
    default:
        return VA_STATUS_ERROR_OPERATION_FAILED;
    }
}

/* A context on that device; `config`: another reference to it is taken. NULL with *status set. */
static struct context *open_on(struct driver *driver, struct config *config,
                               const struct candidate *candidate, const struct request *request,
                               VAStatus *status)
{
    struct context *context = allocate(driver, config, candidate);

    *status = VA_STATUS_ERROR_ALLOCATION_FAILED;
    if (!context)
        return NULL;
    object_ref(&driver->objects, &config->object);
    *status = open_context(context, request);
    if (*status == VA_STATUS_SUCCESS)
        return context;
    release(&context->object);
    return NULL;
}

/* No device suits. */
static VAStatus why_none(const struct driver *driver, const struct demand *demand)
{
    struct candidate candidates[MAX_CANDIDATES];
    struct demand any_size = *demand;

    any_size.width = any_size.height = 0;
    any_size.memory = true;
    return candidates_find(driver, &any_size, candidates) ? VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED
                                                          : VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT;
}

/* A context on the device that fits best, of those that can be had: one may be busy, gone, or out
 * of memory. NULL with *status set, to what the best one said. */
static struct context *open_best(struct driver *driver, struct config *config,
                                 const struct request *request, VAStatus *status)
{
    struct candidate candidates[MAX_CANDIDATES];
    unsigned count = candidates_find(driver, &request->demand, candidates);
    struct context *context = NULL;
    VAStatus other;

    if (!count)
        *status = why_none(driver, &request->demand);
    for (unsigned i = 0; i < count && !context; i++)
        context = open_on(driver, config, &candidates[i], request, i ? &other : status);
    if (context && context->device != candidates[0].device)
        log_info(driver, "%s decodes instead of %s", context->device->video_path,
                 candidates[0].device->video_path);
    return context;
}

/* Whether they exist and can be decoded into; adds to `demand` what they ask of the device. */
static VAStatus look_at_targets(struct driver *driver, const struct config *config,
                                const VASurfaceID *targets, int count, struct demand *demand)
{
    for (int i = 0; i < count; i++) {
        struct surface *surface = object_get(&driver->objects, targets[i], OBJECT_SURFACE);

        if (!surface)
            return VA_STATUS_ERROR_INVALID_SURFACE;
        demand->needed_rt_formats |= surface->rt_format;
        pthread_mutex_lock(&driver->lock);
        if (surface->memory && surface->memory->exported)
            demand->keeper = surface->memory->device;
        pthread_mutex_unlock(&driver->lock);
        object_put(&driver->objects, &surface->object);
    }
    return demand->needed_rt_formats & ~config->supported_rt_formats
               ? VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT
               : VA_STATUS_SUCCESS;
}

VAStatus va_create_context(VADriverContextP va, VAConfigID config_id, int picture_width,
                           int picture_height, int flag, VASurfaceID *render_targets,
                           int num_render_targets, VAContextID *context_id)
{
    struct driver *driver = driver_of(va);
    struct config *config = object_get(&driver->objects, config_id, OBJECT_CONFIG);
    struct request request = {
        .demand = {.width = (uint32_t)picture_width, .height = (uint32_t)picture_height},
        .targets = render_targets,
        .num_targets = (unsigned)num_render_targets,
    };
    struct demand *demand = &request.demand;
    struct context *context = NULL;
    VAStatus status;

    (void)flag; /* VA_PROGRESSIVE: nothing here depends on it */
    if (!config)
        return VA_STATUS_ERROR_INVALID_CONFIG;
    demand->profile = config->profile;
    demand->welcome_rt_formats = config->rt_format;
    if (num_render_targets < 0 || (num_render_targets && !render_targets) || !context_id ||
        picture_width <= 0 || picture_height <= 0)
        status = VA_STATUS_ERROR_INVALID_PARAMETER;
    else
        status = look_at_targets(driver, config, render_targets, num_render_targets, demand);
    /* References that it may go on with cannot move to another device. */
    if (!demand->keeper)
        demand->keeper = context_parked_device(driver, config->profile);
    if (status == VA_STATUS_SUCCESS)
        context = open_best(driver, config, &request, &status);
    object_put(&driver->objects, &config->object);
    if (!context)
        return status;
    if (!object_add(&driver->objects, &context->object, OBJECT_CONTEXT, release)) {
        release(&context->object);
        return VA_STATUS_ERROR_MAX_NUM_EXCEEDED;
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
    reserve_release(context);
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
