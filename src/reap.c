/* SPDX-License-Identifier: MIT */
/* The end of jobs. The kernel ends those of one context in the order in which they were queued. */
#include "late.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* Between the ends of a job's two buffers the kernel waits for nothing. */
#define SAME_MOMENT_NS 200000000ull
/* A device that does not answer is not waited for again at length with every call. */
#define STALLED_NS 20000000ull
/*
 * So long a request is trusted to tell the end of its job, before its buffers are looked at: the
 * kernel's driver may give a job up and leave the request open (hantro_g2_hevc_dec_run() does so
 * where a reference is missing). Less long where that was seen.
 */
#define TRUSTED_NS    50000000ull
#define DISTRUSTED_NS 4000000ull
/* Between a picture's return and the end of its request, where that comes. */
#define ENDING_NS 1000000ull
/* A poll that took no longer than so many dequeues found its picture ready. */
#define READY_DEQUEUES 4
/* So many right guesses make up for a wrong one. */
#define RIGHT_GUESSES 16
#define MAX_DOUBT     63

/* Of a hidden picture nobody asks how it ended: the next one that is shown, and may build on it,
 * has to say. */
static bool failed_with_hidden(struct context *context, enum picture_use use, bool failed)
{
    if (use == PICTURE_HIDDEN) {
        context->hidden_failure |= failed;
        return failed;
    }
    failed |= context->hidden_failure && use == PICTURE_SHOWN;
    context->hidden_failure = false;
    return failed;
}

void decode_begins(struct context *context, struct slot *slot, struct surface *surface,
                   struct surface *display, uint64_t timestamp)
{
    struct driver *driver = context->driver;

    object_ref(&driver->objects, &surface->object);
    if (display)
        object_ref(&driver->objects, &display->object);
    slot->state = SLOT_IN_FLIGHT;
    if (context->staging == slot)
        context->staging = NULL;
    pthread_mutex_lock(&driver->lock);
    surface->pending_jobs++;
    surface->state = SURFACE_IN_DECODE;
    surface->timestamp = timestamp;
    if (display) {
        display->pending_jobs++;
        display->state = SURFACE_IN_DECODE;
        display->timestamp = NO_TIMESTAMP;
    }
    pthread_mutex_unlock(&driver->lock);
}

void job_finish(struct context *context, bool failed)
{
    struct driver *driver = context->driver;
    struct job *job = job_at(context, 0);
    struct surface *surface = job->surface;
    struct capture *capture = &context->captures[job->capture];

    if (job->slot->state == SLOT_IN_FLIGHT)
        job->slot->state = SLOT_FREE;
    capture->failed |= failed_with_hidden(context, job->use, failed || capture->failed);
    pthread_mutex_lock(&driver->lock);
    surface->pending_jobs--;
    if (!surface->pending_jobs && !capture->queued)
        surface->state = capture->failed ? SURFACE_FAILED : SURFACE_DECODED;
    if (job->display && !--job->display->pending_jobs)
        job->display->state = capture->failed ? SURFACE_FAILED : SURFACE_DECODED;
    pthread_mutex_unlock(&driver->lock);
    if (job->display)
        context_put_later(context, &job->display->object);
    context->first_job = (context->first_job + 1) % MAX_JOBS;
    context->num_jobs--;
    context->jobs_done++;
    context->stalled = false;
    context_put_later(context, &surface->object);
}

/* A CAPTURE buffer came back. Its surface is done, unless a job still writes it. */
static void capture_returned(struct context *context, const struct v4l2_frame *frame)
{
    struct driver *driver = context->driver;
    struct capture *capture;

    if (frame->index >= context->num_captures)
        return;
    capture = &context->captures[frame->index];
    capture->queued = false;
    capture->failed |= (frame->flags & V4L2_BUF_FLAG_ERROR) != 0;
    pthread_mutex_lock(&driver->lock);
    if (capture->surface && capture->surface->state == SURFACE_IN_DECODE &&
        !capture->surface->pending_jobs)
        capture->surface->state = capture->failed ? SURFACE_FAILED : SURFACE_DECODED;
    pthread_mutex_unlock(&driver->lock);
}

/* Dequeues CAPTURE buffers until that one has come. `told`: by its request, and it comes in a
 * moment; else -EAGAIN if it is not there. */
