/* SPDX-License-Identifier: MIT */
/* Waits for the decode of a surface, and queries its state and errors. */
#include "decode/context.h"
#include "decode/wait.h"
#include "va/functions.h"

VAStatus va_sync_surface2(VADriverContextP va, VASurfaceID surface_id, uint64_t timeout_ns)
{
    struct driver *driver = driver_of(va);
    struct surface *surface = object_get(&driver->objects, surface_id, OBJECT_SURFACE);
    VAStatus status;

    if (!surface)
        return VA_STATUS_ERROR_INVALID_SURFACE;
    status = surface_wait(surface, timeout_ns);
    object_put(&surface->object);
    return status;
}

VAStatus va_sync_surface(VADriverContextP va, VASurfaceID render_target)
{
    return va_sync_surface2(va, render_target, UINT64_MAX);
}

VAStatus va_query_surface_status(VADriverContextP va, VASurfaceID render_target,
                                 VASurfaceStatus *status)
{
    struct driver *driver = driver_of(va);
    struct surface *surface;
    struct context *context;
    bool ready = true;

    if (!status)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    surface = object_get(&driver->objects, render_target, OBJECT_SURFACE);
    if (!surface)
        return VA_STATUS_ERROR_INVALID_SURFACE;
    context = surface_context(surface);
    if (context) {
        ready = context_poll(context, surface);
        object_put(&context->object);
    }
    *status = ready ? VASurfaceReady : VASurfaceRendering;
    object_put(&surface->object);
    return VA_STATUS_SUCCESS;
}

/* The kernel reports that a picture has errors, but not where, so all its macroblocks are listed.
 * Only this list shows that a picture is damaged: vaSyncSurface succeeds (outcome.c). */
static void list_errors(struct surface *surface)
{
    uint32_t macroblocks = ((surface->width + 15) / 16) * ((surface->height + 15) / 16);
    unsigned count = 0;

    lock_acquire(&surface->driver->lock);
    if (surface->state == SURFACE_DAMAGED || surface->state == SURFACE_FAILED)
        surface->errors[count++] = (VASurfaceDecodeMBErrors){
            .status = 1,
            .end_mb = macroblocks - 1,
            .decode_error_type = VADecodeMBError,
            .num_mb = macroblocks,
        };
    surface->errors[count] = (VASurfaceDecodeMBErrors){.status = -1};
    lock_release(&surface->driver->lock);
}

VAStatus va_query_surface_error(VADriverContextP va, VASurfaceID render_target,
                                VAStatus error_status, void **error_info)
{
    struct driver *driver = driver_of(va);
    struct surface *surface;

    if (!error_info)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    *error_info = NULL;
    surface = object_get(&driver->objects, render_target, OBJECT_SURFACE);
    if (!surface)
        return VA_STATUS_ERROR_INVALID_SURFACE;
    if (error_status == VA_STATUS_ERROR_DECODING_ERROR) {
        list_errors(surface);
        *error_info = surface->errors;
    }
    object_put(&surface->object);
    return *error_info ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_INVALID_PARAMETER;
}
