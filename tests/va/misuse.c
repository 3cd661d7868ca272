/* SPDX-License-Identifier: MIT */
/* Wrong ids, wrong order: every entry answers with an error, and the driver works on. */
#include "client.h"

#include <string.h>
#include <va/va_backend.h>
#include <va/va_drmcommon.h>
#include <va/va_prot.h>
#include <va/va_vpp.h>

enum { WIDTH = 96, HEIGHT = 80 };

static void no_entry_is_missing(struct client *client)
{
    VADriverContextP va = ((VADisplayContextP)client->display)->pDriverContext;
    void *entries[offsetof(struct VADriverVTable, reserved) / sizeof(void *)];

    memcpy(entries, va->vtable, sizeof(entries));
    for (unsigned i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
        if (!entries[i])
            client_failed(__FILE__, __LINE__, "entry %u of the table is NULL", i);
}

static void wrong_config(struct client *client, VAConfigID id)
{
    VAConfigAttrib attributes[32];
    VAProfile profile;
    VAEntrypoint entrypoint;
    VAContextID context;
    unsigned num_surface_attributes = 0;
    int count;

    EXPECT(VA_STATUS_ERROR_INVALID_CONFIG, vaDestroyConfig(client->display, id));
    EXPECT(VA_STATUS_ERROR_INVALID_CONFIG,
           vaQueryConfigAttributes(client->display, id, &profile, &entrypoint, attributes, &count));
    EXPECT(VA_STATUS_ERROR_INVALID_CONFIG,
           vaQuerySurfaceAttributes(client->display, id, NULL, &num_surface_attributes));
    EXPECT(VA_STATUS_ERROR_INVALID_CONFIG,
           vaCreateContext(client->display, id, WIDTH, HEIGHT, 0, NULL, 0, &context));
}

static void wrong_context(struct client *client, VAContextID id, VASurfaceID surface,
                          VABufferID parameters)
{
    VABufferID buffer;

    EXPECT(VA_STATUS_ERROR_INVALID_CONTEXT, vaDestroyContext(client->display, id));
    EXPECT(VA_STATUS_ERROR_INVALID_CONTEXT,
           vaCreateBuffer(client->display, id, VASliceDataBufferType, 16, 1, NULL, &buffer));
    EXPECT(VA_STATUS_ERROR_INVALID_CONTEXT, vaBeginPicture(client->display, id, surface));
    EXPECT(VA_STATUS_ERROR_INVALID_CONTEXT, vaRenderPicture(client->display, id, &parameters, 1));
    EXPECT(VA_STATUS_ERROR_INVALID_CONTEXT, vaEndPicture(client->display, id));
}

static void wrong_surface(struct client *client, const struct decoder *decoder, VASurfaceID id,
                          VAImageID image)
{
    VADisplay display = client->display;
    VADRMPRIMESurfaceDescriptor descriptor;
    VASurfaceStatus status;
    VAContextID context;
    VAImage derived;
    void *info;

    EXPECT(VA_STATUS_ERROR_INVALID_SURFACE, vaDestroySurfaces(display, &id, 1));
    EXPECT(VA_STATUS_ERROR_INVALID_SURFACE, vaBeginPicture(display, decoder->context, id));
    EXPECT(VA_STATUS_ERROR_INVALID_SURFACE, vaSyncSurface(display, id));
    EXPECT(VA_STATUS_ERROR_INVALID_SURFACE, vaSyncSurface2(display, id, 1000));
    EXPECT(VA_STATUS_ERROR_INVALID_SURFACE, vaQuerySurfaceStatus(display, id, &status));
    EXPECT(VA_STATUS_ERROR_INVALID_SURFACE,
           vaQuerySurfaceError(display, id, VA_STATUS_ERROR_DECODING_ERROR, &info));
    EXPECT(VA_STATUS_ERROR_INVALID_SURFACE, vaDeriveImage(display, id, &derived));
    EXPECT(VA_STATUS_ERROR_INVALID_SURFACE, vaGetImage(display, id, 0, 0, 16, 16, image));
    EXPECT(VA_STATUS_ERROR_INVALID_SURFACE,
           vaPutImage(display, id, image, 0, 0, 16, 16, 0, 0, 16, 16));
    EXPECT(VA_STATUS_ERROR_INVALID_SURFACE,
           vaExportSurfaceHandle(display, id, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                 VA_EXPORT_SURFACE_READ_ONLY, &descriptor));
    EXPECT(VA_STATUS_ERROR_INVALID_SURFACE,
           vaCreateContext(display, decoder->config, WIDTH, HEIGHT, 0, &id, 1, &context));
}

static void wrong_buffer(struct client *client, const struct decoder *decoder, VASurfaceID surface,
                         VABufferID id)
{
    VADisplay display = client->display;
    /* libva exports vaBufferInfo and declares it nowhere. */
    VADriverContextP va = ((VADisplayContextP)display)->pDriverContext;
    VABufferType type;
    unsigned size, count;
    void *data;

    EXPECT(VA_STATUS_ERROR_INVALID_BUFFER, vaMapBuffer(display, id, &data));
    EXPECT(VA_STATUS_ERROR_INVALID_BUFFER, vaUnmapBuffer(display, id));
    EXPECT(VA_STATUS_ERROR_INVALID_BUFFER, vaBufferSetNumElements(display, id, 1));
    EXPECT(VA_STATUS_ERROR_INVALID_BUFFER, vaDestroyBuffer(display, id));
    EXPECT(VA_STATUS_ERROR_INVALID_BUFFER, va->vtable->vaBufferInfo(va, id, &type, &size, &count));
    EXPECT(VA_STATUS_SUCCESS, vaBeginPicture(display, decoder->context, surface));
    EXPECT(VA_STATUS_ERROR_INVALID_BUFFER, vaRenderPicture(display, decoder->context, &id, 1));
    CHECK(vaEndPicture(display, decoder->context) != VA_STATUS_SUCCESS);
}

static void wrong_image(struct client *client, VASurfaceID surface, VAImageID id)
{
    VADisplay display = client->display;

    EXPECT(VA_STATUS_ERROR_INVALID_IMAGE, vaDestroyImage(display, id));
    EXPECT(VA_STATUS_ERROR_INVALID_IMAGE, vaGetImage(display, surface, 0, 0, 16, 16, id));
    EXPECT(VA_STATUS_ERROR_INVALID_IMAGE,
           vaPutImage(display, surface, id, 0, 0, 16, 16, 0, 0, 16, 16));
}

static void wrong_ids(struct client *client)
{
    VADisplay display = client->display;
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT), gone_decoder;
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VASurfaceID gone_surface = surface_new(client, WIDTH, HEIGHT);
    VAImage image = image_new(client, VA_FOURCC_NV12, WIDTH, HEIGHT);
    VAImage gone_image = image_new(client, VA_FOURCC_NV12, WIDTH, HEIGHT);
    VABufferID buffer;
    VAGenericID wrong[16];
    unsigned count = 0;

    EXPECT(VA_STATUS_SUCCESS,
           vaCreateBuffer(display, decoder.context, VASliceDataBufferType, 100, 1, NULL, &buffer));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(display, buffer));
    wrong[count++] = buffer;
    EXPECT(VA_STATUS_SUCCESS,
           vaCreateBuffer(display, decoder.context, VASliceDataBufferType, 100, 1, NULL, &buffer));
    gone_decoder = decoder_open(client, WIDTH, HEIGHT);
    decoder_close(&gone_decoder);
    surface_destroy(client, gone_surface);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(display, gone_image.image_id));
    wrong[count++] = gone_decoder.config;
    wrong[count++] = gone_decoder.context;
    wrong[count++] = gone_surface;
    wrong[count++] = gone_image.image_id;
    wrong[count++] = gone_image.buf;
    wrong[count++] = 0;
    wrong[count++] = VA_INVALID_ID;
    wrong[count++] = 0x7fffffff;
    wrong[count++] = surface ^ 0x8000; /* an index that is not in use */
    wrong[count++] = image.image_id;   /* a kind that the entries below do not take */
    for (unsigned i = 0; i < count; i++) {
        wrong_config(client, wrong[i]);
        wrong_context(client, wrong[i], surface, buffer);
        wrong_surface(client, &decoder, wrong[i], image.image_id);
        wrong_buffer(client, &decoder, surface, wrong[i]);
        if (wrong[i] != image.image_id)
            wrong_image(client, surface, wrong[i]);
    }
    wrong_config(client, decoder.context);
    wrong_context(client, decoder.config, surface, buffer);
    wrong_surface(client, &decoder, buffer, image.image_id);
    wrong_image(client, surface, image.buf);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(display, buffer));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(display, image.image_id));
    /* None of it has hurt. */
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 1));
    CHECK(surface_shows(client, surface, 1, WIDTH, HEIGHT));
    surface_destroy(client, surface);
    decoder_close(&decoder);
}

