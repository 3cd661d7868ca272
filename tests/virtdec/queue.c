/* SPDX-License-Identifier: MIT */
/* QBUF, DQBUF, STREAMON, STREAMOFF: the states of a buffer, as videobuf2 defines them. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "virtdec.h"

/* Flags that a queue computes and a client cannot set. */
#define COMPUTED_FLAGS                                                                        \
    (V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_QUEUED | V4L2_BUF_FLAG_DONE | V4L2_BUF_FLAG_ERROR | \
     V4L2_BUF_FLAG_PREPARED | V4L2_BUF_FLAG_IN_REQUEST | V4L2_BUF_FLAG_REQUEST_FD |           \
     V4L2_BUF_FLAG_TIMESTAMP_MASK)
#define OUTPUT_ONLY_FLAGS                                                   \
    (V4L2_BUF_FLAG_PFRAME | V4L2_BUF_FLAG_BFRAME | V4L2_BUF_FLAG_KEYFRAME | \
     V4L2_BUF_FLAG_TIMECODE | V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF)

/* Appends to a list. */
void vd_list_push(struct vd_list *list, struct vd_buffer *buf)
{
    buf->next = NULL;
    if (list->tail)
        list->tail->next = buf;
    else
        list->head = buf;
    list->tail = buf;
}

/* Takes the first of a list, NULL if there is none. */
struct vd_buffer *vd_list_pop(struct vd_list *list)
{
    struct vd_buffer *buf = list->head;
    if (!buf)
        return NULL;
    list->head = buf->next;
    if (!list->head)
        list->tail = NULL;
    return buf;
}

/* Whether the planes array of a client's buffer can be used. */
int vd_buf_check_planes(const struct vd_buffer *buf, const struct v4l2_buffer *b)
{
    if (!V4L2_TYPE_IS_MULTIPLANAR(b->type))
        return 0;
    if (!b->m.planes || b->length < buf->queue->num_planes || b->length > VIDEO_MAX_PLANES)
        return -EINVAL;
    return 0;
}

static bool is_mapped(const struct vd_buffer *buf)
{
    for (unsigned i = 0; i < buf->queue->num_planes; i++)
        if (buf->plane[i].mem && (buf->plane[i].mem->mapped || buf->plane[i].mem->refs > 1))
            return buf->queue->memory == V4L2_MEMORY_MMAP;
    return false;
}

/* Describes a buffer to the client. */
void vd_buf_to_user(const struct vd_buffer *buf, struct v4l2_buffer *b)
{
    const struct vd_queue *q = buf->queue;
    uint32_t base = q->output ? 0 : VD_CAPTURE_OFFSET;
    b->index = buf->index;
    b->type = q->type;
    b->memory = q->memory;
    b->bytesused = 0;
    b->field = buf->field;
    b->timestamp.tv_sec = (time_t)(buf->timestamp / 1000000000u);
    b->timestamp.tv_usec = (suseconds_t)(buf->timestamp % 1000000000u / 1000);
    b->timecode = buf->timecode;
    b->sequence = buf->sequence;
    b->reserved2 = 0;
    b->request_fd = 0;
    if (V4L2_TYPE_IS_MULTIPLANAR(q->type)) {
        b->length = q->num_planes;
        for (unsigned i = 0; i < q->num_planes; i++) {
            struct v4l2_plane *to = &b->m.planes[i];
            const struct vd_plane *from = &buf->plane[i];
            to->bytesused = from->bytesused;
            to->length = from->length;
            to->data_offset = from->data_offset;
            if (q->memory == V4L2_MEMORY_MMAP)
                to->m.mem_offset = base + from->offset;
            else
                to->m.fd = from->fd;
            memset(to->reserved, 0, sizeof(to->reserved));
        }
    } else {
        b->length = buf->plane[0].length;
        b->bytesused = buf->plane[0].bytesused;
        if (q->memory == V4L2_MEMORY_MMAP)
            b->m.offset = base + buf->plane[0].offset;
        else
            b->m.fd = buf->plane[0].fd;
    }
    b->flags = (buf->flags & ~(uint32_t)COMPUTED_FLAGS) | V4L2_BUF_FLAG_TIMESTAMP_COPY;
    if (buf->state == VD_BUF_QUEUED)
        b->flags |= V4L2_BUF_FLAG_QUEUED;
    if (buf->state == VD_BUF_IN_REQUEST)
        b->flags |= V4L2_BUF_FLAG_IN_REQUEST;
    if (buf->state == VD_BUF_ERROR)
        b->flags |= V4L2_BUF_FLAG_ERROR;
    if (buf->state == VD_BUF_DONE || buf->state == VD_BUF_ERROR)
        b->flags |= V4L2_BUF_FLAG_DONE;
    if ((buf->state == VD_BUF_DEQUEUED || buf->state == VD_BUF_IN_REQUEST) && buf->prepared)
        b->flags |= V4L2_BUF_FLAG_PREPARED;
    if (is_mapped(buf))
        b->flags |= V4L2_BUF_FLAG_MAPPED;
    if (buf->request_fd >= 0) {
        b->flags |= V4L2_BUF_FLAG_REQUEST_FD;
        b->request_fd = buf->request_fd;
    }
}

