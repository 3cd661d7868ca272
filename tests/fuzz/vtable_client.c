/* SPDX-License-Identifier: MIT */
#include "vtable_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void vtable_client_open(struct vtable_client *client)
{
    memset(client, 0, sizeof(*client));
    client->va.vtable = &client->table;
    client->va.vtable_vpp = &client->vpp;
    client->va.vtable_prot = &client->prot;
    if (DRIVER_INIT(&client->va) != VA_STATUS_SUCCESS) {
        fprintf(stderr, "the driver does not start\n");
        abort();
    }
}

void vtable_client_close(struct vtable_client *client)
{
    client->table.vaTerminate(&client->va);
}

const char *vaErrorStr(VAStatus status)
{
    static char text[32];

    snprintf(text, sizeof(text), "status 0x%x", (unsigned)status);
    return text;
}

#define CALL(display, function, ...) \
    (((VADriverContextP)(display))->vtable->function((VADriverContextP)(display), __VA_ARGS__))

VAStatus vaCreateConfig(VADisplay dpy, VAProfile profile, VAEntrypoint entrypoint,
                        VAConfigAttrib *attributes, int count, VAConfigID *id)
{
    return CALL(dpy, vaCreateConfig, profile, entrypoint, attributes, count, id);
}

VAStatus vaDestroyConfig(VADisplay dpy, VAConfigID id)
{
    return CALL(dpy, vaDestroyConfig, id);
}

VAStatus vaCreateSurfaces(VADisplay dpy, unsigned int format, unsigned int width,
                          unsigned int height, VASurfaceID *surfaces, unsigned int count,
                          VASurfaceAttrib *attributes, unsigned int num_attributes)
{
    return CALL(dpy, vaCreateSurfaces2, format, width, height, surfaces, count, attributes,
                num_attributes);
}

VAStatus vaDestroySurfaces(VADisplay dpy, VASurfaceID *surfaces, int count)
{
    return CALL(dpy, vaDestroySurfaces, surfaces, count);
}

VAStatus vaCreateContext(VADisplay dpy, VAConfigID config, int width, int height, int flag,
                         VASurfaceID *targets, int count, VAContextID *id)
{
    return CALL(dpy, vaCreateContext, config, width, height, flag, targets, count, id);
}

VAStatus vaDestroyContext(VADisplay dpy, VAContextID id)
{
    return CALL(dpy, vaDestroyContext, id);
}

VAStatus vaCreateBuffer(VADisplay dpy, VAContextID context, VABufferType type, unsigned int size,
                        unsigned int count, void *data, VABufferID *id)
{
    return CALL(dpy, vaCreateBuffer, context, type, size, count, data, id);
}

VAStatus vaMapBuffer(VADisplay dpy, VABufferID id, void **data)
{
    return CALL(dpy, vaMapBuffer, id, data);
}

VAStatus vaUnmapBuffer(VADisplay dpy, VABufferID id)
{
    return CALL(dpy, vaUnmapBuffer, id);
}

VAStatus vaDestroyBuffer(VADisplay dpy, VABufferID id)
{
    return CALL(dpy, vaDestroyBuffer, id);
}

VAStatus vaBeginPicture(VADisplay dpy, VAContextID context, VASurfaceID target)
{
    return CALL(dpy, vaBeginPicture, context, target);
}

VAStatus vaRenderPicture(VADisplay dpy, VAContextID context, VABufferID *buffers, int count)
{
    return CALL(dpy, vaRenderPicture, context, buffers, count);
}

VAStatus vaEndPicture(VADisplay dpy, VAContextID context)
{
    return CALL(dpy, vaEndPicture, context);
}

VAStatus vaSyncSurface(VADisplay dpy, VASurfaceID target)
{
    return CALL(dpy, vaSyncSurface, target);
}

VAStatus vaQuerySurfaceError(VADisplay dpy, VASurfaceID surface, VAStatus error, void **info)
{
    return CALL(dpy, vaQuerySurfaceError, surface, error, info);
}

VAStatus vaCreateImage(VADisplay dpy, VAImageFormat *format, int width, int height, VAImage *image)
{
    return CALL(dpy, vaCreateImage, format, width, height, image);
}

VAStatus vaDeriveImage(VADisplay dpy, VASurfaceID surface, VAImage *image)
{
    return CALL(dpy, vaDeriveImage, surface, image);
}

VAStatus vaGetImage(VADisplay dpy, VASurfaceID surface, int x, int y, unsigned int width,
                    unsigned int height, VAImageID image)
{
    return CALL(dpy, vaGetImage, surface, x, y, width, height, image);
}

VAStatus vaDestroyImage(VADisplay dpy, VAImageID id)
{
    return CALL(dpy, vaDestroyImage, id);
}

VAStatus vaExportSurfaceHandle(VADisplay dpy, VASurfaceID surface, uint32_t memory_type,
                               uint32_t flags, void *descriptor)
{
    return CALL(dpy, vaExportSurfaceHandle, surface, memory_type, flags, descriptor);
}
