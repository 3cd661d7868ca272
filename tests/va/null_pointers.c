/* SPDX-License-Identifier: MIT */
/* Every entry of the driver's tables, with NULL for each pointer that it takes. */
#include "client.h"

#include <stddef.h>
#include <string.h>
#include <va/va_backend.h>
#include <va/va_backend_prot.h>
#include <va/va_backend_vpp.h>
#include <va/va_drmcommon.h>

#define PARAMETER  VA_STATUS_ERROR_INVALID_PARAMETER
#define SUBPICTURE VA_STATUS_ERROR_INVALID_SUBPICTURE
#define MISSING    VA_STATUS_ERROR_UNIMPLEMENTED
#define DRM_PRIME  VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2

enum { WIDTH = 96, HEIGHT = 80 };

/* Calls go past libva, which looks at some pointers itself. */
static VADriverContextP va;
static bool seen[sizeof(struct VADriverVTable) / sizeof(void *)];

#define SEE(entry) (seen[offsetof(struct VADriverVTable, entry) / sizeof(void *)] = true)
/* What an entry returns for these arguments, behind the display. */
#define CALL(wanted, entry, ...)                            \
    do {                                                    \
        SEE(entry);                                         \
        EXPECT(wanted, va->vtable->entry(va, __VA_ARGS__)); \
    } while (0)
/* An entry that takes no pointer but the display. */
#define NO_POINTERS(entry) SEE(entry)

/* What exists, so that a call comes as far as its pointers. */
struct objects {
    VAConfigID config;
    VAContextID context;
    VASurfaceID surface;
    VABufferID buffer;
    VAImage image;
};

static void configs(const struct objects *o)
{
    VAConfigAttrib attributes[16];
    VAEntrypoint entrypoint[8];
    VAProfile profile[64];
    VAConfigID config;
    int count = 0;

    CALL(PARAMETER, vaQueryConfigProfiles, NULL, &count);
    CALL(PARAMETER, vaQueryConfigProfiles, profile, NULL);
    CALL(PARAMETER, vaQueryConfigEntrypoints, VAProfileH264High, NULL, &count);
    CALL(PARAMETER, vaQueryConfigEntrypoints, VAProfileH264High, entrypoint, NULL);
    CALL(PARAMETER, vaGetConfigAttributes, VAProfileH264High, VAEntrypointVLD, NULL, 1);
    CALL(VA_STATUS_SUCCESS, vaGetConfigAttributes, VAProfileH264High, VAEntrypointVLD, NULL, 0);
    CALL(PARAMETER, vaCreateConfig, VAProfileH264High, VAEntrypointVLD, NULL, 1, &config);
    CALL(PARAMETER, vaCreateConfig, VAProfileH264High, VAEntrypointVLD, NULL, 0, NULL);
    NO_POINTERS(vaDestroyConfig);
    CALL(PARAMETER, vaQueryConfigAttributes, o->config, NULL, entrypoint, attributes, &count);
    CALL(PARAMETER, vaQueryConfigAttributes, o->config, profile, NULL, attributes, &count);
    CALL(PARAMETER, vaQueryConfigAttributes, o->config, profile, entrypoint, NULL, &count);
    CALL(PARAMETER, vaQueryConfigAttributes, o->config, profile, entrypoint, attributes, NULL);
}

