/* SPDX-License-Identifier: MIT */
/* Images of surfaces: what they show, where they may be read, and how long they live. */
#include "client.h"

#include <limits.h>
#include <string.h>

/* Neither whole macroblocks nor a multiple of any alignment. */
enum { WIDTH = 134, HEIGHT = 86 };

static void derived_before_decode(struct client *client)
{
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    struct decoder decoder;
    VAImage image;

    EXPECT(VA_STATUS_SUCCESS, vaDeriveImage(client->display, surface, &image));
    CHECK(image.width == WIDTH && image.height == HEIGHT);
    CHECK(image.format.fourcc == VA_FOURCC_NV12 && image.num_planes == 2);
    CHECK(image.pitches[0] >= 112 && image.offsets[1] >= image.pitches[0] * 96);
    decoder = decoder_open(client, WIDTH, HEIGHT);
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 1));
    EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client->display, surface));
    /* The decoder wrote to the memory that the client has seen. */
    CHECK(image_shows(&image, image_map(client, &image), 1, 0, 0, WIDTH, HEIGHT));
    image_unmap(client, &image);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
    decoder_close(&decoder);
    surface_destroy(client, surface);
}

/* Clients take the planes of one to be where those of the other are. */
static void created_is_laid_out_as_derived(struct client *client)
{
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VAImage derived, created;

    EXPECT(VA_STATUS_SUCCESS, vaDeriveImage(client->display, surface, &derived));
    created = image_new(client, VA_FOURCC_NV12, WIDTH, HEIGHT);
    CHECK(created.data_size == derived.data_size);
    CHECK(memcmp(created.pitches, derived.pitches, sizeof(created.pitches)) == 0);
    CHECK(memcmp(created.offsets, derived.offsets, sizeof(created.offsets)) == 0);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, derived.image_id));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, created.image_id));
    surface_destroy(client, surface);
}

static void derived_outlives_surface_and_context(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VASurfaceID other = surface_new(client, WIDTH, HEIGHT);
    VAImage image;
    uint8_t *data;

    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 2));
    /* Waits for the decode by itself. */
    EXPECT(VA_STATUS_SUCCESS, vaDeriveImage(client->display, surface, &image));
    data = image_map(client, &image);
    surface_destroy(client, surface);
    CHECK(image_shows(&image, data, 2, 0, 0, WIDTH, HEIGHT));
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, other, 3));
    EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client->display, other));
    CHECK(image_shows(&image, data, 2, 0, 0, WIDTH, HEIGHT));
    decoder_close(&decoder);
    CHECK(image_shows(&image, data, 2, 0, 0, WIDTH, HEIGHT));
    /* Mapped still, and mapped again. */
    CHECK(image_map(client, &image) == data);
    image_unmap(client, &image);
    image_unmap(client, &image);
    data = image_map(client, &image);
    CHECK(image_shows(&image, data, 2, 0, 0, WIDTH, HEIGHT));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
    EXPECT(VA_STATUS_ERROR_INVALID_IMAGE, vaDestroyImage(client->display, image.image_id));
    CHECK(surface_shows(client, other, 3, WIDTH, HEIGHT));
    surface_destroy(client, other);
}

/* An image has no way to tell of tiles: clients are to use vaGetImage. */
static void tiles_are_not_derived(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VAImage image;

    for (unsigned i = 0; i < 2; i++) {
        EXPECT(VA_STATUS_ERROR_OPERATION_FAILED, vaDeriveImage(client->display, surface, &image));
        CHECK(image.image_id == VA_INVALID_ID && image.buf == VA_INVALID_ID);
        EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, i));
    }
    CHECK(surface_shows(client, surface, 1, WIDTH, HEIGHT));
    surface_destroy(client, surface);
    decoder_close(&decoder);
}

static void check_region(struct client *client, VASurfaceID surface, const VAImage *image, int x,
                         int y, unsigned width, unsigned height)
{
    uint8_t *data = image_map(client, image);

    memset(data, 1, image->data_size);
    EXPECT(VA_STATUS_SUCCESS,
           vaGetImage(client->display, surface, x, y, width, height, image->image_id));
    CHECK(image_shows(image, data, 4, (unsigned)x, (unsigned)y, width, height));
    /* Nothing else was touched. */
    if (width < image->width)
        CHECK(*image_luma(image, data, width, 0) == 1);
    if (height < image->height)
        CHECK(*image_luma(image, data, 0, height) == 1);
    if (width + 1 < image->width)
        CHECK(*image_cb(image, data, (width + 1) / 2, 0) == 1 &&
              *image_cr(image, data, (width + 1) / 2, 0) == 1);
    if (height + 1 < image->height)
        CHECK(*image_cb(image, data, 0, (height + 1) / 2) == 1 &&
              *image_cr(image, data, 0, (height + 1) / 2) == 1);
    image_unmap(client, image);
}

