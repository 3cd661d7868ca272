/* SPDX-License-Identifier: MIT */
/* Surfaces exported as dma-bufs: what the descriptor says, and how long the memory lives. */
#include "client.h"

#include <drm_fourcc.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

enum { WIDTH = 134, HEIGHT = 86 };

/* Where a modifier has the lines of columns. */
#define COLUMN_LINES(lines) ((lines) << 8 & UINT64_C(0x00ffffffffffff00))

static VAStatus export_surface(struct client *client, VASurfaceID surface, uint32_t flags,
                               VADRMPRIMESurfaceDescriptor *descriptor)
{
    memset(descriptor, 0, sizeof(*descriptor));
    return vaExportSurfaceHandle(client->display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                 flags, descriptor);
}

static void close_objects(const VADRMPRIMESurfaceDescriptor *descriptor)
{
    for (unsigned i = 0; i < descriptor->num_objects; i++)
        close(descriptor->objects[i].fd);
}

/* Plane `plane` of the whole picture: its layer and its place there. */
static unsigned layer_of(const VADRMPRIMESurfaceDescriptor *descriptor, unsigned plane,
                         unsigned *index)
{
    *index = descriptor->num_layers == 1 ? plane : 0;
    return descriptor->num_layers == 1 ? 0 : plane;
}

static const uint8_t *map_plane(const VADRMPRIMESurfaceDescriptor *descriptor, unsigned plane,
                                uint8_t *maps[4], uint32_t *pitch)
{
    unsigned index, layer = layer_of(descriptor, plane, &index);
    unsigned object = descriptor->layers[layer].object_index[index];

    *pitch = descriptor->layers[layer].pitch[index];
    if (!maps[object]) {
        maps[object] = mmap(NULL, descriptor->objects[object].size, PROT_READ, MAP_SHARED,
                            descriptor->objects[object].fd, 0);
        if (maps[object] == MAP_FAILED) {
            client_failed(__FILE__, __LINE__, "mmap of an exported object");
            client_abort();
        }
    }
    return maps[object] + descriptor->layers[layer].offset[index];
}

/* Where byte x of line y of a plane is, by what the modifier says, or by the pitch alone. */
static size_t place(uint64_t modifier, unsigned plane, uint32_t pitch, size_t x, size_t y)
{
    size_t width = modifier == MODIFIER_MTK_16L32S ? 16 : 32;
    size_t height = modifier == MODIFIER_MTK_16L32S && plane ? 16 : 32;
    size_t tile = y / height * (pitch / width) + x / width;

    if (modifier == MODIFIER_MTK_16L32S || modifier == MODIFIER_ALLWINNER_TILED)
        return tile * width * height + y % height * width + x % width;
    if ((modifier & ~COLUMN_LINES(UINT64_MAX)) == MODIFIER_SAND128)
        return x / 128 * 128 * (modifier >> 8 & 0xffff) + y * 128 + x % 128;
    return y * pitch + x;
}

/* Whether the dma-bufs show all of picture `number`. */
static bool export_shows(const VADRMPRIMESurfaceDescriptor *descriptor, unsigned number)
{
    uint8_t *maps[4] = {NULL};
    uint32_t luma_pitch, chroma_pitch;
    const uint8_t *luma = map_plane(descriptor, 0, maps, &luma_pitch);
    const uint8_t *chroma = map_plane(descriptor, 1, maps, &chroma_pitch);
    uint64_t modifier = descriptor->objects[0].drm_format_modifier;
    bool shows = true;

    for (unsigned y = 0; y < HEIGHT; y++)
        for (unsigned x = 0; x < WIDTH; x++)
            shows &= luma[place(modifier, 0, luma_pitch, x, y)] == picture_luma(number, x, y);
    for (unsigned y = 0; y < HEIGHT / 2; y++) {
        for (unsigned x = 0; x < WIDTH / 2; x++) {
            const uint8_t *sample = chroma + place(modifier, 1, chroma_pitch, 2 * (size_t)x, y);

            shows &= sample[0] == picture_cb(number, x, y) && sample[1] == picture_cr(number, x, y);
        }
    }
    for (unsigned i = 0; i < 4; i++)
        if (maps[i])
            munmap(maps[i], descriptor->objects[i].size);
    return shows;
}

