/* SPDX-License-Identifier: MIT */
/* Surfaces: what the client creates; memory comes with the first use. */
#include "surface.h"
#include "reserve.h"
#include "va.h"

#include <stdlib.h>
#include <va/va_drmcommon.h>

/* Of a surface's width and height: what an image, with its 16 bits, can hold of any codec. */
#define MAX_SURFACE_SIZE 16384

struct context *surface_context(struct surface *surface)
{
    struct driver *driver = surface->driver;
    struct context *context;

    pthread_mutex_lock(&driver->lock);
    context = surface->context;
    if (context)
        object_ref(&driver->objects, &context->object);
    pthread_mutex_unlock(&driver->lock);
    return context;
}

static void surface_release(struct object *object)
{
    struct surface *surface = container_of(object, struct surface, object);
    struct driver *driver = surface->driver;
    struct picture_memory *memory;
    struct context *context;

    pthread_mutex_lock(&driver->lock);
    memory = surface->memory;
    surface->memory = NULL;
    pthread_mutex_unlock(&driver->lock);
    memory_put(driver, memory);
    /* A context may hand its surfaces over to another one meanwhile. */
    while ((context = surface_context(surface))) {
        context_forget_surface(context, surface);
        object_put(&driver->objects, &context->object);
    }
    free(surface);
}

static bool fourcc_has_rt_format(uint32_t fourcc, uint32_t rt_format)
{
    for (unsigned i = 0; i < num_pixel_formats; i++) {
        if (pixel_formats[i].va_fourcc == fourcc && pixel_formats[i].rt_format == rt_format)
            return true;
    }
    return false;
}

#if VA_CHECK_VERSION(1, 12, 0)
/* The client has to take the layout that every decoder of such pictures writes: which one it will
 * be is not known yet. An export calls memory in lines either linear or says nothing of it. */
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
        /* The decoder writes to memory of its own allocator only. */
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

/* Memory for all of the surface has to come from some device: nothing is cut later. */
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
    log_error(driver, "no decoder has pictures of %ux%u with %u bits", width, height,
              rt_format_depth(rt_format));
    return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
}

static void destroy(struct driver *driver, VASurfaceID *surfaces, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        object_put(&driver->objects, object_remove(&driver->objects, surfaces[i], OBJECT_SURFACE));
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
        struct surface_with_errors *new_surface = calloc(1, sizeof(*new_surface));
        struct surface *surface = new_surface ? &new_surface->surface : NULL;

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
            free(new_surface);
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
        object_put(&driver->objects, &surface->object);
    }
    for (int i = 0; i < num_surfaces; i++)
        object_put(&driver->objects,
                   object_remove(&driver->objects, surface_list[i], OBJECT_SURFACE));
    return VA_STATUS_SUCCESS;
}

/* What a surface is for, as far as can be told. */
struct use {
    const struct surface *surface;
    struct candidate candidate; /* device NULL: nothing is known */
    uint64_t config;            /* the number of the config that says so */
};

static struct demand demand_of(const struct surface *surface, VAProfile profile)
{
    return (struct demand){
        .profile = profile,
        .width = surface->width,
        .height = surface->height,
        .needed_rt_formats = surface->rt_format,
        .welcome_rt_formats = surface->rt_format,
        .memory = true,
    };
}

/* The context's device; context->lock held. */
static void consider(struct use *use, const struct context *context)
{
    struct demand demand = demand_of(use->surface, context->config->profile);

    if (context->config->number < use->config || !candidate_suits(context->device_codec, &demand))
        return;
    use->candidate = (struct candidate){context->device, context->device_codec};
    use->config = context->config->number;
}

/* The device that a context of the surface's size would get. */
static bool consider_config(struct object *object, void *argument)
{
    const struct config *config = container_of(object, struct config, object);
    struct use *use = argument;
    struct demand demand = demand_of(use->surface, config->profile);
    struct candidate candidates[MAX_CANDIDATES];

    if (config->number < use->config || !candidates_find(use->surface->driver, &demand, candidates))
        return true;
    use->candidate = candidates[0];
    use->config = config->number;
    return true;
}

static bool consider_context(struct object *object, void *argument)
{
    struct context *context = container_of(object, struct context, object);
    struct use *use = argument;

    pthread_mutex_lock(&context->lock);
    if (whole_macroblocks(context->width) == whole_macroblocks(use->surface->width) &&
        whole_macroblocks(context->height) == whole_macroblocks(use->surface->height))
        consider(use, context);
    pthread_mutex_unlock(&context->lock);
    return true;
}

