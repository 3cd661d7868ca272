/* SPDX-License-Identifier: MIT */
/* What the devices decode, as libva's profiles and configs. */
#include "decode/config.h"
#include "pixels/format.h"
#include "va/functions.h"

#include <stdlib.h>

static const struct codec_profile *codec_profile(VAProfile profile)
{
    for (unsigned i = 0; i < num_codecs; i++) {
        for (unsigned j = 0; j < codecs[i]->num_profiles; j++)
            if (codecs[i]->profiles[j].profile == profile)
                return &codecs[i]->profiles[j];
    }
    return NULL;
}

/* VA_RT_FORMAT_* bits that pictures of the profile can have, regardless of what the devices
 * support. */
static uint32_t profile_rt_formats(VAProfile profile)
{
    const struct codec_profile *found = codec_profile(profile);
    uint32_t rt_formats = 0;

    for (unsigned i = 0; found && i < num_pixel_formats; i++) {
        const struct pixel_format *format = &pixel_formats[i];

        if (format->bit_depth >= found->min_bit_depth && format->bit_depth <= found->bit_depth)
            rt_formats |= format->rt_format;
    }
    return rt_formats;
}

static bool contains(const VAProfile *list, int count, VAProfile profile)
{
    for (int i = 0; i < count; i++)
        if (list[i] == profile)
            return true;
    return false;
}

VAStatus va_query_config_profiles(VADriverContextP va, VAProfile *profile_list, int *num_profiles)
{
    const struct driver *driver = driver_of(va);
    int count = 0;

    if (!profile_list || !num_profiles)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    for (unsigned i = 0; i < num_codecs; i++) {
        for (unsigned j = 0; j < codecs[i]->num_profiles; j++) {
            VAProfile profile = codecs[i]->profiles[j].profile;

            if (count < va->max_profiles && !contains(profile_list, count, profile) &&
                candidates_rt_formats(driver, profile))
                profile_list[count++] = profile;
        }
    }
    *num_profiles = count;
    return VA_STATUS_SUCCESS;
}

VAStatus va_query_config_entrypoints(VADriverContextP va, VAProfile profile,
                                     VAEntrypoint *entrypoint_list, int *num_entrypoints)
{
    if (!entrypoint_list || !num_entrypoints)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    *num_entrypoints = 0;
    if (!candidates_rt_formats(driver_of(va), profile))
        return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
    entrypoint_list[0] = VAEntrypointVLD;
    *num_entrypoints = 1;
    return VA_STATUS_SUCCESS;
}

/* Finds the VA_RT_FORMAT_* bits that the devices support for the profile. */
static VAStatus find_rt_formats(const struct driver *driver, VAProfile profile,
                                VAEntrypoint entrypoint, uint32_t *rt_formats)
{
    *rt_formats = candidates_rt_formats(driver, profile);
    if (!*rt_formats)
        return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
    if (entrypoint != VAEntrypointVLD)
        return VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT;
    return VA_STATUS_SUCCESS;
}

/* The value of a config attribute, or VA_ATTRIB_NOT_SUPPORTED if it has none. */
static uint32_t config_attribute(const struct picture_limits *limits, uint32_t rt_formats,
                                 VAConfigAttribType type)
{
    switch (type) {
    case VAConfigAttribRTFormat:
        return rt_formats;
    case VAConfigAttribDecSliceMode:
        return VA_DEC_SLICE_MODE_NORMAL;
    case VAConfigAttribDecProcessing:
        return VA_DEC_PROCESSING_NONE;
    case VAConfigAttribMaxPictureWidth:
        return limits->max_width;
    case VAConfigAttribMaxPictureHeight:
        return limits->max_height;
    default:
        return VA_ATTRIB_NOT_SUPPORTED;
    }
}

VAStatus va_get_config_attributes(VADriverContextP va, VAProfile profile, VAEntrypoint entrypoint,
                                  VAConfigAttrib *attrib_list, int num_attribs)
{
    struct picture_limits limits;
    uint32_t rt_formats;
    VAStatus status = find_rt_formats(driver_of(va), profile, entrypoint, &rt_formats);

    if (status != VA_STATUS_SUCCESS)
        return status;
    if (num_attribs < 0 || (num_attribs > 0 && !attrib_list))
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    limits = candidates_limits(driver_of(va), profile, rt_formats);
    for (int i = 0; i < num_attribs; i++)
        attrib_list[i].value = config_attribute(&limits, rt_formats, attrib_list[i].type);
    return VA_STATUS_SUCCESS;
}

