/* SPDX-License-Identifier: MIT */
/* Images: separate memory, or the memory of a surface. */
#include "va/image.h"

#include "decode/staging.h"
#include "va/functions.h"

#include <stdlib.h>
#include <string.h>

#define MAX_IMAGE_SIZE   16384
#define MAX_IMAGE_BYTES  (256u << 20)
#define PITCH_ALIGNMENT  64 /* bytes */
#define HEIGHT_ALIGNMENT 16 /* lines: clients copy whole macroblocks */

static const VAImageFormat image_formats[] = {
    {.fourcc = VA_FOURCC_NV12, .byte_order = VA_LSB_FIRST, .bits_per_pixel = 12},
    {.fourcc = VA_FOURCC_I420, .byte_order = VA_LSB_FIRST, .bits_per_pixel = 12},
    {.fourcc = VA_FOURCC_YV12, .byte_order = VA_LSB_FIRST, .bits_per_pixel = 12},
    {.fourcc = VA_FOURCC_P010, .byte_order = VA_LSB_FIRST, .bits_per_pixel = 24},
};
#define NUM_IMAGE_FORMATS (sizeof(image_formats) / sizeof(image_formats[0]))

const VAImageFormat *image_find_format(uint32_t fourcc)
{
    for (unsigned i = 0; i < NUM_IMAGE_FORMATS; i++)
        if (image_formats[i].fourcc == fourcc)
            return &image_formats[i];
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

/* Lays the planes out one after the other, with room for whole macroblocks. */
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

/* Gives the image the layout of the last derived image if format and size are the same. GStreamer
 * derives an image from a test surface, creates an image of the same size, and then reads the
 * planes of derived images at the offsets of the created one. */
static bool lay_out_as_derived(struct driver *driver, VAImage *image)
{
    const VAImage *derived = &driver->derived;
    bool same;

    lock_acquire(&driver->lock);
    same = derived->format.fourcc == image->format.fourcc && derived->width == image->width &&
           derived->height == image->height;
    if (same) {
        image->num_planes = derived->num_planes;
        memcpy(image->pitches, derived->pitches, sizeof(image->pitches));
        memcpy(image->offsets, derived->offsets, sizeof(image->offsets));
        image->data_size = derived->data_size;
    }
    lock_release(&driver->lock);
    return same;
}

static void image_release(struct object *object)
{
    struct image *image = container_of(object, struct image, object);

    object_put(&image->buffer->object);
    free(image);
}

/* Creates a VAImageBufferType buffer with its own id: `size` bytes of zeroed memory, or the mapped
 * memory of a picture, to which it takes a reference. The caller gets a reference in addition to
 * that of the id. NULL: out of memory or ids. */
static struct buffer *create_buffer(struct driver *driver, size_t size,
                                    struct picture_memory *memory)
{
    struct buffer *buffer = buffer_new(driver);

    if (!buffer)
        return NULL;
    buffer->type = VAImageBufferType;
    buffer->num_elements = 1;
    buffer->element_size = (unsigned)size;
    if (memory) {
        buffer->memory = memory_ref(driver, memory);
        buffer->data = memory->map;
    } else if (size > MAX_IMAGE_BYTES || !buffer_own(buffer, size)) {
        buffer_recycle(driver, buffer);
        return NULL;
    } else {
        memset(buffer->data, 0, size);
    }
    /* One reference for the id and one for the caller: the client may destroy the id as soon as it
     * exists. */
    object_ref(&buffer->object);
    object_ref(&buffer->object);
    if (!object_add(&driver->objects, &buffer->object, OBJECT_BUFFER, buffer_release)) {
        buffer_release(&buffer->object);
        return NULL;
    }
    return buffer;
}

VAStatus image_add(struct driver *driver, VAImage *description, struct picture_memory *memory)
{
    struct image *image = calloc(1, sizeof(*image));
    struct buffer *buffer = NULL;

    if (image)
        buffer = create_buffer(driver, description->data_size, memory);
    if (buffer) {
        description->buf = buffer->object.id;
        image->driver = driver;
        image->va = *description;
        image->buffer = buffer;
        if (object_add(&driver->objects, &image->object, OBJECT_IMAGE, image_release)) {
            /* No other thread knows the id before this function returns. */
            image->va.image_id = description->image_id = image->object.id;
            return VA_STATUS_SUCCESS;
        }
        object_drop_id(&driver->objects, &buffer->object);
        object_put(&buffer->object);
    }
    free(image);
    return VA_STATUS_ERROR_ALLOCATION_FAILED;
}

void image_set_invalid(VAImage *image)
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
    found = image_find_format(format->fourcc);
    image_set_invalid(image);
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
    status = image_add(driver, &description, NULL);
    if (status == VA_STATUS_SUCCESS)
        *image = description;
    return status;
}

VAStatus va_destroy_image(VADriverContextP va, VAImageID image_id)
{
    struct driver *driver = driver_of(va);
    struct image *image = object_remove(&driver->objects, image_id, OBJECT_IMAGE);

    if (!image)
        return VA_STATUS_ERROR_INVALID_IMAGE;
    object_drop_id(&driver->objects, &image->buffer->object);
    object_put(&image->object);
    return VA_STATUS_SUCCESS;
}
