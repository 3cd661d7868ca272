/* SPDX-License-Identifier: MIT */
/* Images: memory of the client's own, or a surface's. */
#include "buffer.h"
#include "monochrome.h"
#include "va.h"

#include <stdlib.h>
#include <string.h>

#define MAX_IMAGE_SIZE   16384
#define PITCH_ALIGNMENT  64 /* bytes */
#define HEIGHT_ALIGNMENT 16 /* lines: clients copy whole macroblocks */

static const VAImageFormat image_formats[] = {
    {.fourcc = VA_FOURCC_NV12, .byte_order = VA_LSB_FIRST, .bits_per_pixel = 12},
    {.fourcc = VA_FOURCC_I420, .byte_order = VA_LSB_FIRST, .bits_per_pixel = 12},
    {.fourcc = VA_FOURCC_YV12, .byte_order = VA_LSB_FIRST, .bits_per_pixel = 12},
    {.fourcc = VA_FOURCC_P010, .byte_order = VA_LSB_FIRST, .bits_per_pixel = 24},
};
#define NUM_IMAGE_FORMATS (sizeof(image_formats) / sizeof(image_formats[0]))

static const VAImageFormat *find_format(uint32_t fourcc)
{
    for (unsigned i = 0; i < NUM_IMAGE_FORMATS; i++) {
        if (image_formats[i].fourcc == fourcc)
            return &image_formats[i];
    }
    return NULL;
}

VAStatus va_query_image_formats(VADriverContextP va, VAImageFormat *format_list, int *num_formats)
{
    (void)va;
    if (!format_list || !num_formats)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    memcpy(format_list, image_formats, sizeof(image_formats));
    *num_formats = NUM_IMAGE_FORMATS;
    return VA_STATUS_SUCCESS;
}

static uint32_t align(uint32_t value, uint32_t alignment)
{
    return (value + alignment - 1) / alignment * alignment;
}

/* Planes one after the other, with room for whole macroblocks. */
static void lay_out(VAImage *image)
{
    uint32_t sample_size = image->format.fourcc == VA_FOURCC_P010 ? 2 : 1;
    uint32_t pitch = align(image->width * sample_size, PITCH_ALIGNMENT);
    uint32_t lines = align(image->height, HEIGHT_ALIGNMENT);

    image->pitches[0] = pitch;
    image->offsets[1] = pitch * lines;
    if (image->format.fourcc == VA_FOURCC_NV12 || image->format.fourcc == VA_FOURCC_P010) {
        image->num_planes = 2;
        image->pitches[1] = pitch;
    } else {
        image->num_planes = 3;
        image->pitches[1] = image->pitches[2] = pitch / 2;
        image->offsets[2] = image->offsets[1] + pitch / 2 * (lines / 2);
    }
    image->data_size = pitch * lines * 3 / 2;
}

/* GStreamer derives an image of a test surface, creates one of the same size, and then reads the
 * planes of derived images where the created one has them: so both are laid out alike. */
static bool lay_out_as_derived(struct driver *driver, VAImage *image)
{
    const VAImage *derived = &driver->derived;
    bool same;

    pthread_mutex_lock(&driver->lock);
    same = derived->format.fourcc == image->format.fourcc && derived->width == image->width &&
           derived->height == image->height;
    if (same) {
        image->num_planes = derived->num_planes;
        memcpy(image->pitches, derived->pitches, sizeof(image->pitches));
        memcpy(image->offsets, derived->offsets, sizeof(image->offsets));
        image->data_size = derived->data_size;
    }
    pthread_mutex_unlock(&driver->lock);
    return same;
}

static void image_release(struct object *object)
{
    struct image *image = container_of(object, struct image, object);

    object_put(&image->driver->objects, &image->buffer->object);
    free(image);
}

/* Makes an image of `description` with a buffer for it. `memory`: what it is derived from; NULL for
 * an image with memory of its own. */
static VAStatus add_image(struct driver *driver, VAImage *description,
                          struct picture_memory *memory)
{
    struct image *image = calloc(1, sizeof(*image));
    struct buffer *buffer = NULL;

