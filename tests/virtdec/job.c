/* SPDX-License-Identifier: MIT */
/*
 * Jobs: pairs the oldest OUTPUT buffer with the oldest CAPTURE buffer of a context and has the
 * codec decode the one into the other, on the context's worker thread; held CAPTURE buffers as
 * v4l2-mem2mem treats them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "avdecoder.h"
#include "virtdec.h"

/* A new context with the state of a newly opened file of that decoder, or NULL. vd_lock held. */
struct vd_ctx *vd_ctx_new(unsigned device)
{
    struct vd_ctx *ctx = calloc(1, sizeof(*ctx));
    if (!ctx)
        return NULL;
    ctx->personality = vd_personality(device);
    bool mplane = ctx->personality->mplane;
    ctx->output.ctx = ctx->capture.ctx = ctx;
    ctx->output.output = true;
    ctx->output.type = mplane ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
    ctx->capture.type = mplane ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;
    ctx->priority = V4L2_PRIORITY_DEFAULT;
    ctx->timing_only = vd_timing_only();
    vd_format_init(ctx);
    vd_ctrls_init(ctx);
    vd_priority_count(ctx, 1);
    return ctx;
}

/* Stops starting jobs and waits for the one that runs. The caller clears `aborting`. */
void vd_ctx_abort(struct vd_ctx *ctx)
{
    ctx->aborting = true;
    while (ctx->running)
        vd_wait(NULL);
}

static void close_codec(struct vd_ctx *ctx)
{
    if (ctx->codec_state)
        ctx->codec->close(ctx->codec_state);
    ctx->codec_state = NULL;
}

/* Closes a context. vd_lock held; dropped while the worker ends. */
void vd_ctx_free(struct vd_ctx *ctx)
{
    vd_ctx_abort(ctx);
    ctx->quit = true;
    vd_changed();
    if (ctx->worker_started) {
        pthread_mutex_unlock(&vd_lock);
        pthread_join(ctx->worker, NULL);
        pthread_mutex_lock(&vd_lock);
    }
    vd_queue_cancel(&ctx->output);
    vd_queue_cancel(&ctx->capture);
    vd_queue_free(&ctx->output);
    vd_queue_free(&ctx->capture);
    vd_request_forget_ctrls(ctx);
    close_codec(ctx);
    if (ctx->jobs)
        vd_report("summary codec=%s jobs=%llu corrupt=%llu", ctx->codec->name,
                  (unsigned long long)ctx->jobs, (unsigned long long)ctx->corrupt);
    vd_ctrls_free(ctx);
    vd_priority_count(ctx, -1);
    free(ctx);
}

static void set_target(struct vd_job *job, const struct vd_buffer *dst)
{
    const struct vd_format *format = &job->ctx->cap_fmt;
    struct vd_target *target = &job->target;
    for (unsigned i = 0; i < format->planes; i++)
        target->mem[i] = vd_mem_get(dst->plane[i].mem);
    target->pixelformat = format->pixelformat;
    target->stride = format->bytesperline[0];
    target->width = format->width;
    target->height = format->height;
    target->timestamp = dst->timestamp;
    target->native = job->ctx->native;
    if (!target->mem[0])
        return; /* no buffer is queued without memory */
    target->luma = target->mem[0]->map;
    target->chroma =
        format->planes == 2
            ? target->mem[1]->map
            : target->luma + vd_luma_bytes(target->pixelformat, target->stride, target->height);
}

static int snapshot(struct vd_job *job)
{
    const struct vd_ctx *ctx = job->ctx;
    for (unsigned i = 0; i < ctx->num_ctrls; i++) {
        job->ctrl[i] = malloc(ctx->ctrl[i].size);
        if (!job->ctrl[i])
            return -ENOMEM;
        memcpy(job->ctrl[i], ctx->ctrl[i].value, ctx->ctrl[i].size);
        job->ctrl_size[i] = ctx->ctrl[i].size;
    }
    return 0;
}

static void drop(struct vd_job *job)
{
    for (unsigned i = 0; i < VD_MAX_PLANES; i++)
        vd_mem_put(job->target.mem[i]);
    for (unsigned i = 0; i < VD_MAX_CTRLS; i++)
        free(job->ctrl[i]);
}