/* `aligned`: all lines start at multiples of what GPUs want of linear pictures. */
static uint64_t wanted_modifier(bool aligned)
{
    /* 96 lines of luma and 48 of chroma: the device rounds to multiples of 32. */
    if (client_modifier() == MODIFIER_SAND128)
        return MODIFIER_SAND128 | COLUMN_LINES(UINT64_C(160));
    if (client_modifier())
        return client_modifier();
    return aligned ? DRM_FORMAT_MOD_LINEAR : DRM_FORMAT_MOD_INVALID;
}

static void check_descriptor(const VADRMPRIMESurfaceDescriptor *descriptor, bool composed)
{
    bool aligned = true;

    CHECK(descriptor->fourcc == VA_FOURCC_NV12);
    CHECK(descriptor->width == WIDTH && descriptor->height == HEIGHT);
    CHECK(descriptor->num_objects == 1 || descriptor->num_objects == 2);
    CHECK(descriptor->num_layers == (composed ? 1 : 2));
    for (unsigned plane = 0; plane < 2; plane++) {
        unsigned index, layer = layer_of(descriptor, plane, &index);
        unsigned object = descriptor->layers[layer].object_index[index];
        uint32_t pitch = descriptor->layers[layer].pitch[index];
        uint64_t end =
            descriptor->layers[layer].offset[index] + (uint64_t)pitch * (plane ? 96 / 2 : 96);

        CHECK(descriptor->layers[layer].num_planes == (composed ? 2 : 1));
        CHECK(object < descriptor->num_objects);
        CHECK(pitch >= 144);
        CHECK(end <= descriptor->objects[object].size);
        aligned &= pitch % 64 == 0;
    }
    if (composed) {
        CHECK(descriptor->layers[0].drm_format == DRM_FORMAT_NV12);
    } else {
        CHECK(descriptor->layers[0].drm_format == DRM_FORMAT_R8);
        CHECK(descriptor->layers[1].drm_format == DRM_FORMAT_GR88);
    }
    for (unsigned i = 0; i < descriptor->num_objects; i++) {
        CHECK(descriptor->objects[i].drm_format_modifier == wanted_modifier(aligned));
        CHECK(fcntl(descriptor->objects[i].fd, F_GETFD) & FD_CLOEXEC);
    }
}

/* Allwinner's tiles and Raspberry Pi's columns are layouts of whole pictures. */
static bool whole_only(void)
{
    return !strcmp(client_tiles(), "ST12") || !strcmp(client_tiles(), "NC12");
}

