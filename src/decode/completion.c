/* SPDX-License-Identifier: MIT */
#include "decode/completion.h"

#include "base/log.h"
#include "decode/capture_pool.h"
#include "decode/context.h"
#include "decode/fields.h"
#include "decode/jobs.h"
#include "decode/outcome.h"
#include "decode/output_pool.h"
#include "decode/restart.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* The kernel returns a job's second buffer right after its first. */
#define SAME_MOMENT_NS 200000000ull
/* How long each call waits for a device that has stopped answering. */
#define STALLED_NS 20000000ull
/*
 * How long to rely on the request alone before looking at the buffers: the kernel's driver may give
 * up a job and leave its request open (hantro_g2_hevc_dec_run() does so if a reference is missing).
 * The wait is shorter once that has happened.
 */
#define TRUSTED_NS    50000000ull
#define DISTRUSTED_NS 4000000ull
/* How long a request may take to end after its picture was returned. */
#define ENDING_NS 1000000ull

/*
 * Longer than any device takes for one picture. If the hardware does not respond, the kernel's
 * drivers give up after 1 s (MediaTek's) or 2 s (the others) and return the picture with an error.
 */
#define SILENT_NS 800000000ull
/* A sleep that overruns by this much means that the process was stopped, by a signal or a debugger.
 */
#define STOPPED_NS 500000000ull

/* The state of a search for finished buffers. */
struct dequeue_wait {
    bool signalled;    /* the request of the job has completed: its buffers are about to come */
    bool expired;      /* the deadline has passed */
    uint64_t deadline; /* CLOCK_MONOTONIC ns, for all late buffers; 0: none was late yet */
};

/* Logs that the kernel has returned a buffer that it should not have. Returns -EIO. */
static int unexpected_buffer(const struct context *context, const char *what, unsigned index)
{
    log_error(context->driver, "%s: dequeued buffer %u of %s unexpectedly",
              context->device->video_path, index, what);
    return -EIO;
}

/* Waits, with the lock held, for a buffer of a job that has ended. All late buffers share one
 * deadline. -EIO: it has passed. */
static int await_buffer(struct context *context, short events, struct dequeue_wait *look)
{
    uint64_t now = monotonic_ns();
    int ready;

    if (look->expired)
        return -EIO;
    if (!look->deadline)
        look->deadline = now + SAME_MOMENT_NS;
    ready = poll_until(context->queues.node.fd, events, look->deadline);
    /* If poll() failed, the next dequeue says why. */
    look->expired = ready <= 0 || now >= look->deadline;
    return 0;
}

/* Dequeues the next finished buffer. -EAGAIN: there is none, and none is expected. */
static int dequeue(struct context *context, bool capture, struct dequeue_wait *look,
                   struct v4l2_frame *frame)
{
    enum v4l2_memory memory = context->import ? V4L2_MEMORY_DMABUF : V4L2_MEMORY_MMAP;
    int error;

    do {
        error = capture ? v4l2_dequeue_capture(&context->queues.node, memory, frame)
                        : v4l2_dequeue_output(&context->queues.node, frame);
        if (error != -EAGAIN || !look->signalled)
            return error;
        error = await_buffer(context, capture ? POLLIN : POLLOUT, look);
    } while (!error);
    return error;
}

/* The outcome of the oldest job. An error after a long silence means that the picture is lost. */
static enum outcome outcome_of(const struct context *context, const struct v4l2_frame *frame)
{
    if (!(frame->flags & V4L2_BUF_FLAG_ERROR))
        return OUTCOME_WHOLE;
    return context->waiting.waited < SILENT_NS ? OUTCOME_DAMAGED : OUTCOME_LOST;
}

