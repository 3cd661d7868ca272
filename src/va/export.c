/* SPDX-License-Identifier: MIT */
/*
 * Exports surfaces as dma-bufs.
 *
 * Exported memory is writable, even with VA_EXPORT_SURFACE_READ_ONLY, which only says what the
 * importer is going to do. The access mode of a dma-buf belongs to its file: duplicated descriptors
 * share it, and a dma-buf cannot be opened again through /proc/self/fd. A second VIDIOC_EXPBUF
 * would create another dma-buf with its own fences. It would cost another descriptor for each
 * picture as soon as its memory is created (allocator.c closes the decoder's file), and the driver
 * would have to poll it for readers as well. It would not protect the picture either: the kernel
 * checks the mode only in mmap(), and lets every device that imports the dma-buf write to it.
 */
#include "base/log.h"
#include "decode/surface_memory.h"
#include "decode/wait.h"
#include "va/functions.h"

#include <drm_fourcc.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

#define LAYER_FLAGS  (VA_EXPORT_SURFACE_SEPARATE_LAYERS | VA_EXPORT_SURFACE_COMPOSED_LAYERS)
#define ACCESS_FLAGS VA_EXPORT_SURFACE_READ_WRITE

/* GPUs that import linear images need a pitch that is a multiple of this. Other images are exported
 * without a modifier, so that the importer can choose its own way to read them. */
#define LINEAR_PITCH 64

static uint64_t modifier_of(const struct picture_layout *layout)
{
    if (layout->modifier != DRM_FORMAT_MOD_LINEAR)
        return layout->modifier;
    /* Tiles that DRM has no modifier for are not linear. */
    if (pixel_format_is_tiled(layout->format))
        return DRM_FORMAT_MOD_INVALID;
    for (unsigned i = 0; i < layout->num_planes; i++)
        if (layout->plane[i].pitch % LINEAR_PITCH)
            return DRM_FORMAT_MOD_INVALID;
    return DRM_FORMAT_MOD_LINEAR;
}

static void set_plane(VADRMPRIMESurfaceDescriptor *descriptor, unsigned layer, unsigned index,
                      const struct picture_layout *layout, unsigned plane)
{
    descriptor->layers[layer].object_index[index] = layout->plane[plane].buffer;
    descriptor->layers[layer].offset[index] = layout->plane[plane].offset;
    descriptor->layers[layer].pitch[index] = layout->plane[plane].pitch;
}

static void describe_layers(VADRMPRIMESurfaceDescriptor *descriptor,
                            const struct picture_layout *layout, bool composed)
{
    if (composed || !layout->format->drm_plane[0]) {
        descriptor->num_layers = 1;
        descriptor->layers[0].drm_format = layout->format->drm;
        descriptor->layers[0].num_planes = layout->num_planes;
        for (unsigned i = 0; i < layout->num_planes; i++)
            set_plane(descriptor, 0, i, layout, i);
        return;
    }
    descriptor->num_layers = layout->num_planes;
    for (unsigned i = 0; i < layout->num_planes; i++) {
        descriptor->layers[i].drm_format = layout->format->drm_plane[i];
        descriptor->layers[i].num_planes = 1;
        set_plane(descriptor, i, 0, layout, i);
    }
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Fills everything but the file descriptors of the objects. */
static void describe(const struct surface *surface, const struct picture_layout *layout,
                     bool composed, VADRMPRIMESurfaceDescriptor *descriptor)
{
    memset(descriptor, 0, sizeof(*descriptor));
    descriptor->fourcc = layout->format->memory_fourcc;
    /* A client may create surfaces that are larger than its stream. There is nothing beyond the
     * memory to show. */
    descriptor->width = smaller(surface->width, layout->width);
    descriptor->height = smaller(surface->height, layout->height);
    descriptor->num_objects = layout->num_buffers;
    for (unsigned i = 0; i < layout->num_buffers; i++) {
        descriptor->objects[i].fd = -1;
        descriptor->objects[i].size = layout->size[i];
        descriptor->objects[i].drm_format_modifier = modifier_of(layout);
    }
    describe_layers(descriptor, layout, composed);
}

static VAStatus duplicate(const struct picture_memory *memory,
                          VADRMPRIMESurfaceDescriptor *descriptor)
{
    for (unsigned i = 0; i < memory->layout.num_buffers; i++) {
        int fd = fcntl(memory->fd[i], F_DUPFD_CLOEXEC, 0);

        if (fd < 0) {
            while (i-- > 0) {
                close(descriptor->objects[i].fd);
                descriptor->objects[i].fd = -1;
            }
            return VA_STATUS_ERROR_ALLOCATION_FAILED;
        }
        descriptor->objects[i].fd = fd;
    }
    return VA_STATUS_SUCCESS;
}

/* Counts the export before the client gets the memory: from now on the surface keeps it. False: the
 * surface's memory was replaced meanwhile. */
static bool count_export(struct surface *surface, struct picture_memory *memory)
{
    struct driver *driver = surface->driver;
    bool still;

    lock_acquire(&driver->lock);
    still = surface->memory == memory;
    memory->exported += still;
    lock_release(&driver->lock);
    return still;
}

/* The surface's memory, counted as exported, with a new reference. NULL with *status set. */
static struct picture_memory *memory_to_export(struct surface *surface, VAStatus *status)
{
    struct picture_memory *memory;

    while ((memory = surface_dmabufs(surface, status)) && !count_export(surface, memory))
        memory_put(surface->driver, memory);
    return memory;
}

VAStatus va_export_surface_handle(VADriverContextP va, VASurfaceID surface_id, uint32_t mem_type,
                                  uint32_t flags, void *descriptor)
{
    struct driver *driver = driver_of(va);
    bool composed = flags & VA_EXPORT_SURFACE_COMPOSED_LAYERS;
    struct surface *surface;
    struct picture_memory *memory;
    VAStatus status = VA_STATUS_SUCCESS;

    if (mem_type != VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2)
        return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
    if (!descriptor || (flags & LAYER_FLAGS) == LAYER_FLAGS)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    if (flags & ~(LAYER_FLAGS | ACCESS_FLAGS))
        return VA_STATUS_ERROR_FLAG_NOT_SUPPORTED;
    surface = object_get(&driver->objects, surface_id, OBJECT_SURFACE);
    if (!surface)
        return VA_STATUS_ERROR_INVALID_SURFACE;
    memory = memory_to_export(surface, &status);
    if (memory) {
        describe(surface, &memory->layout, composed, descriptor);
        /* The planes have no formats of their own if samples are packed, or if tiles cover the
         * whole picture. */
        if (flags & VA_EXPORT_SURFACE_SEPARATE_LAYERS && !memory->layout.format->drm_plane[0]) {
            status = VA_STATUS_ERROR_FLAG_NOT_SUPPORTED;
            log_error(driver, "surface 0x%x: its planes cannot be exported as separate layers",
                      surface_id);
        } else {
            status = duplicate(memory, descriptor);
        }
        if (status == VA_STATUS_SUCCESS) {
            /* Does not wait, but sends the picture if it is kept back (deferred.h). A thread that
             * wants to keep one back from now on sees that the memory was exported, and sends it at
             * once. */
            surface_wait(surface, 0);
        } else {
            lock_acquire(&driver->lock);
            memory->exported--;
            lock_release(&driver->lock);
        }
        memory_put(driver, memory);
    }
    object_put(&surface->object);
    return status;
}
