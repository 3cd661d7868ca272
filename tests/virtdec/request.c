/* SPDX-License-Identifier: MIT */
/* Requests: what is bound to them, when they may be queued, and when they are complete. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <linux/media.h>

#include "virtdec.h"

static struct vd_request *all_requests;

/* A new idle request with one reference, or NULL. */
struct vd_request *vd_request_new(void)
{
    struct vd_request *req = calloc(1, sizeof(*req));
    if (!req)
        return NULL;
    req->refs = 1;
    req->next = all_requests;
    all_requests = req;
    return req;
}

/* The request of a request descriptor, without a reference; NULL if it is something else. */
struct vd_request *vd_request_by_fd(int fd)
{
    struct vd_file *file = vd_file_get(fd);
    if (!file)
        return NULL;
    struct vd_request *req = file->kind == VD_FILE_REQUEST ? file->req : NULL;
    vd_file_put(file);
    return req;
}

static void drop_ctrls(struct vd_request *req)
{
    if (!req->ctrls)
        return;
    if (!req->ctrls->completed && req->incomplete)
        req->incomplete--;
    vd_ctrl_set_free(req->ctrls);
    req->ctrls = NULL;
}

/* Returns the buffers that were never queued to their owner, and forgets the control values. */
static void clean(struct vd_request *req)
{
    while (req->num_bufs) {
        struct vd_buffer *buf = req->buf[--req->num_bufs];
        buf->req = NULL;
        if (req->incomplete)
            req->incomplete--;
        if (buf->state == VD_BUF_IN_REQUEST) {
            buf->request_fd = -1;
            buf->state = VD_BUF_DEQUEUED;
            buf->req_owner = NULL;
            if (req->refs > 1)
                req->refs--;
        }
    }
    drop_ctrls(req);
    req->incomplete = 0;
}

/* Drops a reference. */
void vd_request_put(struct vd_request *req)
{
    if (--req->refs)
        return;
    req->refs = 1;
    clean(req);
    for (struct vd_request **at = &all_requests; *at; at = &(*at)->next) {
        if (*at == req) {
            *at = req->next;
            break;
        }
    }
    free(req);
}

/* A context is closed: the values that requests hold for it go. */
void vd_request_forget_ctrls(const struct vd_ctx *ctx)
{
    for (struct vd_request *req = all_requests; req; req = req->next)
        if (req->ctrls && req->ctrls->ctx == ctx)
            drop_ctrls(req);
}

/* One object of a queued request is finished; the last one completes it. */
void vd_request_object_done(struct vd_request *req)
{
    if (req->incomplete)
        req->incomplete--;
    if (req->state == VD_REQ_QUEUED && !req->incomplete) {
        req->state = VD_REQ_COMPLETE;
        vd_changed();
        vd_request_put(req);
    }
}

static int queue_request(struct vd_request *req)
{
    if (req->state != VD_REQ_IDLE)
        return -EBUSY;
    if (!req->num_bufs)
        return -ENOENT;
    if (req->ctrls && req->ctrls->ctx != req->buf[0]->queue->ctx)
        return -EINVAL;
    for (unsigned i = 0; i < req->num_bufs; i++) {
        int error = vd_buf_prepare(req->buf[i]);
        if (error) {
            while (i--)
                req->buf[i]->prepared = false;
            return error;
        }
    }
    req->refs++;
    req->state = VD_REQ_QUEUED;
    struct vd_ctx *ctx = req->buf[0]->queue->ctx;
    for (unsigned i = 0; i < req->num_bufs; i++)
        vd_buf_enqueue(req->buf[i]);
    vd_ctx_schedule(ctx);
    return 0;
}

/* MEDIA_REQUEST_IOC_*; returns 0 or a negative errno. */
int vd_request_ioctl(struct vd_request *req, unsigned long request)
{
    switch (request) {
    case MEDIA_REQUEST_IOC_QUEUE:
        return queue_request(req);
    case MEDIA_REQUEST_IOC_REINIT:
        if (req->state == VD_REQ_QUEUED)
            return -EBUSY;
        clean(req);
        req->state = VD_REQ_IDLE;
        return 0;
    default:
        return -ENOTTY;
    }
}

/* The poll events of a request descriptor: POLLPRI when it is complete, POLLERR when it was not
 * even queued; nothing at all unless POLLPRI was asked for. */
short vd_request_poll(const struct vd_request *req, short events)
{
    if (!(events & POLLPRI))
        return 0;
    if (req->state == VD_REQ_COMPLETE)
        return POLLPRI;
    return req->state == VD_REQ_QUEUED ? 0 : POLLERR;
}