/* Dequeues CAPTURE buffers up to captures.list[index]. */
static int collect_capture(struct context *context, unsigned index, struct dequeue_wait *look)
    REQUIRES(context->lock)
{
    while (context->captures.list[index].queued) {
        struct v4l2_frame frame = {0};
        int error = dequeue(context, true, look, &frame);
        struct capture *capture;

        if (error)
            return error;
        capture = &context->captures.list[frame.index % MAX_CAPTURES];
        /* The timestamp is undefined if the job failed before it began. */
        if (frame.index >= context->captures.count || !capture->queued ||
            (frame.timestamp != capture->timestamp && !(frame.flags & V4L2_BUF_FLAG_ERROR)))
            return unexpected_buffer(context, "CAPTURE", frame.index);
        capture_dequeued(capture);
        capture_finish(context, capture, outcome_of(context, &frame));
    }
    return 0;
}

/*
 * Ends the oldest job if it is done. -EAGAIN: it is not. If its request has not completed, the
 * picture has to be there first: MediaTek's drivers return the OUTPUT buffer as soon as they have
 * read it, before the second half of the decode begins.
 */
static int complete_oldest(struct context *context, struct dequeue_wait *look)
    REQUIRES(context->lock)
{
    struct job *job = job_at(context, 0);
    struct v4l2_frame frame = {0};
    int error = 0;

    if (!look->signalled && job->returns_capture)
        error = collect_capture(context, job->capture, look);
    if (!error)
        error = dequeue(context, false, look, &frame);
    if (error)
        return error;
    if (frame.index != job->slot->index)
        return unexpected_buffer(context, "OUTPUT", frame.index);
    if (job->returns_capture)
        error = collect_capture(context, job->capture, look);
    if (error)
        return error;
    job_finish(context, outcome_of(context, &frame));
    error = capture_queue_pending(context);
    return error == -EAGAIN ? -EIO : error; /* -EAGAIN would mean that it is not done */
}

/* Stops the queues, because the kernel and the driver no longer agree, or the device is gone. */
static int give_up(struct context *context, int error) REQUIRES(context->lock)
{
    log_error(context->driver, "%s: %s; all pictures in flight are lost",
              context->device->video_path, strerror(-error));
    if (error == -ENODEV)
        context_mark_dead(context);
    queues_restart(context);
    return error;
}

/* Polls the request of job `n` with the lock dropped. -EAGAIN: it has not completed by the
 * deadline. */
static int wait_for(struct context *context, unsigned n, uint64_t deadline) REQUIRES(context->lock)
{
    struct slot *slot = job_at(context, n)->slot;
    int ready;

    slot_pin(slot);
    lock_release(&context->lock);
    ready = poll_until(slot->request_fd, POLLPRI, deadline);
    lock_acquire(&context->lock);
    slot_unpin(slot);
    return ready < 0 ? ready : ready ? 0 : -EAGAIN;
}

/* Ends those jobs up to serial number `until` that are done although the request of the last one,
 * which is in `slot`, has not completed. */
static int complete_unsignalled(struct context *context, struct slot *slot, uint64_t until)
    REQUIRES(context->lock)
{
    struct dequeue_wait look = {.signalled = false};
    bool ended = false;
    int error = 0;

    while (!error && context->jobs.count && context->jobs.oldest_serial <= until) {
        error = complete_oldest(context, &look);
        ended = !error && context->jobs.oldest_serial > until;
    }
    if (ended && !context->waiting.leaves_requests_open &&
        !poll_until(slot->request_fd, POLLPRI, monotonic_ns() + ENDING_NS)) {
        jobs_note_open_requests(context);
        log_info(context->driver, "%s completes jobs but not their requests",
                 context->device->video_path);
    }
    return error;
}

static void stall(struct context *context) REQUIRES(context->lock)
{
    if (jobs_stall(context))
        log_error(context->driver, "%s does not answer", context->device->video_path);
}

/* How long the process was stopped during a wait from `start` to `end` that should have ended at
 * `wanted`. (CLOCK_MONOTONIC does not advance while the machine sleeps.) */
static uint64_t time_stopped(uint64_t start, uint64_t wanted, uint64_t end)
{
    if (wanted < start)
        wanted = start;
    return end > wanted + STOPPED_NS ? end - wanted : 0;
}

