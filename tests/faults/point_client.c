/* SPDX-License-Identifier: MIT */
#include "point_client.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

VAStatus export_surface(struct client *client, VASurfaceID surface,
                        VADRMPRIMESurfaceDescriptor *descriptor)
{
    memset(descriptor, 0, sizeof(*descriptor));
    return vaExportSurfaceHandle(client->display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                 VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS,
                                 descriptor);
}

void close_export(VADRMPRIMESurfaceDescriptor *descriptor)
{
    for (unsigned i = 0; i < descriptor->num_objects; i++)
        close(descriptor->objects[i].fd);
    descriptor->num_objects = 0;
}

/* Whether the exported luma is that of picture `number`. */
bool export_shows(const VADRMPRIMESurfaceDescriptor *descriptor, unsigned number, unsigned width,
                  unsigned height)
{
    size_t size = descriptor->objects[descriptor->layers[0].object_index[0]].size;
    uint8_t *map = mmap(NULL, size, PROT_READ, MAP_SHARED,
                        descriptor->objects[descriptor->layers[0].object_index[0]].fd, 0);
    bool shows = map != MAP_FAILED;

    for (unsigned y = 0; y < height && shows; y++)
        for (unsigned x = 0; x < width && shows; x++)
            shows =
                map[descriptor->layers[0].offset[0] + (size_t)y * descriptor->layers[0].pitch[0] +
                    x] == picture_luma(number, x, y);
    if (map != MAP_FAILED)
        munmap(map, size);
    return shows;
}

bool decodes(struct decoder *decoder, VASurfaceID surface, unsigned number)
{
    return decode(decoder, surface, number) == VA_STATUS_SUCCESS &&
           vaSyncSurface(decoder->client->display, surface) == VA_STATUS_SUCCESS &&
           surface_shows(decoder->client, surface, number, decoder->width, decoder->height);
}

bool has_error(struct client *client, VASurfaceID surface)
{
    VASurfaceDecodeMBErrors *info = NULL;

    EXPECT(VA_STATUS_SUCCESS, vaQuerySurfaceError(client->display, surface,
                                                  VA_STATUS_ERROR_DECODING_ERROR, (void **)&info));
    return info && info[0].status != -1;
}
