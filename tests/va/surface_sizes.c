/* SPDX-License-Identifier: MIT */
/* Surfaces whose size is not that of the pictures, and what no device takes: nothing is cut in
 * silence. */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

enum { SMALL_WIDTH = 176, SMALL_HEIGHT = 144, WIDTH = 320, HEIGHT = 240 };
/* Beyond MPEG-2 of hantro, the codec that it lists first. */
enum { LARGE_WIDTH = 2560, LARGE_HEIGHT = 1440 };

static VAStatus export_surface(struct client *client, VASurfaceID surface,
                               VADRMPRIMESurfaceDescriptor *descriptor)
{
    return vaExportSurfaceHandle(client->display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                 VA_EXPORT_SURFACE_READ_ONLY, descriptor);
}

static void close_export(const VADRMPRIMESurfaceDescriptor *descriptor)
{
    for (unsigned i = 0; i < descriptor->num_objects; i++)
        close(descriptor->objects[i].fd);
}

/* A hash of all that there is. */
static uint32_t sum(const VADRMPRIMESurfaceDescriptor *descriptor)
{
    uint32_t result = 0;

    for (unsigned i = 0; i < descriptor->num_objects; i++) {
        const size_t size = descriptor->objects[i].size;
        const uint8_t *map = mmap(NULL, size, PROT_READ, MAP_SHARED, descriptor->objects[i].fd, 0);

        if (map == MAP_FAILED)
            client_abort();
        for (size_t at = 0; at < size; at++)
            result = 31 * result + map[at];
        munmap((void *)map, size);
    }
    return result;
}

static bool shows(struct client *client, struct decoder *decoder, VASurfaceID surface,
                  unsigned number)
{
    return decode(decoder, surface, number) == VA_STATUS_SUCCESS &&
           vaSyncSurface(client->display, surface) == VA_STATUS_SUCCESS &&
           surface_shows(client, surface, number, decoder->width, decoder->height);
}

/* Memory is for the surface, not for the first picture: a larger one does not fit into what was
 * exported, whose holder keeps the picture that he has. */
static void larger_after_export(struct client *client)
{
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    struct decoder small_one = decoder_open(client, SMALL_WIDTH, SMALL_HEIGHT);
    struct decoder large_one = decoder_open(client, WIDTH, HEIGHT);
    VADRMPRIMESurfaceDescriptor before, after, again;
    uint32_t held;

    CHECK(shows(client, &small_one, surface, 1));
    NEED(export_surface(client, surface, &before));
    CHECK(before.width < WIDTH && before.height < HEIGHT);
    held = sum(&before);
    CHECK(shows(client, &large_one, surface, 2));
    CHECK(sum(&before) == held);
    NEED(export_surface(client, surface, &after));
    CHECK(after.width == WIDTH && after.height == HEIGHT);
    /* From now on every picture has to be where that says. */
    CHECK(shows(client, &large_one, surface, 3));
    NEED(export_surface(client, surface, &again));
    CHECK(sum(&again) == sum(&after) && again.layers[0].pitch[0] == after.layers[0].pitch[0]);
    held = sum(&after);
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE, decode(&small_one, surface, 4));
    CHECK(sum(&after) == held);
    close_export(&before);
    close_export(&after);
    close_export(&again);
    surface_destroy(client, surface);
    decoder_close(&large_one);
    decoder_close(&small_one);
}

/* Up and down without an export. */
static void sizes_take_turns(struct client *client)
{
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    struct decoder small_one = decoder_open(client, SMALL_WIDTH, SMALL_HEIGHT);
    struct decoder large_one = decoder_open(client, WIDTH, HEIGHT);

    for (unsigned i = 0; i < 6; i++)
        CHECK(shows(client, i % 2 ? &large_one : &small_one, surface, i));
    surface_destroy(client, surface);
    decoder_close(&large_one);
    decoder_close(&small_one);
}

static void fill(struct client *client, const VAImage *image)
{
    uint8_t *data = image_map(client, image);

    for (size_t i = 0; i < image->data_size; i++)
        data[i] = (uint8_t)(i * 7 + i / 251);
    image_unmap(client, image);
}

static bool same(struct client *client, const VAImage *a, const VAImage *b)
{
    uint8_t *left = image_map(client, a), *right = image_map(client, b);
    bool equal = true;

    for (unsigned y = 0; y < a->height; y++)
        equal &= !memcmp(image_luma(a, left, 0, y), image_luma(b, right, 0, y), a->width);
    for (unsigned y = 0; y < a->height / 2u; y++)
        equal &= !memcmp(image_cb(a, left, 0, y), image_cb(b, right, 0, y), a->width);
    image_unmap(client, a);
    image_unmap(client, b);
    return equal;
}