static void surfaces(const struct objects *o)
{
    VASurfaceAttrib attribute = {.type = VASurfaceAttribExternalBufferDescriptor,
                                 .flags = VA_SURFACE_ATTRIB_SETTABLE,
                                 .value.type = VAGenericValueTypePointer};
    VASurfaceID surface = VA_INVALID_SURFACE;
    unsigned count = 0;

    CALL(PARAMETER, vaCreateSurfaces, WIDTH, HEIGHT, VA_RT_FORMAT_YUV420, 1, NULL);
    CALL(PARAMETER, vaCreateSurfaces2, VA_RT_FORMAT_YUV420, WIDTH, HEIGHT, NULL, 1, NULL, 0);
    CALL(PARAMETER, vaCreateSurfaces2, VA_RT_FORMAT_YUV420, WIDTH, HEIGHT, &surface, 1, NULL, 1);
    CALL(VA_STATUS_SUCCESS, vaCreateSurfaces2, VA_RT_FORMAT_YUV420, WIDTH, HEIGHT, &surface, 1,
         &attribute, 1);
    CALL(VA_STATUS_SUCCESS, vaDestroySurfaces, &surface, 1);
#if VA_CHECK_VERSION(1, 12, 0)
    attribute.type = VASurfaceAttribDRMFormatModifiers;
    CALL(PARAMETER, vaCreateSurfaces2, VA_RT_FORMAT_YUV420, WIDTH, HEIGHT, &surface, 1, &attribute,
         1);
#endif
    CALL(PARAMETER, vaDestroySurfaces, NULL, 1);
    CALL(PARAMETER, vaQuerySurfaceAttributes, o->config, NULL, NULL);
    CALL(VA_STATUS_SUCCESS, vaQuerySurfaceAttributes, o->config, NULL, &count);
    CALL(MISSING, vaGetSurfaceAttributes, o->config, NULL, 1);
    NO_POINTERS(vaSyncSurface);
    NO_POINTERS(vaSyncSurface2);
    CALL(PARAMETER, vaQuerySurfaceStatus, o->surface, NULL);
    CALL(PARAMETER, vaQuerySurfaceError, o->surface, VA_STATUS_ERROR_DECODING_ERROR, NULL);
    CALL(PARAMETER, vaExportSurfaceHandle, o->surface, DRM_PRIME, VA_EXPORT_SURFACE_READ_ONLY,
         NULL);
    CALL(MISSING, vaPutSurface, o->surface, NULL, 0, 0, 16, 16, 0, 0, 16, 16, NULL, 1, 0);
    CALL(MISSING, vaLockSurface, o->surface, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    NO_POINTERS(vaUnlockSurface);
}

static void contexts(const struct objects *o)
{
    VAContextID context;

    CALL(PARAMETER, vaCreateContext, o->config, WIDTH, HEIGHT, 0, NULL, 1, &context);
    CALL(PARAMETER, vaCreateContext, o->config, WIDTH, HEIGHT, 0, NULL, 0, NULL);
    NO_POINTERS(vaDestroyContext);
    NO_POINTERS(vaBeginPicture);
    CALL(PARAMETER, vaRenderPicture, o->context, NULL, 1);
    NO_POINTERS(vaEndPicture);
    CALL(MISSING, vaCreateMFContext, NULL);
    NO_POINTERS(vaMFAddContext);
    NO_POINTERS(vaMFReleaseContext);
    CALL(MISSING, vaMFSubmit, VA_INVALID_ID, NULL, 1);
    CALL(MISSING, vaQueryProcessingRate, o->config, NULL, NULL);
}

static void buffers(const struct objects *o)
{
    unsigned size, count;
    VABufferType type;

    CALL(PARAMETER, vaCreateBuffer, o->context, VASliceDataBufferType, 16, 1, NULL, NULL);
    NO_POINTERS(vaBufferSetNumElements);
    CALL(PARAMETER, vaMapBuffer, o->buffer, NULL);
    CALL(PARAMETER, vaMapBuffer, o->image.buf, NULL);
    /* It was not mapped. */
    EXPECT(VA_STATUS_ERROR_OPERATION_FAILED, va->vtable->vaUnmapBuffer(va, o->buffer));
    EXPECT(VA_STATUS_ERROR_OPERATION_FAILED, va->vtable->vaUnmapBuffer(va, o->image.buf));
    NO_POINTERS(vaUnmapBuffer);
    NO_POINTERS(vaDestroyBuffer);
    CALL(PARAMETER, vaBufferInfo, o->buffer, NULL, &size, &count);
    CALL(PARAMETER, vaBufferInfo, o->buffer, &type, NULL, &count);
    CALL(PARAMETER, vaBufferInfo, o->buffer, &type, &size, NULL);
    CALL(MISSING, vaAcquireBufferHandle, o->buffer, NULL);
    NO_POINTERS(vaReleaseBufferHandle);
    CALL(MISSING, vaCreateBuffer2, o->context, VASliceDataBufferType, 16, 16, NULL, NULL, NULL);
    NO_POINTERS(vaSyncBuffer);
    CALL(MISSING, vaCopy, NULL, NULL, (VACopyOption){.value = 0});
}

static void images(const struct objects *o)
{
    VAImageFormat format = {.fourcc = VA_FOURCC_NV12}, formats[16];
    VAImage image;
    int count;

    CALL(PARAMETER, vaQueryImageFormats, NULL, &count);
    CALL(PARAMETER, vaQueryImageFormats, formats, NULL);
    CALL(PARAMETER, vaCreateImage, NULL, WIDTH, HEIGHT, &image);
    CALL(PARAMETER, vaCreateImage, &format, WIDTH, HEIGHT, NULL);
    CALL(PARAMETER, vaDeriveImage, o->surface, NULL);
    NO_POINTERS(vaDestroyImage);
    CALL(MISSING, vaSetImagePalette, o->image.image_id, NULL);
    NO_POINTERS(vaGetImage);
    NO_POINTERS(vaPutImage);
}

static void subpictures(const struct objects *o)
{
    CALL(PARAMETER, vaQuerySubpictureFormats, NULL, NULL, NULL);
    CALL(MISSING, vaCreateSubpicture, o->image.image_id, NULL);
    NO_POINTERS(vaDestroySubpicture);
    NO_POINTERS(vaSetSubpictureImage);
    NO_POINTERS(vaSetSubpictureChromakey);
    NO_POINTERS(vaSetSubpictureGlobalAlpha);
    CALL(SUBPICTURE, vaAssociateSubpicture, 1, NULL, 1, 0, 0, 16, 16, 0, 0, 16, 16, 0);
    CALL(SUBPICTURE, vaDeassociateSubpicture, 1, NULL, 1);
}

static void display(void)
{
    int count;

    CALL(PARAMETER, vaQueryDisplayAttributes, NULL, NULL);
    CALL(VA_STATUS_SUCCESS, vaQueryDisplayAttributes, NULL, &count);
    CALL(PARAMETER, vaGetDisplayAttributes, NULL, 1);
    CALL(VA_STATUS_ERROR_ATTR_NOT_SUPPORTED, vaSetDisplayAttributes, NULL, 1);
    NO_POINTERS(vaTerminate);
}

static void other_tables(const struct objects *o)
{
    const struct VADriverVTableVPP *vpp = va->vtable_vpp;
    const struct VADriverVTableProt *prot = va->vtable_prot;

    EXPECT(MISSING, vpp->vaQueryVideoProcFilters(va, o->context, NULL, NULL));
    EXPECT(MISSING,
           vpp->vaQueryVideoProcFilterCaps(va, o->context, VAProcFilterSharpening, NULL, NULL));
    EXPECT(MISSING, vpp->vaQueryVideoProcPipelineCaps(va, o->context, NULL, 1, NULL));
    EXPECT(MISSING, prot->vaCreateProtectedSession(va, o->config, NULL));
}

int main(void)
{
    struct client client = client_open();
    struct decoder decoder = decoder_open(&client, WIDTH, HEIGHT);
    struct objects o = {
        .config = decoder.config,
        .context = decoder.context,
        .surface = surface_new(&client, WIDTH, HEIGHT),
        .image = image_new(&client, VA_FOURCC_NV12, WIDTH, HEIGHT),
    };

    va = ((VADisplayContextP)client.display)->pDriverContext;
    NEED(vaCreateBuffer(client.display, decoder.context, VASliceDataBufferType, 16, 1, NULL,
                        &o.buffer));
    configs(&o);
    surfaces(&o);
    contexts(&o);
    buffers(&o);
    images(&o);
    subpictures(&o);
    display();
    other_tables(&o);
    for (unsigned i = 0; i < offsetof(struct VADriverVTable, reserved) / sizeof(void *); i++)
        if (!seen[i])
            client_failed(__FILE__, __LINE__, "entry %u of the table was not tried", i);
    /* None of it has hurt. */
    EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(client.display, o.buffer));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client.display, o.image.image_id));
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, o.surface, 1));
    CHECK(surface_shows(&client, o.surface, 1, WIDTH, HEIGHT));
    surface_destroy(&client, o.surface);
    decoder_close(&decoder);
    client_close(&client);
    return client_result();
}
