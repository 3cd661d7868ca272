/* SPDX-License-Identifier: MIT */
#include "decode/capture_pool.h"

#include "base/log.h"
#include "decode/outcome.h"
#include "decode/queues.h"
#include "decode/submission.h"
#include "device/monochrome.h"

#include <errno.h>
#include <string.h>

static uint32_t references_in_flight(struct context *context, unsigned jobs)
{
    uint32_t references = 0;

    for (unsigned i = 0; i < jobs; i++)
        references |= job_at(context, i)->references;
    return references;
}

static uint32_t targets_in_flight(struct context *context)
{
    uint32_t targets = 0;

    for (unsigned i = 0; i < context->jobs.count; i++) {
        const struct job *job = job_at(context, i);

        targets |= 1u << job->capture;
        if (job->display)
            targets |= 1u << job->display_capture;
    }
    return targets;
}

uint32_t captures_in_flight(struct context *context)
{
    return references_in_flight(context, context->jobs.count) | targets_in_flight(context);
}

/* Wants driver->lock held. True: a surface was bound, and now no longer belongs to the context. */
static bool unbind(const struct context *context, struct capture *capture)
{
    struct surface *surface = capture->surface;

    if (!surface)
        return false;
    capture->surface = NULL;
    surface_set_timestamp(surface, NO_TIMESTAMP);
    /* The surface that a submission decodes into gets another buffer. */
    if (context->submission &&
        (context->submission->surface == surface || context->submission->display == surface))
        surface_set_capture(surface, NO_CAPTURE);
    else
        surface_rebind(surface, NULL);
    return !surface->context;
}

void capture_release(struct context *context, unsigned index)
{
    struct driver *driver = context->driver;
    struct capture *capture = &context->captures.list[index];
    struct picture_memory *memory = NULL;
    bool unbound;

    lock_acquire(&driver->lock);
    unbound = unbind(context, capture);
    /* Imported memory belongs to the surface; the queue's own memory stays at its index. Imported
     * memory that nothing else refers to stays as well, because the kernel keeps it: see
     * reclaim_orphaned(). */
    if (context->import && !capture->queued && capture->memory && capture->memory->references > 1) {
        memory = capture->memory;
        capture->memory = NULL;
    }
    lock_release(&driver->lock);
    memory_put(driver, memory);
    if (unbound)
        object_put(&context->object);
}

/* Exports the queue's own memory at a new index. */
static struct picture_memory *adopt_memory(struct context *context, unsigned index)
{
    struct picture_memory *memory = memory_new_empty(context->device, &context->queues.layout);

    if (!memory)
        return NULL;
    if (v4l2_export_buffer(&context->queues.node, v4l2_capture_type(&context->queues.node), index,
                           memory->layout.format->num_buffers, memory->layout.size, memory->fd) ||
        (context->queues.format.monochrome &&
         monochrome_create_chroma(context->driver, context->device, context->device_codec,
                                  memory))) {
        memory_put(context->driver, memory);
        return NULL;
    }
    return memory;
}

/* Whether anybody but the queue and the bound surface holds the queue's memory. A surface that
 * moved to another context, for example, keeps its picture until it gets the next one there. */
static bool is_held(struct context *context, const struct capture *capture)
{
    unsigned own = capture->surface ? 2 : 1;
    bool result;

    lock_acquire(&context->driver->lock);
    result = capture->memory->exported || capture->memory->references > own;
    lock_release(&context->driver->lock);
    return result;
}

/* If the memory of a buffer could not be exported when the buffer was created, tries again. */
bool capture_is_reusable(struct context *context, unsigned index)
{
    struct capture *capture = &context->captures.list[index];

    if (!context->import && !capture->memory)
        capture->memory = adopt_memory(context, index);
    if (capture->queued)
        return false;
    if (!context->import)
        return capture->memory && !is_held(context, capture) &&
               picture_layout_fits(&capture->memory->layout, &context->queues.layout);
    for (unsigned i = 0; i < context->queues.layout.format->num_buffers; i++)
        if (context->queues.layout.size[i] < capture->min_size[i])
            return false;
    return true;
}

uint32_t capture_create(struct context *context)
{
    enum v4l2_memory type = context->import ? V4L2_MEMORY_DMABUF : V4L2_MEMORY_MMAP;
    unsigned count = 0;
    int index;

    if (context->captures.count == MAX_CAPTURES)
        return NO_CAPTURE;
    index = v4l2_create_buffer(&context->queues.node, v4l2_capture_type(&context->queues.node),
                               type, 0, &count);
    if (index >= 0 && index != (int)context->captures.count)
        log_error(context->driver, "%s: the kernel created CAPTURE buffer %d instead of %u",
                  context->device->video_path, index, context->captures.count);
    if (index != (int)context->captures.count)
        return NO_CAPTURE;
    for (; count && context->captures.count < MAX_CAPTURES; count--) {
        struct capture *capture = &context->captures.list[context->captures.count++];

        *capture = (struct capture){0};
        memcpy(capture->min_size, context->queues.layout.size, sizeof(capture->min_size));
    }
    return capture_is_reusable(context, (unsigned)index) ? (uint32_t)index : NO_CAPTURE;
}

