/* SPDX-License-Identifier: MIT */
/* What the driver says of configs and surfaces, and which of them it makes. */
#include "client.h"

#include <drm_fourcc.h>
#include <stdlib.h>
#include <va/va_drmcommon.h>
#include <va/va_vpp.h>

static bool has_profile(struct client *client, VAProfile wanted)
{
    VAProfile *profiles = calloc((size_t)vaMaxNumProfiles(client->display), sizeof(*profiles));
    bool found = false;
    int count = 0;

    EXPECT(VA_STATUS_SUCCESS, vaQueryConfigProfiles(client->display, profiles, &count));
    CHECK(count > 0 && count <= vaMaxNumProfiles(client->display));
    for (int i = 0; i < count; i++)
        found |= profiles[i] == wanted;
    free(profiles);
    return found;
}

static void profiles_and_entrypoints(struct client *client)
{
    VAEntrypoint entrypoints[16];
    int count = 0;

    CHECK(vaMaxNumEntrypoints(client->display) <= 16);
    CHECK(has_profile(client, VAProfileH264ConstrainedBaseline));
    CHECK(has_profile(client, VAProfileH264Main));
    CHECK(has_profile(client, VAProfileH264High));
    CHECK(!has_profile(client, VAProfileNone));
    EXPECT(VA_STATUS_SUCCESS,
           vaQueryConfigEntrypoints(client->display, VAProfileH264High, entrypoints, &count));
    CHECK(count == 1 && entrypoints[0] == VAEntrypointVLD);
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_PROFILE,
           vaQueryConfigEntrypoints(client->display, VAProfileNone, entrypoints, &count));
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_PROFILE,
           vaQueryConfigEntrypoints(client->display, (VAProfile)12345, entrypoints, &count));
}

static void config_attributes(struct client *client)
{
    VAConfigAttrib attributes[] = {
        {.type = VAConfigAttribRTFormat},
        {.type = VAConfigAttribDecSliceMode},
        {.type = VAConfigAttribMaxPictureWidth},
        {.type = VAConfigAttribMaxPictureHeight},
        {.type = VAConfigAttribDecProcessing},
        {.type = VAConfigAttribRateControl},
        {.type = (VAConfigAttribType)VAConfigAttribTypeMax},
    };
    VADisplay display = client->display;
    VAProfile profile;
    VAEntrypoint entrypoint;
    VAConfigAttrib *list;
    VAConfigID config;
    int count = 0;

    EXPECT(VA_STATUS_SUCCESS,
           vaGetConfigAttributes(display, VAProfileH264High, VAEntrypointVLD, attributes, 7));
    CHECK(attributes[0].value == VA_RT_FORMAT_YUV420);
    CHECK(attributes[1].value == VA_DEC_SLICE_MODE_NORMAL);
    CHECK(attributes[2].value >= 1920 && attributes[2].value < VA_ATTRIB_NOT_SUPPORTED);
    CHECK(attributes[3].value >= 1088 && attributes[3].value < VA_ATTRIB_NOT_SUPPORTED);
    CHECK(attributes[4].value == VA_DEC_PROCESSING_NONE);
    CHECK(attributes[5].value == VA_ATTRIB_NOT_SUPPORTED);
    CHECK(attributes[6].value == VA_ATTRIB_NOT_SUPPORTED);
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT,
           vaGetConfigAttributes(display, VAProfileH264High, VAEntrypointEncSlice, attributes, 7));
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_PROFILE,
           vaGetConfigAttributes(display, VAProfileNone, VAEntrypointVideoProc, attributes, 7));

    /* All that was got can be set. */
    EXPECT(VA_STATUS_SUCCESS,
           vaCreateConfig(display, VAProfileH264High, VAEntrypointVLD, attributes, 7, &config));
    list = calloc((size_t)vaMaxNumConfigAttributes(display), sizeof(*list));
    EXPECT(VA_STATUS_SUCCESS,
           vaQueryConfigAttributes(display, config, &profile, &entrypoint, list, &count));
    CHECK(profile == VAProfileH264High && entrypoint == VAEntrypointVLD);
    CHECK(count >= 1 && count <= vaMaxNumConfigAttributes(display));
    CHECK(list[0].type == VAConfigAttribRTFormat && list[0].value == VA_RT_FORMAT_YUV420);
    free(list);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyConfig(display, config));
    EXPECT(VA_STATUS_ERROR_INVALID_CONFIG, vaDestroyConfig(display, config));
}

