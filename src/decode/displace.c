/* SPDX-License-Identifier: MIT */
#include "decode/displace.h"

#include "base/log.h"
#include "decode/capture_pool.h"
#include "decode/completion.h"
#include "decode/moved_picture.h"
#include "decode/submission.h"

/* Wants driver->lock held. Whether the surface holds a finished picture: one that holds none may be
 * about to be decoded into. */
static bool holds_picture(const struct surface *surface)
{
    return !surface->pending_jobs && surface->state != SURFACE_FREE &&
           surface->state != SURFACE_IN_DECODE;
}

/* The memory of the surface that captures.list[index] is bound to, with a new reference, if it can
 * be taken away: then only the surface, the capture and the caller have a reference to it. Else
 * NULL. */
static struct picture_memory *memory_at(struct context *context, unsigned index)
{
    struct driver *driver = context->driver;
    const struct capture *capture = &context->captures.list[index];
    struct picture_memory *memory = NULL;

    lock_acquire(&driver->lock);
    if (capture->surface && !capture->queued && holds_picture(capture->surface) &&
        capture->memory && capture->surface->memory == capture->memory &&
        !capture->memory->exported && capture->memory->references == 2 &&
        picture_layout_fits(&capture->memory->layout, &context->queues.layout)) {
        memory = capture->memory;
        memory_ref_locked(memory);
    }
    lock_release(&driver->lock);
    return memory;
}

struct picture_memory *displace_picture(struct context *context, unsigned index)
{
    struct picture_memory *memory = memory_at(context, index);

    if (memory &&
        memory_move_picture(context->driver, context->captures.list[index].surface, memory, 3)) {
        capture_release(context, index);
        return memory;
    }
    memory_put(context->driver, memory);
    return NULL;
}

/* The captures that the deferred frame uses, which may still have to be sent or sent again, and
 * those that the current submission names. The surfaces may be gone by now. */
static uint32_t captures_to_be_read(const struct context *context)
{
    uint32_t captures = context->submission ? context->submission->lookup.named : 0;

    if (context->deferred.state != DEFERRED_NONE)
        captures |= context->deferred.job.references | 1u << context->deferred.job.capture;
    return captures;
}

struct picture_memory *reclaim_orphaned(struct context *context)
{
    const uint32_t busy = captures_in_flight(context) | captures_to_be_read(context);
    struct driver *driver = context->driver;
    struct picture_memory *memory = NULL;

    lock_acquire(&driver->lock);
    for (unsigned i = 0; i < context->captures.count && !memory; i++) {
        struct capture *capture = &context->captures.list[i];

        if (!capture->surface && !capture->queued && !(busy >> i & 1) && capture->memory &&
            capture->memory->references == 1 && !capture->memory->exported &&
            picture_layout_fits(&capture->memory->layout, &context->queues.layout))
            memory = capture_take_memory(capture);
    }
    lock_release(&driver->lock);
    return memory;
}

/*
 * Pictures that are still references although the picture being decoded does not name them. Only
 * MPEG-2's intra pictures name fewer pictures than later ones need: B pictures that follow are
 * predicted from the preceding I or P picture as well. That is the last picture, or the younger one
 * of those that it names. The pictures of all other codecs name every reference that is kept.
 */
static uint32_t unnamed_references(const struct context *context, uint32_t named)
{
    uint32_t references = 0;

    if (named || context->codec->coded_format != V4L2_PIX_FMT_MPEG2_SLICE)
        return 0;
    lock_acquire(&context->driver->lock);
    for (unsigned n = 0; n < 2; n++) {
        unsigned youngest = MAX_CAPTURES;

        for (unsigned i = 0; i < context->captures.count; i++) {
            const struct surface *surface = context->captures.list[i].surface;

            if (surface && context->captures.list[i].last_use == context->captures.uses &&
                !(references >> i & 1) &&
                (youngest == MAX_CAPTURES ||
                 surface->timestamp > context->captures.list[youngest].surface->timestamp))
                youngest = i;
        }
        if (youngest < MAX_CAPTURES)
            references |= 1u << youngest;
    }
    lock_release(&context->driver->lock);
    return references;
}

/* Moves the picture that has been unused for longest, of those that can be moved, and returns its
 * memory. NULL: there is none. */
static struct picture_memory *displace_oldest(struct context *context, uint32_t keep)
    REQUIRES(context->lock)
{
    keep |= captures_in_flight(context);
    for (;;) {
        unsigned oldest = MAX_CAPTURES;
        struct picture_memory *memory;

        for (unsigned i = 0; i < context->captures.count; i++)
            if (!(keep >> i & 1) &&
                (oldest == MAX_CAPTURES ||
                 context->captures.list[i].last_use < context->captures.list[oldest].last_use))
                oldest = i;
        if (oldest == MAX_CAPTURES)
            return NULL;
        memory = displace_picture(context, oldest);
        if (memory)
            return memory;
        keep |= 1u << oldest;
    }
}

struct picture_memory *reclaim_by_displacing(struct context *context, uint32_t named)
{
    const uint32_t keep = named | unnamed_references(context, named);
    const uint64_t deadline = monotonic_ns() + DECODE_TIMEOUT_NS;
    struct picture_memory *memory;

    while (!(memory = displace_oldest(context, keep)) && context->jobs.count)
        if (completion_wait(context, context->jobs.oldest_serial, deadline))
            return NULL;
    if (memory && !context->displacing) {
        context->displacing = true;
        log_info(context->driver, "%s: too little memory: decoded pictures move to ordinary memory",
                 context->device->video_path);
    }
    return memory;
}