/* The value of a control for this job, or NULL if the device does not have it. */
const void *vd_job_ctrl(const struct vd_job *job, uint32_t id)
{
    for (unsigned i = 0; i < job->ctx->num_ctrls; i++)
        if (job->ctx->ctrl[i].desc.id == id)
            return job->ctrl[i];
    return NULL;
}

uint32_t vd_job_ctrl_size(const struct vd_job *job, uint32_t id)
{
    for (unsigned i = 0; i < job->ctx->num_ctrls; i++)
        if (job->ctx->ctrl[i].desc.id == id)
            return job->ctrl_size[i];
    return 0;
}

/* Makes ctx->codec the one of the OUTPUT format, with a state unless it is only to keep time. */
static bool open_codec(struct vd_ctx *ctx)
{
    if (ctx->codec_state && ctx->codec == ctx->coded->codec)
        return true;
    close_codec(ctx);
    ctx->codec = ctx->coded->codec;
    if (ctx->timing_only)
        return true;
    ctx->codec_state = ctx->codec->open(ctx->coded);
    return ctx->codec_state != NULL;
}

static void sleep_latency(const struct timespec *start)
{
    const char *text = getenv("VIRTDEC_LATENCY_US");
    long us = text ? strtol(text, NULL, 10) : 0;
    if (us <= 0)
        return;
    struct timespec end = *start;
    end.tv_sec += us / 1000000;
    end.tv_nsec += us % 1000000 * 1000;
    if (end.tv_nsec >= 1000000000L) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000L;
    }
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
        ;
}

/* Runs the codec without the lock. finish: no data, only the end of a held picture. */
static void run_codec(struct vd_job *job, bool finish)
{
    struct vd_ctx *ctx = job->ctx;
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    bool timing_only = ctx->timing_only;
    uint64_t end = timing_only && !finish ? vd_timing_end(ctx) : 0;
    ctx->running = true;
    pthread_mutex_unlock(&vd_lock);
    if (timing_only)
        vd_timing_wait(end);
    else if (finish)
        ctx->codec->finish(ctx->codec_state, job);
    else
        ctx->codec->decode(ctx->codec_state, job);
    if (!finish && !timing_only)
        sleep_latency(&start);
    pthread_mutex_lock(&vd_lock);
    ctx->running = false;
}

/* Returns a held CAPTURE buffer, with what was collected for it decoded first. */
static void return_held(struct vd_ctx *ctx)
{
    struct vd_buffer *dst = ctx->capture.ready.head;
    struct vd_job job = {.ctx = ctx, .coded = ctx->coded, .number = ctx->jobs};
    set_target(&job, dst);
    job.timestamp = dst->timestamp;
    if (snapshot(&job) == 0 && ctx->codec_state)
        run_codec(&job, true);
    drop(&job);
    dst->is_held = false;
    if (ctx->capture.ready.head == dst)
        vd_list_pop(&ctx->capture.ready);
    vd_buf_done(dst, VD_BUF_DONE);
}

static void copy_metadata(const struct vd_buffer *src, struct vd_buffer *dst)
{
    const uint32_t mask = V4L2_BUF_FLAG_TIMECODE | V4L2_BUF_FLAG_TSTAMP_SRC_MASK |
                          V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_PFRAME | V4L2_BUF_FLAG_BFRAME;
    dst->timestamp = src->timestamp;
    if (src->flags & V4L2_BUF_FLAG_TIMECODE)
        dst->timecode = src->timecode;
    dst->field = src->field;
    dst->flags = (dst->flags & ~mask) | (src->flags & mask);
    dst->copied_timestamp = true;
}

/* Gives OUTPUT back with its data copied, as MediaTek's decoders do when their first half has read
 * it. The request goes on: its controls are not done. False: there is no memory. */
static bool return_output(struct vd_job *job, struct vd_buffer *src)
{
    uint8_t *data = malloc(job->size + 1);
    if (!data)
        return false;
    memcpy(data, job->data, job->size);
    job->data = data;
    vd_list_pop(&job->ctx->output.ready);
    vd_buf_done(src, VD_BUF_DONE);
    return true;
}

/* The time after which MediaTek's drivers give their hardware up; others take two seconds. */
static void be_silent(struct vd_ctx *ctx)
{
    ctx->running = true;
    pthread_mutex_unlock(&vd_lock);
    nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    pthread_mutex_lock(&vd_lock);
    ctx->running = false;
}