static VAStatus try_config(struct client *client, VAProfile profile, VAEntrypoint entrypoint,
                           VAConfigAttribType type, uint32_t value)
{
    VAConfigAttrib attribute = {.type = type, .value = value};
    VAConfigID config = VA_INVALID_ID;
    VAStatus status = vaCreateConfig(client->display, profile, entrypoint, &attribute, 1, &config);

    if (status == VA_STATUS_SUCCESS)
        EXPECT(VA_STATUS_SUCCESS, vaDestroyConfig(client->display, config));
    return status;
}

static void configs_refused(struct client *client)
{
    EXPECT(VA_STATUS_SUCCESS, try_config(client, VAProfileH264High, VAEntrypointVLD,
                                         VAConfigAttribRTFormat, VA_RT_FORMAT_YUV420));
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
           try_config(client, VAProfileH264High, VAEntrypointVLD, VAConfigAttribRTFormat,
                      VA_RT_FORMAT_YUV444));
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
           try_config(client, VAProfileH264High, VAEntrypointVLD, VAConfigAttribRTFormat, 0));
    EXPECT(VA_STATUS_ERROR_ATTR_NOT_SUPPORTED,
           try_config(client, VAProfileH264High, VAEntrypointVLD, VAConfigAttribDecSliceMode,
                      VA_DEC_SLICE_MODE_BASE));
    EXPECT(VA_STATUS_ERROR_ATTR_NOT_SUPPORTED,
           try_config(client, VAProfileH264High, VAEntrypointVLD, VAConfigAttribDecProcessing,
                      VA_DEC_PROCESSING));
    EXPECT(VA_STATUS_ERROR_ATTR_NOT_SUPPORTED,
           try_config(client, VAProfileH264High, VAEntrypointVLD, VAConfigAttribRateControl,
                      VA_RC_CBR));
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT,
           try_config(client, VAProfileH264High, VAEntrypointEncSlice, VAConfigAttribRTFormat,
                      VA_RT_FORMAT_YUV420));
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_PROFILE,
           try_config(client, VAProfileNone, VAEntrypointVideoProc, VAConfigAttribRTFormat,
                      VA_RT_FORMAT_YUV420));
}

static void surface_attributes(struct client *client)
{
    VASurfaceAttrib attributes[32];
    int limits[VASurfaceAttribCount] = {0};
    unsigned count = 0, all, memory_types = 0;
    bool nv12 = false;
    VAConfigID config;

    NEED(vaCreateConfig(client->display, VAProfileH264High, VAEntrypointVLD, NULL, 0, &config));
    EXPECT(VA_STATUS_SUCCESS, vaQuerySurfaceAttributes(client->display, config, NULL, &count));
    CHECK(count > 1 && count <= 32);
    all = count;
    count = all - 1;
    EXPECT(VA_STATUS_ERROR_MAX_NUM_EXCEEDED,
           vaQuerySurfaceAttributes(client->display, config, attributes, &count));
    CHECK(count == all);
    count = 32;
    EXPECT(VA_STATUS_SUCCESS,
           vaQuerySurfaceAttributes(client->display, config, attributes, &count));
    CHECK(count == all);
    for (unsigned i = 0; i < count; i++) {
        CHECK(attributes[i].value.type == VAGenericValueTypeInteger);
        CHECK(attributes[i].flags & VA_SURFACE_ATTRIB_GETTABLE);
        if (attributes[i].type == VASurfaceAttribPixelFormat)
            nv12 |= attributes[i].value.value.i == VA_FOURCC_NV12;
        if (attributes[i].type == VASurfaceAttribMemoryType)
            memory_types = (unsigned)attributes[i].value.value.i;
        if (attributes[i].type < VASurfaceAttribCount)
            limits[attributes[i].type] = attributes[i].value.value.i;
    }
    CHECK(nv12);
    CHECK(memory_types == (VA_SURFACE_ATTRIB_MEM_TYPE_VA | VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2));
    CHECK(limits[VASurfaceAttribMinWidth] > 0);
    CHECK(limits[VASurfaceAttribMinWidth] < limits[VASurfaceAttribMaxWidth]);
    CHECK(limits[VASurfaceAttribMinHeight] > 0);
    CHECK(limits[VASurfaceAttribMinHeight] < limits[VASurfaceAttribMaxHeight]);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyConfig(client->display, config));
    EXPECT(VA_STATUS_ERROR_INVALID_CONFIG,
           vaQuerySurfaceAttributes(client->display, config, attributes, &count));
}

