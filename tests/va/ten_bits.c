/* SPDX-License-Identifier: MIT */
/*
 * Pictures of 10 bits. The argument names what the device writes: P010, NV15 (packed: four samples
 * in five bytes), NC30 (packed: three samples in four bytes, in columns), or none that a client
 * could be given.
 */
#include "client.h"

#include <drm_fourcc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

enum { WIDTH = 102, HEIGHT = 86 };

static bool packed, columns;
static bool monochrome; /* the pictures to come are 4:0:0 */

static VASurfaceID deep_surface(struct client *client)
{
    VASurfaceID surface = VA_INVALID_SURFACE;

    NEED(vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV420_10, WIDTH, HEIGHT, &surface, 1, NULL,
                          0));
    return surface;
}

static uint16_t expected(unsigned number, unsigned plane, unsigned x, unsigned y)
{
    if (!plane)
        return picture_deep(picture_luma(number, x, y), number, x, y);
    if (monochrome)
        return 512;
    return picture_deep((x % 2 ? picture_cr : picture_cb)(number, x / 2, y), number, x / 2, y);
}

/* A sample of a line of P010: in the upper 10 of 16 bits, the others zero. */
static uint16_t sample_p010(const uint8_t *line, unsigned x)
{
    unsigned value = line[2 * (size_t)x] | line[2 * (size_t)x + 1] << 8;

    return (uint16_t)(value & 0x3f ? 0xffff : value >> 6);
}

/* A sample of a line of NV15, bit by bit. */
static uint16_t sample_nv15(const uint8_t *line, unsigned x)
{
    unsigned value = 0;

    for (unsigned i = 0; i < 10; i++) {
        size_t bit = 10 * (size_t)x + i;

        value |= (line[bit / 8] >> bit % 8 & 1u) << i;
    }
    return (uint16_t)value;
}

/* A sample of a plane of NC30; columns of 128 bytes by `lines`, three samples in 32 bits. */
static uint16_t sample_nc30(const uint8_t *plane, size_t lines, unsigned x, unsigned y)
{
    const size_t column = x / 96, word_number = x % 96 / 3;
    const uint8_t *group = plane + 128 * lines * column + 128 * (size_t)y + 4 * word_number;
    uint32_t word = (uint32_t)group[0] | (uint32_t)group[1] << 8 | (uint32_t)group[2] << 16 |
                    (uint32_t)group[3] << 24;

    return word >> 10 * (x % 3) & 0x3ff;
}

/* Whether the image shows picture `number` from (x, y) on, both even. */
static bool deep_image_shows(const VAImage *image, const uint8_t *data, unsigned number, unsigned x,
                             unsigned y, unsigned width, unsigned height)
{
    for (unsigned plane = 0; plane < 2; plane++) {
        for (unsigned i = 0; i < (plane ? (height + 1) / 2 : height); i++) {
            const uint8_t *line = data + image->offsets[plane] + (size_t)i * image->pitches[plane];

            for (unsigned j = 0; j < (plane ? (width + 1) / 2 * 2 : width); j++) {
                uint16_t wanted = expected(number, plane, x + j, (plane ? y / 2 : y) + i);

                if (sample_p010(line, j) != wanted) {
                    fprintf(stderr, "plane %u (%u, %u) is %u, wanted %u\n", plane, j, i,
                            sample_p010(line, j), wanted);
                    return false;
                }
            }
        }
    }
    return true;
}

/* Gets width x height samples from (x, y) on, and looks at them. */
static bool deep_surface_shows(struct client *client, VASurfaceID surface, unsigned number,
                               unsigned x, unsigned y, unsigned width, unsigned height)
{
    VAImage image = image_new(client, VA_FOURCC_P010, width, height);
    bool shows = false;
    VAStatus status =
        vaGetImage(client->display, surface, (int)x, (int)y, width, height, image.image_id);

    EXPECT(VA_STATUS_SUCCESS, status);
    CHECK(image.pitches[0] >= 2 * width && image.num_planes == 2);
    if (status == VA_STATUS_SUCCESS) {
        shows = deep_image_shows(&image, image_map(client, &image), number, x, y, width, height);
        image_unmap(client, &image);
    }
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
    return shows;
}

