/* SPDX-License-Identifier: MIT */
/* vaCreateContext, vaDestroyContext. */
#include "decode/open.h"
#include "decode/parked.h"
#include "va/functions.h"

/* Checks that the render targets exist and can be decoded into. Adds their requirements to
 * `demand`. */
static VAStatus look_at_targets(struct driver *driver, const struct config *config,
                                const VASurfaceID *targets, int count, struct demand *demand)
{
    for (int i = 0; i < count; i++) {
        struct surface *surface = object_get(&driver->objects, targets[i], OBJECT_SURFACE);

        if (!surface)
            return VA_STATUS_ERROR_INVALID_SURFACE;
        demand->needed_rt_formats |= surface->rt_format;
        lock_acquire(&driver->lock);
        if (surface->memory && surface->memory->exported)
            demand->preferred_device = surface->memory->device;
        lock_release(&driver->lock);
        object_put(&surface->object);
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
    struct context_request request = {
        .demand = {.width = (uint32_t)picture_width, .height = (uint32_t)picture_height},
        .targets = render_targets,
        .num_targets = (unsigned)num_render_targets,
    };
    struct demand *demand = &request.demand;
    struct context *context = NULL;
    VAStatus status;

    (void)flag; /* VA_PROGRESSIVE: not needed */
    if (!config)
        return VA_STATUS_ERROR_INVALID_CONFIG;
    demand->profile = config->profile;
    demand->welcome_rt_formats = config->rt_format;
    if (num_render_targets < 0 || (num_render_targets && !render_targets) || !context_id ||
        picture_width <= 0 || picture_height <= 0)
        status = VA_STATUS_ERROR_INVALID_PARAMETER;
    else
        status = look_at_targets(driver, config, render_targets, num_render_targets, demand);
    /* If the context continues a parked one, its references cannot move to another device. */
    if (!demand->preferred_device)
        demand->preferred_device = parked_device(driver, config->profile);
    if (status == VA_STATUS_SUCCESS)
        context = context_open(driver, config, &request, &status);
    object_put(&config->object);
    if (!context)
        return status;
    if (!object_add(&driver->objects, &context->object, OBJECT_CONTEXT, context_free)) {
        context_free(&context->object);
        return VA_STATUS_ERROR_MAX_NUM_EXCEEDED;
    }
    *context_id = context->object.id;
    return VA_STATUS_SUCCESS;
}

VAStatus va_destroy_context(VADriverContextP va, VAContextID context_id)
{
    return context_destroy(driver_of(va), context_id);
}