/* What no picture of a context could have is refused when the context is made, from which clients
 * fall back. A visible size may be less than whole macroblocks. */
static void contexts_of_sizes(struct client *client)
{
    VASurfaceAttrib attributes[32];
    unsigned count = 32;
    int least = 0, most = 0;
    VAContextID context;
    VAConfigID config;

    NEED(vaCreateConfig(client->display, VAProfileH264High, VAEntrypointVLD, NULL, 0, &config));
    NEED(vaQuerySurfaceAttributes(client->display, config, attributes, &count));
    for (unsigned i = 0; i < count; i++) {
        least = attributes[i].type == VASurfaceAttribMinWidth ? attributes[i].value.value.i : least;
        most = attributes[i].type == VASurfaceAttribMaxWidth ? attributes[i].value.value.i : most;
    }
    CHECK(least % 16 == 1);
    EXPECT(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
           vaCreateContext(client->display, config, most + 1, 96, 0, NULL, 0, &context));
    if (least > 16) {
        EXPECT(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
               vaCreateContext(client->display, config, least - 16, 96, 0, NULL, 0, &context));
        EXPECT(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
               vaCreateContext(client->display, config, 96, least - 16, 0, NULL, 0, &context));
    }
    EXPECT(VA_STATUS_SUCCESS,
           vaCreateContext(client->display, config, least, least + 14, 0, NULL, 0, &context));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyContext(client->display, context));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyConfig(client->display, config));
}

static VAStatus try_attribute(struct client *client, VASurfaceAttrib *attribute)
{
    VASurfaceID surface;
    VAStatus status =
        vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV420, 64, 64, &surface, 1, attribute, 1);

    if (status == VA_STATUS_SUCCESS)
        surface_destroy(client, surface);
    return status;
}

static VAStatus try_surface(struct client *client, VASurfaceAttribType type, int value,
                            uint32_t flags)
{
    VASurfaceAttrib attribute = {
        .type = type,
        .flags = flags,
        .value = {.type = VAGenericValueTypeInteger, .value = {.i = value}},
    };

    return try_attribute(client, &attribute);
}

/* What a config says can be set on surfaces can be set. */
static void settable_attributes(struct client *client)
{
    VASurfaceAttrib attributes[32];
    unsigned count = 32;
    VAConfigID config;

    NEED(vaCreateConfig(client->display, VAProfileH264High, VAEntrypointVLD, NULL, 0, &config));
    NEED(vaQuerySurfaceAttributes(client->display, config, attributes, &count));
    for (unsigned i = 0; i < count; i++)
        if (attributes[i].flags & VA_SURFACE_ATTRIB_SETTABLE)
            EXPECT(VA_STATUS_SUCCESS, try_attribute(client, &attributes[i]));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyConfig(client->display, config));
}