/* There and back again, before anything is known of what the surface is for. */
static void upload(struct client *client, unsigned width, unsigned height)
{
    VASurfaceID surface = surface_new(client, width, height);
    VAImage to = image_new(client, VA_FOURCC_NV12, width, height);
    VAImage from = image_new(client, VA_FOURCC_NV12, width, height);
    VADRMPRIMESurfaceDescriptor descriptor;

    fill(client, &to);
    EXPECT(VA_STATUS_SUCCESS, vaPutImage(client->display, surface, to.image_id, 0, 0, width, height,
                                         0, 0, width, height));
    EXPECT(VA_STATUS_SUCCESS,
           vaGetImage(client->display, surface, 0, 0, width, height, from.image_id));
    CHECK(same(client, &to, &from));
    NEED(export_surface(client, surface, &descriptor));
    CHECK(descriptor.width == width && descriptor.height == height);
    close_export(&descriptor);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, to.image_id));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, from.image_id));
    surface_destroy(client, surface);
}

/* An image larger than the picture that the surface's memory was made for. */
static void upload_over_picture(struct client *client)
{
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    struct decoder decoder = decoder_open(client, SMALL_WIDTH, SMALL_HEIGHT);
    VAImage image = image_new(client, VA_FOURCC_NV12, WIDTH, HEIGHT);

    fill(client, &image);
    CHECK(shows(client, &decoder, surface, 1));
    EXPECT(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
           vaPutImage(client->display, surface, image.image_id, 0, 0, WIDTH, HEIGHT, 0, 0, WIDTH,
                      HEIGHT));
    CHECK(surface_shows(client, surface, 1, SMALL_WIDTH, SMALL_HEIGHT));
    EXPECT(VA_STATUS_SUCCESS,
           vaPutImage(client->display, surface, image.image_id, 0, 0, 64, 64, 0, 0, 64, 64));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
    surface_destroy(client, surface);
    decoder_close(&decoder);
}

static VAStatus try_surface(struct client *client, unsigned width, unsigned height)
{
    VASurfaceID surface;
    VAStatus status =
        vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV420, width, height, &surface, 1, NULL, 0);

    if (status == VA_STATUS_SUCCESS)
        surface_destroy(client, surface);
    return status;
}

/* The largest that any decoder here has is AV1's of hantro, 7680x4320. */
static void too_large(struct client *client)
{
    EXPECT(VA_STATUS_SUCCESS, try_surface(client, 2560, 1440));
    EXPECT(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED, try_surface(client, 7696, 64));
    EXPECT(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED, try_surface(client, 64, 4336));
}

static VAStatus try_context(struct client *client, int width, int height)
{
    VAConfigID config;
    VAContextID context;
    VAStatus status;

    NEED(vaCreateConfig(client->display, VAProfileH264High, VAEntrypointVLD, NULL, 0, &config));
    status = vaCreateContext(client->display, config, width, height, 0, NULL, 0, &context);
    if (status == VA_STATUS_SUCCESS)
        EXPECT(VA_STATUS_SUCCESS, vaDestroyContext(client->display, context));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyConfig(client->display, config));
    return status;
}

/* A kernel driver that lists larger sizes than it takes. */
static void lowered(struct client *client)
{
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    struct decoder decoder = decoder_open(client, SMALL_WIDTH, SMALL_HEIGHT);
    VADRMPRIMESurfaceDescriptor descriptor;

    setenv("VIRTDEC_LOWERS", "192", 1);
    EXPECT(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED, try_context(client, WIDTH, HEIGHT));
    EXPECT(VA_STATUS_ERROR_ALLOCATION_FAILED, export_surface(client, surface, &descriptor));
    CHECK(shows(client, &decoder, surface, 1));
    decoder.width = WIDTH;
    decoder.height = HEIGHT;
    EXPECT(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED, decode(&decoder, surface, 2));
    unsetenv("VIRTDEC_LOWERS");
    CHECK(shows(client, &decoder, surface, 3));
    decoder_close(&decoder);
    surface_destroy(client, surface);
}

int main(void)
{
    struct client client = client_open();

    larger_after_export(&client);
    sizes_take_turns(&client);
    upload(&client, WIDTH, HEIGHT);
    upload(&client, LARGE_WIDTH, LARGE_HEIGHT);
    upload_over_picture(&client);
    too_large(&client);
    lowered(&client);
    client_close(&client);
    return client_result();
}