static void surface_lists(struct client *client)
{
    VASurfaceID surfaces[3] = {surface_new(client, WIDTH, HEIGHT), VA_INVALID_SURFACE,
                               surface_new(client, WIDTH, HEIGHT)};
    VASurfaceStatus status;

    /* One of them is wrong: none is destroyed. */
    EXPECT(VA_STATUS_ERROR_INVALID_SURFACE, vaDestroySurfaces(client->display, surfaces, 3));
    EXPECT(VA_STATUS_SUCCESS, vaQuerySurfaceStatus(client->display, surfaces[0], &status));
    CHECK(status == VASurfaceReady);
    EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client->display, surfaces[0]));
    CHECK(vaDestroySurfaces(client->display, surfaces, -1) != VA_STATUS_SUCCESS);
    CHECK(vaDestroySurfaces(client->display, NULL, 2) != VA_STATUS_SUCCESS);
    /* The same one twice. */
    surfaces[1] = surfaces[0];
    vaDestroySurfaces(client->display, surfaces, 3);
    EXPECT(VA_STATUS_ERROR_INVALID_SURFACE,
           vaQuerySurfaceStatus(client->display, surfaces[0], &status));
    EXPECT(VA_STATUS_ERROR_INVALID_SURFACE,
           vaQuerySurfaceStatus(client->display, surfaces[2], &status));
}

