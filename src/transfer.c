/* SPDX-License-Identifier: MIT */
/* vaGetImage and vaPutImage: copies between surfaces and images, by the CPU. */
#include "driver.h"
#include "va.h"

#include <linux/dma-buf.h>
#include <string.h>

/* 8-bit 4:2:0 samples, wherever their planes are. */
struct view {
    uint8_t *luma, *cb, *cr;
    uint32_t luma_pitch, chroma_pitch; /* bytes */
    unsigned chroma_step;              /* bytes from one Cb sample to the next */
    uint32_t width, height;            /* luma samples that there are */
};

struct rectangle {
    uint32_t x, y, width, height;
};

static bool view_of_memory(const struct picture_memory *memory, struct view *view)
{
    const struct picture_layout *layout = &memory->layout;

    if (layout->format->va_fourcc != VA_FOURCC_NV12)
        return false;
    view->luma = memory_plane(memory, 0);
    view->luma_pitch = layout->plane[0].pitch;
    view->cb = memory_plane(memory, 1);
    view->cr = view->cb + 1;
    view->chroma_pitch = layout->plane[1].pitch;
    view->chroma_step = 2;
    view->width = layout->width;
    view->height = layout->height;
    return true;
}

static bool view_of_image(const VAImage *image, uint8_t *data, struct view *view)
{
    view->luma = data + image->offsets[0];
    view->luma_pitch = image->pitches[0];
    view->chroma_pitch = image->pitches[1];
    view->width = image->width;
    view->height = image->height;
    switch (image->format.fourcc) {
    case VA_FOURCC_NV12:
        view->cb = data + image->offsets[1];
        view->cr = view->cb + 1;
        view->chroma_step = 2;
        return true;
    case VA_FOURCC_I420:
        view->cb = data + image->offsets[1];
        view->cr = data + image->offsets[2];
        view->chroma_step = 1;
        return true;
    case VA_FOURCC_YV12:
        view->cr = data + image->offsets[1];
        view->cb = data + image->offsets[2];
        view->chroma_step = 1;
        return true;
    default:
        return false;
    }
}

static void copy_samples(uint8_t *to, unsigned to_step, const uint8_t *from, unsigned from_step,
                         uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        to[(size_t)i * to_step] = from[(size_t)i * from_step];
}

static void copy_chroma_line(const struct view *to, size_t to_offset, const struct view *from,
                             size_t from_offset, uint32_t samples)
{
    /* memmove: an image may be the very surface's memory. */
    if (to->chroma_step == 2 && from->chroma_step == 2) {
        memmove(to->cb + to_offset, from->cb + from_offset, 2 * (size_t)samples);
        return;
    }
    copy_samples(to->cb + to_offset, to->chroma_step, from->cb + from_offset, from->chroma_step,
                 samples);
    copy_samples(to->cr + to_offset, to->chroma_step, from->cr + from_offset, from->chroma_step,
                 samples);
}

/* Both rectangles lie inside what the client was told of; what has no memory behind it is left
 * out. */
static void copy(const struct view *to, uint32_t to_x, uint32_t to_y, const struct view *from,
                 const struct rectangle *region)
{
    struct rectangle clip = *region;

    if (to_x >= to->width || to_y >= to->height || clip.x >= from->width || clip.y >= from->height)
        return;
    if (clip.width > to->width - to_x)
        clip.width = to->width - to_x;
    if (clip.width > from->width - clip.x)
        clip.width = from->width - clip.x;
    if (clip.height > to->height - to_y)
        clip.height = to->height - to_y;
    if (clip.height > from->height - clip.y)
        clip.height = from->height - clip.y;

    for (size_t i = 0; i < clip.height; i++)
        memmove(to->luma + (to_y + i) * to->luma_pitch + to_x,
                from->luma + (clip.y + i) * from->luma_pitch + clip.x, clip.width);
    for (size_t i = 0; i < (clip.height + 1) / 2; i++)
        copy_chroma_line(
            to, (to_y / 2 + i) * to->chroma_pitch + (size_t)(to_x / 2) * to->chroma_step, from,
            (clip.y / 2 + i) * from->chroma_pitch + (size_t)(clip.x / 2) * from->chroma_step,
            (clip.width + 1) / 2);
}

static bool inside(int x, int y, unsigned width, unsigned height, uint32_t total_width,
                   uint32_t total_height)
{
    return x >= 0 && y >= 0 && width && height && (uint64_t)(unsigned)x + width <= total_width &&
           (uint64_t)(unsigned)y + height <= total_height;
}

/* A surface and an image between two views of which a copy goes. */
struct transfer {
    struct driver *driver;
    struct surface *surface;
    struct image *image;
    struct buffer *buffer;
    struct picture_memory *memory; /* the surface's */
    struct view surface_view, image_view;
};

static void transfer_end(struct transfer *transfer)
{
    struct object_table *objects = &transfer->driver->objects;

    memory_put(transfer->driver, transfer->memory);
    if (transfer->buffer)
        object_put(objects, &transfer->buffer->object);
    if (transfer->image)
        object_put(objects, &transfer->image->object);
    if (transfer->surface)
        object_put(objects, &transfer->surface->object);
}

/* Finds both. To be followed by transfer_end(), whatever it returns. */
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
    transfer->buffer = object_get(objects, transfer->image->va.buf, OBJECT_BUFFER);
    if (!transfer->buffer)
        return VA_STATUS_ERROR_INVALID_BUFFER;
    return VA_STATUS_SUCCESS;
}

/* Waits for the surface's decode and maps its memory. */
static VAStatus transfer_map(struct transfer *transfer)
{
    VAStatus status = surface_wait(transfer->surface, UINT64_MAX);

    /* A picture with errors can be looked at all the same. */
    if (status == VA_STATUS_ERROR_TIMEDOUT)
        return status;
    transfer->memory = surface_memory(transfer->surface, false, &status);
    if (!transfer->memory)
        return status;
    if (!memory_map(transfer->driver, transfer->memory))
        return VA_STATUS_ERROR_OPERATION_FAILED;
    if (!view_of_memory(transfer->memory, &transfer->surface_view) ||
        !view_of_image(&transfer->image->va, transfer->buffer->data, &transfer->image_view))
        return VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
    return VA_STATUS_SUCCESS;
}

static void begin_access(const struct transfer *transfer, uint64_t surface_flags,
                         uint64_t image_flags)
{
    memory_begin_access(transfer->memory, surface_flags);
    if (transfer->image->memory)
        memory_begin_access(transfer->image->memory, image_flags);
}

static void end_access(const struct transfer *transfer, uint64_t surface_flags,
                       uint64_t image_flags)
{
    if (transfer->image->memory)
        memory_end_access(transfer->image->memory, image_flags);
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
    if (status == VA_STATUS_SUCCESS) {
        const struct rectangle region = {(uint32_t)x, (uint32_t)y, width, height};

        begin_access(&transfer, DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE);
        copy(&transfer.image_view, 0, 0, &transfer.surface_view, &region);
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
        status = VA_STATUS_ERROR_UNIMPLEMENTED; /* it would have to be scaled */
    if (status == VA_STATUS_SUCCESS)
        status = transfer_map(&transfer);
    if (status == VA_STATUS_SUCCESS) {
        const struct rectangle region = {(uint32_t)src_x, (uint32_t)src_y, src_width, src_height};

        begin_access(&transfer, DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_READ);
        copy(&transfer.surface_view, (uint32_t)dest_x, (uint32_t)dest_y, &transfer.image_view,
             &region);
        end_access(&transfer, DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_READ);
    }
    transfer_end(&transfer);
    return status;
}
