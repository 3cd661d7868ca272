/* SPDX-License-Identifier: MIT */
/*
 * H.264 in 4:0:0: clients see pictures in 4:2:0 whose chroma is grey, however they look, whatever
 * the surface held before, and although the decoder uses chroma's place for its own ends. A device
 * without 4:0:0 refuses such pictures, and no others.
 */
#include "client.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

enum { WIDTH = 134, HEIGHT = 86, GREY = 128 };

static bool image_is_grey(const VAImage *image, uint8_t *data, unsigned number)
{
    bool grey = true;

    for (unsigned y = 0; y < HEIGHT; y++)
        for (unsigned x = 0; x < WIDTH; x++)
            grey &= *image_luma(image, data, x, y) == picture_luma(number, x, y);
    for (unsigned y = 0; y < HEIGHT / 2; y++)
        for (unsigned x = 0; x < WIDTH / 2; x++)
            grey &= *image_cb(image, data, x, y) == GREY && *image_cr(image, data, x, y) == GREY;
    return grey;
}

static bool read_is_grey(struct client *client, VASurfaceID surface, unsigned number,
                         uint32_t fourcc)
{
    VAImage image = image_new(client, fourcc, WIDTH, HEIGHT);
    bool grey;

    EXPECT(VA_STATUS_SUCCESS,
           vaGetImage(client->display, surface, 0, 0, WIDTH, HEIGHT, image.image_id));
    grey = image_is_grey(&image, image_map(client, &image), number);
    image_unmap(client, &image);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
    return grey;
}

/* Clients take all derived images of a size to be laid out as the first one was. */
static void derive(struct client *client, VASurfaceID surface, unsigned number,
                   const VAImage *first)
{
    VAImage image;

    EXPECT(VA_STATUS_SUCCESS, vaDeriveImage(client->display, surface, &image));
    if (first->image_id != VA_INVALID_ID) {
        CHECK(image.data_size == first->data_size);
        CHECK(!memcmp(image.offsets, first->offsets, sizeof(image.offsets)));
        CHECK(!memcmp(image.pitches, first->pitches, sizeof(image.pitches)));
    }
    CHECK(image_is_grey(&image, image_map(client, &image), number));
    image_unmap(client, &image);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
}

static VAStatus export_surface(struct client *client, VASurfaceID surface,
                               VADRMPRIMESurfaceDescriptor *descriptor)
{
    memset(descriptor, 0, sizeof(*descriptor));
    return vaExportSurfaceHandle(client->display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                 VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_COMPOSED_LAYERS,
                                 descriptor);
}

static void close_objects(const VADRMPRIMESurfaceDescriptor *descriptor)
{
    for (unsigned i = 0; i < descriptor->num_objects; i++)
        close(descriptor->objects[i].fd);
}

static bool chroma_is_grey(const VADRMPRIMESurfaceDescriptor *descriptor)
{
    const unsigned object = descriptor->layers[0].object_index[1];
    const uint32_t size = descriptor->objects[object].size;
    const uint32_t start = descriptor->layers[0].offset[1];
    bool grey = size - start >= descriptor->layers[0].pitch[1] * (HEIGHT / 2);
    const uint8_t *map = mmap(NULL, size, PROT_READ, MAP_SHARED, descriptor->objects[object].fd, 0);

    if (map == MAP_FAILED)
        client_abort();
    for (uint32_t i = start; i < size; i++)
        grey &= map[i] == GREY;
    munmap((void *)map, size);
    return grey;
}

static void put(struct client *client, VASurfaceID surface, unsigned number)
{
    VAImage image = image_new(client, VA_FOURCC_NV12, WIDTH, HEIGHT);
    uint8_t *data = image_map(client, &image);

    for (unsigned y = 0; y < HEIGHT; y++)
        for (unsigned x = 0; x < WIDTH; x++)
            *image_luma(&image, data, x, y) = picture_luma(number, x, y);
    for (unsigned y = 0; y < HEIGHT / 2; y++) {
        for (unsigned x = 0; x < WIDTH / 2; x++) {
            *image_cb(&image, data, x, y) = picture_cb(number, x, y);
            *image_cr(&image, data, x, y) = picture_cr(number, x, y);
        }
    }
    image_unmap(client, &image);
    EXPECT(VA_STATUS_SUCCESS, vaPutImage(client->display, surface, image.image_id, 0, 0, WIDTH,
                                         HEIGHT, 0, 0, WIDTH, HEIGHT));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
}

