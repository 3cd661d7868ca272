/* SPDX-License-Identifier: MIT */
#include "client.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <va/va_drm.h>

static atomic_uint failures;

void client_failed(const char *file, int line, const char *format, ...)
{
    va_list arguments;

    failures++;
    fprintf(stderr, "%s:%d: ", file, line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void client_abort(void)
{
    exit(EXIT_FAILURE);
}

int client_result(void)
{
    if (failures)
        fprintf(stderr, "%u checks failed\n", failures);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

struct client client_open(void)
{
    const char *node = getenv("TEST_RENDER_NODE");
    struct client client;
    int major, minor;

    client.fd = open(node ? node : "/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
    if (client.fd < 0) {
        perror("render node");
        client_abort();
    }
    client.display = vaGetDisplayDRM(client.fd);
    NEED(vaInitialize(client.display, &major, &minor));
    return client;
}

void client_close(struct client *client)
{
    EXPECT(VA_STATUS_SUCCESS, vaTerminate(client->display));
    close(client->fd);
}

const char *client_tiles(void)
{
    const char *tiles = getenv("TEST_TILES");

    return tiles ? tiles : "";
}

uint64_t client_modifier(void)
{
    if (!strcmp(client_tiles(), "MM21"))
        return MODIFIER_MTK_16L32S;
    if (!strcmp(client_tiles(), "NC12"))
        return MODIFIER_SAND128;
    return strcmp(client_tiles(), "ST12") ? 0 : MODIFIER_ALLWINNER_TILED;
}

static struct decoder open_profile(struct client *client, VAProfile profile, unsigned bit_depth,
                                   unsigned width, unsigned height)
{
    struct decoder decoder = {
        .client = client, .width = width, .height = height, .bit_depth = bit_depth};

    NEED(vaCreateConfig(client->display, profile, VAEntrypointVLD, NULL, 0, &decoder.config));
    NEED(vaCreateContext(client->display, decoder.config, (int)width, (int)height, VA_PROGRESSIVE,
                         NULL, 0, &decoder.context));
    return decoder;
}

struct decoder decoder_open(struct client *client, unsigned width, unsigned height)
{
    return open_profile(client, VAProfileH264High, 8, width, height);
}

struct decoder decoder_open_deep(struct client *client, unsigned width, unsigned height)
{
    return open_profile(client, PROFILE_HIGH_10, 10, width, height);
}

void decoder_close(struct decoder *decoder)
{
    EXPECT(VA_STATUS_SUCCESS, vaDestroyContext(decoder->client->display, decoder->context));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyConfig(decoder->client->display, decoder->config));
}

unsigned pixel_formats(struct client *client, VAProfile profile, uint32_t rt_format)
{
    VAConfigAttrib attribute = {.type = VAConfigAttribRTFormat, .value = rt_format};
    VASurfaceAttrib attributes[32];
    unsigned count = 32, found = 0;
    VAConfigID config;

    NEED(vaCreateConfig(client->display, profile, VAEntrypointVLD, &attribute, rt_format ? 1 : 0,
                        &config));
    NEED(vaQuerySurfaceAttributes(client->display, config, attributes, &count));
    for (unsigned i = 0; i < count; i++) {
        if (attributes[i].type == VASurfaceAttribPixelFormat)
            found |= attributes[i].value.value.i == VA_FOURCC_NV12   ? 1
                     : attributes[i].value.value.i == VA_FOURCC_P010 ? 2
                                                                     : 4;
    }
    EXPECT(VA_STATUS_SUCCESS, vaDestroyConfig(client->display, config));
    return found;
}

VASurfaceID surface_new(struct client *client, unsigned width, unsigned height)
{
    VASurfaceID surface = VA_INVALID_SURFACE;

    NEED(vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV420, width, height, &surface, 1, NULL,
                          0));
    return surface;
}

void surface_destroy(struct client *client, VASurfaceID surface)
{
    EXPECT(VA_STATUS_SUCCESS, vaDestroySurfaces(client->display, &surface, 1));
}

uint8_t *image_luma(const VAImage *image, uint8_t *data, unsigned x, unsigned y)
{
    return data + image->offsets[0] + (size_t)y * image->pitches[0] + x;
}

/* Component 0 is Cb, 1 is Cr. */
static uint8_t *image_chroma(const VAImage *image, uint8_t *data, unsigned component, unsigned x,
                             unsigned y)
{
    unsigned plane = 1 + component;

    if (image->format.fourcc == VA_FOURCC_NV12)
        return data + image->offsets[1] + (size_t)y * image->pitches[1] + 2 * (size_t)x + component;
    if (image->format.fourcc == VA_FOURCC_YV12)
        plane = 2 - component;
    return data + image->offsets[plane] + (size_t)y * image->pitches[plane] + x;
}

uint8_t *image_cb(const VAImage *image, uint8_t *data, unsigned x, unsigned y)
{
    return image_chroma(image, data, 0, x, y);
}

uint8_t *image_cr(const VAImage *image, uint8_t *data, unsigned x, unsigned y)
{
    return image_chroma(image, data, 1, x, y);
}

bool image_shows(const VAImage *image, uint8_t *data, unsigned number, unsigned x, unsigned y,
                 unsigned width, unsigned height)
{
    for (unsigned i = 0; i < height; i++) {
        for (unsigned j = 0; j < width; j++) {
            if (*image_luma(image, data, j, i) != picture_luma(number, x + j, y + i)) {
                fprintf(stderr, "luma (%u, %u) is %u, wanted %u\n", j, i,
                        *image_luma(image, data, j, i), picture_luma(number, x + j, y + i));
                return false;
            }
        }
    }
    for (unsigned i = 0; i < (height + 1) / 2; i++) {
        for (unsigned j = 0; j < (width + 1) / 2; j++) {
            if (*image_cb(image, data, j, i) != picture_cb(number, x / 2 + j, y / 2 + i) ||
                *image_cr(image, data, j, i) != picture_cr(number, x / 2 + j, y / 2 + i)) {
                fprintf(stderr, "chroma (%u, %u) is wrong\n", j, i);
                return false;
            }
        }
    }
    return true;
}

VAImage image_new(struct client *client, uint32_t fourcc, unsigned width, unsigned height)
{
    VAImageFormat format = {.fourcc = fourcc};
    VAImage image;

    NEED(vaCreateImage(client->display, &format, (int)width, (int)height, &image));
    CHECK(image.format.fourcc == fourcc);
    CHECK(image.width == width && image.height == height);
    for (unsigned i = 0; i < image.num_planes; i++)
        CHECK(image.offsets[i] < image.data_size);
    return image;
}

uint8_t *image_map(struct client *client, const VAImage *image)
{
    void *data = NULL;

    NEED(vaMapBuffer(client->display, image->buf, &data));
    return data;
}

void image_unmap(struct client *client, const VAImage *image)
{
    EXPECT(VA_STATUS_SUCCESS, vaUnmapBuffer(client->display, image->buf));
}

bool surface_shows(struct client *client, VASurfaceID surface, unsigned number, unsigned width,
                   unsigned height)
{
    VAImage image = image_new(client, VA_FOURCC_NV12, width, height);
    bool shows = false;
    VAStatus status = vaGetImage(client->display, surface, 0, 0, width, height, image.image_id);

    if (status == VA_STATUS_SUCCESS) {
        shows = image_shows(&image, image_map(client, &image), number, 0, 0, width, height);
        image_unmap(client, &image);
    } else {
        fprintf(stderr, "vaGetImage: %s\n", vaErrorStr(status));
    }
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
    return shows;
}
