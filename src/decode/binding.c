/* SPDX-License-Identifier: MIT */
#include "decode/binding.h"

#include "base/log.h"
#include "decode/capture_pool.h"
#include "decode/completion.h"
#include "decode/deferred.h"
#include "decode/deferred_submit.h"
#include "decode/handover.h"
#include "decode/jobs.h"
#include "decode/parked.h"

#include <errno.h>
#include <poll.h>

static bool submission_uses(const struct context *context, const struct surface *surface)
{
    const struct submission *s = context->submission;

    return s && (s->surface == surface || s->display == surface ||
                 capture_is_in(s->lookup.named, surface->capture));
}

/* Sends a frame that is kept back. Otherwise the other context would have to wait until this one's
 * client submits its next frame. */
static void send_deferred(struct context *context, const struct surface *surface)
    REQUIRES(context->lock)
{
    const struct deferred_frame *deferred = &context->deferred;

    if (deferred->state == DEFERRED_KEPT &&
        (deferred->job.surface == surface || deferred->job.display == surface ||
         capture_is_in(deferred->job.references, surface->capture)))
        deferred_flush(context, NULL);
}

/* Drops context->lock while it waits. False: the submission did not end before the deadline. */
static bool wait_for_submission(struct context *context, uint64_t deadline)
{
    const struct timespec at = {
        .tv_sec = (time_t)(deadline / 1000000000u),
        .tv_nsec = (long)(deadline % 1000000000u),
    };

    return !pthread_cond_timedwait(&context->submitted, &context->lock.mutex, &at);
}

static bool is_bound_to(const struct surface *surface, const struct context *context)
{
    struct driver *driver = surface->driver;
    bool result;

    lock_acquire(&driver->lock);
    result = surface->context == context;
    lock_release(&driver->lock);
    return result;
}

/* Wants context->lock held, and drops it while it waits. Afterwards the surface is not bound to the
 * context. False: the context still uses it. */
static bool release_from(struct context *context, struct surface *surface, bool patient,
                         uint64_t deadline) REQUIRES(context->lock)
{
    while (is_bound_to(surface, context)) {
        uint64_t serial;

        /* Jobs end by themselves, but a submission may wait for something that the caller holds. */
        if (submission_uses(context, surface)) {
            if (!patient || !wait_for_submission(context, deadline))
                return false;
            continue;
        }
        send_deferred(context, surface);
        if (context->fields.capture_held && context->fields.held_capture == surface->capture)
            completion_release_held(context);
        if (jobs_find_last(context, surface, surface->capture, &serial)) {
            /* After any other error no jobs are left. */
            if (completion_wait(context, serial, deadline) == -ETIMEDOUT)
                return false;
            continue;
        }
        /* A queue that did not stop may still write to it. */
        if (context->queues.state == QUEUES_LOST && !context->dead)
            return false;
        deferred_note_reference_gone(context, surface->capture);
        capture_release(context, surface->capture);
    }
    return true;
}

/* With no lock held. Afterwards the surface is bound to no context other than `taker`. */
static VAStatus take_from_others(struct surface *surface, const struct context *taker, bool patient)
{
    struct context *other = surface_context(surface);
    uint64_t deadline = 0;
    bool gone = true;

    while (gone && other && other != taker) {
        if (!deadline)
            deadline = monotonic_ns() + DECODE_TIMEOUT_NS;
        lock_acquire(&other->lock);
        gone = release_from(other, surface, patient, deadline);
        context_unlock(other);
        handover_end_idle(other);
        object_put(&other->object);
        other = surface_context(surface);
    }
    if (other)
        object_put(&other->object);
    if (gone)
        return VA_STATUS_SUCCESS;
    log_error(surface->driver, "surface 0x%x is in use by another context", surface->object.id);
    return VA_STATUS_ERROR_SURFACE_BUSY;
}

VAStatus binding_detach_others(struct surface *surface, const struct context *context)
{
    struct driver *driver = surface->driver;
    const struct context *bound;
    bool ready;

    lock_acquire(&driver->lock);
    bound = surface->context;
    /* If a parked context has the surface, this context may continue that context's stream. */
    ready = !bound || bound == context || parked_contains(driver, bound);
    lock_release(&driver->lock);
    return ready ? VA_STATUS_SUCCESS : take_from_others(surface, context, true);
}

/* Wants driver->lock held. False: the surface is bound to another context. */
static bool claim(struct context *context, struct surface *surface)
{
    if (!surface->context) {
        object_ref(&context->object);
        surface_bind(surface, context);
    }
    return surface->context == context;
}

VAStatus binding_claim(struct context *context, struct surface *surface,
                       bool patient) UNCHECKED_LOCKS
{
    struct driver *driver = context->driver;
    VAStatus status;

    lock_acquire(&driver->lock);
    while (!claim(context, surface)) {
        lock_release(&driver->lock);
        lock_release(&context->lock);
        status = take_from_others(surface, context, patient);
        lock_acquire(&context->lock);
        if (status != VA_STATUS_SUCCESS)
            return status;
        lock_acquire(&driver->lock);
    }
    return VA_STATUS_SUCCESS;
}

void binding_undo_claim(struct context *context, struct surface *surface)
{
    struct driver *driver = context->driver;
    bool bound;

    lock_acquire(&driver->lock);
    bound = surface->context == context && surface->capture == NO_CAPTURE;
    if (bound)
        surface_rebind(surface, NULL);
    lock_release(&driver->lock);
    if (bound)
        object_put(&context->object);
}

VAStatus binding_wait_for_readers(struct context *context, const struct surface *surface)
{
    struct driver *driver = context->driver;
    struct picture_memory *memory;
    VAStatus status = VA_STATUS_SUCCESS;

    lock_acquire(&driver->lock);
    memory = surface->memory && surface->memory->exported ? surface->memory : NULL;
    if (memory)
        memory_ref_locked(memory);
    lock_release(&driver->lock);
    if (!memory)
        return status;
    for (unsigned i = 0; i < memory->layout.num_buffers && status == VA_STATUS_SUCCESS; i++) {
        if (poll_until(memory->fd[i], POLLOUT, 0) > 0)
            continue;
        lock_release(&context->lock);
        if (poll_until(memory->fd[i], POLLOUT, monotonic_ns() + READERS_TIMEOUT_NS) <= 0)
            status = VA_STATUS_ERROR_SURFACE_BUSY;
        lock_acquire(&context->lock);
    }
    if (status != VA_STATUS_SUCCESS)
        log_error(driver, "surface 0x%x: its exported picture is still being read",
                  surface->object.id);
    memory_put(driver, memory);
    return status;
}

void binding_surface_destroyed(struct context *context, struct surface *surface)
{
    lock_acquire(&context->lock);
    for (unsigned i = 0; i < context->captures.count; i++)
        if (context->captures.list[i].surface == surface)
            capture_release(context, i);
    context_unlock(context);
    handover_end_idle(context);
}
