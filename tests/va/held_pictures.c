/* SPDX-License-Identifier: MIT */
/*
 * held_pictures NUMBER [least | damaged]: a client holds NUMBER decoded pictures, more than the
 * decoder has buffers or memory for. Each is still what was decoded, whatever was decoded after it,
 * and the surfaces can be decoded into again. With `least` there is memory for fewer pictures than
 * are exported: an export that has none is refused, and possible when there is some again. With
 * `damaged` the device reports errors in all pictures but the first: they make room for one another
 * like others.
 */
#include "client.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

enum { WIDTH = 64, HEIGHT = 64, MOST = 64, FREED = 8 };

static void check_all(struct client *client, const VASurfaceID *surfaces, unsigned count,
                      unsigned first)
{
    for (unsigned i = 0; i < count; i++) {
        EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client->display, surfaces[i]));
        CHECK(surface_shows(client, surfaces[i], first + i, WIDTH, HEIGHT));
    }
}

static void derived(struct decoder *decoder, VASurfaceID surface, unsigned number)
{
    struct client *client = decoder->client;
    VAImage image;

    NEED(vaDeriveImage(client->display, surface, &image));
    CHECK(image_shows(&image, image_map(client, &image), number, 0, 0, WIDTH, HEIGHT));
    image_unmap(client, &image);
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
}

static bool export_shows(const VADRMPRIMESurfaceDescriptor *exported, unsigned number)
{
    const uint32_t offset = exported->layers[0].offset[0], pitch = exported->layers[0].pitch[0];
    size_t size = (size_t)offset + (size_t)pitch * HEIGHT;
    uint8_t *data = mmap(NULL, size, PROT_READ, MAP_SHARED, exported->objects[0].fd, 0);
    bool shows = data != MAP_FAILED;

    for (unsigned y = 0; y < HEIGHT && shows; y++)
        for (unsigned x = 0; x < WIDTH && shows; x++)
            shows = data[offset + y * pitch + x] == picture_luma(number, x, y);
    if (data != MAP_FAILED)
        munmap(data, size);
    return shows;
}

/* The first pictures were the first to lose their memory. */
static void exported(struct client *client, VASurfaceID *surfaces, unsigned count, unsigned first)
{
    const uint32_t type = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2;
    const uint32_t flags = VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_COMPOSED_LAYERS;
    VADRMPRIMESurfaceDescriptor descriptor;

    EXPECT(VA_STATUS_ERROR_ALLOCATION_FAILED,
           vaExportSurfaceHandle(client->display, surfaces[0], type, flags, &descriptor));
    CHECK(surface_shows(client, surfaces[0], first, WIDTH, HEIGHT));
    EXPECT(VA_STATUS_SUCCESS, vaDestroySurfaces(client->display, surfaces + count - FREED, FREED));
    NEED(vaExportSurfaceHandle(client->display, surfaces[0], type, flags, &descriptor));
    CHECK(export_shows(&descriptor, first));
    CHECK(surface_shows(client, surfaces[0], first, WIDTH, HEIGHT));
    for (unsigned i = 0; i < descriptor.num_objects; i++)
        close(descriptor.objects[i].fd);
}

static void hold_damaged(struct decoder *decoder, const VASurfaceID *surfaces, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        EXPECT(VA_STATUS_SUCCESS, decode(decoder, surfaces[i], i));
        EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(decoder->client->display, surfaces[i]));
    }
}

int main(int argc, char **argv)
{
    const unsigned count = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : MOST;
    const bool least = argc > 2 && !strcmp(argv[2], "least");
    const bool damaged = argc > 2 && !strcmp(argv[2], "damaged");
    struct client client = client_open();
    struct decoder decoder = decoder_open(&client, WIDTH, HEIGHT);
    VASurfaceID surfaces[MOST];
    unsigned number = 0;

    if (count > MOST || count <= FREED)
        client_abort();
    for (unsigned i = 0; i < count; i++)
        surfaces[i] = surface_new(&client, WIDTH, HEIGHT);
    if (damaged)
        hold_damaged(&decoder, surfaces, count);
    for (unsigned round = 0; round < 3 && !damaged; round++, number += count) {
        for (unsigned i = 0; i < count; i++)
            EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surfaces[i], number + i));
        check_all(&client, surfaces, count, number);
    }
    number -= count;
    if (!damaged)
        derived(&decoder, surfaces[0], number);
    if (least)
        exported(&client, surfaces, count, number);
    for (unsigned i = 0; i < (least ? count - FREED : count); i++)
        surface_destroy(&client, surfaces[i]);
    decoder_close(&decoder);
    client_close(&client);
    return client_result();
}