/* Ends the jobs up to serial number `until`, whose request has completed. */
static int complete_signalled(struct context *context, uint64_t until) REQUIRES(context->lock)
{
    struct dequeue_wait look = {.signalled = true};
    int error = 0;

    while (!error && context->jobs.count && context->jobs.oldest_serial <= until)
        error = complete_oldest(context, &look);
    return error;
}

/* Waits until `*deadline` for the job with serial number `until`, and ends the jobs up to it. Drops
 * context->lock while it waits. -EAGAIN: there is time left to try again. `*begun`: when the first
 * of these waits began; 0: this is the first. */
static int wait_and_complete(struct context *context, uint64_t until, uint64_t *deadline,
                             uint64_t *begun) REQUIRES(context->lock)
{
    const uint64_t trusted = context->waiting.leaves_requests_open ? DISTRUSTED_NS : TRUSTED_NS;
    const uint64_t start = monotonic_ns(), look = start + trusted;
    const unsigned n = (unsigned)(until - context->jobs.oldest_serial);
    struct slot *slot = job_at(context, n)->slot;
    uint64_t limit = *deadline, end, stopped;
    int error;

    *begun = *begun ? *begun : start;
    if (context->waiting.stalled && limit > *begun + STALLED_NS)
        limit = *begun + STALLED_NS;
    error = wait_for(context, n, limit < look ? limit : look);
    /* -EIO stands for POLLERR: dequeuing shows what is wrong. */
    if (!error || error == -EIO)
        return complete_signalled(context, until);
    if (error != -EAGAIN)
        return error;
    end = monotonic_ns();
    stopped = time_stopped(start, limit < look ? limit : look, end);
    if (*deadline && stopped) {
        /* The device is not to blame: it gets the full time. */
        *deadline += stopped;
        *begun += stopped;
        return -EAGAIN;
    }
    jobs_add_wait_time(context, start, end);
    if (context->waiting.leaves_requests_open || context->waiting.waited >= trusted)
        error = complete_unsignalled(context, slot, until);
    if (error != -EAGAIN || end < limit)
        return error;
    if (*deadline > *begun + DECODE_TIMEOUT_NS / 2)
        stall(context);
    return -ETIMEDOUT;
}

int completion_wait(struct context *context, uint64_t serial, uint64_t deadline)
{
    uint64_t begun = 0;

    while (serial >= context->jobs.oldest_serial && context->jobs.count) {
        unsigned pending = capture_first_pending(context);
        uint64_t n = serial - context->jobs.oldest_serial;
        int error;

        if (n >= context->jobs.count)
            n = context->jobs.count - 1;
        /* A job whose CAPTURE buffer is not queued yet runs only after an earlier one has ended. */
        if (n >= pending && pending > 0)
            n = pending - 1;
        error = wait_and_complete(context, context->jobs.oldest_serial + n, &deadline, &begun);
        if (error == -ETIMEDOUT)
            return error;
        if (error && error != -EAGAIN)
            return give_up(context, error);
    }
    return 0;
}

int completion_wait_all(struct context *context)
{
    if (!context->jobs.count)
        return 0;
    return completion_wait(context, context->jobs.oldest_serial + context->jobs.count - 1,
                           monotonic_ns() + DECODE_TIMEOUT_NS);
}

void completion_release_held(struct context *context)
{
    unsigned index = context->fields.held_capture;
    struct dequeue_wait look = {.signalled = true};

    if (!context->fields.capture_held)
        return;
    fields_release_capture(context);
    if (v4l2_flush_held_capture(context->queues.node.fd))
        return; /* the kernel releases it at the next timestamp */
    for (unsigned n = context->jobs.count; n-- > 0;) {
        if (job_at(context, n)->capture == index) {
            job_at(context, n)->returns_capture = true;
            return;
        }
    }
    /* A buffer that is late is dequeued later. */
    if (collect_capture(context, index, &look) && !look.expired)
        queues_restart(context);
}