static void run_job(struct vd_ctx *ctx)
{
    struct vd_buffer *src = ctx->output.ready.head, *dst = ctx->capture.ready.head;
    struct vd_request *req = src->req;
    uint8_t *early = NULL;
    vd_ctrls_apply(ctx, req);
    bool continued = dst->copied_timestamp && dst->timestamp == src->timestamp && dst->is_held;
    copy_metadata(src, dst);
    src->sequence = ctx->output.sequence++;
    if (!continued)
        dst->sequence = ctx->capture.sequence++;
    struct vd_job job = {.ctx = ctx, .coded = ctx->coded, .number = ctx->jobs++};
    job.timestamp = src->timestamp;
    job.hold = src->flags & V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF;
    job.data = src->plane[0].mem->map;
    job.size = src->plane[0].bytesused;
    set_target(&job, dst);
    if (req)
        req->refs++;
    enum vd_buf_state state = VD_BUF_DONE;
    if (vd_fault_silent())
        be_silent(ctx);
    if (snapshot(&job) || !open_codec(ctx) || vd_fault(VD_SITE_DECODE, job.number)) {
        state = VD_BUF_ERROR;
    } else {
        if (ctx->personality->output_first && return_output(&job, src))
            early = (uint8_t *)job.data;
        run_codec(&job, false);
    }
    ctx->corrupt += job.corrupt;
    drop(&job);
    /* CAPTURE first: what completes the request tells that the picture is there. */
    dst->is_held = job.hold;
    if (!dst->is_held) {
        vd_list_pop(&ctx->capture.ready);
        vd_buf_done(dst, state);
    }
    vd_ctrls_complete(ctx, req);
    if (!early) {
        vd_list_pop(&ctx->output.ready);
        vd_buf_done(src, state);
    }
    free(early);
    if (req)
        vd_request_put(req);
}

/* One step of a context; false when there is nothing to do. */
static bool step(struct vd_ctx *ctx)
{
    struct vd_buffer *src = ctx->output.ready.head, *dst = ctx->capture.ready.head;
    if (ctx->aborting || !ctx->capture.streaming || !dst)
        return false;
    if (ctx->flushing && dst->is_held) {
        ctx->flushing = false;
        return_held(ctx);
        return true;
    }
    ctx->flushing = false;
    if (!src || !ctx->output.streaming)
        return false;
    if (dst->is_held && dst->copied_timestamp && dst->timestamp != src->timestamp)
        return_held(ctx);
    else if (vd_fault_job())
        run_job(ctx);
    else
        return false;
    return true;
}

static void *worker(void *arg)
{
    struct vd_ctx *ctx = arg;
    if (!ctx->timing_only)
        vd_av_load();
    pthread_mutex_lock(&vd_lock);
    vd_timing_enter(ctx);
    while (!ctx->quit) {
        if (step(ctx)) {
            vd_changed();
        } else {
            ctx->was_idle = true;
            vd_wait(NULL);
        }
    }
    vd_timing_leave(ctx);
    pthread_mutex_unlock(&vd_lock);
    return NULL;
}

/* Something was queued or started: makes sure that the worker looks. vd_lock held. */
void vd_ctx_schedule(struct vd_ctx *ctx)
{
    if (!ctx->worker_started && ctx->output.streaming && ctx->capture.streaming)
        ctx->worker_started = pthread_create(&ctx->worker, NULL, worker, ctx) == 0;
    vd_changed();
}

/* VIDIOC_DECODER_CMD: FLUSH ends the picture that a held CAPTURE buffer collects. */
int vd_decoder_cmd(struct vd_ctx *ctx, struct v4l2_decoder_cmd *dc, bool try_only)
{
    if (dc->cmd != V4L2_DEC_CMD_FLUSH)
        return -EINVAL;
    dc->flags = 0;
    if (try_only)
        return 0;
    struct vd_buffer *last_dst = ctx->capture.ready.tail;
    if (ctx->output.ready.tail) {
        ctx->output.ready.tail->flags &= ~(uint32_t)V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF;
    } else if (last_dst && last_dst->is_held) {
        ctx->flushing = true;
        vd_ctx_schedule(ctx);
    }
    return 0;
}
