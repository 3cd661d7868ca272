/* SPDX-License-Identifier: MIT */
/*
 * The functions that libva's tables point to. Each function that needs the driver's state is
 * wrapped in what all calls have in common.
 *
 * Calls are counted while they are inside the driver, so that vaTerminate can wait for them
 * (driver.c). Their messages are delivered when they are no longer counted, with no lock held and
 * no data of the driver in use: the callback may do anything that the client may do at that point.
 */
#include "va/entry.h"

#include "base/driver.h"
#include "base/log.h"
#include "codec/codec.h"
#include "device/v4l2.h"
#include "va/functions.h"

#include <time.h>

#define MAX_ENTRYPOINTS    1
#define MAX_ATTRIBUTES     8
#define MAX_IMAGE_FORMATS  8
#define MAX_SUBPIC_FORMATS 1 /* there are none, but libva rejects 0 */

/* A flag in driver->calls: further calls are refused. */
#define CLOSED 0x80000000u

/* Longer than any call takes: a call waits once or twice, each time for DECODE_TIMEOUT_NS at most.
 */
#define CALLS_TIMEOUT_NS 10000000000ull

/* Counts a call, and returns the driver. NULL: the display was terminated. */
static inline struct driver *enter(VADriverContextP va)
{
    struct driver *driver = driver_of(va);

    if (driver && __atomic_add_fetch(&driver->calls, 1, __ATOMIC_ACQUIRE) & CLOSED) {
        __atomic_sub_fetch(&driver->calls, 1, __ATOMIC_RELEASE);
        driver = NULL;
    }
    return driver;
}

static void __attribute__((noinline)) leave_with_messages(struct driver *driver)
{
    struct delivery delivery;

    messages_take(driver, &delivery);
    __atomic_sub_fetch(&driver->calls, 1, __ATOMIC_RELEASE);
    messages_deliver(&delivery);
}

static inline void leave(struct driver *driver)
{
    if (messages_pending(driver->messages))
        leave_with_messages(driver);
    else
        __atomic_sub_fetch(&driver->calls, 1, __ATOMIC_RELEASE);
}