static int collect_capture(struct context *context, unsigned index, bool told)
{
    enum v4l2_memory memory = context->import ? V4L2_MEMORY_DMABUF : V4L2_MEMORY_MMAP;

    while (context->captures[index].queued) {
        struct v4l2_frame frame = {0};
        int error = v4l2_dequeue_capture(&context->node, memory, &frame);

        if (error == -EAGAIN && told) {
            int ready = poll_until(context->node.fd, POLLIN, monotonic_ns() + SAME_MOMENT_NS);

            if (ready > 0)
                continue;
            return ready ? ready : -ETIMEDOUT;
        }
        if (error)
            return error;
        capture_returned(context, &frame);
    }
    return 0;
}

/*
 * Ends the oldest job if it is done; -EAGAIN when it is not. Before its request has `told` so, the
 * picture has to be there: MediaTek's drivers return the OUTPUT buffer when they have read it, and
 * the decoder's second half is yet to begin.
 */
static int reap_oldest(struct context *context, bool told)
{
    struct job *job = job_at(context, 0);
    struct v4l2_frame frame = {0};
    bool failed;
    int error = 0;

    if (!told && job->returns_capture)
        error = collect_capture(context, job->capture, false);
    if (!error)
        error = v4l2_dequeue_output(&context->node, &frame);
    if (error)
        return error;
    failed = frame.flags & V4L2_BUF_FLAG_ERROR;
    if (frame.index != job->slot->index)
        return -EIO;
    if (job->returns_capture) {
        error = collect_capture(context, job->capture, true);
        if (error)
            return error;
    }
    job_finish(context, failed);
    return capture_queue_pending(context);
}

/* The kernel and the driver no longer agree, or the device is gone. */
static int give_up(struct context *context, int error)
{
    log_error(context->driver, "%s: %s; all pictures in flight are lost",
              context->device->video_path, strerror(-error));
    context->dead |= error == -ENODEV;
    queues_restart(context);
    return error;
}

/*
 * Whether the next picture will be done when somebody asks for it. Where it is, dequeueing without
 * a look at the request first saves a system call; where it is not, that costs one. The next
 * pictures are taken to be as the last ones were, the more carefully the more often that was wrong.
 */
static void guessed(struct context *context, bool right)
{
    struct guess *guess = &context->guess;

    if (!right) {
        guess->ready = false;
        guess->seen = guess->right = 0;
        guess->doubt = guess->doubt < MAX_DOUBT ? 2 * guess->doubt + 1 : MAX_DOUBT;
    } else if (++guess->right == RIGHT_GUESSES) {
        guess->right = 0;
        guess->doubt /= 2;
    }
}

static void polled(struct context *context, bool was_ready)
{
    struct guess *guess = &context->guess;

    guess->seen = was_ready ? guess->seen + 1 : 0;
    guess->ready = guess->seen > guess->doubt;
}

/* Polls the request of job `n` with the lock dropped. -EAGAIN: nothing by then. */
static int wait_for(struct context *context, unsigned n, uint64_t deadline)
{
    struct slot *slot = job_at(context, n)->slot;
    int ready;

    slot->waiters++;
    pthread_mutex_unlock(&context->lock);
    ready = poll_until(slot->request_fd, POLLPRI, deadline);
    pthread_mutex_lock(&context->lock);
    slot->waiters--;
    return ready < 0 ? ready : ready ? 0 : -EAGAIN;
}

/* Ends the jobs up to number `until`, whose request is `slot`'s and has told nothing, if they are
 * done all the same. */
static int reap_untold(struct context *context, struct slot *slot, uint64_t until)
{
    bool ended = false;
    int error = 0;

    while (!error && context->num_jobs && context->jobs_done <= until) {
        error = reap_oldest(context, false);
        ended = !error && context->jobs_done > until;
    }
    if (ended && !context->unended &&
        !poll_until(slot->request_fd, POLLPRI, monotonic_ns() + ENDING_NS)) {
        context->unended = true;
        log_info(context->driver, "%s ends jobs without their requests",
                 context->device->video_path);
    }
    return error;
}

static void stall(struct context *context)
{
    if (!context->stalled)
        log_error(context->driver, "%s does not answer", context->device->video_path);
    context->stalled = true;
}

