/* SPDX-License-Identifier: MIT */
/*
 * CAPTURE buffer indices and the surfaces that they stand for.
 *
 * A surface keeps its index while it is bound, so that the kernel finds it by timestamp when it is
 * a reference. Where the device imports dma-bufs the memory is the surface's own; where it does
 * not, the memory is the queue's and the surface takes it over.
 */
#include "monochrome.h"
#include "reserve.h"
#include "submission.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

    for (unsigned i = 0; i < context->num_jobs; i++) {
        const struct job *job = job_at(context, i);

        targets |= 1u << job->capture;
        if (job->display)
            targets |= 1u << job->display_capture;
    }
    return targets;
}

uint32_t captures_in_flight(struct context *context)
{
    return references_in_flight(context, context->num_jobs) | targets_in_flight(context);
}

/* With driver->lock held. True: the surface, if there is one, is not the context's any more. */
static bool unbind(const struct context *context, struct capture *capture)
{
    struct surface *surface = capture->surface;

    if (!surface)
        return false;
    capture->surface = NULL;
    surface->timestamp = NO_TIMESTAMP;
    /* What a submission decodes into will get another buffer. */
    if (context->submission &&
        (context->submission->surface == surface || context->submission->display == surface))
        surface->capture = NO_CAPTURE;
    else
        surface->context = NULL;
    return !surface->context;
}

void capture_release(struct context *context, unsigned index)
{
    struct driver *driver = context->driver;
    struct capture *capture = &context->captures[index];
    struct picture_memory *memory = NULL;
    bool unbound;

    pthread_mutex_lock(&driver->lock);
    unbound = unbind(context, capture);
    /* Imported memory is the surface's; the queue's own stays with its index. What nobody has any
     * more stays, too, as in the kernel: see abandoned_memory(). */
    if (context->import && !capture->queued && capture->memory && capture->memory->references > 1) {
        memory = capture->memory;
        capture->memory = NULL;
    }
    pthread_mutex_unlock(&driver->lock);
    memory_put(driver, memory);
    if (unbound)
        object_put(&driver->objects, &context->object);
}

/* The queue's own memory at a fresh index. */
static struct picture_memory *adopt_memory(struct context *context, unsigned index)
{
    struct picture_memory *memory = memory_new(context->device, &context->layout);

    if (!memory)
        return NULL;
    if (v4l2_export_buffer(&context->node, v4l2_capture_type(&context->node), index,
                           memory->layout.format->num_buffers, memory->layout.size, memory->fd) ||
        (context->format.monochrome && monochrome_create_chroma(context->driver, context->device,
                                                                context->device_codec, memory))) {
        memory_put(context->driver, memory);
        return NULL;
    }
    return memory;
}

/* Whether anybody has the queue's memory besides the queue and the surface that it is bound to: a
 * surface that went to another context keeps its picture until it gets the next one there. */
static bool is_held(struct context *context, const struct capture *capture)
{
    unsigned own = capture->surface ? 2 : 1;
    bool result;

    pthread_mutex_lock(&context->driver->lock);
    result = capture->memory->exported || capture->memory->references > own;
    pthread_mutex_unlock(&context->driver->lock);
    return result;
}

/* A buffer whose memory could not be exported when it was created may get it now. */
static bool reusable(struct context *context, unsigned index)
{
    struct capture *capture = &context->captures[index];

    if (!context->import && !capture->memory)
        capture->memory = adopt_memory(context, index);
    if (capture->queued)
        return false;
    if (!context->import)
        return capture->memory && !is_held(context, capture) &&
               picture_layout_fits(&capture->memory->layout, &context->layout);
    for (unsigned i = 0; i < context->layout.format->num_buffers; i++)
        if (context->layout.size[i] < capture->least[i])
            return false;
    return true;
}

static uint32_t create(struct context *context)
{
    enum v4l2_memory type = context->import ? V4L2_MEMORY_DMABUF : V4L2_MEMORY_MMAP;
    unsigned count = 0;
    int index;

    if (context->num_captures == MAX_CAPTURES)
        return NO_CAPTURE;
    index = v4l2_create_buffer(&context->node, v4l2_capture_type(&context->node), type, 0, &count);
    if (index >= 0 && index != (int)context->num_captures)
        log_error(context->driver, "%s: made CAPTURE buffer %d where number %u is next",
                  context->device->video_path, index, context->num_captures);
    if (index != (int)context->num_captures)
        return NO_CAPTURE;
    for (; count && context->num_captures < MAX_CAPTURES; count--) {
        struct capture *capture = &context->captures[context->num_captures++];

        *capture = (struct capture){0};
        memcpy(capture->least, context->layout.size, sizeof(capture->least));
    }
    return reusable(context, (unsigned)index) ? (uint32_t)index : NO_CAPTURE;
}