static int check_lengths(const struct vd_buffer *buf, const struct v4l2_buffer *b)
{
    const struct vd_queue *q = buf->queue;
    if (!q->output)
        return 0;
    if (!V4L2_TYPE_IS_MULTIPLANAR(q->type))
        return b->bytesused > buf->plane[0].length ? -EINVAL : 0;
    for (unsigned i = 0; i < q->num_planes; i++) {
        const struct v4l2_plane *p = &b->m.planes[i];
        uint32_t length = q->memory == V4L2_MEMORY_DMABUF ? p->length : buf->plane[i].length;
        uint32_t used = p->bytesused ? p->bytesused : length;
        if (p->bytesused > length || (p->data_offset && p->data_offset >= used))
            return -EINVAL;
    }
    return 0;
}

/* Takes over what the client says about a buffer; the memory itself is looked at in prepare. */
static int from_user(struct vd_buffer *buf, const struct v4l2_buffer *b)
{
    const struct vd_queue *q = buf->queue;
    int error = check_lengths(buf, b);
    if (error)
        return error;
    if (b->field == V4L2_FIELD_ALTERNATE && q->output)
        return -EINVAL;
    buf->sequence = 0;
    buf->request_fd = -1;
    buf->is_held = false;
    for (unsigned i = 0; i < q->num_planes; i++) {
        struct vd_plane *plane = &buf->plane[i];
        bool multi = V4L2_TYPE_IS_MULTIPLANAR(q->type);
        uint32_t used = multi ? b->m.planes[i].bytesused : b->bytesused;
        if (q->memory == V4L2_MEMORY_DMABUF) {
            plane->new_fd = multi ? b->m.planes[i].m.fd : b->m.fd;
            plane->new_length = multi ? b->m.planes[i].length : b->length;
        } else {
            plane->new_length = plane->length;
        }
        plane->data_offset = multi && q->output ? b->m.planes[i].data_offset : 0;
        plane->bytesused = !q->output ? 0 : used ? used : plane->new_length;
    }
    buf->flags = b->flags & ~(uint32_t)COMPUTED_FLAGS;
    if (q->output) {
        buf->flags &= ~(uint32_t)V4L2_BUF_FLAG_TIMECODE;
        buf->field = V4L2_FIELD_NONE;
        if (!q->ctx->coded->hold_capture)
            buf->flags &= ~(uint32_t)V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF;
    } else {
        buf->flags &=
            ~(uint32_t)(OUTPUT_ONLY_FLAGS | V4L2_BUF_FLAG_TSTAMP_SRC_MASK | V4L2_BUF_FLAG_LAST);
    }
    return 0;
}

static int import_planes(struct vd_buffer *buf)
{
    const struct vd_queue *q = buf->queue;
    struct vd_mem *mem[VD_MAX_PLANES] = {0};
    uint32_t length[VD_MAX_PLANES] = {0};
    bool changed = buf->plane[0].mem == NULL;
    int error = 0;
    for (unsigned i = 0; i < q->num_planes && !error; i++) {
        mem[i] = vd_mem_import(buf->plane[i].new_fd);
        if (!mem[i]) {
            error = -EINVAL;
            break;
        }
        length[i] = buf->plane[i].new_length ? buf->plane[i].new_length : (uint32_t)mem[i]->size;
        if (length[i] < buf->plane[i].min_length || length[i] > mem[i]->size)
            error = -EINVAL;
        if (mem[i] != buf->plane[i].mem || length[i] != buf->plane[i].length)
            changed = true;
    }
    if (!error && changed && buf->plane[0].mem)
        buf->copied_timestamp = false;
    for (unsigned i = 0; i < q->num_planes; i++) {
        if (error || !changed) {
            vd_mem_put(mem[i]);
        } else {
            vd_mem_put(buf->plane[i].mem);
            buf->plane[i].mem = mem[i];
        }
        if (!error) {
            buf->plane[i].length = length[i];
            buf->plane[i].fd = buf->plane[i].new_fd;
        }
    }
    return error;
}