/* The image that a client derives of a fresh surface to learn how they are laid out. */
static VAImage first_derived(struct client *client)
{
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VAImage image;

    if (vaDeriveImage(client->display, surface, &image) == VA_STATUS_SUCCESS)
        EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
    else
        image.image_id = VA_INVALID_ID; /* tiles */
    surface_destroy(client, surface);
    return image;
}

static void every_way_to_look(struct decoder *decoder)
{
    struct client *client = decoder->client;
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    const VAImage first = first_derived(client);
    VADRMPRIMESurfaceDescriptor descriptor;

    decoder->monochrome = true;
    NEED(decode(decoder, surface, 1));
    CHECK(read_is_grey(client, surface, 1, VA_FOURCC_NV12));
    CHECK(read_is_grey(client, surface, 1, VA_FOURCC_I420));
    derive(client, surface, 1, &first);
    EXPECT(VA_STATUS_SUCCESS, export_surface(client, surface, &descriptor));
    CHECK(chroma_is_grey(&descriptor));
    put(client, surface, 2);
    CHECK(surface_shows(client, surface, 2, WIDTH, HEIGHT));
    EXPECT(VA_STATUS_SUCCESS, decode(decoder, surface, 3));
    CHECK(read_is_grey(client, surface, 3, VA_FOURCC_NV12));
    CHECK(chroma_is_grey(&descriptor));
    /* What was exported stays as it was described. */
    decoder->monochrome = false;
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE, decode(decoder, surface, 4));
    close_objects(&descriptor);
    surface_destroy(client, surface);
}

/* One surface, and pictures with and without chroma in turn. */
static void in_turn(struct decoder *decoder)
{
    VASurfaceID surface = surface_new(decoder->client, WIDTH, HEIGHT);

    for (unsigned n = 10; n < 16; n++) {
        decoder->monochrome = n & 1;
        EXPECT(VA_STATUS_SUCCESS, decode(decoder, surface, n));
        CHECK(n & 1 ? read_is_grey(decoder->client, surface, n, VA_FOURCC_NV12)
                    : surface_shows(decoder->client, surface, n, WIDTH, HEIGHT));
    }
    surface_destroy(decoder->client, surface);
}

/* The client keeps a dma-buf that was to show chroma where the decoder now has something else. */
static void exported_first(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VADRMPRIMESurfaceDescriptor descriptor;

    EXPECT(VA_STATUS_SUCCESS, export_surface(client, surface, &descriptor));
    decoder.monochrome = true;
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE, decode(&decoder, surface, 20));
    decoder.monochrome = false;
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 21));
    CHECK(surface_shows(client, surface, 21, WIDTH, HEIGHT));
    close_objects(&descriptor);
    surface_destroy(client, surface);
    decoder_close(&decoder);
}

static void refused(struct decoder *decoder)
{
    VASurfaceID surface = surface_new(decoder->client, WIDTH, HEIGHT);

    decoder->monochrome = true;
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT, decode(decoder, surface, 30));
    decoder->monochrome = false;
    EXPECT(VA_STATUS_SUCCESS, decode(decoder, surface, 31));
    CHECK(surface_shows(decoder->client, surface, 31, WIDTH, HEIGHT));
    surface_destroy(decoder->client, surface);
}

static bool has_monochrome(struct decoder *decoder)
{
    VASurfaceID surface = surface_new(decoder->client, WIDTH, HEIGHT);
    VAStatus status;

    decoder->monochrome = true;
    status = decode(decoder, surface, 0);
    surface_destroy(decoder->client, surface);
    return status == VA_STATUS_SUCCESS;
}

int main(int argc, char **argv)
{
    const bool wanted = argc > 1 && !strcmp(argv[1], "decodes");
    struct client client = client_open();
    struct decoder decoder;

    if (wanted) /* while no context has had such pictures */
        exported_first(&client);
    decoder = decoder_open(&client, WIDTH, HEIGHT);
    CHECK(has_monochrome(&decoder) == wanted);
    if (wanted) {
        every_way_to_look(&decoder);
        in_turn(&decoder);
    } else {
        refused(&decoder);
    }
    decoder_close(&decoder);
    client_close(&client);
    return client_result();
}
