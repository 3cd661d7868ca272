/* SPDX-License-Identifier: MIT */
/* Creates and destroys surfaces. A surface gets memory when it is first used. */
#include "base/log.h"
#include "decode/binding.h"
#include "decode/context.h"
#include "device/candidates.h"
#include "pixels/format.h"
#include "va/functions.h"

#include <stdlib.h>
#include <va/va_drmcommon.h>

/* Largest width and height of a surface, as of an image (image.c): VAImage has 16 bits for each. */
#define MAX_SURFACE_SIZE 16384

static void surface_release(struct object *object)
{
    struct surface *surface = container_of(object, struct surface, object);
    struct driver *driver = surface->driver;
    struct picture_memory *memory;
    struct context *context;

    lock_acquire(&driver->lock);
    memory = surface_exchange_memory(surface, NULL);
    lock_release(&driver->lock);
    memory_put(driver, memory);
    /* A loop, because the context may hand its surfaces over to another one meanwhile. */
    while ((context = surface_context(surface))) {
        binding_surface_destroyed(context, surface);
        object_put(&context->object);
    }
    free(surface);
}

static bool fourcc_has_rt_format(uint32_t fourcc, uint32_t rt_format)
{
    for (unsigned i = 0; i < num_pixel_formats; i++)
        if (pixel_formats[i].va_fourcc == fourcc && pixel_formats[i].rt_format == rt_format)
            return true;
    return false;
}

#if VA_CHECK_VERSION(1, 12, 0)
/* The client has to accept the layout of every decoder of such pictures, because it is not known
 * yet which one will be used. An export describes untiled memory as linear or without a modifier.
 */
static VAStatus check_modifiers(struct driver *driver, const VASurfaceAttrib *attribute,
                                uint32_t rt_format)
{
    const VADRMFormatModifierList *list = attribute->value.value.p;

    if (attribute->value.type != VAGenericValueTypePointer || !list ||
        (list->num_modifiers && !list->modifiers))
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    return candidates_have_modifier(driver, rt_format_depth(rt_format), list->modifiers,
                                    list->num_modifiers)
               ? VA_STATUS_SUCCESS
               : VA_STATUS_ERROR_ATTR_NOT_SUPPORTED;
}

#endif

static VAStatus check_attribute(struct driver *driver, const VASurfaceAttrib *attribute,
                                uint32_t rt_format, uint32_t *fourcc)
{
    bool is_integer = attribute->value.type == VAGenericValueTypeInteger;

    switch (attribute->type) {
    case VASurfaceAttribNone:
    case VASurfaceAttribUsageHint:
        return VA_STATUS_SUCCESS;
    case VASurfaceAttribPixelFormat:
        if (!is_integer)
            return VA_STATUS_ERROR_INVALID_PARAMETER;
        *fourcc = (uint32_t)attribute->value.value.i;
        return fourcc_has_rt_format(*fourcc, rt_format) ? VA_STATUS_SUCCESS
                                                        : VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
    case VASurfaceAttribMemoryType:
        if (!is_integer)
            return VA_STATUS_ERROR_INVALID_PARAMETER;
        return attribute->value.value.i == VA_SURFACE_ATTRIB_MEM_TYPE_VA
                   ? VA_STATUS_SUCCESS
                   : VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
    case VASurfaceAttribExternalBufferDescriptor:
        /* The decoder writes only to memory from its own allocator. */
        return attribute->value.value.p ? VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE
                                        : VA_STATUS_SUCCESS;
#if VA_CHECK_VERSION(1, 12, 0)
    case VASurfaceAttribDRMFormatModifiers:
        return check_modifiers(driver, attribute, rt_format);
#endif
    default:
        return VA_STATUS_ERROR_ATTR_NOT_SUPPORTED;
    }
}