int captures_create(struct context *context, unsigned count)
{
    while (context->num_captures < count)
        if (create(context) == NO_CAPTURE)
            return -ENOMEM;
    return 0;
}

/* An index that stands for no surface, and whose buffer is right for the stream. */
static uint32_t free_index(struct context *context, uint32_t busy)
{
    for (unsigned i = 0; i < context->num_captures; i++)
        if (!context->captures[i].surface && !(busy >> i & 1) && reusable(context, i))
            return i;
    return NO_CAPTURE;
}

/* More surfaces than buffers: that of the picture longest unused, which is no reference any more.
 * Imported memory is the surface's and stays so. */
static uint32_t taken_index(struct context *context, uint32_t busy)
{
    uint32_t oldest = NO_CAPTURE;

    /* With few buffers any of them may be a reference still; there may be another one next time. */
    if (context->num_captures < MAX_CAPTURES)
        return NO_CAPTURE;
    for (unsigned i = 0; i < context->num_captures; i++)
        if (reusable(context, i) && !(busy >> i & 1) &&
            (oldest == NO_CAPTURE ||
             context->captures[i].last_use < context->captures[oldest].last_use))
            oldest = i;
    if (oldest != NO_CAPTURE)
        capture_release(context, oldest);
    return oldest;
}

static uint32_t find_index(struct context *context, uint32_t keep)
{
    uint32_t index = free_index(context, keep | captures_in_flight(context));
    struct picture_memory *memory;

    if (index == NO_CAPTURE)
        index = create(context);
    if (index != NO_CAPTURE)
        return index;
    if (context->import)
        return taken_index(context, keep | captures_in_flight(context));
    memory = displaced_memory(context, keep);
    if (!memory)
        return NO_CAPTURE;
    memory_put(context->driver, memory);
    return free_index(context, keep | captures_in_flight(context));
}

/* With driver->lock held: somebody has the memory, and may look at the next picture as it was
 * described to him. A picture that is larger than what was described he has to ask for anew. */
static bool must_stay(const struct context *context, const struct picture_memory *memory,
                      bool has_holders)
{
    return has_holders && !memory->moved &&
           picture_layout_holds(&memory->layout, context->picture.width, context->picture.height);
}

static bool is_in_use(const struct context *context, const struct picture_memory *memory)
{
    return memory && must_stay(context, memory, memory->exported || memory->references > 1);
}

/* With driver->lock held: the surface's memory, counted, if this stream's pictures fit in it. */
static struct picture_memory *fitting_memory(const struct context *context, struct surface *surface)
{
    struct picture_memory *memory = surface->memory;

    if (!memory || memory->moved || !picture_layout_fits(&memory->layout, &context->layout))
        return NULL;
    memory->references++;
    return memory;
}

/* Memory for a picture of the stream, from wherever there is some. NULL: none (logged). */
static struct picture_memory *new_memory(struct context *context,
                                         const struct control_set *sequence, uint32_t keep)
{
    struct picture_memory *memory = reserve_take(context);
    int error;

    if (!memory)
        memory = abandoned_memory(context);
    if (memory)
        return memory;
    error = memory_create_several(context->driver, context->device, context->device_codec,
                                  &context->format, sequence, &memory, 1);
    if (error)
        memory = displaced_memory(context, keep);
    if (!memory)
        log_error(context->driver, "%s: no memory for a %ux%u %s picture: %s",
                  context->device->video_path, context->format.width, context->format.height,
                  context->codec->name, strerror(-error));
    return memory;
}

/* Memory of the surface's own that this stream's pictures fit in; NULL with *status set. */
static struct picture_memory *own_memory(struct context *context, struct surface *surface,
                                         const struct control_set *sequence, uint32_t keep,
                                         VAStatus *status)
{
    struct driver *driver = context->driver;
    struct picture_memory *memory, *old, *fresh = NULL;
    bool in_use;

    pthread_mutex_lock(&driver->lock);
    memory = fitting_memory(context, surface);
    in_use = !memory && is_in_use(context, surface->memory);
    pthread_mutex_unlock(&driver->lock);
    if (memory)
        return memory;
    if (!in_use) {
        fresh = new_memory(context, sequence, keep);
        if (!fresh) {
            *status = VA_STATUS_ERROR_ALLOCATION_FAILED;
            return NULL;
        }
        /* Another thread may have given it memory meanwhile, by an export: as good as ours, or for
         * good. */
        pthread_mutex_lock(&driver->lock);
        memory = fitting_memory(context, surface);
        old = surface->memory;
        in_use = is_in_use(context, old);
        if (!memory && !in_use) {
            surface->memory = memory = fresh;
            memory->references++;
            fresh = old;
        }
        pthread_mutex_unlock(&driver->lock);
        memory_put(driver, fresh);
    }
    if (!memory) {
        log_error(driver,
                  "surface 0x%x was exported or derived in another layout than %s has for "
                  "pictures of %ux%u%s",
                  surface->object.id, context->device->video_path, context->layout.width,
                  context->layout.height, context->format.monochrome ? " in 4:0:0" : "");
        *status = VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
    }
    return memory;
}

