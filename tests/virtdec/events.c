/* SPDX-License-Identifier: MIT */
/* Control events: the initial one, and one when a control changes. At most one waits per control,
 * as the kernel merges them. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "virtdec.h"

static int index_of(const struct vd_ctx *ctx, uint32_t id)
{
    for (unsigned i = 0; i < ctx->num_ctrls; i++)
        if (ctx->ctrl[i].desc.id == id)
            return (int)i;
    return -1;
}

/* VIDIOC_SUBSCRIBE_EVENT. */
int vd_subscribe_event(struct vd_ctx *ctx, const struct v4l2_event_subscription *sub)
{
    int index = sub->type == V4L2_EVENT_CTRL ? index_of(ctx, sub->id) : -1;
    if (index < 0)
        return -EINVAL;
    struct vd_ctrl *ctrl = &ctx->ctrl[index];
    ctrl->subscribed = true;
    ctrl->feedback = sub->flags & V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK;
    if (ctrl->desc.type != V4L2_CTRL_TYPE_CTRL_CLASS &&
        (sub->flags & V4L2_EVENT_SUB_FL_SEND_INITIAL))
        ctrl->pending = V4L2_EVENT_CTRL_CH_VALUE | V4L2_EVENT_CTRL_CH_FLAGS;
    vd_changed();
    return 0;
}

/* VIDIOC_UNSUBSCRIBE_EVENT. */
int vd_unsubscribe_event(struct vd_ctx *ctx, const struct v4l2_event_subscription *sub)
{
    if (sub->type != V4L2_EVENT_CTRL && sub->type != V4L2_EVENT_ALL)
        return 0;
    for (unsigned i = 0; i < ctx->num_ctrls; i++) {
        if (sub->type == V4L2_EVENT_ALL || ctx->ctrl[i].desc.id == sub->id) {
            ctx->ctrl[i].subscribed = false;
            ctx->ctrl[i].pending = 0;
        }
    }
    return 0;
}

/* A control got another value outside of a request. */
void vd_event_changed(struct vd_ctx *ctx, struct vd_ctrl *ctrl)
{
    (void)ctx;
    if (!ctrl->subscribed || !ctrl->feedback)
        return;
    ctrl->pending |= V4L2_EVENT_CTRL_CH_VALUE;
    vd_changed();
}

/* Whether VIDIOC_DQEVENT would deliver something. */
bool vd_event_pending(const struct vd_ctx *ctx)
{
    for (unsigned i = 0; i < ctx->num_ctrls; i++)
        if (ctx->ctrl[i].pending)
            return true;
    return false;
}

/* VIDIOC_DQEVENT. */
int vd_dqevent(struct vd_ctx *ctx, struct v4l2_event *event, bool nonblock)
{
    while (!vd_event_pending(ctx)) {
        if (nonblock)
            return -ENOENT;
        vd_wait(NULL);
    }
    unsigned i = 0;
    while (!ctx->ctrl[i].pending)
        i++;
    struct vd_ctrl *ctrl = &ctx->ctrl[i];
    memset(event, 0, sizeof(*event));
    event->type = V4L2_EVENT_CTRL;
    event->id = ctrl->desc.id;
    event->sequence = ctx->event_sequence++;
    event->u.ctrl.changes = ctrl->pending;
    event->u.ctrl.type = ctrl->desc.type;
    event->u.ctrl.flags = ctrl->desc.flags;
    if (ctrl->desc.type < V4L2_CTRL_COMPOUND_TYPES) {
        memcpy(&event->u.ctrl.value, ctrl->value, sizeof(event->u.ctrl.value));
        event->u.ctrl.minimum = (int32_t)ctrl->desc.min;
        event->u.ctrl.maximum = (int32_t)ctrl->desc.max;
        event->u.ctrl.step = ctrl->desc.type == V4L2_CTRL_TYPE_MENU ? 1 : (int32_t)ctrl->desc.step;
        event->u.ctrl.default_value = (int32_t)ctrl->desc.def;
    }
    ctrl->pending = 0;
    for (unsigned other = 0; other < ctx->num_ctrls; other++)
        event->pending += ctx->ctrl[other].pending != 0;
    clock_gettime(CLOCK_MONOTONIC, &event->timestamp);
    return 0;
}