/* What the surface is most probably for: the context that it is bound to, else one for pictures of
 * its size, else what the newest config is for. Devices, and codecs of a device, may lay pictures
 * out differently, and clients of several decoders make surfaces, and export them, at any time. */
static struct use probable_use(struct surface *surface)
{
    struct object_table *objects = &surface->driver->objects;
    struct context *bound = surface_context(surface);
    struct use use = {.surface = surface};

    if (bound) {
        pthread_mutex_lock(&bound->lock);
        consider(&use, bound);
        pthread_mutex_unlock(&bound->lock);
        object_put(objects, &bound->object);
    }
    if (!use.candidate.device)
        object_for_each(objects, OBJECT_CONTEXT, consider_context, &use);
    if (!use.candidate.device)
        object_for_each(objects, OBJECT_CONFIG, consider_config, &use);
    return use;
}

/* Up to whole macroblocks, in which most streams are coded, as far as the device goes. */
static uint32_t coded_size(uint32_t size, uint32_t max)
{
    return whole_macroblocks(size) <= max ? whole_macroblocks(size) : size;
}

static struct picture_memory *memory_from(const struct surface *surface,
                                          const struct candidate *candidate)
{
    const struct coded_format format = {
        .width = coded_size(surface->width, candidate->codec->max_width),
        .height = coded_size(surface->height, candidate->codec->max_height),
        .bit_depth = rt_format_depth(surface->rt_format),
    };

    return memory_create(surface->driver, candidate->device, candidate->codec, &format, NULL);
}

/* Memory that the best codec for such pictures can write, of the first device that gives any, and
 * its others where they lay pictures out alike: some want more room than others behind the samples.
 */
static struct picture_memory *memory_for_any(const struct surface *surface)
{
    struct candidate candidates[MAX_CANDIDATES];
    struct demand demand = demand_of(surface, VAProfileNone);
    unsigned count = candidates_find(surface->driver, &demand, candidates);
    struct picture_memory *largest = NULL;

    for (unsigned i = 0; i < count; i++) {
        struct picture_memory *memory = NULL;

        if (!largest || candidates[i].device == largest->device)
            memory = memory_from(surface, &candidates[i]);
        if (memory && (!largest || picture_layout_fits(&memory->layout, &largest->layout))) {
            memory_put(surface->driver, largest);
            largest = memory;
        } else {
            memory_put(surface->driver, memory);
        }
    }
    return largest;
}

/* A new reference to the surface's memory, which is `fresh` if it had none. */
static struct picture_memory *install(struct surface *surface, struct picture_memory *fresh)
{
    struct driver *driver = surface->driver;
    struct picture_memory *memory;

    pthread_mutex_lock(&driver->lock);
    if (!surface->memory) {
        surface->memory = fresh;
        fresh = NULL;
    }
    memory = surface->memory;
    if (memory)
        memory->references++;
    pthread_mutex_unlock(&driver->lock);
    memory_put(driver, fresh);
    return memory;
}

/* Memory for what the surface is most probably for. */
static struct picture_memory *probable_memory(struct surface *surface)
{
    struct use use = probable_use(surface);
    struct picture_memory *memory = NULL;

    if (use.candidate.device)
        memory = reserve_take_for(surface, use.candidate.codec);
    if (!memory && use.candidate.device)
        memory = memory_from(surface, &use.candidate);
    return memory ? memory : memory_for_any(surface);
}

struct picture_memory *surface_memory(struct surface *surface, VAStatus *status)
{
    struct picture_memory *memory = install(surface, NULL);

    if (!memory) {
        memory = probable_memory(surface);
        if (memory)
            memory = install(surface, memory);
    }
    *status = memory ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_ALLOCATION_FAILED;
    return memory;
}

struct picture_memory *surface_dmabufs(struct surface *surface, VAStatus *status)
{
    struct driver *driver = surface->driver;
    struct picture_memory *memory = surface_memory(surface, status), *fresh;

    if (!memory || !memory->moved)
        return memory;
    memory_put(driver, memory);
    fresh = probable_memory(surface);
    if (fresh && !memory_return_picture(driver, surface, fresh))
        memory_put(driver, fresh);
    memory = surface_memory(surface, status);
    if (!memory || !memory->moved)
        return memory;
    memory_put(driver, memory);
    log_error(driver, "surface 0x%x gave its memory up, and there is none for it to be exported",
              surface->object.id);
    *status = VA_STATUS_ERROR_ALLOCATION_FAILED;
    return NULL;
}
