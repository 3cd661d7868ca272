/* SPDX-License-Identifier: MIT */
#include "decode/capture_bind.h"

#include "base/log.h"
#include "decode/capture_pool.h"
#include "decode/displace.h"
#include "decode/reserve.h"
#include "device/allocator.h"

#include <errno.h>
#include <string.h>

/* There are more surfaces than buffers: unbinds the surface whose picture has been unused for
 * longest, and returns its index. The surface keeps its imported memory. */
static uint32_t reclaim_index(struct context *context, uint32_t busy) REQUIRES(context->lock)
{
    uint32_t oldest = NO_CAPTURE;

    /* With fewer buffers, any of them may still be a reference. Creating another one may succeed
     * next time. */
    if (context->captures.count < MAX_CAPTURES)
        return NO_CAPTURE;
    for (unsigned i = 0; i < context->captures.count; i++)
        if (capture_is_reusable(context, i) && !(busy >> i & 1) &&
            (oldest == NO_CAPTURE ||
             context->captures.list[i].last_use < context->captures.list[oldest].last_use))
            oldest = i;
    if (oldest != NO_CAPTURE)
        capture_release(context, oldest);
    return oldest;
}

/* An index for a surface, or NO_CAPTURE. May drop context->lock to wait for jobs. */
static uint32_t find_index(struct context *context, uint32_t keep) REQUIRES(context->lock)
{
    uint32_t index = capture_find_free(context, keep | captures_in_flight(context));
    struct picture_memory *memory;

    if (index == NO_CAPTURE)
        index = capture_create(context);
    if (index != NO_CAPTURE)
        return index;
    if (context->import)
        return reclaim_index(context, keep | captures_in_flight(context));
    memory = reclaim_by_displacing(context, keep);
    if (!memory)
        return NO_CAPTURE;
    memory_put(context->driver, memory);
    return capture_find_free(context, keep | captures_in_flight(context));
}

/* Wants driver->lock held. True: somebody holds the memory and expects its layout. A picture too
 * large for it needs a new export. */
static bool must_stay(const struct context *context, const struct picture_memory *memory,
                      bool has_holders)
{
    return has_holders && !memory->moved &&
           picture_layout_holds(&memory->layout, context->picture_format.width,
                                context->picture_format.height);
}

static bool is_in_use(const struct context *context, const struct picture_memory *memory)
{
    return memory && must_stay(context, memory, memory->exported || memory->references > 1);
}

/* Wants driver->lock held. The surface's memory, with a new reference, if this stream's pictures
 * fit in it; else NULL. */
static struct picture_memory *fitting_memory(const struct context *context, struct surface *surface)
{
    struct picture_memory *memory = surface->memory;

    if (!memory || memory->moved || !picture_layout_fits(&memory->layout, &context->queues.layout))
        return NULL;
    memory_ref_locked(memory);
    return memory;
}

/* Memory for a picture of the stream: from the reserve, left by a destroyed surface, newly
 * allocated, or given up by another picture. May drop context->lock to wait for jobs. NULL: there
 * is none (logged). */
static struct picture_memory *new_memory(struct context *context,
                                         const struct control_set *sequence, uint32_t keep)
    REQUIRES(context->lock)
{
    struct picture_memory *memory = reserve_take(context);
    int error;

    if (!memory)
        memory = reclaim_orphaned(context);
    if (memory)
        return memory;
    error = memory_allocate_many(context->driver, context->device, context->device_codec,
                                 &context->queues.format, sequence, &memory, 1);
    if (error)
        memory = reclaim_by_displacing(context, keep);
    if (!memory)
        log_error(context->driver, "%s: no memory for a %ux%u %s picture: %s",
                  context->device->video_path, context->queues.format.width,
                  context->queues.format.height, context->codec->name, strerror(-error));
    return memory;
}

/* The surface's memory, replaced if this stream's pictures do not fit in it, with a new reference.
 * May drop context->lock to wait for jobs. NULL with *status set. */
