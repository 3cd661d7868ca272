/* SPDX-License-Identifier: MIT */
/*
 * How pictures end, and what their surfaces say of it.
 *
 * A picture that a live device reports errors in is shown all the same: the surface is damaged,
 * vaSyncSurface succeeds, and vaQuerySurfaceError tells. This departs from va.h, where
 * vaSyncSurface fails for such a picture: FFmpeg then ends the transcode, and mpv leaves the
 * decoder for the rest of the file, so that a broadcast with a lost packet would not play on. A
 * picture that is lost, because it was not submitted as a whole, the queues were stopped or the
 * device is silent or gone, fails as va.h says.
 *
 * Too many damaged pictures in a row count as lost, so that a client still goes to software where
 * the device cannot decode the stream. Before any picture came out whole, few are enough for that:
 * the client has shown next to nothing and can start over, while a recording that was cut in the
 * middle of a picture or two is still given the benefit of the doubt. Later on the number is more
 * than a second of a broadcast in which every single picture has an error of its own (pictures that
 * merely refer to a damaged one are not reported), which no short loss of reception explains.
 */
#include "decode/outcome.h"

#include "base/log.h"
#include "decode/context.h"
#include "decode/jobs.h"
#include "decode/output_pool.h"

#define DAMAGED_AT_FIRST 4
#define DAMAGED_IN_A_ROW 32

/* Shortest time between two messages about damaged pictures of one context. */
#define TELL_DAMAGE_NS 10000000000ull

static enum outcome worse(enum outcome a, enum outcome b)
{
    return a > b ? a : b;
}

/* Of a hidden picture nobody asks how it ended: the next one that is shown, and may build on it,
 * has to say. */
static enum outcome with_hidden(struct context *context, enum picture_use use, enum outcome outcome)
{
    if (use == PICTURE_HIDDEN) {
        context->damage.hidden = worse(context->damage.hidden, outcome);
        return outcome;
    }
    if (use == PICTURE_SHOWN)
        outcome = worse(outcome, context->damage.hidden);
    context->damage.hidden = OUTCOME_WHOLE;
    return outcome;
}

static void report_damage(struct context *context)
{
    struct damage *damage = &context->damage;
    uint64_t now = monotonic_ns();

    damage->unreported++;
    if (damage->reported_at && now - damage->reported_at < TELL_DAMAGE_NS)
        return;
    log_error(context->driver, "%s: %s: errors in %u picture%s, shown as decoded",
              context->device->video_path, context->codec->name, damage->unreported,
              damage->unreported == 1 ? "" : "s");
    damage->reported_at = now;
    damage->unreported = 0;
}

/* The device has returned a picture: counts the damaged ones, and tells of them. */
static enum outcome count_damage(struct context *context, enum outcome outcome)
{
    struct damage *damage = &context->damage;
    unsigned most = damage->any_whole ? DAMAGED_IN_A_ROW : DAMAGED_AT_FIRST;

    if (outcome == OUTCOME_WHOLE) {
        damage->in_a_row = 0;
        damage->any_whole = true;
    }
    if (outcome != OUTCOME_DAMAGED)
        return outcome;
    if (damage->in_a_row + 1 < most) {
        damage->in_a_row++;
        report_damage(context);
        return outcome;
    }
    if (damage->in_a_row < most)
        log_error(context->driver, "%s: %s: errors in %u pictures in a row: given up",
                  context->device->video_path, context->codec->name, most);
    damage->in_a_row = most;
    return OUTCOME_LOST;
}

static enum surface_state state_after(enum outcome outcome)
{
    return outcome == OUTCOME_LOST      ? SURFACE_FAILED
           : outcome == OUTCOME_DAMAGED ? SURFACE_DAMAGED
                                        : SURFACE_DECODED;
}