/* Whether a config can have the attribute's value. Clients may pass back any value that
 * vaGetConfigAttributes returned. */
static VAStatus check_attribute(const struct picture_limits *limits, uint32_t rt_formats,
                                const VAConfigAttrib *attribute)
{
    uint32_t supported = config_attribute(limits, rt_formats, attribute->type);

    if (attribute->value == supported)
        return VA_STATUS_SUCCESS;
    switch (attribute->type) {
    case VAConfigAttribRTFormat:
        return attribute->value && !(attribute->value & ~supported)
                   ? VA_STATUS_SUCCESS
                   : VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT;
    case VAConfigAttribMaxPictureWidth:
    case VAConfigAttribMaxPictureHeight:
        return attribute->value <= supported ? VA_STATUS_SUCCESS
                                             : VA_STATUS_ERROR_ATTR_NOT_SUPPORTED;
    default:
        return VA_STATUS_ERROR_ATTR_NOT_SUPPORTED;
    }
}

static void config_release(struct object *object)
{
    free(container_of(object, struct config, object));
}

VAStatus va_create_config(VADriverContextP va, VAProfile profile, VAEntrypoint entrypoint,
                          VAConfigAttrib *attrib_list, int num_attribs, VAConfigID *config_id)
{
    struct driver *driver = driver_of(va);
    struct picture_limits limits;
    struct config *config;
    uint32_t supported, rt_format, surface_rt_formats;
    VAStatus status = find_rt_formats(driver, profile, entrypoint, &supported);

    if (status != VA_STATUS_SUCCESS)
        return status;
    if (!config_id || num_attribs < 0 || (num_attribs > 0 && !attrib_list))
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    limits = candidates_limits(driver, profile, supported);
    rt_format = supported;
    surface_rt_formats = profile_rt_formats(profile);
    for (int i = 0; i < num_attribs; i++) {
        status = check_attribute(&limits, supported, &attrib_list[i]);
        if (status != VA_STATUS_SUCCESS)
            return status;
        if (attrib_list[i].type == VAConfigAttribRTFormat)
            rt_format = surface_rt_formats = attrib_list[i].value;
    }

    config = calloc(1, sizeof(*config));
    if (!config)
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    config->profile = profile;
    config->limits = candidates_limits(driver, profile, rt_format);
    config->rt_format = rt_format;
    config->supported_rt_formats = supported;
    config->surface_rt_formats = surface_rt_formats;
    lock_acquire(&driver->lock);
    config->number = ++driver->configs_made;
    lock_release(&driver->lock);
    if (!object_add(&driver->objects, &config->object, OBJECT_CONFIG, config_release)) {
        free(config);
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    }
    *config_id = config->object.id;
    return VA_STATUS_SUCCESS;
}

VAStatus va_destroy_config(VADriverContextP va, VAConfigID config_id)
{
    struct driver *driver = driver_of(va);
    struct config *config = object_remove(&driver->objects, config_id, OBJECT_CONFIG);

    if (!config)
        return VA_STATUS_ERROR_INVALID_CONFIG;
    object_put(&config->object);
    return VA_STATUS_SUCCESS;
}

VAStatus va_query_config_attributes(VADriverContextP va, VAConfigID config_id, VAProfile *profile,
                                    VAEntrypoint *entrypoint, VAConfigAttrib *attrib_list,
                                    int *num_attribs)
{
    static const VAConfigAttribType types[] = {
        VAConfigAttribRTFormat,        VAConfigAttribDecSliceMode,     VAConfigAttribDecProcessing,
        VAConfigAttribMaxPictureWidth, VAConfigAttribMaxPictureHeight,
    };
    struct driver *driver = driver_of(va);
    struct config *config;
    int count = 0;

    if (!profile || !entrypoint || !attrib_list || !num_attribs)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    config = object_get(&driver->objects, config_id, OBJECT_CONFIG);
    if (!config)
        return VA_STATUS_ERROR_INVALID_CONFIG;
    *profile = config->profile;
    *entrypoint = VAEntrypointVLD;
    for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        uint32_t value = config_attribute(&config->limits, config->rt_format, types[i]);

        if (value != VA_ATTRIB_NOT_SUPPORTED)
            attrib_list[count++] = (VAConfigAttrib){.type = types[i], .value = value};
    }
    *num_attribs = count;
    object_put(&config->object);
    return VA_STATUS_SUCCESS;
}
