/* SPDX-License-Identifier: MIT */
/*
 * The outcome of pictures, and the state that it leaves their surfaces in.
 *
 * If a working device reports errors in a picture, the picture is still shown: the surface is
 * damaged, vaSyncSurface succeeds, and vaQuerySurfaceError reports the errors. This departs from
 * va.h, where vaSyncSurface fails for such a picture: FFmpeg would then end the transcode, and mpv
 * would stop using the decoder for the rest of the file, so that a lost packet would interrupt a
 * broadcast. For a picture that is lost, because it was not submitted completely, the queues were
 * stopped, or the device is silent or gone, vaSyncSurface fails as va.h says.
 *
 * Too many damaged pictures in a row count as lost, so that a client still falls back to software
 * if the device cannot decode the stream. Before the first whole picture a few are enough: the
 * client has shown almost nothing and can start over. The number still allows for a recording that
 * was cut in the middle of a picture or two. Later the number stands for more than a second of a
 * broadcast in which every picture has an error of its own (pictures that only refer to a damaged
 * one are not reported), which a short loss of reception does not explain.
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

/* No client waits for a hidden picture, so the next shown one, which may build on it, reports its
 * outcome. */
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

/* Called when the device has returned a picture: counts damaged pictures and logs them. Returns the
 * outcome, in which too many damaged pictures in a row count as lost. */
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
        return; /* the picture's last job sets the state */
    capture->outcome = count_damage(context, capture->outcome);
    lock_acquire(&driver->lock);
    capture->surface->state = state_after(capture->outcome);
    lock_release(&driver->lock);
}