void job_begin(struct context *context, const struct job *job)
{
    struct driver *driver = context->driver;

    object_ref(&job->surface->object);
    if (job->display)
        object_ref(&job->display->object);
    slot_begin_flight(context, job->slot);
    lock_acquire(&driver->lock);
    job->surface->pending_jobs++;
    job->surface->state = SURFACE_IN_DECODE;
    surface_set_timestamp(job->surface, job->timestamp);
    if (job->display) {
        job->display->pending_jobs++;
        job->display->state = SURFACE_IN_DECODE;
        surface_set_timestamp(job->display, NO_TIMESTAMP);
    }
    lock_release(&driver->lock);
}

void job_uncount(struct context *context, const struct job *job, bool failed)
{
    struct surface *surfaces[] = {job->surface, job->display};
    struct driver *driver = context->driver;

    lock_acquire(&driver->lock);
    for (unsigned i = 0; i < 2 && surfaces[i]; i++) {
        surfaces[i]->pending_jobs--;
        if (!failed)
            continue;
        if (!surfaces[i]->pending_jobs)
            surfaces[i]->state = SURFACE_FAILED;
        if (surfaces[i]->timestamp == job->timestamp)
            surface_set_timestamp(surfaces[i], NO_TIMESTAMP);
    }
    lock_release(&driver->lock);
    if (failed && job->use == PICTURE_HIDDEN)
        context->damage.hidden = OUTCOME_LOST;
}

void job_fail(struct context *context, const struct job *job)
{
    struct driver *driver = context->driver;

    lock_acquire(&driver->lock);
    job->surface->state = SURFACE_FAILED;
    surface_set_timestamp(job->surface, NO_TIMESTAMP);
    if (job->display)
        job->display->state = SURFACE_FAILED;
    lock_release(&driver->lock);
}

void outcome_fail_surface(struct context *context, struct surface *surface)
{
    struct driver *driver = context->driver;

    lock_acquire(&driver->lock);
    if (!surface->pending_jobs && (!surface->context || surface->context == context))
        surface->state = SURFACE_FAILED;
    lock_release(&driver->lock);
}

void outcome_reset(struct capture *capture)
{
    capture->outcome = OUTCOME_WHOLE;
}

void outcome_mark_lost(struct capture *capture)
{
    capture->outcome = OUTCOME_LOST;
}

void outcome_take(struct context *context, const struct context *from)
{
    context->damage.hidden = from->damage.hidden;
}

void job_finish(struct context *context, enum outcome outcome)
{
    struct driver *driver = context->driver;
    struct job *job = job_at(context, 0);
    struct surface *surface = job->surface;
    struct capture *capture = &context->captures.list[job->capture];

    slot_end_flight(job->slot);
    outcome = worse(outcome, capture->outcome);
    if (job->returns_capture)
        outcome = count_damage(context, outcome);
    capture->outcome = with_hidden(context, job->use, outcome);
    lock_acquire(&driver->lock);
    surface->pending_jobs--;
    if (!surface->pending_jobs && !capture->queued)
        surface->state = state_after(capture->outcome);
    if (job->display && !--job->display->pending_jobs)
        job->display->state = state_after(capture->outcome);
    lock_release(&driver->lock);
    if (job->display)
        context_put_later(context, &job->display->object);
    jobs_pop(context);
    context_put_later(context, &surface->object);
}

void capture_finish(struct context *context, struct capture *capture, enum outcome outcome)
{
    struct driver *driver = context->driver;
    bool ended;

    capture->outcome = worse(capture->outcome, outcome);
    lock_acquire(&driver->lock);
    ended = capture->surface && capture->surface->state == SURFACE_IN_DECODE &&
            !capture->surface->pending_jobs;
    lock_release(&driver->lock);
    if (!ended)
        return; /* a job does the rest */
    capture->outcome = count_damage(context, capture->outcome);
    lock_acquire(&driver->lock);
    capture->surface->state = state_after(capture->outcome);
    lock_release(&driver->lock);
}