static void surfaces_with_attributes(struct client *client)
{
    const uint32_t settable = VA_SURFACE_ATTRIB_SETTABLE;
    VADRMPRIMESurfaceDescriptor descriptor = {0};
    VASurfaceAttrib import[] = {
        {.type = VASurfaceAttribMemoryType,
         .flags = settable,
         .value = {VAGenericValueTypeInteger, {.i = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2}}},
        {.type = VASurfaceAttribExternalBufferDescriptor,
         .flags = settable,
         .value = {VAGenericValueTypePointer, {.p = &descriptor}}},
    };
    VASurfaceID surface;

    EXPECT(VA_STATUS_SUCCESS,
           try_surface(client, VASurfaceAttribPixelFormat, VA_FOURCC_NV12, settable));
    EXPECT(VA_STATUS_ERROR_INVALID_IMAGE_FORMAT,
           try_surface(client, VASurfaceAttribPixelFormat, VA_FOURCC_BGRA, settable));
    EXPECT(VA_STATUS_SUCCESS,
           try_surface(client, VASurfaceAttribMemoryType, VA_SURFACE_ATTRIB_MEM_TYPE_VA, settable));
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE,
           try_surface(client, VASurfaceAttribMemoryType, VA_SURFACE_ATTRIB_MEM_TYPE_USER_PTR,
                       settable));
    EXPECT(VA_STATUS_SUCCESS, try_surface(client, VASurfaceAttribUsageHint,
                                          VA_SURFACE_ATTRIB_USAGE_HINT_DECODER, settable));
    EXPECT(VA_STATUS_ERROR_ATTR_NOT_SUPPORTED,
           try_surface(client, VASurfaceAttribMinWidth, 16, settable));
    EXPECT(VA_STATUS_ERROR_ATTR_NOT_SUPPORTED,
           try_surface(client, (VASurfaceAttribType)1000, 16, settable));
    /* Not meant to be set. */
    EXPECT(VA_STATUS_SUCCESS,
           try_surface(client, VASurfaceAttribMinWidth, 16, VA_SURFACE_ATTRIB_GETTABLE));
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE,
           vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV420, 64, 64, &surface, 1, import, 2));
    EXPECT(
        VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE,
        vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV420, 64, 64, &surface, 1, import + 1, 1));
}

#if VA_CHECK_VERSION(1, 12, 0)
static VAStatus try_modifiers(struct client *client, uint64_t *modifiers, unsigned count)
{
    VADRMFormatModifierList list = {.num_modifiers = count, .modifiers = modifiers};
    VASurfaceAttrib attribute = {
        .type = VASurfaceAttribDRMFormatModifiers,
        .flags = VA_SURFACE_ATTRIB_SETTABLE,
        .value = {.type = VAGenericValueTypePointer, .value = {.p = &list}},
    };

    return try_attribute(client, &attribute);
}

/* The layouts that a client can do with: among them has to be that of the memory there is. */
static void surfaces_with_modifiers(struct client *client)
{
    const uint64_t other = DRM_FORMAT_MOD_SAMSUNG_64_32_TILE;
    const uint64_t device = client_modifier();
    const bool linear = device == DRM_FORMAT_MOD_LINEAR;

    EXPECT(VA_STATUS_SUCCESS, try_modifiers(client, (uint64_t[]){other, device}, 2));
    EXPECT(linear ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_ATTR_NOT_SUPPORTED,
           try_modifiers(client, (uint64_t[]){DRM_FORMAT_MOD_INVALID}, 1));
    EXPECT(linear ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_ATTR_NOT_SUPPORTED,
           try_modifiers(client, (uint64_t[]){DRM_FORMAT_MOD_LINEAR}, 1));
    EXPECT(VA_STATUS_ERROR_ATTR_NOT_SUPPORTED, try_modifiers(client, (uint64_t[]){other}, 1));
    /* Columns of a certain height, which would have to be that of the surface to come. */
    EXPECT(VA_STATUS_ERROR_ATTR_NOT_SUPPORTED,
           try_modifiers(client, (uint64_t[]){MODIFIER_SAND128 | 144 << 8}, 1));
    EXPECT(VA_STATUS_ERROR_ATTR_NOT_SUPPORTED, try_modifiers(client, NULL, 0));
    EXPECT(VA_STATUS_ERROR_INVALID_PARAMETER, try_modifiers(client, NULL, 1));
    EXPECT(VA_STATUS_ERROR_INVALID_PARAMETER,
           try_surface(client, VASurfaceAttribDRMFormatModifiers, 0, VA_SURFACE_ATTRIB_SETTABLE));
}
#endif