static void wrong_order(struct client *client)
{
    VADisplay display = client->display;
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VABufferID buffer;
    void *info = NULL;

    CHECK(vaEndPicture(display, decoder.context) != VA_STATUS_SUCCESS);
    EXPECT(VA_STATUS_SUCCESS,
           vaCreateBuffer(display, decoder.context, VASliceDataBufferType, 100, 1, NULL, &buffer));
    CHECK(vaRenderPicture(display, decoder.context, &buffer, 1) != VA_STATUS_SUCCESS);
    EXPECT(VA_STATUS_SUCCESS, vaBeginPicture(display, decoder.context, surface));
    CHECK(vaRenderPicture(display, decoder.context, NULL, 1) != VA_STATUS_SUCCESS);
    CHECK(vaRenderPicture(display, decoder.context, &buffer, -1) != VA_STATUS_SUCCESS);
    EXPECT(VA_STATUS_SUCCESS, vaRenderPicture(display, decoder.context, &buffer, 1));
    /* Data without parameters; then nothing at all. */
    CHECK(vaEndPicture(display, decoder.context) != VA_STATUS_SUCCESS);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(display, buffer));
    EXPECT(VA_STATUS_SUCCESS, vaBeginPicture(display, decoder.context, surface));
    CHECK(vaEndPicture(display, decoder.context) != VA_STATUS_SUCCESS);
    /* Begun twice; the second begins anew or is refused. */
    EXPECT(VA_STATUS_SUCCESS, vaBeginPicture(display, decoder.context, surface));
    vaBeginPicture(display, decoder.context, surface);
    vaEndPicture(display, decoder.context);
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 2));
    CHECK(surface_shows(client, surface, 2, WIDTH, HEIGHT));
    EXPECT(VA_STATUS_SUCCESS,
           vaQuerySurfaceError(display, surface, VA_STATUS_ERROR_DECODING_ERROR, &info));
    CHECK(info && ((VASurfaceDecodeMBErrors *)info)[0].status == -1);
    EXPECT(VA_STATUS_ERROR_INVALID_PARAMETER,
           vaQuerySurfaceError(display, surface, VA_STATUS_ERROR_ENCODING_ERROR, &info));
    /* A context that goes with a picture begun, and its surface too. */
    EXPECT(VA_STATUS_SUCCESS, vaBeginPicture(display, decoder.context, surface));
    surface_destroy(client, surface);
    decoder_close(&decoder);
}

