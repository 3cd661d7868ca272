/* SPDX-License-Identifier: MIT */
/*
 * What vaCreateContext obtains, on a device with memory for so many pictures as an H.264 stream of
 * this size can need at once, and no more.
 */
#include "client.h"

#include <unistd.h>
#include <va/va_drmcommon.h>

enum { WIDTH = 64, HEIGHT = 64, PICTURES = 7 };

static VAStatus context_new(struct client *client, VAConfigID config, VASurfaceID *targets,
                            int count, VAContextID *context)
{
    return vaCreateContext(client->display, config, WIDTH, HEIGHT, VA_PROGRESSIVE, targets, count,
                           context);
}

static void surfaces_new(struct client *client, VASurfaceID surfaces[PICTURES])
{
    for (unsigned i = 0; i < PICTURES; i++)
        surfaces[i] = surface_new(client, WIDTH, HEIGHT);
}

static void export_all(struct client *client, const VASurfaceID surfaces[PICTURES])
{
    for (unsigned i = 0; i < PICTURES; i++) {
        VADRMPRIMESurfaceDescriptor descriptor = {.num_objects = 0};

        EXPECT(VA_STATUS_SUCCESS,
               vaExportSurfaceHandle(
                   client->display, surfaces[i], VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                   VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_COMPOSED_LAYERS, &descriptor));
        for (unsigned n = 0; n < descriptor.num_objects; n++)
            close(descriptor.objects[n].fd);
    }
}

static void decode_all(struct decoder *decoder, VASurfaceID surfaces[PICTURES])
{
    for (unsigned i = 0; i < PICTURES; i++)
        EXPECT(VA_STATUS_SUCCESS, decode(decoder, surfaces[i], i));
    for (unsigned i = 0; i < PICTURES; i++)
        CHECK(surface_shows(decoder->client, surfaces[i], i, WIDTH, HEIGHT));
    for (unsigned i = 0; i < PICTURES; i++)
        surface_destroy(decoder->client, surfaces[i]);
}

/* Where another context has the memory, the client is told while it can still do without; a context
 * gives back what it did not use. */
static void refused(struct client *client, VAConfigID config)
{
    VAContextID first, second;
    VASurfaceID surfaces[PICTURES];

    surfaces_new(client, surfaces);
    NEED(context_new(client, config, NULL, 0, &first));
    EXPECT(VA_STATUS_ERROR_ALLOCATION_FAILED, context_new(client, config, NULL, 0, &second));
    EXPECT(VA_STATUS_ERROR_ALLOCATION_FAILED,
           context_new(client, config, surfaces, PICTURES, &second));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyContext(client->display, first));
    /* Not more than for the render targets. */
    NEED(context_new(client, config, surfaces, PICTURES / 2, &first));
    NEED(context_new(client, config, surfaces + PICTURES / 2, PICTURES - PICTURES / 2, &second));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyContext(client->display, first));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyContext(client->display, second));
    for (unsigned i = 0; i < PICTURES; i++)
        surface_destroy(client, surfaces[i]);
}

/* As Chromium does: surfaces are exported before a context without render targets exists. */
static void exported_before(struct client *client)
{
    VASurfaceID surfaces[PICTURES];
    struct decoder decoder;

    surfaces_new(client, surfaces);
    export_all(client, surfaces);
    decoder = decoder_open(client, WIDTH, HEIGHT);
    decode_all(&decoder, surfaces);
    decoder_close(&decoder);
}

static void exported_behind(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surfaces[PICTURES];

    surfaces_new(client, surfaces);
    export_all(client, surfaces);
    decode_all(&decoder, surfaces);
    decoder_close(&decoder);
}

/* As FFmpeg does: an image of a render target is derived before the context exists. What the client
 * wrote there is still there. */
static void derived_before(struct client *client, VAConfigID config)
{
    struct decoder decoder = {.client = client, .width = WIDTH, .height = HEIGHT, .bit_depth = 8};
    VASurfaceID surfaces[PICTURES];
    VAImage image;

    surfaces_new(client, surfaces);
    NEED(vaDeriveImage(client->display, surfaces[0], &image));
    *image_luma(&image, image_map(client, &image), 3, 5) = 77;
    image_unmap(client, &image);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
    NEED(context_new(client, config, surfaces, PICTURES, &decoder.context));
    NEED(vaDeriveImage(client->display, surfaces[0], &image));
    CHECK(*image_luma(&image, image_map(client, &image), 3, 5) == 77);
    image_unmap(client, &image);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
    decode_all(&decoder, surfaces);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyContext(client->display, decoder.context));
}

int main(void)
{
    struct client client = client_open();
    VAConfigID config;

    NEED(vaCreateConfig(client.display, VAProfileH264High, VAEntrypointVLD, NULL, 0, &config));
    refused(&client, config);
    exported_before(&client);
    exported_behind(&client);
    derived_before(&client, config);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyConfig(client.display, config));
    client_close(&client);
    return client_result();
}