static void regions_outside(struct client *client, VASurfaceID surface, VAImageID image)
{
    static const struct {
        int x, y;
        unsigned width, height;
    } wrong[] = {
        {0, 0, WIDTH + 1, HEIGHT},
        {0, 0, WIDTH, HEIGHT + 1},
        {1, 0, WIDTH, HEIGHT},
        {0, 1, WIDTH, HEIGHT},
        {-1, 0, 16, 16},
        {0, -1, 16, 16},
        {0, 0, 0, 16},
        {0, 0, 16, 0},
        {INT_MAX, 0, 16, 16},
        {0, INT_MAX, 16, 16},
        {INT_MAX, 0, INT_MAX, 16},
        {16, 0, UINT_MAX, 16},
        {16, 16, 16, UINT_MAX},
        {INT_MIN, INT_MIN, 1, 1},
    };

    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        EXPECT(VA_STATUS_ERROR_INVALID_PARAMETER,
               vaGetImage(client->display, surface, wrong[i].x, wrong[i].y, wrong[i].width,
                          wrong[i].height, image));
}

static void got_regions(struct client *client)
{
    static const uint32_t fourccs[] = {VA_FOURCC_NV12, VA_FOURCC_I420, VA_FOURCC_YV12};
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);

    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 4));
    for (unsigned i = 0; i < 3; i++) {
        VAImage image = image_new(client, fourccs[i], WIDTH, HEIGHT);
        VAImage small = image_new(client, fourccs[i], 32, 16);

        check_region(client, surface, &image, 0, 0, WIDTH, HEIGHT);
        check_region(client, surface, &image, 0, 0, 16, 16);
        check_region(client, surface, &image, 34, 50, 21, 13);
        check_region(client, surface, &image, 118, 20, 16, 9);
        check_region(client, surface, &image, WIDTH - 1, HEIGHT - 1, 1, 1);
        check_region(client, surface, &small, 2, 4, 32, 16);
        EXPECT(VA_STATUS_ERROR_INVALID_PARAMETER,
               vaGetImage(client->display, surface, 0, 0, 33, 16, small.image_id));
        regions_outside(client, surface, image.image_id);
        EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
        EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, small.image_id));
    }
    surface_destroy(client, surface);
    decoder_close(&decoder);
}

/* Fills an image with picture `number`. */
static void paint(struct client *client, const VAImage *image, unsigned number)
{
    uint8_t *data = image_map(client, image);

    for (unsigned y = 0; y < image->height; y++) {
        for (unsigned x = 0; x < image->width; x++) {
            *image_luma(image, data, x, y) = picture_luma(number, x, y);
            *image_cb(image, data, x / 2, y / 2) = picture_cb(number, x / 2, y / 2);
            *image_cr(image, data, x / 2, y / 2) = picture_cr(number, x / 2, y / 2);
        }
    }
    image_unmap(client, image);
}

static void put_images(struct client *client)
{
    static const uint32_t fourccs[] = {VA_FOURCC_NV12, VA_FOURCC_I420, VA_FOURCC_YV12};
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VADisplay display = client->display;

    for (unsigned i = 0; i < 3; i++) {
        VAImage image = image_new(client, fourccs[i], WIDTH, HEIGHT);
        VAImage part = image_new(client, fourccs[(i + 1) % 3], WIDTH, HEIGHT);

        paint(client, &image, 5 + i);
        EXPECT(VA_STATUS_SUCCESS, vaPutImage(display, surface, image.image_id, 0, 0, WIDTH, HEIGHT,
                                             0, 0, WIDTH, HEIGHT));
        CHECK(surface_shows(client, surface, 5 + i, WIDTH, HEIGHT));
        /* A part of it to another place, and read from there. */
        EXPECT(VA_STATUS_SUCCESS,
               vaPutImage(display, surface, image.image_id, 8, 6, 33, 17, 20, 40, 33, 17));
        EXPECT(VA_STATUS_SUCCESS, vaGetImage(display, surface, 20, 40, 33, 17, part.image_id));
        CHECK(image_shows(&part, image_map(client, &part), 5 + i, 8, 6, 33, 17));
        image_unmap(client, &part);

        EXPECT(VA_STATUS_ERROR_UNIMPLEMENTED,
               vaPutImage(display, surface, image.image_id, 0, 0, 16, 16, 0, 0, 32, 32));
        EXPECT(VA_STATUS_ERROR_INVALID_PARAMETER,
               vaPutImage(display, surface, image.image_id, WIDTH - 12, 0, 16, 16, 0, 0, 16, 16));
        EXPECT(VA_STATUS_ERROR_INVALID_PARAMETER,
               vaPutImage(display, surface, image.image_id, 0, 0, 16, 16, 0, 80, 16, 16));
        EXPECT(VA_STATUS_ERROR_INVALID_PARAMETER,
               vaPutImage(display, surface, image.image_id, -1, 0, 16, 16, 0, INT_MAX, 16, 16));
        EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(display, image.image_id));
        EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(display, part.image_id));
    }
    surface_destroy(client, surface);
}