int reap_wait(struct context *context, uint64_t serial, uint64_t deadline)
{
    uint64_t begun = 0;

    while (serial >= context->jobs_done && context->num_jobs) {
        unsigned pending = capture_first_pending(context);
        uint64_t n = serial - context->jobs_done;
        int error = -EAGAIN;

        if (n >= context->num_jobs)
            n = context->num_jobs - 1;
        /* A job whose CAPTURE buffer is not queued yet runs only after an earlier one ended. */
        if (n >= pending && pending > 0)
            n = pending - 1;
        if (context->guess.ready) {
            error = reap_oldest(context, false);
            guessed(context, error != -EAGAIN);
        }
        if (error == -EAGAIN) {
            uint64_t until = context->jobs_done + n;
            uint64_t start = monotonic_ns(), end, limit = deadline;
            uint64_t look = start + (context->unended ? DISTRUSTED_NS : TRUSTED_NS);
            struct slot *slot = job_at(context, (unsigned)n)->slot;

            begun = begun ? begun : start;
            if (context->stalled && limit > begun + STALLED_NS)
                limit = begun + STALLED_NS;
            error = wait_for(context, (unsigned)n, limit < look ? limit : look);
            end = monotonic_ns();
            if (error)
                polled(context, false);
            if (error == -EAGAIN) {
                if (context->unended || end >= look)
                    error = reap_untold(context, slot, until);
                if (error == -EAGAIN && end >= limit) {
                    if (deadline > begun + DECODE_TIMEOUT_NS / 2)
                        stall(context);
                    return -ETIMEDOUT;
                }
            }
            while (!error && context->num_jobs && context->jobs_done <= until) {
                error = reap_oldest(context, true);
                if (start) /* the first one tells what a system call takes here */
                    polled(context,
                           !error && end - start < READY_DEQUEUES * (monotonic_ns() - end));
                start = 0;
            }
            /* Another thread may have been faster, and its next job be under way. */
            if (error == -EAGAIN)
                error = deadline && monotonic_ns() < deadline ? 0 : -ETIMEDOUT;
        }
        if (error == -ETIMEDOUT)
            return error;
        if (error)
            return give_up(context, error);
    }
    return 0;
}

int reap_all(struct context *context)
{
    int error;

    late_flush(context, NULL);
    reap_release_held(context);
    if (!context->num_jobs)
        return 0;
    error = reap_wait(context, context->jobs_done + context->num_jobs - 1,
                      monotonic_ns() + DECODE_TIMEOUT_NS);
    return error;
}

void reap_release_held(struct context *context)
{
    unsigned index = context->held_capture;

    if (!context->capture_held)
        return;
    context->capture_held = false;
    if (v4l2_flush_held_capture(context->node.fd))
        return; /* the kernel lets it go when it meets another timestamp */
    for (unsigned n = context->num_jobs; n-- > 0;) {
        if (job_at(context, n)->capture == index) {
            job_at(context, n)->returns_capture = true;
            return;
        }
    }
    collect_capture(context, index, true);
}

/* Serial number of the last job that writes the surface; false: none. */
static bool last_job_of(struct context *context, const struct surface *surface, uint64_t *serial)
{
    for (unsigned n = context->num_jobs; n-- > 0;) {
        if (job_at(context, n)->surface == surface || job_at(context, n)->display == surface) {
            *serial = context->jobs_done + n;
            return true;
        }
    }
    return false;
}

static bool holds(const struct context *context, const struct surface *surface)
{
    return context->capture_held && context->captures[context->held_capture].surface == surface;
}

VAStatus context_wait(struct context *context, struct surface *surface, uint64_t timeout_ns)
{
    uint64_t bound = timeout_ns < DECODE_TIMEOUT_NS ? timeout_ns : DECODE_TIMEOUT_NS;
    uint64_t serial;
    int error = 0;

    pthread_mutex_lock(&context->lock);
    late_flush(context, surface);
    /* Who only looks does not end a picture of which a second field may come. */
    if (timeout_ns && holds(context, surface))
        reap_release_held(context);
    if (last_job_of(context, surface, &serial))
        error = reap_wait(context, serial, bound ? monotonic_ns() + bound : 0);
    context_unlock(context);
    if (error == -ETIMEDOUT)
        return VA_STATUS_ERROR_TIMEDOUT;
    return error ? VA_STATUS_ERROR_OPERATION_FAILED : VA_STATUS_SUCCESS;
}

bool context_poll(struct context *context, struct surface *surface)
{
    return context_wait(context, surface, 0) != VA_STATUS_ERROR_TIMEDOUT;
}
