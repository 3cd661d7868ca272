/* SPDX-License-Identifier: MIT */
/* VIDIOC_*: dispatch, and the few calls that are too small for a file of their own. */
#include <errno.h>
#include <string.h>

#include "virtdec.h"

static int subscribe_event(const struct v4l2_event_subscription *sub)
{
    /* Decoders of this kind only have control events. */
    return sub->type == V4L2_EVENT_CTRL && sub->id >= V4L2_CID_BASE ? 0 : -EINVAL;
}

static int unsubscribe_event(const struct v4l2_event_subscription *sub)
{
    return sub->type == V4L2_EVENT_CTRL || sub->type == V4L2_EVENT_ALL ? 0 : -EINVAL;
}

static int set_priority(struct vd_ctx *ctx, const uint32_t *priority)
{
    if (*priority != V4L2_PRIORITY_BACKGROUND && *priority != V4L2_PRIORITY_INTERACTIVE &&
        *priority != V4L2_PRIORITY_RECORD)
        return -EINVAL;
    ctx->priority = *priority;
    return 0;
}

/* An ioctl on a video file; returns 0 or a negative errno. vd_lock held; a blocking DQBUF drops it
 * while it waits. */
int vd_video_ioctl(struct vd_ctx *ctx, unsigned long request, void *arg, bool nonblock)
{
    switch (request) {
    case VIDIOC_QUERYCAP:
        return vd_querycap(arg);
    case VIDIOC_ENUM_FMT:
        return vd_enum_fmt(ctx, arg);
    case VIDIOC_ENUM_FRAMESIZES:
        return vd_enum_framesizes(arg);
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
        return subscribe_event(arg);
    case VIDIOC_UNSUBSCRIBE_EVENT:
        return unsubscribe_event(arg);
    case VIDIOC_DQEVENT:
        return nonblock ? -ENOENT : -EINVAL;
    case VIDIOC_G_PRIORITY:
        *(uint32_t *)arg = ctx->priority;
        return 0;
    case VIDIOC_S_PRIORITY:
        return set_priority(ctx, arg);
    default:
        return -ENOTTY;
    }
}
