/* SPDX-License-Identifier: MIT */
/* The door that libva opens: fills its tables, and ends what was begun. */
#include "driver.h"
#include "buffer.h"
#include "context.h"
#include "trace.h"
#include "va.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef DRIVER_VERSION
#define DRIVER_VERSION "unknown"
#endif

#define MAX_ENTRYPOINTS    1
#define MAX_ATTRIBUTES     8
#define MAX_IMAGE_FORMATS  8
#define MAX_SUBPIC_FORMATS 1 /* there are none, but libva refuses a driver that says 0 */

static const struct VADriverVTable vtable = {
    .vaTerminate = va_terminate,
    .vaQueryConfigProfiles = va_query_config_profiles,
    .vaQueryConfigEntrypoints = va_query_config_entrypoints,
    .vaGetConfigAttributes = va_get_config_attributes,
    .vaCreateConfig = va_create_config,
    .vaDestroyConfig = va_destroy_config,
    .vaQueryConfigAttributes = va_query_config_attributes,
    .vaCreateSurfaces = va_create_surfaces,
    .vaDestroySurfaces = va_destroy_surfaces,
    .vaCreateContext = va_create_context,
    .vaDestroyContext = va_destroy_context,
    .vaCreateBuffer = va_create_buffer,
    .vaBufferSetNumElements = va_buffer_set_num_elements,
    .vaMapBuffer = va_map_buffer,
    .vaUnmapBuffer = va_unmap_buffer,
    .vaDestroyBuffer = va_destroy_buffer,
    .vaBeginPicture = va_begin_picture,
    .vaRenderPicture = va_render_picture,
    .vaEndPicture = va_end_picture,
    .vaSyncSurface = va_sync_surface,
    .vaQuerySurfaceStatus = va_query_surface_status,
    .vaQuerySurfaceError = va_query_surface_error,
    .vaPutSurface = va_put_surface,
    .vaQueryImageFormats = va_query_image_formats,
    .vaCreateImage = va_create_image,
    .vaDeriveImage = va_derive_image,
    .vaDestroyImage = va_destroy_image,
    .vaSetImagePalette = va_set_image_palette,
    .vaGetImage = va_get_image,
    .vaPutImage = va_put_image,
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
    .vaBufferInfo = va_buffer_info,
    .vaLockSurface = va_lock_surface,
    .vaUnlockSurface = va_unlock_surface,
    .vaGetSurfaceAttributes = va_get_surface_attributes,
    .vaCreateSurfaces2 = va_create_surfaces2,
    .vaQuerySurfaceAttributes = va_query_surface_attributes,
    .vaAcquireBufferHandle = va_acquire_buffer_handle,
    .vaReleaseBufferHandle = va_release_buffer_handle,
    .vaCreateMFContext = va_create_mf_context,
    .vaMFAddContext = va_mf_add_context,
    .vaMFReleaseContext = va_mf_release_context,
    .vaMFSubmit = va_mf_submit,
    .vaCreateBuffer2 = va_create_buffer2,
    .vaQueryProcessingRate = va_query_processing_rate,
    .vaExportSurfaceHandle = va_export_surface_handle,
    .vaSyncSurface2 = va_sync_surface2,
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

static void fill_tables(VADriverContextP va)
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

/* "v4l2-stateless 0.1.0 - hantro-vpu, rkvdec"; to be freed. */
static char *vendor_string(const struct driver *driver)
{
    char *vendor = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&vendor, &size);

    if (!stream)
        return NULL;
    fprintf(stream, "v4l2-stateless %s -", DRIVER_VERSION);
    for (unsigned i = 0; i < driver->num_devices; i++)
        fprintf(stream, "%s %s", i ? "," : "", driver->devices[i].name);
    if (fclose(stream) != 0) {
        free(vendor);
        return NULL;
    }
    return vendor;
}

static void driver_free(struct driver *driver)
{
    contexts_destroy(driver);
    object_table_finish(&driver->objects);
    buffers_release_spares(driver);
    devices_close(driver);
    trace_close(driver->trace);
    pthread_mutex_destroy(&driver->lock);
    free(driver);
}

static VAStatus driver_init(VADriverContextP va)
{
    struct driver *driver = calloc(1, sizeof(*driver));
    char *vendor;

    if (!driver)
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    driver->va = va;
    pthread_mutex_init(&driver->lock, NULL);
    object_table_init(&driver->objects);
    if (!devices_open(driver)) {
        log_error(driver, "no stateless video decoder found");
        driver_free(driver);
        return VA_STATUS_ERROR_UNKNOWN;
    }
    driver->trace = trace_open(driver);
    vendor = vendor_string(driver);
    if (!vendor) {
        driver_free(driver);
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    }
    fill_tables(va);
    va->pDriverData = driver;
    va->str_vendor = vendor;
    return VA_STATUS_SUCCESS;
}

VAStatus va_terminate(VADriverContextP va)
{
    driver_free(driver_of(va));
    va->pDriverData = NULL;
    free((char *)va->str_vendor);
    va->str_vendor = NULL;
    return VA_STATUS_SUCCESS;
}

/* libva looks the entry up by the version of its API, from its own downwards. */
#define JOIN(prefix, major, minor)      prefix##major##_##minor
#define INIT_NAME(prefix, major, minor) JOIN(prefix, major, minor)
#define DRIVER_INIT                     INIT_NAME(__vaDriverInit_, VA_MAJOR_VERSION, VA_MINOR_VERSION)

/* NOLINTNEXTLINE(bugprone-reserved-identifier): the name is libva's. */
__attribute__((visibility("default"))) VAStatus DRIVER_INIT(VADriverContextP va);

/* NOLINTNEXTLINE(bugprone-reserved-identifier) */
VAStatus DRIVER_INIT(VADriverContextP va)
{
    return driver_init(va);
}