static VAStatus check_attributes(struct driver *driver, const VASurfaceAttrib *attributes,
                                 unsigned count, uint32_t rt_format, uint32_t *fourcc)
{
    if (count && !attributes)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    for (unsigned i = 0; i < count; i++) {
        VAStatus status = VA_STATUS_SUCCESS;

        if (attributes[i].flags & VA_SURFACE_ATTRIB_SETTABLE)
            status = check_attribute(driver, &attributes[i], rt_format, fourcc);
        if (status != VA_STATUS_SUCCESS)
            return status;
    }
    return VA_STATUS_SUCCESS;
}

/* Some device has to support memory for the whole surface: it is not cropped later. */
static VAStatus check_size(const struct driver *driver, uint32_t rt_format, uint32_t width,
                           uint32_t height)
{
    struct candidate candidates[MAX_CANDIDATES];
    struct demand demand = {
        .profile = VAProfileNone,
        .needed_rt_formats = rt_format,
        .welcome_rt_formats = rt_format,
        .memory = true,
    };

    if (!rt_format_depth(rt_format) || !candidates_find(driver, &demand, candidates))
        return VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT;
    demand.width = width;
    demand.height = height;
    if (width <= MAX_SURFACE_SIZE && height <= MAX_SURFACE_SIZE &&
        candidates_find(driver, &demand, candidates))
        return VA_STATUS_SUCCESS;
    log_error(driver, "no decoder supports pictures of %ux%u with %u bits", width, height,
              rt_format_depth(rt_format));
    return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
}

static void destroy(struct driver *driver, VASurfaceID *surfaces, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        object_put(object_remove(&driver->objects, surfaces[i], OBJECT_SURFACE));
        surfaces[i] = VA_INVALID_SURFACE;
    }
}

VAStatus va_create_surfaces2(VADriverContextP va, unsigned int format, unsigned int width,
                             unsigned int height, VASurfaceID *surfaces, unsigned int num_surfaces,
                             VASurfaceAttrib *attrib_list, unsigned int num_attribs)
{
    struct driver *driver = driver_of(va);
    uint32_t fourcc = 0;
    VAStatus status;

    if (!surfaces || !num_surfaces || !width || !height)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    status = check_size(driver, format, width, height);
    if (status != VA_STATUS_SUCCESS)
        return status;
    status = check_attributes(driver, attrib_list, num_attribs, format, &fourcc);
    if (status != VA_STATUS_SUCCESS)
        return status;

    for (unsigned i = 0; i < num_surfaces; i++) {
        struct surface *surface = calloc(1, sizeof(*surface));

        if (surface) {
            surface->driver = driver;
            surface->width = width;
            surface->height = height;
            surface->rt_format = format;
            surface->va_fourcc = fourcc;
            surface->timestamp = NO_TIMESTAMP;
        }
        if (!surface ||
            !object_add(&driver->objects, &surface->object, OBJECT_SURFACE, surface_release)) {
            free(surface);
            destroy(driver, surfaces, i);
            return VA_STATUS_ERROR_ALLOCATION_FAILED;
        }
        surfaces[i] = surface->object.id;
    }
    return VA_STATUS_SUCCESS;
}

VAStatus va_create_surfaces(VADriverContextP va, int width, int height, int format,
                            int num_surfaces, VASurfaceID *surfaces)
{
    if (width < 0 || height < 0 || num_surfaces < 0)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    return va_create_surfaces2(va, (unsigned)format, (unsigned)width, (unsigned)height, surfaces,
                               (unsigned)num_surfaces, NULL, 0);
}

VAStatus va_destroy_surfaces(VADriverContextP va, VASurfaceID *surface_list, int num_surfaces)
{
    struct driver *driver = driver_of(va);

    if (num_surfaces < 0 || (num_surfaces > 0 && !surface_list))
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    for (int i = 0; i < num_surfaces; i++) {
        struct surface *surface = object_get(&driver->objects, surface_list[i], OBJECT_SURFACE);

        if (!surface)
            return VA_STATUS_ERROR_INVALID_SURFACE;
        object_put(&surface->object);
    }
    for (int i = 0; i < num_surfaces; i++)
        object_put(object_remove(&driver->objects, surface_list[i], OBJECT_SURFACE));
    return VA_STATUS_SUCCESS;
}