int captures_create(struct context *context, unsigned count)
{
    while (context->captures.count < count)
        if (capture_create(context) == NO_CAPTURE)
            return -ENOMEM;
    return 0;
}

uint32_t capture_find_free(struct context *context, uint32_t busy)
{
    for (unsigned i = 0; i < context->captures.count; i++)
        if (!context->captures.list[i].surface && !(busy >> i & 1) &&
            capture_is_reusable(context, i))
            return i;
    return NO_CAPTURE;
}

bool capture_is_bound(struct context *context, const struct surface *surface)
{
    struct driver *driver = context->driver;
    bool result;

    lock_acquire(&driver->lock);
    result = surface->context == context && surface->capture != NO_CAPTURE && surface->memory &&
             context->captures.list[surface->capture].memory == surface->memory &&
             picture_layout_fits(&surface->memory->layout, &context->queues.layout);
    lock_release(&driver->lock);
    return result;
}

void capture_touch(struct context *context, uint32_t captures)
{
    context->captures.uses++;
    for (unsigned i = 0; i < context->captures.count; i++)
        if (captures >> i & 1)
            context->captures.list[i].last_use = context->captures.uses;
}

static int queue(struct context *context, const struct job *job) REQUIRES(context->lock)
{
    struct capture *capture = &context->captures.list[job->capture];
    struct v4l2_frame frame = {.index = job->capture, .request_fd = -1};
    int error;

    if (context->import) {
        const struct picture_memory *memory =
            job->display ? context->captures.list[job->display_capture].memory : capture->memory;

        frame.num_dmabufs = memory->layout.format->num_buffers;
        frame.dmabuf = memory->fd;
        frame.dmabuf_size = memory->layout.size;
    }
    error = v4l2_queue_capture(&context->queues.node, &frame);
    if (error)
        return error;
    capture->queued = true;
    capture->timestamp = job->timestamp;
    if (!job->continues)
        outcome_reset(capture);
    return queues_start_capture(context);
}

unsigned capture_first_pending(struct context *context)
{
    unsigned n = 0;

    while (n < context->jobs.count && !job_at(context, n)->needs_queue)
        n++;
    return n;
}

int capture_queue_pending(struct context *context)
{
    for (unsigned n = capture_first_pending(context); n < context->jobs.count; n++) {
        struct job *job = job_at(context, n);
        int error;

        if (!job->needs_queue)
            continue;
        if (context->captures.list[job->capture].queued ||
            references_in_flight(context, n) >> job->capture & 1)
            return 0;
        if (job->display && references_in_flight(context, n) >> job->display_capture & 1)
            return 0;
        error = queue(context, job);
        if (error)
            return error;
        job->needs_queue = false;
    }
    return 0;
}

void captures_destroy(struct context *context)
{
    struct driver *driver = context->driver;
    unsigned count = 0;

    for (unsigned i = 0; i < context->captures.count; i++) {
        capture_release(context, i);
        memory_put(driver, context->captures.list[i].memory);
    }
    /* If the kernel does not free the buffers, their indices would collide with those of new ones.
     */
    if (context->captures.count &&
        v4l2_request_buffers(&context->queues.node, v4l2_capture_type(&context->queues.node),
                             context->import ? V4L2_MEMORY_DMABUF : V4L2_MEMORY_MMAP, &count, NULL))
        queues_mark_lost(context);
    context->captures.count = 0;
}

void capture_dequeued(struct capture *capture)
{
    capture->queued = false;
}

void captures_forget_references(struct context *context)
{
    lock_acquire(&context->driver->lock);
    for (unsigned i = 0; i < context->captures.count; i++) {
        context->captures.list[i].queued = false;
        if (context->captures.list[i].surface)
            surface_set_timestamp(context->captures.list[i].surface, NO_TIMESTAMP);
    }
    lock_release(&context->driver->lock);
}

struct picture_memory *capture_take_memory(struct capture *capture)
{
    struct picture_memory *memory = capture->memory;

    capture->memory = NULL;
    return memory;
}

struct picture_memory *capture_assign(struct context *context, unsigned index,
                                      struct surface *surface, struct picture_memory *memory)
{
    struct capture *capture = &context->captures.list[index];
    struct picture_memory *old = memory ? capture->memory : NULL;

    surface_set_capture(surface, index);
    capture->surface = surface;
    if (memory)
        capture->memory = memory;
    return old;
}

void captures_note_full(struct context *context, bool full)
{
    context->captures.full = full;
}

void captures_take(struct context *context, struct context *from)
{
    context->captures.full = from->captures.full;
    memcpy(context->captures.list, from->captures.list, sizeof(context->captures.list));
    context->captures.count = from->captures.count;
    from->captures.count = 0;
    context->captures.uses = from->captures.uses;
    lock_acquire(&context->driver->lock);
    for (unsigned i = 0; i < context->captures.count; i++) {
        if (!context->captures.list[i].surface)
            continue;
        surface_rebind(context->captures.list[i].surface, context);
        object_ref(&context->object);
        object_unref(&from->object); /* not the last one: the caller holds another */
    }
    lock_release(&context->driver->lock);
}