/* The queue's memory becomes the surface's. */
static VAStatus take_over(struct context *context, struct surface *surface, uint32_t index)
{
    struct driver *driver = context->driver;
    struct picture_memory *old;

    pthread_mutex_lock(&driver->lock);
    old = surface->memory;
    if (old && must_stay(context, old, old->exported)) {
        pthread_mutex_unlock(&driver->lock);
        log_error(driver, "surface 0x%x was exported before its context; %s cannot import memory",
                  surface->object.id, context->device->video_path);
        return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
    }
    surface->memory = context->captures[index].memory;
    surface->memory->references++;
    pthread_mutex_unlock(&driver->lock);
    memory_put(driver, old);
    return VA_STATUS_SUCCESS;
}

bool capture_is_bound(struct context *context, const struct surface *surface)
{
    struct driver *driver = context->driver;
    bool result;

    pthread_mutex_lock(&driver->lock);
    result = surface->context == context && surface->capture != NO_CAPTURE && surface->memory &&
             context->captures[surface->capture].memory == surface->memory &&
             picture_layout_fits(&surface->memory->layout, &context->layout);
    pthread_mutex_unlock(&driver->lock);
    return result;
}

void capture_touch(struct context *context, uint32_t captures)
{
    context->uses++;
    for (unsigned i = 0; i < context->num_captures; i++)
        if (captures >> i & 1)
            context->captures[i].last_use = context->uses;
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
    /* What it is bound to is not right for the stream's pictures any more. */
    if (surface->capture != NO_CAPTURE)
        capture_release(context, surface->capture);
    if (rt_format_depth(surface->rt_format) != context->format.bit_depth) {
        log_error(driver, "surface 0x%x was made for %u bits, its picture has %u",
                  surface->object.id, rt_format_depth(surface->rt_format),
                  context->format.bit_depth);
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
                  context->device->video_path, surface->object.id, context->num_captures);
    } else if (!context->import)
        status = take_over(context, surface, index);
    if (status != VA_STATUS_SUCCESS) {
        memory_put(driver, memory);
        return status;
    }

    pthread_mutex_lock(&driver->lock);
    surface->capture = index;
    context->captures[index].surface = surface;
    old = memory ? context->captures[index].memory : NULL;
    if (memory)
        context->captures[index].memory = memory;
    pthread_mutex_unlock(&driver->lock);
    memory_put(driver, old);
    return VA_STATUS_SUCCESS;
}

static int queue(struct context *context, const struct job *job)
{
    struct capture *capture = &context->captures[job->capture];
    struct v4l2_frame frame = {.index = job->capture, .request_fd = -1};
    int error;

    if (context->import) {
        const struct picture_memory *memory =
            job->display ? context->captures[job->display_capture].memory : capture->memory;

        frame.num_dmabufs = memory->layout.format->num_buffers;
        frame.dmabuf = memory->fd;
        frame.dmabuf_size = memory->layout.size;
    }
    error = v4l2_queue_capture(&context->node, &frame);
    if (error)
        return error;
    capture->queued = true;
    capture->timestamp = job->timestamp;
    if (!job->continues)
        capture->outcome = OUTCOME_WHOLE;
    if (!context->capture_streaming) {
        error = v4l2_stream(&context->node, v4l2_capture_type(&context->node), true);
        context->capture_streaming = !error;
    }
    return error;
}

unsigned capture_first_pending(struct context *context)
{
    unsigned n = 0;

    while (n < context->num_jobs && !job_at(context, n)->needs_queue)
        n++;
    return n;
}

int capture_queue_pending(struct context *context)
{
    for (unsigned n = capture_first_pending(context); n < context->num_jobs; n++) {
        struct job *job = job_at(context, n);
        int error;

        if (!job->needs_queue)
            continue;
        if (context->captures[job->capture].queued ||
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

    for (unsigned i = 0; i < context->num_captures; i++) {
        capture_release(context, i);
        memory_put(driver, context->captures[i].memory);
    }
    /* Buffers that stay would have the new ones' numbers. */
    if (context->num_captures &&
        v4l2_request_buffers(&context->node, v4l2_capture_type(&context->node),
                             context->import ? V4L2_MEMORY_DMABUF : V4L2_MEMORY_MMAP, &count, NULL))
        context->astray = true;
    context->num_captures = 0;
}

void context_forget_surface(struct context *context, struct surface *surface)
{
    pthread_mutex_lock(&context->lock);
    for (unsigned i = 0; i < context->num_captures; i++)
        if (context->captures[i].surface == surface)
            capture_release(context, i);
    context_unlock(context);
    context_unpark_idle(context);
}