/* A client may make its surfaces larger than the stream is. */
static void surface_larger_than_stream(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(client, 640, 480);
    VAImage image = image_new(client, VA_FOURCC_I420, 640, 480);
    VAImage derived;
    VAStatus status;

    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 8));
    EXPECT(VA_STATUS_SUCCESS, vaGetImage(client->display, surface, 0, 0, 640, 480, image.image_id));
    CHECK(image_shows(&image, image_map(client, &image), 8, 0, 0, WIDTH, HEIGHT));
    image_unmap(client, &image);
    EXPECT(VA_STATUS_SUCCESS,
           vaGetImage(client->display, surface, 600, 400, 40, 80, image.image_id));
    /* Either the memory has all of the surface's size, or there is no such image. */
    status = vaDeriveImage(client->display, surface, &derived);
    if (status == VA_STATUS_SUCCESS) {
        CHECK(derived.offsets[1] >= derived.pitches[0] * 480);
        CHECK(image_shows(&derived, image_map(client, &derived), 8, 0, 0, WIDTH, HEIGHT));
        image_unmap(client, &derived);
        EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, derived.image_id));
    } else {
        CHECK(status == VA_STATUS_ERROR_OPERATION_FAILED);
        CHECK(derived.image_id == VA_INVALID_ID);
    }
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
    surface_destroy(client, surface);
    decoder_close(&decoder);
}

static void between_derived_images(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID from = surface_new(client, WIDTH, HEIGHT), to = surface_new(client, WIDTH, HEIGHT);
    VAImage image;

    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, from, 9));
    EXPECT(VA_STATUS_SUCCESS, vaDeriveImage(client->display, to, &image));
    EXPECT(VA_STATUS_SUCCESS,
           vaGetImage(client->display, from, 0, 0, WIDTH, HEIGHT, image.image_id));
    CHECK(surface_shows(client, to, 9, WIDTH, HEIGHT));
    /* Onto itself. */
    EXPECT(VA_STATUS_SUCCESS, vaGetImage(client->display, to, 0, 0, WIDTH, HEIGHT, image.image_id));
    CHECK(surface_shows(client, to, 9, WIDTH, HEIGHT));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
    surface_destroy(client, from);
    surface_destroy(client, to);
    decoder_close(&decoder);
}

static void images_refused(struct client *client)
{
    VAImageFormat format = {.fourcc = VA_FOURCC_BGRA};
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VAImage image;
    void *data;

    EXPECT(VA_STATUS_ERROR_INVALID_IMAGE_FORMAT,
           vaCreateImage(client->display, &format, 64, 64, &image));
    CHECK(image.image_id == VA_INVALID_ID && image.buf == VA_INVALID_ID);
    format.fourcc = VA_FOURCC_NV12;
    EXPECT(VA_STATUS_ERROR_INVALID_PARAMETER,
           vaCreateImage(client->display, &format, 0, 64, &image));
    EXPECT(VA_STATUS_ERROR_INVALID_PARAMETER,
           vaCreateImage(client->display, &format, 64, -1, &image));
    EXPECT(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
           vaCreateImage(client->display, &format, 64, INT_MAX, &image));
    /* Without its buffer an image is of no use, but still there. */
    image = image_new(client, VA_FOURCC_NV12, WIDTH, HEIGHT);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(client->display, image.buf));
    CHECK(vaMapBuffer(client->display, image.buf, &data) != VA_STATUS_SUCCESS);
    CHECK(vaGetImage(client->display, surface, 0, 0, WIDTH, HEIGHT, image.image_id) !=
          VA_STATUS_SUCCESS);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
    surface_destroy(client, surface);
}

/* vaTerminate releases what the client leaves behind, mapped or not. */
static void left_behind(void)
{
    struct client client = client_open();
    struct decoder decoder = decoder_open(&client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(&client, WIDTH, HEIGHT);
    VAImage derived, created;

    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 10));
    if (!*client_tiles()) {
        EXPECT(VA_STATUS_SUCCESS, vaDeriveImage(client.display, surface, &derived));
        image_map(&client, &derived);
    }
    created = image_new(&client, VA_FOURCC_YV12, WIDTH, HEIGHT);
    image_map(&client, &created);
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface_new(&client, WIDTH, HEIGHT), 11));
    client_close(&client);
}

int main(void)
{
    struct client client = client_open();

    if (*client_tiles()) {
        tiles_are_not_derived(&client);
    } else {
        derived_before_decode(&client);
        created_is_laid_out_as_derived(&client);
        derived_outlives_surface_and_context(&client);
        between_derived_images(&client);
    }
    got_regions(&client);
    put_images(&client);
    surface_larger_than_stream(&client);
    images_refused(&client);
    client_close(&client);
    left_behind();
    return client_result();
}