static void export_composed(struct client *client, VASurfaceID surface,
                            VADRMPRIMESurfaceDescriptor *descriptor)
{
    NEED(vaExportSurfaceHandle(client->display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                               VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_COMPOSED_LAYERS,
                               descriptor));
    CHECK(descriptor->num_layers == 1 && descriptor->num_objects == 1);
    CHECK(descriptor->layers[0].num_planes == 2);
    if (columns) {
        /* Two of them, and 96 lines of luma and 48 of chroma in each. */
        CHECK(descriptor->objects[0].drm_format_modifier == (MODIFIER_SAND128 | 144 << 8));
        CHECK(descriptor->layers[0].drm_format == VA_FOURCC('P', '0', '3', '0'));
        CHECK(descriptor->fourcc == VA_FOURCC('P', '0', '3', '0'));
        CHECK(descriptor->layers[0].pitch[0] == 256 && descriptor->layers[0].pitch[1] == 256);
        CHECK(descriptor->layers[0].offset[1] == 96 * 128);
        return;
    }
    CHECK(descriptor->layers[0].drm_format == (packed ? DRM_FORMAT_NV15 : DRM_FORMAT_P010));
    CHECK(descriptor->fourcc == (packed ? VA_FOURCC('N', 'V', '1', '5') : VA_FOURCC_P010));
}

static bool export_shows(const VADRMPRIMESurfaceDescriptor *descriptor, unsigned number)
{
    uint16_t (*sample)(const uint8_t *, unsigned) = packed ? sample_nv15 : sample_p010;
    size_t size = descriptor->objects[0].size;
    uint8_t *map = mmap(NULL, size, PROT_READ, MAP_SHARED, descriptor->objects[0].fd, 0);
    bool shows = true;

    if (map == MAP_FAILED)
        return false;
    for (unsigned plane = 0; plane < 2; plane++) {
        for (unsigned y = 0; y < (plane ? HEIGHT / 2 : HEIGHT); y++) {
            const uint8_t *line = map + descriptor->layers[0].offset[plane] +
                                  (size_t)y * descriptor->layers[0].pitch[plane];

            for (unsigned x = 0; x < WIDTH; x++)
                shows &=
                    (columns ? sample_nc30(map + descriptor->layers[0].offset[plane], 144, x, y)
                             : sample(line, x)) == expected(number, plane, x, y);
        }
    }
    munmap(map, size);
    return shows;
}

static uint32_t rt_formats(struct client *client, VAProfile profile)
{
    VAConfigAttrib attribute = {.type = VAConfigAttribRTFormat};

    NEED(vaGetConfigAttributes(client->display, profile, VAEntrypointVLD, &attribute, 1));
    return attribute.value;
}

static void attributes(struct client *client)
{
    VASurfaceAttrib fourcc = {
        .type = VASurfaceAttribPixelFormat,
        .flags = VA_SURFACE_ATTRIB_SETTABLE,
        .value = {.type = VAGenericValueTypeInteger, .value.i = VA_FOURCC_P010},
    };
    VASurfaceID surface;

    CHECK(rt_formats(client, VAProfileH264High) == VA_RT_FORMAT_YUV420);
    CHECK(rt_formats(client, PROFILE_HIGH_10) == (VA_RT_FORMAT_YUV420 | VA_RT_FORMAT_YUV420_10));
    CHECK(pixel_formats(client, PROFILE_HIGH_10, VA_RT_FORMAT_YUV420) == 1);
    CHECK(pixel_formats(client, PROFILE_HIGH_10, VA_RT_FORMAT_YUV420_10) == 2);
    CHECK(pixel_formats(client, PROFILE_HIGH_10, VA_RT_FORMAT_YUV420 | VA_RT_FORMAT_YUV420_10) ==
          3);
    EXPECT(VA_STATUS_SUCCESS, vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV420_10, WIDTH,
                                               HEIGHT, &surface, 1, &fourcc, 1));
    surface_destroy(client, surface);
    EXPECT(VA_STATUS_ERROR_INVALID_IMAGE_FORMAT,
           vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV420, WIDTH, HEIGHT, &surface, 1,
                            &fourcc, 1));
    fourcc.value.value.i = VA_FOURCC_NV12;
    EXPECT(VA_STATUS_ERROR_INVALID_IMAGE_FORMAT,
           vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV420_10, WIDTH, HEIGHT, &surface, 1,
                            &fourcc, 1));
}

