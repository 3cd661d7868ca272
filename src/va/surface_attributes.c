/* SPDX-License-Identifier: MIT */
/* The surfaces that can be created for a config. */
#include "decode/config.h"
#include "pixels/format.h"
#include "va/functions.h"

#include <string.h>
#include <va/va_drmcommon.h>

#define MAX_SURFACE_ATTRIBUTES 16

struct attribute_list {
    VASurfaceAttrib attribute[MAX_SURFACE_ATTRIBUTES];
    unsigned count;
};

static void add(struct attribute_list *list, VASurfaceAttribType type, uint32_t flags,
                uint32_t value)
{
    VASurfaceAttrib *attribute;

    if (list->count == MAX_SURFACE_ATTRIBUTES)
        return;
    attribute = &list->attribute[list->count++];
    attribute->type = type;
    attribute->flags = flags;
    attribute->value.type = VAGenericValueTypeInteger;
    attribute->value.value.i = (int32_t)value;
}

static void add_pixel_formats(struct attribute_list *list, uint32_t rt_formats)
{
    for (unsigned i = 0; i < num_pixel_formats; i++) {
        bool listed = false;

        /* VA does not distinguish NV12 and NV12M. */
        for (unsigned j = 0; j < i; j++)
            listed |= pixel_formats[j].va_fourcc == pixel_formats[i].va_fourcc;
        if (!listed && (pixel_formats[i].rt_format & rt_formats))
            add(list, VASurfaceAttribPixelFormat,
                VA_SURFACE_ATTRIB_GETTABLE | VA_SURFACE_ATTRIB_SETTABLE,
                pixel_formats[i].va_fourcc);
    }
}

static void add_limit(struct attribute_list *list, VASurfaceAttribType type, uint32_t limit)
{
    if (limit)
        add(list, type, VA_SURFACE_ATTRIB_GETTABLE, limit);
}

VAStatus va_query_surface_attributes(VADriverContextP va, VAConfigID config_id,
                                     VASurfaceAttrib *attrib_list, unsigned int *num_attribs)
{
    struct driver *driver = driver_of(va);
    struct attribute_list list = {.count = 0};
    struct config *config;
    unsigned capacity;

    if (!num_attribs)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    config = object_get(&driver->objects, config_id, OBJECT_CONFIG);
    if (!config)
        return VA_STATUS_ERROR_INVALID_CONFIG;
    add_pixel_formats(&list, config->surface_rt_formats);
    add_limit(&list, VASurfaceAttribMinWidth, config->limits.min_width);
    add_limit(&list, VASurfaceAttribMaxWidth, config->limits.max_width);
    add_limit(&list, VASurfaceAttribMinHeight, config->limits.min_height);
    add_limit(&list, VASurfaceAttribMaxHeight, config->limits.max_height);
    /* The types that surfaces can be exported as. New surfaces accept only VA, but get no second
     * entry for that: some clients read the first entry of this type, GStreamer's va elements read
     * the last. */
    add(&list, VASurfaceAttribMemoryType, VA_SURFACE_ATTRIB_GETTABLE,
        VA_SURFACE_ATTRIB_MEM_TYPE_VA | VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2);
    object_put(&config->object);

    capacity = *num_attribs;
    *num_attribs = list.count;
    if (!attrib_list)
        return VA_STATUS_SUCCESS;
    if (capacity < list.count)
        return VA_STATUS_ERROR_MAX_NUM_EXCEEDED;
    memcpy(attrib_list, list.attribute, list.count * sizeof(list.attribute[0]));
    return VA_STATUS_SUCCESS;
}