static struct picture_memory *own_memory(struct context *context, struct surface *surface,
                                         const struct control_set *sequence, uint32_t keep,
                                         VAStatus *status) REQUIRES(context->lock)
{
    struct driver *driver = context->driver;
    struct picture_memory *memory, *old, *fresh = NULL;
    bool in_use;

    lock_acquire(&driver->lock);
    memory = fitting_memory(context, surface);
    in_use = !memory && is_in_use(context, surface->memory);
    lock_release(&driver->lock);
    if (memory)
        return memory;
    if (!in_use) {
        fresh = new_memory(context, sequence, keep);
        if (!fresh) {
            *status = VA_STATUS_ERROR_ALLOCATION_FAILED;
            return NULL;
        }
        /* Another thread may have exported the surface meanwhile: its memory either fits, or must
         * stay. */
        lock_acquire(&driver->lock);
        memory = fitting_memory(context, surface);
        old = surface->memory;
        in_use = is_in_use(context, old);
        if (!memory && !in_use) {
            memory = fresh;
            memory_ref_locked(memory);
            fresh = surface_exchange_memory(surface, memory);
        }
        lock_release(&driver->lock);
        memory_put(driver, fresh);
    }
    if (!memory) {
        log_error(driver,
                  "surface 0x%x was exported or derived in another layout than %s has for "
                  "pictures of %ux%u%s",
                  surface->object.id, context->device->video_path, context->queues.layout.width,
                  context->queues.layout.height,
                  context->queues.format.monochrome ? " in 4:0:0" : "");
        *status = VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
    }
    return memory;
}

/* Gives the queue's memory to the surface. */
static VAStatus take_over(struct context *context, struct surface *surface, uint32_t index)
{
    struct driver *driver = context->driver;
    struct picture_memory *old;

    lock_acquire(&driver->lock);
    old = surface->memory;
    if (old && must_stay(context, old, old->exported)) {
        lock_release(&driver->lock);
        log_error(driver, "surface 0x%x was exported before its context; %s cannot import memory",
                  surface->object.id, context->device->video_path);
        return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
    }
    memory_ref_locked(context->captures.list[index].memory);
    surface_exchange_memory(surface, context->captures.list[index].memory);
    lock_release(&driver->lock);
    memory_put(driver, old);
    return VA_STATUS_SUCCESS;
}

VAStatus capture_bind(struct context *context, struct surface *surface,
                      const struct control_set *sequence, uint32_t keep)
{
    struct driver *driver = context->driver;
    struct picture_memory *memory = NULL, *old;
    VAStatus status = VA_STATUS_SUCCESS;
    uint32_t index;

    if (capture_is_bound(context, surface))
        return VA_STATUS_SUCCESS;
    /* Its buffer no longer fits the stream's pictures. */
    if (surface->capture != NO_CAPTURE)
        capture_release(context, surface->capture);
    if (rt_format_depth(surface->rt_format) != context->queues.format.bit_depth) {
        log_error(driver, "surface 0x%x was made for %u bits, its picture has %u",
                  surface->object.id, rt_format_depth(surface->rt_format),
                  context->queues.format.bit_depth);
        return VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT;
    }
    if (context->import) {
        memory = own_memory(context, surface, sequence, keep, &status);
        if (!memory)
            return status;
    }
    index = find_index(context, keep);
    if (index == NO_CAPTURE) {
        status = VA_STATUS_ERROR_ALLOCATION_FAILED;
        log_error(driver, "%s has no CAPTURE buffer for surface 0x%x: %u are in use",
                  context->device->video_path, surface->object.id, context->captures.count);
    } else if (!context->import)
        status = take_over(context, surface, index);
    if (status != VA_STATUS_SUCCESS) {
        memory_put(driver, memory);
        return status;
    }

    lock_acquire(&driver->lock);
    old = capture_assign(context, index, surface, memory);
    lock_release(&driver->lock);
    memory_put(driver, old);
    return VA_STATUS_SUCCESS;
}
