/* SPDX-License-Identifier: MIT */
/* VIDIOC_*: dispatch, and the few calls that are too small for a file of their own. */
#include <errno.h>
#include <string.h>

#include "virtdec.h"

/* Open files by priority, all files of the device together. */
static unsigned priorities[V4L2_PRIORITY_RECORD + 1];

/* A file is opened (+1) or closed (-1) at its priority. */
void vd_priority_count(const struct vd_ctx *ctx, int change)
{
    priorities[ctx->priority] += (unsigned)change;
}

static uint32_t highest_priority(void)
{
    uint32_t priority = V4L2_PRIORITY_RECORD;
    while (priority && !priorities[priority])
        priority--;
    return priority;
}

static int set_priority(struct vd_ctx *ctx, const uint32_t *priority)
{
    if (*priority != V4L2_PRIORITY_BACKGROUND && *priority != V4L2_PRIORITY_INTERACTIVE &&
        *priority != V4L2_PRIORITY_RECORD)
        return -EINVAL;
    vd_priority_count(ctx, -1);
    ctx->priority = *priority;
    vd_priority_count(ctx, 1);
    return 0;
}

/* Calls that a file of lower priority than another one is refused. */
static bool needs_priority(unsigned long request)
{
    switch (request) {
    case VIDIOC_S_FMT:
    case VIDIOC_REQBUFS:
    case VIDIOC_CREATE_BUFS:
    case VIDIOC_STREAMON:
    case VIDIOC_STREAMOFF:
    case VIDIOC_S_CTRL:
    case VIDIOC_S_EXT_CTRLS:
    case VIDIOC_S_PRIORITY:
        return true;
    default:
        return false;
    }
}

/* Whether a decoder has an ioctl at all. */
bool vd_video_ioctl_known(unsigned long request)
{
    static const unsigned long known[] = {
        VIDIOC_QUERYCAP,       VIDIOC_ENUM_FMT,        VIDIOC_ENUM_FRAMESIZES,
        VIDIOC_G_FMT,          VIDIOC_TRY_FMT,         VIDIOC_S_FMT,
        VIDIOC_REQBUFS,        VIDIOC_CREATE_BUFS,     VIDIOC_QUERYBUF,
        VIDIOC_EXPBUF,         VIDIOC_PREPARE_BUF,     VIDIOC_QBUF,
        VIDIOC_DQBUF,          VIDIOC_STREAMON,        VIDIOC_STREAMOFF,
        VIDIOC_DECODER_CMD,    VIDIOC_TRY_DECODER_CMD, VIDIOC_QUERYCTRL,
        VIDIOC_QUERY_EXT_CTRL, VIDIOC_QUERYMENU,       VIDIOC_G_CTRL,
        VIDIOC_S_CTRL,         VIDIOC_G_EXT_CTRLS,     VIDIOC_S_EXT_CTRLS,
        VIDIOC_TRY_EXT_CTRLS,  VIDIOC_SUBSCRIBE_EVENT, VIDIOC_UNSUBSCRIBE_EVENT,
        VIDIOC_DQEVENT,        VIDIOC_G_PRIORITY,      VIDIOC_S_PRIORITY,
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i] == request)
            return true;
    return false;
}

/* An ioctl on a video file; returns 0 or a negative errno. vd_lock held; a blocking DQBUF drops it
 * while it waits. */
int vd_video_ioctl(struct vd_ctx *ctx, unsigned long request, void *arg, bool nonblock)
{
    if (needs_priority(request) && ctx->priority < highest_priority())
        return -EBUSY;
    switch (request) {
    case VIDIOC_QUERYCAP:
        return vd_querycap(ctx, arg);
    case VIDIOC_ENUM_FMT:
        return vd_enum_fmt(ctx, arg);
    case VIDIOC_ENUM_FRAMESIZES:
        return vd_enum_framesizes(ctx, arg);
    case VIDIOC_G_FMT:
        return vd_g_fmt(ctx, arg);
    case VIDIOC_TRY_FMT:
        return vd_try_fmt(ctx, arg);
    case VIDIOC_S_FMT:
        return vd_s_fmt(ctx, arg);
    case VIDIOC_REQBUFS:
        return vd_reqbufs(ctx, arg);
    case VIDIOC_CREATE_BUFS:
        return vd_create_bufs(ctx, arg);
    case VIDIOC_QUERYBUF:
        return vd_querybuf(ctx, arg);
    case VIDIOC_EXPBUF:
        return vd_expbuf(ctx, arg);
    case VIDIOC_PREPARE_BUF:
        return vd_prepare_buf(ctx, arg);
    case VIDIOC_QBUF:
        return vd_qbuf(ctx, arg);
    case VIDIOC_DQBUF:
        return vd_dqbuf(ctx, arg, nonblock);
    case VIDIOC_STREAMON:
        return vd_streamon(ctx, *(const uint32_t *)arg);
    case VIDIOC_STREAMOFF:
        return vd_streamoff(ctx, *(const uint32_t *)arg);
    case VIDIOC_DECODER_CMD:
        return vd_decoder_cmd(ctx, arg, false);
    case VIDIOC_TRY_DECODER_CMD:
        return vd_decoder_cmd(ctx, arg, true);
    case VIDIOC_QUERYCTRL:
        return vd_queryctrl(ctx, arg);
    case VIDIOC_QUERY_EXT_CTRL:
        return vd_query_ext_ctrl(ctx, arg);
    case VIDIOC_QUERYMENU:
        return vd_querymenu(ctx, arg);
    case VIDIOC_G_CTRL:
        return vd_g_ctrl(ctx, arg);
    case VIDIOC_S_CTRL:
        return vd_s_ctrl(ctx, arg);
    case VIDIOC_G_EXT_CTRLS:
        return vd_g_ext_ctrls(ctx, arg);
    case VIDIOC_S_EXT_CTRLS:
        return vd_try_set_ext_ctrls(ctx, arg, true);
    case VIDIOC_TRY_EXT_CTRLS:
        return vd_try_set_ext_ctrls(ctx, arg, false);
    case VIDIOC_SUBSCRIBE_EVENT:
        return vd_subscribe_event(ctx, arg);
    case VIDIOC_UNSUBSCRIBE_EVENT:
        return vd_unsubscribe_event(ctx, arg);
    case VIDIOC_DQEVENT:
        return vd_dqevent(ctx, arg, nonblock);
    case VIDIOC_G_PRIORITY:
        *(uint32_t *)arg = highest_priority();
        return 0;
    case VIDIOC_S_PRIORITY:
        return set_priority(ctx, arg);
    default:
        return -ENOTTY;
    }
}