bool entries_close(struct driver *driver)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    uint64_t deadline = monotonic_ns() + CALLS_TIMEOUT_NS;

    __atomic_or_fetch(&driver->calls, CLOSED, __ATOMIC_ACQUIRE);
    while (__atomic_load_n(&driver->calls, __ATOMIC_ACQUIRE) != CLOSED) {
        if (monotonic_ns() >= deadline)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

/* Defines entered_NAME(), which has the parameters of va_NAME(). */
#define ENTRY(name, parameters, arguments)          \
    static VAStatus entered_##name parameters       \
    {                                               \
        struct driver *driver = enter(va);          \
        VAStatus result;                            \
                                                    \
        if (!driver)                                \
            return VA_STATUS_ERROR_INVALID_DISPLAY; \
        result = va_##name arguments;               \
        leave(driver);                              \
        return result;                              \
    }

ENTRY(query_config_profiles, (VADriverContextP va, VAProfile *profile_list, int *num_profiles),
      (va, profile_list, num_profiles))
ENTRY(query_config_entrypoints,
      (VADriverContextP va, VAProfile profile, VAEntrypoint *entrypoint_list, int *num_entrypoints),
      (va, profile, entrypoint_list, num_entrypoints))
ENTRY(get_config_attributes,
      (VADriverContextP va, VAProfile profile, VAEntrypoint entrypoint, VAConfigAttrib *attrib_list,
       int num_attribs),
      (va, profile, entrypoint, attrib_list, num_attribs))
ENTRY(create_config,
      (VADriverContextP va, VAProfile profile, VAEntrypoint entrypoint, VAConfigAttrib *attrib_list,
       int num_attribs, VAConfigID *config_id),
      (va, profile, entrypoint, attrib_list, num_attribs, config_id))
ENTRY(destroy_config, (VADriverContextP va, VAConfigID config_id), (va, config_id))
ENTRY(query_config_attributes,
      (VADriverContextP va, VAConfigID config_id, VAProfile *profile, VAEntrypoint *entrypoint,
       VAConfigAttrib *attrib_list, int *num_attribs),
      (va, config_id, profile, entrypoint, attrib_list, num_attribs))
ENTRY(query_surface_attributes,
      (VADriverContextP va, VAConfigID config, VASurfaceAttrib *attrib_list,
       unsigned int *num_attribs),
      (va, config, attrib_list, num_attribs))
ENTRY(create_surfaces,
      (VADriverContextP va, int width, int height, int format, int num_surfaces,
       VASurfaceID *surfaces),
      (va, width, height, format, num_surfaces, surfaces))
ENTRY(create_surfaces2,
      (VADriverContextP va, unsigned int format, unsigned int width, unsigned int height,
       VASurfaceID *surfaces, unsigned int num_surfaces, VASurfaceAttrib *attrib_list,
       unsigned int num_attribs),
      (va, format, width, height, surfaces, num_surfaces, attrib_list, num_attribs))
ENTRY(destroy_surfaces, (VADriverContextP va, VASurfaceID *surface_list, int num_surfaces),
      (va, surface_list, num_surfaces))
ENTRY(sync_surface, (VADriverContextP va, VASurfaceID render_target), (va, render_target))
ENTRY(sync_surface2, (VADriverContextP va, VASurfaceID surface, uint64_t timeout_ns),
      (va, surface, timeout_ns))
ENTRY(query_surface_status,
      (VADriverContextP va, VASurfaceID render_target, VASurfaceStatus *status),
      (va, render_target, status))
ENTRY(query_surface_error,
      (VADriverContextP va, VASurfaceID render_target, VAStatus error_status, void **error_info),
      (va, render_target, error_status, error_info))
ENTRY(create_context,
      (VADriverContextP va, VAConfigID config_id, int picture_width, int picture_height, int flag,
       VASurfaceID *render_targets, int num_render_targets, VAContextID *context),
      (va, config_id, picture_width, picture_height, flag, render_targets, num_render_targets,
       context))
ENTRY(destroy_context, (VADriverContextP va, VAContextID context), (va, context))
ENTRY(create_buffer,
      (VADriverContextP va, VAContextID context, VABufferType type, unsigned int size,
       unsigned int num_elements, void *data, VABufferID *buf_id),
      (va, context, type, size, num_elements, data, buf_id))
ENTRY(buffer_set_num_elements, (VADriverContextP va, VABufferID buf_id, unsigned int num_elements),
      (va, buf_id, num_elements))
ENTRY(map_buffer, (VADriverContextP va, VABufferID buf_id, void **pbuf), (va, buf_id, pbuf))
ENTRY(unmap_buffer, (VADriverContextP va, VABufferID buf_id), (va, buf_id))
ENTRY(destroy_buffer, (VADriverContextP va, VABufferID buffer_id), (va, buffer_id))
ENTRY(buffer_info,
      (VADriverContextP va, VABufferID buf_id, VABufferType *type, unsigned int *size,
       unsigned int *num_elements),
      (va, buf_id, type, size, num_elements))
ENTRY(begin_picture, (VADriverContextP va, VAContextID context, VASurfaceID render_target),
      (va, context, render_target))
ENTRY(render_picture,
      (VADriverContextP va, VAContextID context, VABufferID *buffers, int num_buffers),
      (va, context, buffers, num_buffers))
ENTRY(end_picture, (VADriverContextP va, VAContextID context), (va, context))
ENTRY(create_image,
      (VADriverContextP va, VAImageFormat *format, int width, int height, VAImage *image),
      (va, format, width, height, image))
ENTRY(derive_image, (VADriverContextP va, VASurfaceID surface, VAImage *image),
      (va, surface, image))
ENTRY(destroy_image, (VADriverContextP va, VAImageID image), (va, image))
ENTRY(get_image,
      (VADriverContextP va, VASurfaceID surface, int x, int y, unsigned int width,
       unsigned int height, VAImageID image),
      (va, surface, x, y, width, height, image))
ENTRY(put_image,
      (VADriverContextP va, VASurfaceID surface, VAImageID image, int src_x, int src_y,
       unsigned int src_width, unsigned int src_height, int dest_x, int dest_y,
       unsigned int dest_width, unsigned int dest_height),
      (va, surface, image, src_x, src_y, src_width, src_height, dest_x, dest_y, dest_width,
       dest_height))
ENTRY(export_surface_handle,
      (VADriverContextP va, VASurfaceID surface_id, uint32_t mem_type, uint32_t flags,
       void *descriptor),
      (va, surface_id, mem_type, flags, descriptor))

static const struct VADriverVTable vtable = {
    .vaQueryConfigProfiles = entered_query_config_profiles,
    .vaQueryConfigEntrypoints = entered_query_config_entrypoints,
    .vaGetConfigAttributes = entered_get_config_attributes,
    .vaCreateConfig = entered_create_config,
    .vaDestroyConfig = entered_destroy_config,
    .vaQueryConfigAttributes = entered_query_config_attributes,
    .vaCreateSurfaces = entered_create_surfaces,
    .vaDestroySurfaces = entered_destroy_surfaces,
    .vaCreateContext = entered_create_context,
    .vaDestroyContext = entered_destroy_context,
    .vaCreateBuffer = entered_create_buffer,
    .vaBufferSetNumElements = entered_buffer_set_num_elements,
    .vaMapBuffer = entered_map_buffer,
    .vaUnmapBuffer = entered_unmap_buffer,
    .vaDestroyBuffer = entered_destroy_buffer,
    .vaBeginPicture = entered_begin_picture,
    .vaRenderPicture = entered_render_picture,
    .vaEndPicture = entered_end_picture,
    .vaSyncSurface = entered_sync_surface,
    .vaQuerySurfaceStatus = entered_query_surface_status,
    .vaQuerySurfaceError = entered_query_surface_error,
    .vaPutSurface = va_put_surface,
    .vaQueryImageFormats = va_query_image_formats,
    .vaCreateImage = entered_create_image,
    .vaDeriveImage = entered_derive_image,
    .vaDestroyImage = entered_destroy_image,
    .vaSetImagePalette = va_set_image_palette,
    .vaGetImage = entered_get_image,
    .vaPutImage = entered_put_image,
    .vaQuerySubpictureFormats = va_query_subpicture_formats,
    .vaCreateSubpicture = va_create_subpicture,
    .vaDestroySubpicture = va_destroy_subpicture,
    .vaSetSubpictureImage = va_set_subpicture_image,
    .vaSetSubpictureChromakey = va_set_subpicture_chromakey,
    .vaSetSubpictureGlobalAlpha = va_set_subpicture_global_alpha,
    .vaAssociateSubpicture = va_associate_subpicture,
    .vaDeassociateSubpicture = va_deassociate_subpicture,
    .vaQueryDisplayAttributes = va_query_display_attributes,
    .vaGetDisplayAttributes = va_get_display_attributes,
    .vaSetDisplayAttributes = va_set_display_attributes,
    .vaBufferInfo = entered_buffer_info,
    .vaLockSurface = va_lock_surface,
    .vaUnlockSurface = va_unlock_surface,
    .vaGetSurfaceAttributes = va_get_surface_attributes,
    .vaCreateSurfaces2 = entered_create_surfaces2,
    .vaQuerySurfaceAttributes = entered_query_surface_attributes,
    .vaAcquireBufferHandle = va_acquire_buffer_handle,
    .vaReleaseBufferHandle = va_release_buffer_handle,
    .vaCreateMFContext = va_create_mf_context,
    .vaMFAddContext = va_mf_add_context,
    .vaMFReleaseContext = va_mf_release_context,
    .vaMFSubmit = va_mf_submit,
    .vaCreateBuffer2 = va_create_buffer2,
    .vaQueryProcessingRate = va_query_processing_rate,
    .vaExportSurfaceHandle = entered_export_surface_handle,
    .vaSyncSurface2 = entered_sync_surface2,
    .vaSyncBuffer = va_sync_buffer,
    .vaCopy = va_copy_object,
};

static void fill_vpp(struct VADriverVTableVPP *vpp)
{
    vpp->version = VA_DRIVER_VTABLE_VPP_VERSION;
    vpp->vaQueryVideoProcFilters = va_query_video_proc_filters;
    vpp->vaQueryVideoProcFilterCaps = va_query_video_proc_filter_caps;
    vpp->vaQueryVideoProcPipelineCaps = va_query_video_proc_pipeline_caps;
}

#if VA_CHECK_VERSION(1, 11, 0)
static void fill_prot(struct VADriverVTableProt *prot)
{
    prot->version = VA_DRIVER_VTABLE_PROT_VERSION;
    prot->vaCreateProtectedSession = va_create_protected_session;
    prot->vaDestroyProtectedSession = va_destroy_protected_session;
    prot->vaAttachProtectedSession = va_attach_protected_session;
    prot->vaDetachProtectedSession = va_detach_protected_session;
    prot->vaProtectedSessionExecute = va_protected_session_execute;
}
#endif

void entries_fill(VADriverContextP va)
{
    *va->vtable = vtable;
    if (va->vtable_vpp)
        fill_vpp(va->vtable_vpp);
#if VA_CHECK_VERSION(1, 11, 0)
    if (va->vtable_prot)
        fill_prot(va->vtable_prot);
#endif
    va->version_major = VA_MAJOR_VERSION;
    va->version_minor = VA_MINOR_VERSION;
    va->max_profiles = 1;
    for (unsigned i = 0; i < num_codecs; i++)
        va->max_profiles += (int)codecs[i]->num_profiles;
    va->max_entrypoints = MAX_ENTRYPOINTS;
    va->max_attributes = MAX_ATTRIBUTES;
    va->max_image_formats = MAX_IMAGE_FORMATS;
    va->max_subpic_formats = MAX_SUBPIC_FORMATS;
    va->max_display_attributes = 1;
}