static void buffers_outlive_contexts(struct client *client)
{
    VADisplay display = client->display;
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VABufferID data_buffer, parameters;
    void *data = NULL;

    EXPECT(VA_STATUS_SUCCESS, vaCreateBuffer(display, decoder.context, VASliceDataBufferType, 5, 1,
                                             "data", &data_buffer));
    EXPECT(VA_STATUS_SUCCESS,
           vaCreateBuffer(display, decoder.context, VAPictureParameterBufferType,
                          sizeof(VAPictureParameterBufferH264), 1, NULL, &parameters));
    decoder_close(&decoder);
    EXPECT(VA_STATUS_SUCCESS, vaMapBuffer(display, data_buffer, &data));
    CHECK(data && strcmp(data, "data") == 0);
    EXPECT(VA_STATUS_SUCCESS, vaUnmapBuffer(display, data_buffer));
    CHECK(vaUnmapBuffer(display, data_buffer) != VA_STATUS_SUCCESS);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(display, data_buffer));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(display, parameters));
}

/* A client may give up what it has rendered at once: the picture keeps it. */
static void given_up_early(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID kept = surface_new(client, WIDTH, HEIGHT);

    decoder.destroy_early = true;
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, kept, 5));
    CHECK(surface_shows(client, kept, 5, WIDTH, HEIGHT));
    /* Surfaces that go while they are decoded into. */
    for (unsigned i = 0; i < 40; i++) {
        VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);

        EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, i));
        surface_destroy(client, surface);
    }
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, kept, 6));
    CHECK(surface_shows(client, kept, 6, WIDTH, HEIGHT));
    surface_destroy(client, kept);
    decoder_close(&decoder);
}

static void buffers_refused(struct client *client)
{
    VADisplay display = client->display;
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VABufferID buffer;

    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE,
           vaCreateBuffer(display, decoder.context, VAEncCodedBufferType, 16, 1, NULL, &buffer));
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE,
           vaCreateBuffer(display, decoder.context, (VABufferType)12345, 16, 1, NULL, &buffer));
    CHECK(vaCreateBuffer(display, decoder.context, VASliceDataBufferType, UINT32_MAX, UINT32_MAX,
                         NULL, &buffer) != VA_STATUS_SUCCESS);
    CHECK(vaCreateBuffer(display, decoder.context, VASliceParameterBufferType, 0x10000, 0x10000,
                         NULL, &buffer) != VA_STATUS_SUCCESS);
    EXPECT(VA_STATUS_SUCCESS, vaCreateBuffer(display, decoder.context, VASliceParameterBufferType,
                                             sizeof(VASliceParameterBufferH264), 2, NULL, &buffer));
    CHECK(vaBufferSetNumElements(display, buffer, UINT32_MAX) != VA_STATUS_SUCCESS);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(display, buffer));
    decoder_close(&decoder);
}

static void contexts_refused(struct client *client)
{
    VADisplay display = client->display;
    VAContextID context;
    VAConfigID config;

    NEED(vaCreateConfig(display, VAProfileH264High, VAEntrypointVLD, NULL, 0, &config));
    CHECK(vaCreateContext(display, config, 0, HEIGHT, 0, NULL, 0, &context) != VA_STATUS_SUCCESS);
    CHECK(vaCreateContext(display, config, WIDTH, -1, 0, NULL, 0, &context) != VA_STATUS_SUCCESS);
    EXPECT(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
           vaCreateContext(display, config, 1 << 20, HEIGHT, 0, NULL, 0, &context));
    CHECK(vaCreateContext(display, config, WIDTH, HEIGHT, 0, NULL, -1, &context) !=
          VA_STATUS_SUCCESS);
    CHECK(vaCreateContext(display, config, WIDTH, HEIGHT, 0, NULL, 2, &context) !=
          VA_STATUS_SUCCESS);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyConfig(display, config));
}