/* Acquires the memory of a buffer and checks that the current format fits in it. */
int vd_buf_prepare(struct vd_buffer *buf)
{
    struct vd_queue *q = buf->queue;
    if (buf->prepared)
        return 0;
    if (q->memory == V4L2_MEMORY_DMABUF) {
        int error = import_planes(buf);
        if (error)
            return error;
    }
    const struct vd_format *format = q->output ? &q->ctx->out_fmt : &q->ctx->cap_fmt;
    if (format->planes != q->num_planes)
        return -EINVAL;
    for (unsigned i = 0; i < q->num_planes; i++) {
        if (buf->plane[i].length < format->sizeimage[i])
            return -EINVAL;
        if (!q->output)
            buf->plane[i].bytesused = format->sizeimage[i];
        else if (buf->plane[i].bytesused > buf->plane[i].length)
            return -EINVAL;
    }
    buf->prepared = true;
    return 0;
}

/* Hands a prepared buffer to the decoder. */
void vd_buf_enqueue(struct vd_buffer *buf)
{
    struct vd_queue *q = buf->queue;
    buf->state = VD_BUF_QUEUED;
    q->queued++;
    if (!q->output) {
        buf->plane[0].mem->write_queued++;
        buf->writing = true;
    }
    vd_list_push(&q->ready, buf);
}

static void end_write(struct vd_buffer *buf)
{
    if (buf->writing)
        buf->plane[0].mem->write_queued--;
    buf->writing = false;
}

/* Detaches a buffer from the request that it is an object of. */
void vd_buf_unbind(struct vd_buffer *buf)
{
    struct vd_request *req = buf->req;
    if (!req)
        return;
    buf->req = NULL;
    for (unsigned i = 0; i < req->num_bufs; i++) {
        if (req->buf[i] == buf) {
            req->buf[i] = req->buf[--req->num_bufs];
            break;
        }
    }
    vd_request_object_done(req);
}

/* The decoder gives a buffer back; it was taken off the ready list before. */
void vd_buf_done(struct vd_buffer *buf, enum vd_buf_state state)
{
    end_write(buf);
    buf->state = state;
    vd_list_push(&buf->queue->done, buf);
    vd_buf_unbind(buf);
    vd_changed();
}

static void release_owner(struct vd_buffer *buf)
{
    if (buf->req_owner)
        vd_request_put(buf->req_owner);
    buf->req_owner = NULL;
}

static int bind_to_request(struct vd_buffer *buf, const struct v4l2_buffer *b)
{
    struct vd_request *req = vd_request_by_fd(b->request_fd);
    if (!req)
        return -EINVAL;
    if (req->state != VD_REQ_IDLE)
        return -EBUSY;
    if (req->num_bufs && req->buf[0]->queue != buf->queue)
        return -EINVAL;
    if (req->num_bufs == VD_MAX_BUFFERS)
        return -EINVAL;
    buf->queue->uses_requests = true;
    buf->request_fd = b->request_fd;
    buf->req = buf->req_owner = req;
    req->refs++;
    req->buf[req->num_bufs++] = buf;
    req->incomplete++;
    buf->state = VD_BUF_IN_REQUEST;
    return 0;
}

static void copy_timestamp(struct vd_buffer *buf, const struct v4l2_buffer *b)
{
    if (!buf->queue->output)
        return;
    buf->timestamp =
        (uint64_t)b->timestamp.tv_sec * 1000000000u + (uint64_t)b->timestamp.tv_usec * 1000u;
    buf->flags |= b->flags & V4L2_BUF_FLAG_TIMECODE;
    if (b->flags & V4L2_BUF_FLAG_TIMECODE)
        buf->timecode = b->timecode;
}

static int lookup(struct vd_ctx *ctx, const struct v4l2_buffer *b, struct vd_buffer **found)
{
    struct vd_queue *q = vd_queue_of(ctx, b->type);
    if (!q || b->index >= VD_MAX_BUFFERS || !q->buf[b->index] || b->memory != q->memory)
        return -EINVAL;
    *found = q->buf[b->index];
    return vd_buf_check_planes(*found, b);
}

/* VIDIOC_PREPARE_BUF. */
int vd_prepare_buf(struct vd_ctx *ctx, struct v4l2_buffer *b)
{
    struct vd_buffer *buf = NULL;
    if (b->flags & V4L2_BUF_FLAG_REQUEST_FD)
        return -EINVAL;
    int error = lookup(ctx, b, &buf);
    if (error)
        return error;
    if (buf->state != VD_BUF_DEQUEUED || buf->prepared)
        return -EINVAL;
    error = from_user(buf, b);
    if (!error)
        error = vd_buf_prepare(buf);
    if (!error)
        vd_buf_to_user(buf, b);
    return error;
}

