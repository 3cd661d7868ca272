/* SPDX-License-Identifier: MIT */
/* Buffers of a queue: allocation, sizes, mmap offsets, export. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "virtdec.h"

/* The queue of a buffer type, or NULL. */
struct vd_queue *vd_queue_of(struct vd_ctx *ctx, uint32_t type)
{
    if (type == ctx->output.type)
        return &ctx->output;
    return type == ctx->capture.type ? &ctx->capture : NULL;
}

/* How many buffers a queue has. */
unsigned vd_queue_count(const struct vd_queue *q)
{
    unsigned count = 0;
    while (count < VD_MAX_BUFFERS && q->buf[count])
        count++;
    return count;
}

static bool memory_allowed(const struct vd_queue *q, uint32_t memory, uint32_t type)
{
    if (!q || type != q->type)
        return false;
    return memory == V4L2_MEMORY_MMAP ||
           (memory == V4L2_MEMORY_DMABUF && q->ctx->personality->dmabuf);
}

static uint32_t capabilities(const struct vd_ctx *ctx, const struct vd_queue *q)
{
    uint32_t caps = V4L2_BUF_CAP_SUPPORTS_MMAP | V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS;
    if (ctx->personality->dmabuf)
        caps |= V4L2_BUF_CAP_SUPPORTS_DMABUF;
    if (q && q->output) {
        caps |= V4L2_BUF_CAP_SUPPORTS_REQUESTS;
        if (ctx->coded->hold_capture)
            caps |= V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF;
    }
    return caps;
}

static void free_buffer(struct vd_buffer *buf)
{
    for (unsigned i = 0; i < VD_MAX_PLANES; i++)
        vd_mem_put(buf->plane[i].mem);
    free(buf);
}

/* Frees all buffers of a queue. */
void vd_queue_free(struct vd_queue *q)
{
    for (unsigned i = 0; i < VD_MAX_BUFFERS; i++) {
        if (q->buf[i])
            free_buffer(q->buf[i]);
        q->buf[i] = NULL;
    }
    q->memory = 0;
    q->queued = 0;
}

static struct vd_buffer *new_buffer(struct vd_queue *q, unsigned index, const uint32_t *sizes)
{
    struct vd_buffer *buf = calloc(1, sizeof(*buf));
    if (!buf)
        return NULL;
    uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
    buf->queue = q;
    buf->index = index;
    buf->request_fd = -1;
    for (unsigned i = 0; i < q->num_planes; i++) {
        struct vd_plane *plane = &buf->plane[i];
        plane->min_length = plane->length = sizes[i];
        plane->fd = -1;
        if (q->memory != V4L2_MEMORY_MMAP)
            continue;
        plane->offset = (index * 8 + i) * page;
        plane->mem = vd_mem_new(sizes[i], q->output ? VD_MEM_OUTPUT
                                          : i       ? VD_MEM_PICTURE_MORE
                                                    : VD_MEM_PICTURE);
        if (!plane->mem) {
            free_buffer(buf);
            return NULL;
        }
    }
    return buf;
}

static unsigned allocate(struct vd_queue *q, unsigned count, const uint32_t *sizes)
{
    unsigned first = vd_queue_count(q), done = 0;
    for (; done < count && first + done < VD_MAX_BUFFERS; done++) {
        q->buf[first + done] = new_buffer(q, first + done, sizes);
        if (!q->buf[first + done])
            break;
    }
    return done;
}

/* How many buffers are allocated where so many more were asked for. */
static unsigned at_least(const struct vd_queue *q, unsigned count)
{
    unsigned least = q->output ? 0 : q->ctx->personality->least_buffers, have = vd_queue_count(q);
    return have + count < least ? least - have : count;
}

static const struct vd_format *format_of(const struct vd_queue *q)
{
    return q->output ? &q->ctx->out_fmt : &q->ctx->cap_fmt;
}

/* VIDIOC_REQBUFS; count 0 frees, buffers still mapped or exported live on without the queue. */
int vd_reqbufs(struct vd_ctx *ctx, struct v4l2_requestbuffers *r)
{
    struct vd_queue *q = vd_queue_of(ctx, r->type);
    r->capabilities = capabilities(ctx, q);
    r->flags = 0;
    memset(r->reserved, 0, sizeof(r->reserved));
    if (!memory_allowed(q, r->memory, r->type))
        return -EINVAL;
    if (q->streaming || (q->waiting_in_dqbuf && r->count))
        return -EBUSY;
    vd_ctx_abort(ctx);
    vd_queue_cancel(q);
    vd_queue_free(q);
    ctx->aborting = false;
    if (!r->count)
        return 0;
    q->memory = r->memory;
    q->num_planes = format_of(q)->planes;
    unsigned wanted = at_least(q, r->count < VD_MAX_BUFFERS ? r->count : VD_MAX_BUFFERS);
    unsigned got = allocate(q, wanted, format_of(q)->sizeimage);
    if (!got) {
        q->memory = 0;
        return -ENOMEM;
    }
    r->count = got;
    return 0;
}