/* What is not offered is refused by the status that clients know. */
static void not_offered(struct client *client)
{
    const VAStatus unimplemented = VA_STATUS_ERROR_UNIMPLEMENTED;
    VADisplay display = client->display;
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VAImage image = image_new(client, VA_FOURCC_NV12, WIDTH, HEIGHT);
    VAProcFilterType filters[VAProcFilterCount];
    VAProcPipelineCaps caps = {0};
    VAProtectedSessionID session;
    VACopyObject object = {.obj_type = VACopyObjectSurface, .object = {.surface_id = surface}};
    VACopyOption option = {.value = 0};
    VABufferInfo info = {.mem_type = 0};
    VASubpictureID subpicture;
    VAMFContextID multi;
    VAProcessingRateParameter rate = {0};
    unsigned count = VAProcFilterCount, size, pitch;
    unsigned char palette[16] = {0};
    VABufferID buffer;

    EXPECT(unimplemented, vaQueryVideoProcFilters(display, VA_INVALID_ID, filters, &count));
    CHECK(count == 0);
    EXPECT(unimplemented, vaQueryVideoProcFilterCaps(display, VA_INVALID_ID, VAProcFilterSharpening,
                                                     NULL, &count));
    EXPECT(unimplemented, vaQueryVideoProcPipelineCaps(display, VA_INVALID_ID, NULL, 0, &caps));
    EXPECT(unimplemented, vaCreateProtectedSession(display, VA_INVALID_ID, &session));
    EXPECT(unimplemented, vaDestroyProtectedSession(display, VA_INVALID_ID));
    EXPECT(unimplemented, vaAttachProtectedSession(display, VA_INVALID_ID, VA_INVALID_ID));
    EXPECT(unimplemented, vaDetachProtectedSession(display, VA_INVALID_ID));
    EXPECT(unimplemented, vaProtectedSessionExecute(display, VA_INVALID_ID, VA_INVALID_ID));
    EXPECT(unimplemented, vaCopy(display, &object, &object, option));
    EXPECT(unimplemented, vaAcquireBufferHandle(display, image.buf, &info));
    EXPECT(unimplemented, vaReleaseBufferHandle(display, image.buf));
    EXPECT(unimplemented, vaCreateMFContext(display, &multi));
    CHECK(multi == VA_INVALID_ID);
    EXPECT(unimplemented, vaMFAddContext(display, multi, VA_INVALID_ID));
    EXPECT(unimplemented, vaMFReleaseContext(display, multi, VA_INVALID_ID));
    EXPECT(unimplemented, vaMFSubmit(display, multi, NULL, 0));
    EXPECT(unimplemented, vaCreateBuffer2(display, VA_INVALID_ID, VAImageBufferType, 16, 16, &size,
                                          &pitch, &buffer));
    EXPECT(unimplemented, vaQueryProcessingRate(display, VA_INVALID_ID, &rate, &count));
    EXPECT(unimplemented, vaSyncBuffer(display, image.buf, 0));
    EXPECT(unimplemented, vaSetImagePalette(display, image.image_id, palette));
    EXPECT(unimplemented, vaCreateSubpicture(display, image.image_id, &subpicture));
    EXPECT(VA_STATUS_ERROR_INVALID_SUBPICTURE, vaDestroySubpicture(display, 1));
    EXPECT(VA_STATUS_ERROR_INVALID_SUBPICTURE, vaSetSubpictureImage(display, 1, image.image_id));
    EXPECT(VA_STATUS_ERROR_INVALID_SUBPICTURE, vaSetSubpictureChromakey(display, 1, 0, 0, 0));
    EXPECT(VA_STATUS_ERROR_INVALID_SUBPICTURE, vaSetSubpictureGlobalAlpha(display, 1, 1.0f));
    EXPECT(VA_STATUS_ERROR_INVALID_SUBPICTURE,
           vaAssociateSubpicture(display, 1, &surface, 1, 0, 0, 16, 16, 0, 0, 16, 16, 0));
    EXPECT(VA_STATUS_ERROR_INVALID_SUBPICTURE, vaDeassociateSubpicture(display, 1, &surface, 1));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(display, image.image_id));
    surface_destroy(client, surface);
}

int main(void)
{
    struct client client = client_open();

    no_entry_is_missing(&client);
    wrong_ids(&client);
    surface_lists(&client);
    wrong_order(&client);
    buffers_outlive_contexts(&client);
    given_up_early(&client);
    buffers_refused(&client);
    contexts_refused(&client);
    not_offered(&client);
    client_close(&client);
    return client_result();
}