/* VIDIOC_QBUF. */
int vd_qbuf(struct vd_ctx *ctx, struct v4l2_buffer *b)
{
    struct vd_buffer *buf = NULL;
    struct vd_queue *q = vd_queue_of(ctx, b->type);
    bool with_request = b->flags & V4L2_BUF_FLAG_REQUEST_FD;
    if (!q)
        return -EINVAL;
    if (!q->output && with_request)
        return -EPERM;
    int error = lookup(ctx, b, &buf);
    if (error)
        return error;
    if (with_request && buf->state != VD_BUF_DEQUEUED)
        return -EINVAL;
    if (!buf->prepared && buf->state == VD_BUF_DEQUEUED) {
        error = from_user(buf, b);
        if (error)
            return error;
    }
    if (q->output && !with_request)
        return -EBADR;
    if (with_request) {
        error = bind_to_request(buf, b);
        if (error)
            return error;
    } else {
        if (buf->state != VD_BUF_DEQUEUED)
            return -EINVAL;
        error = vd_buf_prepare(buf);
        if (error)
            return error;
        q->uses_qbuf = true;
        vd_buf_enqueue(buf);
    }
    copy_timestamp(buf, b);
    vd_buf_to_user(buf, b);
    if (!with_request)
        vd_ctx_schedule(ctx);
    vd_changed();
    return 0;
}

/* VIDIOC_DQBUF. */
int vd_dqbuf(struct vd_ctx *ctx, struct v4l2_buffer *b, bool nonblock)
{
    struct vd_queue *q = vd_queue_of(ctx, b->type);
    if (!q)
        return -EINVAL;
    for (;;) {
        if (q->waiting_in_dqbuf)
            return -EBUSY;
        if (!q->streaming)
            return -EINVAL;
        if (q->done.head)
            break;
        if (nonblock)
            return -EAGAIN;
        q->waiting_in_dqbuf = true;
        while (!q->done.head && q->streaming)
            vd_wait(NULL);
        q->waiting_in_dqbuf = false;
    }
    int error = vd_buf_check_planes(q->done.head, b);
    if (error)
        return error;
    struct vd_buffer *buf = vd_list_pop(&q->done);
    buf->prepared = false;
    vd_buf_to_user(buf, b);
    if (!q->output && vd_fault_index())
        b->index ^= 1;
    b->flags &= ~(uint32_t)V4L2_BUF_FLAG_DONE;
    buf->state = VD_BUF_DEQUEUED;
    buf->request_fd = -1;
    q->queued--;
    release_owner(buf);
    return 0;
}

/* VIDIOC_STREAMON. */
int vd_streamon(struct vd_ctx *ctx, uint32_t type)
{
    struct vd_queue *q = vd_queue_of(ctx, type);
    if (!q)
        return -EINVAL;
    if (q->streaming)
        return 0;
    if (!vd_queue_count(q))
        return -EINVAL;
    q->streaming = true;
    q->sequence = 0;
    vd_ctx_schedule(ctx);
    vd_changed();
    return 0;
}

/* Takes every buffer of a queue back from the decoder and out of its request. */
void vd_queue_cancel(struct vd_queue *q)
{
    q->streaming = false;
    q->queued = 0;
    q->uses_requests = q->uses_qbuf = false;
    q->ready = q->done = (struct vd_list){NULL, NULL};
    for (unsigned i = 0; i < VD_MAX_BUFFERS; i++) {
        struct vd_buffer *buf = q->buf[i];
        if (!buf)
            continue;
        end_write(buf);
        if (buf->req && buf->req->state == VD_REQ_QUEUED)
            vd_ctrls_complete(q->ctx, buf->req);
        buf->prepared = buf->is_held = buf->copied_timestamp = false;
        buf->state = VD_BUF_DEQUEUED;
        buf->request_fd = -1;
        vd_buf_unbind(buf);
        release_owner(buf);
    }
    vd_changed();
}

/* VIDIOC_STREAMOFF: waits for the job that runs, cancels the others. */
int vd_streamoff(struct vd_ctx *ctx, uint32_t type)
{
    struct vd_queue *q = vd_queue_of(ctx, type);
    if (!q)
        return -EINVAL;
    vd_ctx_abort(ctx);
    vd_queue_cancel(q);
    ctx->aborting = false;
    if (q->output && ctx->codec_state)
        ctx->codec->reset(ctx->codec_state);
    vd_ctx_schedule(ctx);
    vd_changed();
    return 0;
}

/* The poll events of a decoder: POLLOUT and POLLIN when OUTPUT or CAPTURE buffers are done,
 * POLLERR when neither queue could ever deliver one. */
short vd_ctx_poll(const struct vd_ctx *ctx, short events)
{
    short result = vd_event_pending(ctx) ? POLLPRI : 0;
    if (!(events & (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)))
        return result;
    if ((!ctx->output.streaming || !ctx->output.queued) &&
        (!ctx->capture.streaming || !ctx->capture.queued))
        return (short)(result | POLLERR);
    if (ctx->output.done.head)
        result |= POLLOUT | POLLWRNORM;
    if (ctx->capture.done.head)
        result |= POLLIN | POLLRDNORM;
    return result;
}