static void not_offered(struct client *client)
{
    VAConfigAttrib attribute = {.type = VAConfigAttribRTFormat};
    VASurfaceID surface;
    VAConfigID config;

    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_PROFILE,
           vaCreateConfig(client->display, PROFILE_HIGH_10, VAEntrypointVLD, NULL, 0, &config));
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_PROFILE,
           vaGetConfigAttributes(client->display, PROFILE_HIGH_10, VAEntrypointVLD, &attribute, 1));
    CHECK(rt_formats(client, VAProfileH264High) == VA_RT_FORMAT_YUV420);
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
           vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV420_10, WIDTH, HEIGHT, &surface, 1,
                            NULL, 0));
}

static void read_back(struct client *client)
{
    struct decoder decoder = decoder_open_deep(client, WIDTH, HEIGHT);
    VASurfaceID surfaces[5];

    for (unsigned i = 0; i < 5; i++) {
        surfaces[i] = deep_surface(client);
        EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surfaces[i], i));
    }
    for (unsigned i = 0; i < 5; i++)
        CHECK(deep_surface_shows(client, surfaces[i], i, 0, 0, WIDTH, HEIGHT));
    for (unsigned x = 0; x < 12; x += 2)
        for (unsigned width = 1; width < 12; width++)
            CHECK(deep_surface_shows(client, surfaces[3], 3, x, 2 * width, width, 3));
    CHECK(deep_surface_shows(client, surfaces[4], 4, 90, 2, 12, 9));
    CHECK(deep_surface_shows(client, surfaces[4], 4, WIDTH - 2, HEIGHT - 2, 2, 2));
    for (unsigned i = 0; i < 5; i++)
        surface_destroy(client, surfaces[i]);
    decoder_close(&decoder);
}

/* Before any config, context or picture; `memory_first`: whether the device decodes into memory
 * that was there first. */
static void exported_first(struct client *client, bool memory_first)
{
    VASurfaceID surface = deep_surface(client);
    VADRMPRIMESurfaceDescriptor descriptor, separate;
    VAStatus status =
        vaExportSurfaceHandle(client->display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                              VA_EXPORT_SURFACE_SEPARATE_LAYERS, &separate);
    struct decoder decoder;

    if (packed) {
        CHECK(status == VA_STATUS_ERROR_FLAG_NOT_SUPPORTED);
    } else {
        CHECK(status == VA_STATUS_SUCCESS && separate.num_layers == 2);
        CHECK(separate.layers[0].drm_format == DRM_FORMAT_R16);
        CHECK(separate.layers[1].drm_format == DRM_FORMAT_GR1616);
        close(separate.objects[0].fd);
    }
    export_composed(client, surface, &descriptor);
    decoder = decoder_open_deep(client, WIDTH, HEIGHT);
    if (memory_first) {
        EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 7));
        EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client->display, surface));
        CHECK(export_shows(&descriptor, 7));
    } else {
        EXPECT(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE, decode(&decoder, surface, 7));
    }
    close(descriptor.objects[0].fd);
    surface_destroy(client, surface);
    decoder_close(&decoder);
}

static void exported_later(struct client *client)
{
    struct decoder decoder = decoder_open_deep(client, WIDTH, HEIGHT);
    VASurfaceID surface = deep_surface(client);
    VADRMPRIMESurfaceDescriptor descriptor;

    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 8));
    EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client->display, surface));
    export_composed(client, surface, &descriptor);
    CHECK(export_shows(&descriptor, 8));
    surface_destroy(client, surface);
    decoder_close(&decoder);
    CHECK(export_shows(&descriptor, 8));
    close(descriptor.objects[0].fd);
}