static int requested_sizes(const struct v4l2_format *f, unsigned *planes, uint32_t *sizes)
{
    if (V4L2_TYPE_IS_MULTIPLANAR(f->type)) {
        *planes = f->fmt.pix_mp.num_planes;
        if (!*planes || *planes > VIDEO_MAX_PLANES)
            return -EINVAL;
        for (unsigned i = 0; i < *planes; i++) {
            if (!f->fmt.pix_mp.plane_fmt[i].sizeimage)
                return -EINVAL;
            if (i < VD_MAX_PLANES)
                sizes[i] = f->fmt.pix_mp.plane_fmt[i].sizeimage;
        }
        return 0;
    }
    *planes = 1;
    sizes[0] = f->fmt.pix.sizeimage;
    return sizes[0] ? 0 : -EINVAL;
}

/* VIDIOC_CREATE_BUFS: further buffers, of at least the current format's size. */
int vd_create_bufs(struct vd_ctx *ctx, struct v4l2_create_buffers *c)
{
    struct vd_queue *q = vd_queue_of(ctx, c->format.type);
    uint32_t sizes[VD_MAX_PLANES] = {0};
    unsigned planes = 0;
    c->flags = 0;
    memset(c->reserved, 0, sizeof(c->reserved));
#ifdef V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS
    c->max_num_buffers = 0; /* not offered; older headers have it among the reserved words */
#endif
    c->capabilities = capabilities(ctx, q);
    if (!q)
        return -EINVAL;
    c->index = vd_queue_count(q);
    bool allowed = memory_allowed(q, c->memory, c->format.type);
    if (!c->count)
        return allowed ? 0 : -EINVAL;
    int error = requested_sizes(&c->format, &planes, sizes);
    if (error)
        return error;
    if (!allowed)
        return -EINVAL;
    if (c->index == VD_MAX_BUFFERS)
        return -ENOBUFS;
    if (c->index && q->memory != c->memory)
        return -EINVAL;
    const struct vd_format *format = format_of(q);
    if (planes != format->planes)
        return -EINVAL;
    for (unsigned i = 0; i < planes; i++)
        if (sizes[i] < format->sizeimage[i])
            return -EINVAL;
    q->memory = c->memory;
    q->num_planes = planes;
    unsigned wanted = at_least(q, c->count < VD_MAX_BUFFERS ? c->count : VD_MAX_BUFFERS);
    unsigned got = allocate(q, wanted, sizes);
    if (!got) {
        if (!c->index)
            q->memory = 0;
        return -ENOMEM;
    }
    c->count = got;
    return 0;
}

static struct vd_buffer *buffer_at(struct vd_queue *q, uint32_t index)
{
    return q && index < VD_MAX_BUFFERS ? q->buf[index] : NULL;
}

/* VIDIOC_QUERYBUF. */
int vd_querybuf(struct vd_ctx *ctx, struct v4l2_buffer *b)
{
    struct vd_buffer *buf = buffer_at(vd_queue_of(ctx, b->type), b->index);
    if (!buf)
        return -EINVAL;
    int error = vd_buf_check_planes(buf, b);
    if (!error)
        vd_buf_to_user(buf, b);
    return error;
}

/* VIDIOC_EXPBUF. */
int vd_expbuf(struct vd_ctx *ctx, struct v4l2_exportbuffer *e)
{
    struct vd_queue *q = vd_queue_of(ctx, e->type);
    struct vd_buffer *buf = buffer_at(q, e->index);
    if (!buf || q->memory != V4L2_MEMORY_MMAP)
        return -EINVAL;
    if (e->flags & ~(uint32_t)(O_CLOEXEC | O_ACCMODE) || e->plane >= q->num_planes)
        return -EINVAL;
    struct vd_mem *mem = vd_mem_get(buf->plane[e->plane].mem);
    int fd = vd_file_new(VD_FILE_DMABUF, (int)e->flags, mem, NULL);
    if (fd < 0) {
        vd_mem_put(mem);
        return fd;
    }
    e->fd = fd;
    memset(e->reserved, 0, sizeof(e->reserved));
    return 0;
}

/* The memory that an mmap() of the device file means; NULL with *error set. */
struct vd_mem *vd_mmap_target(struct vd_ctx *ctx, size_t length, int prot, int flags, off_t offset,
                              int *error)
{
    *error = vd_fault(VD_SITE_MMAP, length);
    if (*error)
        return NULL;
    bool capture = offset >= VD_CAPTURE_OFFSET;
    struct vd_queue *q = capture ? &ctx->capture : &ctx->output;
    off_t cookie = capture ? offset - VD_CAPTURE_OFFSET : offset;
    *error = EINVAL;
    if ((flags & MAP_TYPE) == MAP_PRIVATE || !(prot & (capture ? PROT_READ : PROT_WRITE)))
        return NULL;
    for (unsigned i = 0; i < VD_MAX_BUFFERS && q->memory == V4L2_MEMORY_MMAP; i++) {
        struct vd_buffer *buf = q->buf[i];
        for (unsigned p = 0; buf && p < q->num_planes; p++) {
            if (buf->plane[p].offset != cookie)
                continue;
            if (length > buf->plane[p].mem->size)
                return NULL;
            buf->plane[p].mem->mapped = true;
            return buf->plane[p].mem;
        }
    }
    return NULL;
}
