/* SPDX-License-Identifier: MIT */
/* vaDeriveImage: a surface's memory as an image. */
#include "decode/surface_memory.h"
#include "decode/wait.h"
#include "device/monochrome.h"
#include "va/functions.h"
#include "va/image.h"

/* Maps the surface's memory and describes it as an image of the surface's visible size. */
static VAStatus describe(const struct surface *surface, struct picture_memory *memory,
                         VAImage *image)
{
    const struct picture_layout *layout = &memory->layout;
    const VAImageFormat *format = image_find_format(layout->format->va_fourcc);

    /* An image cannot describe tiles, samples that share bytes, or an area without memory.
     * vaGetImage can copy such pictures. */
    if (!format || pixel_format_is_packed(layout->format) ||
        pixel_format_is_tiled(layout->format) || layout->width < surface->width ||
        layout->height < surface->height)
        return VA_STATUS_ERROR_OPERATION_FAILED;
    if (!memory_map(surface->driver, memory) || memory->map_size > UINT32_MAX)
        return VA_STATUS_ERROR_OPERATION_FAILED;
    image->format = *format;
    image->width = (uint16_t)surface->width;
    image->height = (uint16_t)surface->height;
    image->data_size = (uint32_t)memory->map_size;
    image->num_planes = layout->num_planes;
    for (unsigned i = 0; i < layout->num_planes; i++) {
        image->pitches[i] = layout->plane[i].pitch;
        image->offsets[i] = (uint32_t)(memory_plane(memory, i) - memory->map);
    }
    return VA_STATUS_SUCCESS;
}

/* For 4:0:0 the image is a copy. Clients may assume that all derived images have the same layout
 * (GStreamer does), and chroma from another buffer cannot be mapped where the decoder's would be.
 */
static VAStatus copy_of_surface(VADriverContextP va, const struct surface *surface,
                                const struct picture_memory *memory, VAImage *image)
{
    VAImageFormat format = {.fourcc = memory->layout.format->va_fourcc};
    VAStatus status =
        va_create_image(va, &format, (int)surface->width, (int)surface->height, image);

    if (status != VA_STATUS_SUCCESS)
        return status;
    status = va_get_image(va, surface->object.id, 0, 0, surface->width, surface->height,
                          image->image_id);
    if (status != VA_STATUS_SUCCESS) {
        va_destroy_image(va, image->image_id);
        image_set_invalid(image);
    }
    return status;
}

VAStatus va_derive_image(VADriverContextP va, VASurfaceID surface_id, VAImage *image)
{
    struct driver *driver = driver_of(va);
    struct surface *surface;
    struct picture_memory *memory;
    VAImage description = {.image_id = VA_INVALID_ID};
    VAStatus status;

    if (!image)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    image_set_invalid(image);
    surface = object_get(&driver->objects, surface_id, OBJECT_SURFACE);
    if (!surface)
        return VA_STATUS_ERROR_INVALID_SURFACE;
    /* A picture with errors can be read like any other. */
    status = surface_wait(surface, UINT64_MAX);
    memory = status == VA_STATUS_ERROR_TIMEDOUT ? NULL : surface_memory(surface, &status);
    if (memory && monochrome_layout(&memory->layout)) {
        status = copy_of_surface(va, surface, memory, image);
        memory_put(driver, memory);
        object_put(&surface->object);
        return status;
    }
    if (memory) {
        status = describe(surface, memory, &description);
        if (status == VA_STATUS_SUCCESS)
            status = image_add(driver, &description, memory);
        memory_put(driver, memory);
    }
    if (status == VA_STATUS_SUCCESS) {
        *image = description;
        lock_acquire(&driver->lock);
        driver->derived = description;
        lock_release(&driver->lock);
    }
    object_put(&surface->object);
    return status;
}
