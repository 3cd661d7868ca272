/* SPDX-License-Identifier: MIT */
/* vaGetImage and vaPutImage. */
#include "base/log.h"
#include "decode/surface_memory.h"
#include "decode/wait.h"
#include "pixels/image_copy.h"
#include "va/functions.h"
#include "va/image.h"

#include <linux/dma-buf.h>

static bool inside(int x, int y, unsigned width, unsigned height, uint32_t total_width,
                   uint32_t total_height)
{
    return x >= 0 && y >= 0 && width && height && (uint64_t)(unsigned)x + width <= total_width &&
           (uint64_t)(unsigned)y + height <= total_height;
}

/* A surface and an image, one of which is copied to the other. */
struct transfer {
    struct driver *driver;
    struct surface *surface;
    struct image *image;
    struct picture_memory *memory; /* the surface's */
    struct view surface_view, image_view;
};

static void transfer_end(struct transfer *transfer)
{

    memory_put(transfer->driver, transfer->memory);
    if (transfer->image)
        object_put(&transfer->image->object);
    if (transfer->surface)
        object_put(&transfer->surface->object);
}

/* Looks up both. The caller has to call transfer_end(), whatever this returns. */
static VAStatus transfer_begin(struct transfer *transfer, VASurfaceID surface_id,
                               VAImageID image_id)
{
    struct object_table *objects = &transfer->driver->objects;

    transfer->surface = object_get(objects, surface_id, OBJECT_SURFACE);
    if (!transfer->surface)
        return VA_STATUS_ERROR_INVALID_SURFACE;
    transfer->image = object_get(objects, image_id, OBJECT_IMAGE);
    if (!transfer->image)
        return VA_STATUS_ERROR_INVALID_IMAGE;
    /* A client that has destroyed the image's buffer cannot access its samples. */
    return object_has_id(objects, &transfer->image->buffer->object)
               ? VA_STATUS_SUCCESS
               : VA_STATUS_ERROR_INVALID_BUFFER;
}

/* Waits for the surface's decode and maps its memory. */
static VAStatus transfer_map(struct transfer *transfer)
{
    VAStatus status = surface_wait(transfer->surface, UINT64_MAX);
    uint8_t *planes[MAX_PICTURE_PLANES];

    /* A picture with errors can be read like any other. */
    if (status == VA_STATUS_ERROR_TIMEDOUT)
        return status;
    transfer->memory = surface_memory(transfer->surface, &status);
    if (!transfer->memory)
        return status;
    if (!memory_map(transfer->driver, transfer->memory))
        return VA_STATUS_ERROR_OPERATION_FAILED;
    planes[0] = memory_plane(transfer->memory, 0);
    planes[1] = memory_plane(transfer->memory, 1);
    if (!view_of_layout(&transfer->memory->layout, planes, &transfer->surface_view) ||
        !view_of_image(&transfer->image->va, transfer->image->buffer->data, &transfer->image_view))
        return VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
    return VA_STATUS_SUCCESS;
}

static VAStatus begin_access(const struct transfer *transfer, uint64_t surface_flags,
                             uint64_t image_flags)
{
    const struct picture_memory *image_memory = transfer->image->buffer->memory;

    if (memory_begin_access(transfer->driver, transfer->memory, surface_flags))
        return VA_STATUS_ERROR_OPERATION_FAILED;
    if (image_memory && memory_begin_access(transfer->driver, image_memory, image_flags)) {
        memory_end_access(transfer->memory, surface_flags);
        return VA_STATUS_ERROR_OPERATION_FAILED;
    }
    return VA_STATUS_SUCCESS;
}

static void end_access(const struct transfer *transfer, uint64_t surface_flags,
                       uint64_t image_flags)
{
    if (transfer->image->buffer->memory)
        memory_end_access(transfer->image->buffer->memory, image_flags);
    memory_end_access(transfer->memory, surface_flags);
}

VAStatus va_get_image(VADriverContextP va, VASurfaceID surface, int x, int y, unsigned int width,
                      unsigned int height, VAImageID image)
{
    struct transfer transfer = {.driver = driver_of(va)};
    VAStatus status = transfer_begin(&transfer, surface, image);

    if (status == VA_STATUS_SUCCESS &&
        (!inside(x, y, width, height, transfer.surface->width, transfer.surface->height) ||
         !inside(0, 0, width, height, transfer.image->va.width, transfer.image->va.height)))
        status = VA_STATUS_ERROR_INVALID_PARAMETER;
    if (status == VA_STATUS_SUCCESS)
        status = transfer_map(&transfer);
    if (status == VA_STATUS_SUCCESS)
        status = begin_access(&transfer, DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE);
    if (status == VA_STATUS_SUCCESS) {
        const struct rectangle region = {(uint32_t)x, (uint32_t)y, width, height};

        status = image_copy(&transfer.image_view, 0, 0, &transfer.surface_view, &region);
        end_access(&transfer, DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE);
    }
    transfer_end(&transfer);
    return status;
}

VAStatus va_put_image(VADriverContextP va, VASurfaceID surface, VAImageID image, int src_x,
                      int src_y, unsigned int src_width, unsigned int src_height, int dest_x,
                      int dest_y, unsigned int dest_width, unsigned int dest_height)
{
    struct transfer transfer = {.driver = driver_of(va)};
    VAStatus status = transfer_begin(&transfer, surface, image);

    if (status == VA_STATUS_SUCCESS &&
        (!inside(src_x, src_y, src_width, src_height, transfer.image->va.width,
                 transfer.image->va.height) ||
         !inside(dest_x, dest_y, dest_width, dest_height, transfer.surface->width,
                 transfer.surface->height)))
        status = VA_STATUS_ERROR_INVALID_PARAMETER;
    if (status == VA_STATUS_SUCCESS && (src_width != dest_width || src_height != dest_height))
        status = VA_STATUS_ERROR_UNIMPLEMENTED; /* would need scaling */
    if (status == VA_STATUS_SUCCESS)
        status = transfer_map(&transfer);
    if (status == VA_STATUS_SUCCESS)
        status = begin_access(&transfer, DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_READ);
    if (status == VA_STATUS_SUCCESS) {
        const struct picture_layout *layout = &transfer.memory->layout;

        if (!picture_layout_holds(layout, (uint32_t)dest_x + dest_width,
                                  (uint32_t)dest_y + dest_height)) {
            log_error(transfer.driver,
                      "surface 0x%x holds a picture of %ux%u, which is too small for the image",
                      surface, layout->width, layout->height);
            status = VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
        }
    }
    if (status == VA_STATUS_SUCCESS) {
        const struct rectangle region = {(uint32_t)src_x, (uint32_t)src_y, src_width, src_height};

        status = image_copy(&transfer.surface_view, (uint32_t)dest_x, (uint32_t)dest_y,
                            &transfer.image_view, &region);
        lock_acquire(&transfer.driver->lock);
        transfer.memory->chroma_written = true;
        lock_release(&transfer.driver->lock);
        end_access(&transfer, DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_READ);
    }
    transfer_end(&transfer);
    return status;
}