    if (image)
        buffer = buffer_create_image(driver, description->data_size, memory);
    if (buffer) {
        description->buf = buffer->object.id;
        image->driver = driver;
        image->va = *description;
        image->buffer = buffer;
        if (object_add(&driver->objects, &image->object, OBJECT_IMAGE, image_release)) {
            /* Nobody else knows the id before it is returned. */
            image->va.image_id = description->image_id = image->object.id;
            return VA_STATUS_SUCCESS;
        }
        object_drop_id(&driver->objects, &buffer->object);
        object_put(&driver->objects, &buffer->object);
    }
    free(image);
    return VA_STATUS_ERROR_ALLOCATION_FAILED;
}

/* What a client finds in its VAImage when it gets none. */
static void set_invalid(VAImage *image)
{
    memset(image, 0, sizeof(*image));
    image->image_id = VA_INVALID_ID;
    image->buf = VA_INVALID_ID;
}

VAStatus va_create_image(VADriverContextP va, VAImageFormat *format, int width, int height,
                         VAImage *image)
{
    struct driver *driver = driver_of(va);
    const VAImageFormat *found;
    VAImage description = {.image_id = VA_INVALID_ID};
    VAStatus status;

    if (!format || !image)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    found = find_format(format->fourcc);
    set_invalid(image);
    if (!found)
        return VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
    if (width <= 0 || height <= 0)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    if (width > MAX_IMAGE_SIZE || height > MAX_IMAGE_SIZE)
        return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
    description.format = *found;
    description.width = (uint16_t)width;
    description.height = (uint16_t)height;
    if (!lay_out_as_derived(driver, &description))
        lay_out(&description);
    status = add_image(driver, &description, NULL);
    if (status == VA_STATUS_SUCCESS)
        *image = description;
    return status;
}

/* Describes the surface's memory, mapped, as an image of the surface's visible size. */
static VAStatus describe(const struct surface *surface, struct picture_memory *memory,
                         VAImage *image)
{
    const struct picture_layout *layout = &memory->layout;
    const VAImageFormat *format = find_format(layout->format->va_fourcc);

    /* An image has no way to say that part of it has no memory, that samples share bytes, or of
     * tiles: vaGetImage copies what there is. */
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

/* Clients may take all derived images to be laid out alike (GStreamer does), and chroma that is not
 * the decoder's cannot be mapped where the decoder's would be: the image is a copy. */
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
        set_invalid(image);
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
    set_invalid(image);
    surface = object_get(&driver->objects, surface_id, OBJECT_SURFACE);
    if (!surface)
        return VA_STATUS_ERROR_INVALID_SURFACE;
    /* A picture with errors can be looked at all the same. */
    status = surface_wait(surface, UINT64_MAX);
    memory = status == VA_STATUS_ERROR_TIMEDOUT ? NULL : surface_memory(surface, &status);
    if (memory && monochrome_layout(&memory->layout)) {
        status = copy_of_surface(va, surface, memory, image);
        memory_put(driver, memory);
        object_put(&driver->objects, &surface->object);
        return status;
    }
    if (memory) {
        status = describe(surface, memory, &description);
        if (status == VA_STATUS_SUCCESS)
            status = add_image(driver, &description, memory);
        memory_put(driver, memory);
    }
    if (status == VA_STATUS_SUCCESS) {
        *image = description;
        pthread_mutex_lock(&driver->lock);
        driver->derived = description;
        pthread_mutex_unlock(&driver->lock);
    }
    object_put(&driver->objects, &surface->object);
    return status;
}

VAStatus va_destroy_image(VADriverContextP va, VAImageID image_id)
{
    struct driver *driver = driver_of(va);
    struct image *image = object_remove(&driver->objects, image_id, OBJECT_IMAGE);

    if (!image)
        return VA_STATUS_ERROR_INVALID_IMAGE;
    object_drop_id(&driver->objects, &image->buffer->object);
    object_put(&driver->objects, &image->object);
    return VA_STATUS_SUCCESS;
}