static void surfaces_refused(struct client *client)
{
    enum { MANY = 70000 };
    VASurfaceID *many = calloc(MANY, sizeof(*many));
    VASurfaceID surface;

    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
           vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV444, 64, 64, &surface, 1, NULL, 0));
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
           vaCreateSurfaces(client->display, 0, 64, 64, &surface, 1, NULL, 0));
    EXPECT(VA_STATUS_ERROR_INVALID_PARAMETER,
           vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV420, 0, 64, &surface, 1, NULL, 0));
    EXPECT(VA_STATUS_ERROR_INVALID_PARAMETER,
           vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV420, 64, 0, &surface, 1, NULL, 0));
    EXPECT(VA_STATUS_ERROR_INVALID_PARAMETER,
           vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV420, 64, 64, NULL, 1, NULL, 0));
    EXPECT(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
           vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV420, 16385, 64, &surface, 1, NULL, 0));
    EXPECT(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
           vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV420, 64, UINT32_MAX, &surface, 1, NULL,
                            0));
    /* All or nothing: what was made of too many is gone again. */
    if (many) {
        EXPECT(VA_STATUS_ERROR_ALLOCATION_FAILED,
               vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV420, 64, 64, many, MANY, NULL, 0));
        EXPECT(VA_STATUS_SUCCESS, vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV420, 64, 64,
                                                   many, 60000, NULL, 0));
        EXPECT(VA_STATUS_SUCCESS, vaDestroySurfaces(client->display, many, 60000));
    }
    free(many);
}

static void image_formats(struct client *client)
{
    VAImageFormat *formats =
        calloc((size_t)vaMaxNumImageFormats(client->display), sizeof(*formats));
    unsigned found = 0, num_subpictures = 1;
    int count = 0;

    EXPECT(VA_STATUS_SUCCESS, vaQueryImageFormats(client->display, formats, &count));
    CHECK(count > 0 && count <= vaMaxNumImageFormats(client->display));
    for (int i = 0; i < count; i++)
        found += formats[i].fourcc == VA_FOURCC_NV12 || formats[i].fourcc == VA_FOURCC_I420 ||
                 formats[i].fourcc == VA_FOURCC_YV12;
    CHECK(found == 3);
    EXPECT(VA_STATUS_SUCCESS,
           vaQuerySubpictureFormats(client->display, formats, &found, &num_subpictures));
    CHECK(num_subpictures == 0);
    free(formats);
}

static void display_attributes(struct client *client)
{
    VADisplayAttribute attribute = {.type = VADisplayAttribBrightness,
                                    .flags = VA_DISPLAY_ATTRIB_GETTABLE};
    VADisplayAttribute list[64];
    int count = 1;

    CHECK(vaMaxNumDisplayAttributes(client->display) <= 64);
    EXPECT(VA_STATUS_SUCCESS, vaQueryDisplayAttributes(client->display, list, &count));
    CHECK(count == 0);
    EXPECT(VA_STATUS_SUCCESS, vaGetDisplayAttributes(client->display, &attribute, 1));
    CHECK(attribute.flags == VA_DISPLAY_ATTRIB_NOT_SUPPORTED);
    EXPECT(VA_STATUS_ERROR_ATTR_NOT_SUPPORTED,
           vaSetDisplayAttributes(client->display, &attribute, 1));
}

int main(void)
{
    struct client client = client_open();

    profiles_and_entrypoints(&client);
    config_attributes(&client);
    configs_refused(&client);
    surface_attributes(&client);
    contexts_of_sizes(&client);
    settable_attributes(&client);
    surfaces_with_attributes(&client);
#if VA_CHECK_VERSION(1, 12, 0)
    surfaces_with_modifiers(&client);
#endif
    surfaces_refused(&client);
    image_formats(&client);
    display_attributes(&client);
    client_close(&client);
    return client_result();
}
