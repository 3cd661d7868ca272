/* SPDX-License-Identifier: MIT */
/*
 * A decoder that keeps time and decodes nothing: VIRTDEC_PIXELS=none, for tests/bench and fuzzers
 * alone.
 *
 * Every job takes VIRTDEC_LATENCY_US of the one piece of hardware that all contexts share, first
 * come, first served; a job that was waiting starts in the moment in which the one before ended, as
 * hardware with a queue does. Pictures keep whatever their memory held, nothing is compared or
 * hashed: a run in this mode proves nothing about controls, and the report says `pixels none`.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "interpose.h"
#include "virtdec.h"

#define NS_PER_S 1000000000u

static uint64_t device_free; /* CLOCK_MONOTONIC ns; vd_lock */

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static enum { BY_ENVIRONMENT, PIXELS, TIMING_ONLY } mode; /* vd_lock */

/* Whether a new context only keeps time. vd_lock held. */
bool vd_timing_only(void)
{
    if (mode == BY_ENVIRONMENT) {
        const char *text = getenv("VIRTDEC_PIXELS");
        mode = text && strcmp(text, "none") == 0 ? TIMING_ONLY : PIXELS;
        if (mode == TIMING_ONLY)
            vd_report("pixels none");
    }
    return mode == TIMING_ONLY;
}

/* For a client in the same process: whether contexts from now on decode, or only keep time. */
VD_EXPORT void virtdec_pixels(bool decoded);
VD_EXPORT void virtdec_pixels(bool decoded)
{
    pthread_mutex_lock(&vd_lock);
    mode = decoded ? PIXELS : TIMING_ONLY;
    pthread_mutex_unlock(&vd_lock);
}

/* When the hardware has done a job of the context that it can have now. vd_lock held. */
uint64_t vd_timing_end(struct vd_ctx *ctx)
{
    const char *text = getenv("VIRTDEC_LATENCY_US");
    uint64_t latency = text ? strtoull(text, NULL, 10) * 1000u : 0;
    uint64_t ready = ctx->was_idle ? now_ns() : 0;
    ctx->was_idle = false;
    if (latency == 0)
        return 0;
    device_free = (ready > device_free ? ready : device_free) + latency;
    return device_free;
}

/* Waits until then. */
void vd_timing_wait(uint64_t end)
{
    struct timespec until = {(time_t)(end / NS_PER_S), (long)(end % NS_PER_S)};
    if (end == 0)
        return;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
}

static struct vd_ctx *working; /* contexts with a worker; vd_lock */

/* A context's worker starts. vd_lock held. */
void vd_timing_enter(struct vd_ctx *ctx)
{
    ctx->next_working = working;
    working = ctx;
}

/* It ends. vd_lock held. */
void vd_timing_leave(struct vd_ctx *ctx)
{
    struct vd_ctx **link = &working;
    while (*link != ctx)
        link = &(*link)->next_working;
    *link = ctx->next_working;
}

static bool busy(const struct vd_ctx *ctx)
{
    return ctx->running || (ctx->output.streaming && ctx->capture.streaming && !ctx->aborting &&
                            ctx->output.ready.head && ctx->capture.ready.head);
}

static bool any_busy(void)
{
    for (const struct vd_ctx *ctx = working; ctx; ctx = ctx->next_working)
        if (busy(ctx))
            return true;
    return false;
}

/* For a client in the same process: returns when every job that can run has ended. */
VD_EXPORT void virtdec_settle(void);
VD_EXPORT void virtdec_settle(void)
{
    pthread_mutex_lock(&vd_lock);
    while (any_busy())
        vd_wait(NULL);
    pthread_mutex_unlock(&vd_lock);
}