static void descriptors(struct client *client)
{
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VADRMPRIMESurfaceDescriptor composed, separate, plain;
    bool whole = whole_only();

    EXPECT(VA_STATUS_SUCCESS,
           export_surface(client, surface,
                          VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_COMPOSED_LAYERS,
                          &composed));
    check_descriptor(&composed, true);
    EXPECT(whole ? VA_STATUS_ERROR_FLAG_NOT_SUPPORTED : VA_STATUS_SUCCESS,
           export_surface(client, surface,
                          VA_EXPORT_SURFACE_READ_WRITE | VA_EXPORT_SURFACE_SEPARATE_LAYERS,
                          &separate));
    if (whole)
        EXPECT(VA_STATUS_SUCCESS,
               export_surface(client, surface, VA_EXPORT_SURFACE_READ_WRITE, &separate));
    check_descriptor(&separate, whole);
    EXPECT(VA_STATUS_SUCCESS,
           export_surface(client, surface, VA_EXPORT_SURFACE_WRITE_ONLY, &plain));
    /* The same memory each time, each time with descriptors of the client's own. */
    CHECK(composed.num_objects == separate.num_objects);
    for (unsigned i = 0; i < composed.num_objects; i++) {
        struct stat one, other;

        CHECK(composed.objects[i].fd != separate.objects[i].fd);
        CHECK(fstat(composed.objects[i].fd, &one) == 0 &&
              fstat(separate.objects[i].fd, &other) == 0 && one.st_ino == other.st_ino);
    }
    close_objects(&composed);
    close_objects(&separate);
    close_objects(&plain);

    EXPECT(VA_STATUS_ERROR_INVALID_PARAMETER,
           export_surface(client, surface,
                          VA_EXPORT_SURFACE_SEPARATE_LAYERS | VA_EXPORT_SURFACE_COMPOSED_LAYERS,
                          &plain));
    EXPECT(VA_STATUS_ERROR_FLAG_NOT_SUPPORTED, export_surface(client, surface, 0x100, &plain));
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE,
           vaExportSurfaceHandle(client->display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME,
                                 VA_EXPORT_SURFACE_READ_ONLY, &plain));
    EXPECT(VA_STATUS_ERROR_INVALID_PARAMETER,
           vaExportSurfaceHandle(client->display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                 VA_EXPORT_SURFACE_READ_ONLY, NULL));
    surface_destroy(client, surface);
    EXPECT(VA_STATUS_ERROR_INVALID_SURFACE,
           export_surface(client, surface, VA_EXPORT_SURFACE_READ_ONLY, &plain));
}

/* Exported before the first decode and kept: every decode goes to that memory. */
static void exported_first(struct client *client)
{
    VASurfaceID surfaces[3];
    VADRMPRIMESurfaceDescriptor descriptor[3];
    struct decoder decoder;

    for (unsigned i = 0; i < 3; i++) {
        surfaces[i] = surface_new(client, WIDTH, HEIGHT);
        EXPECT(VA_STATUS_SUCCESS,
               export_surface(client, surfaces[i],
                              VA_EXPORT_SURFACE_READ_ONLY |
                                  (i || whole_only() ? VA_EXPORT_SURFACE_COMPOSED_LAYERS
                                                     : VA_EXPORT_SURFACE_SEPARATE_LAYERS),
                              &descriptor[i]));
    }
    decoder = decoder_open(client, WIDTH, HEIGHT);
    for (unsigned n = 0; n < 12; n++) {
        EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surfaces[n % 3], n));
        if (n < 2)
            continue;
        EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client->display, surfaces[(n - 2) % 3]));
        CHECK(export_shows(&descriptor[(n - 2) % 3], n - 2));
    }
    EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client->display, surfaces[11 % 3]));
    CHECK(surface_shows(client, surfaces[11 % 3], 11, WIDTH, HEIGHT));
    decoder_close(&decoder);
    /* The same surfaces in another context. */
    decoder = decoder_open(client, WIDTH, HEIGHT);
    for (unsigned i = 0; i < 3; i++)
        EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surfaces[i], 20 + i));
    for (unsigned i = 0; i < 3; i++) {
        EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client->display, surfaces[i]));
        CHECK(export_shows(&descriptor[i], 20 + i));
        close_objects(&descriptor[i]);
        surface_destroy(client, surfaces[i]);
    }
    decoder_close(&decoder);
}

static void export_outlives_the_display(void)
{
    struct client client = client_open();
    struct decoder decoder = decoder_open(&client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(&client, WIDTH, HEIGHT);
    VADRMPRIMESurfaceDescriptor descriptor;

    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 30));
    EXPECT(VA_STATUS_SUCCESS,
           export_surface(&client, surface, VA_EXPORT_SURFACE_READ_ONLY, &descriptor));
    EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client.display, surface));
    surface_destroy(&client, surface);
    CHECK(export_shows(&descriptor, 30));
    decoder_close(&decoder);
    client_close(&client);
    CHECK(export_shows(&descriptor, 30));
    close_objects(&descriptor);
}

int main(void)
{
    struct client client = client_open();

    descriptors(&client);
    exported_first(&client);
    client_close(&client);
    export_outlives_the_display();
    return client_result();
}