static void images(struct client *client)
{
    struct decoder decoder = decoder_open_deep(client, WIDTH, HEIGHT);
    VASurfaceID surface = deep_surface(client), shallow = surface_new(client, WIDTH, HEIGHT);
    VAImage deep = image_new(client, VA_FOURCC_P010, WIDTH, HEIGHT), derived;
    static const uint32_t others[] = {VA_FOURCC_NV12, VA_FOURCC_I420, VA_FOURCC_YV12};
    VAStatus status;

    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 9));
    for (unsigned i = 0; i < 3; i++) {
        VAImage image = image_new(client, others[i], WIDTH, HEIGHT);

        EXPECT(VA_STATUS_ERROR_INVALID_IMAGE_FORMAT,
               vaGetImage(client->display, surface, 0, 0, WIDTH, HEIGHT, image.image_id));
        EXPECT(VA_STATUS_ERROR_INVALID_IMAGE_FORMAT,
               vaPutImage(client->display, surface, image.image_id, 0, 0, WIDTH, HEIGHT, 0, 0,
                          WIDTH, HEIGHT));
        EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
    }
    EXPECT(VA_STATUS_ERROR_INVALID_IMAGE_FORMAT,
           vaGetImage(client->display, shallow, 0, 0, WIDTH, HEIGHT, deep.image_id));
    EXPECT(VA_STATUS_SUCCESS,
           vaGetImage(client->display, surface, 0, 0, WIDTH, HEIGHT, deep.image_id));
    status = vaDeriveImage(client->display, surface, &derived);
    if (packed) {
        CHECK(status == VA_STATUS_ERROR_OPERATION_FAILED);
        EXPECT(VA_STATUS_ERROR_INVALID_IMAGE_FORMAT,
               vaPutImage(client->display, surface, deep.image_id, 0, 0, WIDTH, HEIGHT, 0, 0, WIDTH,
                          HEIGHT));
    } else {
        VASurfaceID copy = deep_surface(client);

        CHECK(status == VA_STATUS_SUCCESS && derived.format.fourcc == VA_FOURCC_P010);
        CHECK(deep_image_shows(&derived, image_map(client, &derived), 9, 0, 0, WIDTH, HEIGHT));
        image_unmap(client, &derived);
        EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, derived.image_id));
        EXPECT(VA_STATUS_SUCCESS, vaPutImage(client->display, copy, deep.image_id, 0, 0, WIDTH,
                                             HEIGHT, 0, 0, WIDTH, HEIGHT));
        CHECK(deep_surface_shows(client, copy, 9, 0, 0, WIDTH, HEIGHT));
        surface_destroy(client, copy);
    }
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, deep.image_id));
    surface_destroy(client, surface);
    surface_destroy(client, shallow);
    decoder_close(&decoder);
}

/* One context, sequences of both depths: each surface takes only its own. */
static void depth_changes(struct client *client)
{
    struct decoder decoder = decoder_open_deep(client, WIDTH, HEIGHT);
    VASurfaceID deep = deep_surface(client), shallow = surface_new(client, WIDTH, HEIGHT);

    for (unsigned n = 0; n < 3; n++) {
        decoder.bit_depth = 10;
        EXPECT(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT, decode(&decoder, shallow, n));
        EXPECT(VA_STATUS_SUCCESS, decode(&decoder, deep, n));
        decoder.bit_depth = 8;
        EXPECT(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT, decode(&decoder, deep, n));
        EXPECT(VA_STATUS_SUCCESS, decode(&decoder, shallow, n + 1));
        CHECK(surface_shows(client, shallow, n + 1, WIDTH, HEIGHT));
    }
    decoder.bit_depth = 10;
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, deep, 12));
    CHECK(deep_surface_shows(client, deep, 12, 0, 0, WIDTH, HEIGHT));
    surface_destroy(client, deep);
    surface_destroy(client, shallow);
    decoder_close(&decoder);
}

/* 4:0:0, which columns have no place for the client's chroma in. */
static void without_chroma(struct client *client)
{
    struct decoder decoder = decoder_open_deep(client, WIDTH, HEIGHT);
    VASurfaceID surface = deep_surface(client);

    decoder.monochrome = monochrome = true;
    EXPECT(columns ? VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT : VA_STATUS_SUCCESS,
           decode(&decoder, surface, 70));
    CHECK(columns || deep_surface_shows(client, surface, 70, 0, 0, WIDTH, HEIGHT));
    monochrome = false;
    surface_destroy(client, surface);
    decoder_close(&decoder);
}

int main(int argc, char **argv)
{
    const char *format = argc > 1 ? argv[1] : "none", *dmabuf = getenv("VIRTDEC_DMABUF");
    struct client client = client_open();

    columns = !strcmp(format, "NC30");
    packed = columns || !strcmp(format, "NV15");
    if (!strcmp(format, "none")) {
        not_offered(&client);
    } else {
        exported_first(&client, !dmabuf || strcmp(dmabuf, "0") != 0);
        attributes(&client);
        read_back(&client);
        exported_later(&client);
        images(&client);
        depth_changes(&client);
        without_chroma(&client);
    }
    client_close(&client);
    return client_result();
}
