/* SPDX-License-Identifier: MIT */
/*
 * A kernel that does not tell the truth: VIRTDEC_FAULT=lies:SEED.
 *
 * Some answers of ioctls and poll are changed on their way to the client: numbers, flags, formats,
 * names, descriptors, errors. A call may also be told as done and not be done, or be done and told
 * as failed. Which answers, and how, follows from the seed, the kind of call and its number among
 * its kind alone, so that a seed can be run again. A seed lies about one kind of call, about half
 * of them or about all, and once in 3 to 60 calls. What is changed is said in the report (lines
 * "lie CALL N ...").
 *
 * Two kinds of lies there are not. No mapping reaches beyond its memory, and no descriptor names
 * another file of the client's: there a client can only trust its kernel.
 */
#include "virtdec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/media.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "interpose.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What is not done costs a client its whole patience: not more than once. */
#define MOST_LOST 1

/* Random numbers of one call. */
struct draw {
    uint64_t state;
};

static uint32_t next(struct draw *draw)
{
    uint64_t z = draw->state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return (uint32_t)(z >> 32);
}

static bool one_in(struct draw *draw, uint32_t n)
{
    return next(draw) % n == 0;
}

/* A wrong value in place of a right one. */
static uint32_t wrong(struct draw *draw, uint32_t right)
{
    switch (next(draw) % 9) {
    case 0:
        return 0;
    case 1:
        return UINT32_MAX;
    case 2:
        return INT32_MAX;
    case 3:
        return right + 1;
    case 4:
        return right - 1;
    case 5:
        return right * 2;
    case 6:
        return right / 2;
    case 7:
        return right ^ 1u << next(draw) % 32;
    default:
        return next(draw) % 100;
    }
}

static void change(struct draw *draw, uint32_t *value)
{
    *value = wrong(draw, *value);
}

/* One of the 32-bit words of a structure, or of an array of them. */
static void change_word(struct draw *draw, void *data, size_t size)
{
    uint32_t word;
    uint8_t *at = data;
    if (size < sizeof(word))
        return;
    at += next(draw) % (size / sizeof(word)) * sizeof(word);
    memcpy(&word, at, sizeof(word));
    change(draw, &word);
    memcpy(at, &word, sizeof(word));
}

/* A name without an end, which is a format, too. */
static void change_name(void *name, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((char *)name)[i] = "%n%s"[i % 4];
}

static void querycap(struct draw *draw, void *arg)
{
    struct v4l2_capability *cap = arg;
    if (one_in(draw, 2))
        change_name(cap->driver, sizeof(cap->driver) + sizeof(cap->card) + sizeof(cap->bus_info));
    else
        change(draw, one_in(draw, 2) ? &cap->capabilities : &cap->device_caps);
}

static void enum_fmt(struct draw *draw, void *arg)
{
    struct v4l2_fmtdesc *f = arg;
    change(draw, one_in(draw, 4) ? &f->flags : &f->pixelformat);
}

static void enum_framesizes(struct draw *draw, void *arg)
{
    struct v4l2_frmsizeenum *f = arg;
    if (one_in(draw, 4))
        change(draw, &f->type);
    else
        change_word(draw, &f->stepwise, sizeof(f->stepwise));
}

static void fmt(struct draw *draw, void *arg)
{
    struct v4l2_format *f = arg;
    for (unsigned i = 1 + next(draw) % 3; i > 0; i--) {
        struct v4l2_pix_format_mplane *planar = &f->fmt.pix_mp;
        if (!V4L2_TYPE_IS_MULTIPLANAR(f->type))
            change_word(draw, &f->fmt.pix, offsetof(struct v4l2_pix_format, colorspace));
        else if (one_in(draw, 6))
            planar->num_planes = (uint8_t)wrong(draw, planar->num_planes);
        else if (one_in(draw, 2))
            change_word(draw, planar, offsetof(struct v4l2_pix_format_mplane, field));
        else
            change_word(draw, &planar->plane_fmt[next(draw) % 2],
                        offsetof(struct v4l2_plane_pix_format, reserved));
    }
}

static void reqbufs(struct draw *draw, void *arg)
{
    struct v4l2_requestbuffers *r = arg;
    change(draw, one_in(draw, 2) ? &r->count : &r->capabilities);
}

static void create_bufs(struct draw *draw, void *arg)
{
    struct v4l2_create_buffers *c = arg;
    change(draw, one_in(draw, 2) ? &c->count : &c->index);
}

static void buffer(struct draw *draw, void *arg)
{
    struct v4l2_buffer *b = arg;
    struct v4l2_plane *plane = V4L2_TYPE_IS_MULTIPLANAR(b->type) ? b->m.planes : NULL;
    switch (next(draw) % 7) {
    case 0:
        change(draw, &b->flags);
        break;
    case 1:
        change(draw, &b->length);
        break;
    case 2:
        change(draw, plane ? &plane->length : &b->length);
        break;
    case 3:
        change(draw, plane ? &plane->m.mem_offset : &b->m.offset);
        break;
    case 4:
        b->timestamp.tv_usec = (suseconds_t)wrong(draw, (uint32_t)b->timestamp.tv_usec);
        break;
    case 5:
        change(draw, plane ? &plane->bytesused : &b->bytesused);
        break;
    default:
        change(draw, &b->index);
        break;
    }
}

static void query_ext_ctrl(struct draw *draw, void *arg)
{
    struct v4l2_query_ext_ctrl *q = arg;
    uint32_t *const places[] = {&q->flags, &q->nr_of_dims, &q->dims[0],         &q->dims[0],
                                &q->elems, &q->elem_size,  (uint32_t *)&q->type};
    change(draw, places[next(draw) % COUNT(places)]);
}

static void device_info(struct draw *draw, void *arg)
{
    struct media_device_info *info = arg;
    (void)draw;
    change_name(info->driver, sizeof(info->driver) + sizeof(info->model) + sizeof(info->serial));
}

static void topology(struct draw *draw, void *arg)
{
    struct media_v2_topology *t = arg;
    const struct {
        uint64_t pointer;
        size_t count, size;
    } parts[] = {
        {t->ptr_entities, t->num_entities, sizeof(struct media_v2_entity)},
        {t->ptr_interfaces, t->num_interfaces, sizeof(struct media_v2_interface)},
        {t->ptr_pads, t->num_pads, sizeof(struct media_v2_pad)},
        {t->ptr_links, t->num_links, sizeof(struct media_v2_link)},
    };
    size_t i = next(draw) % COUNT(parts);
    if (parts[i].pointer && !one_in(draw, 3)) {
        change_word(draw, (void *)(uintptr_t)parts[i].pointer, parts[i].count * parts[i].size);
        return;
    }
    uint32_t count = wrong(draw, (uint32_t)parts[i].count);
    if (i == 0)
        t->num_entities = count;
    else if (i == 1)
        t->num_interfaces = count;
    else if (i == 2)
        t->num_pads = count;
    else
        t->num_links = count;
}

/* A new descriptor that the client never sees. */
static void drop(int fd)
{
    struct vd_file *file = vd_file_detach(fd);
    if (file)
        vd_file_put(file);
    VD_REAL(close)(fd);
}

static void expbuf(struct draw *draw, void *arg)
{
    struct v4l2_exportbuffer *e = arg;
    drop(e->fd);
    e->fd = -(int)(1 + next(draw) % 100);
    if (!one_in(draw, 2)) { /* or of too little memory */
        e->fd = memfd_create("virtdec-buffer", MFD_CLOEXEC);
        if (e->fd >= 0 && ftruncate(e->fd, next(draw) % 2 ? 4096 : 0))
            drop(e->fd);
    }
}

static void request_alloc(struct draw *draw, void *arg)
{
    int *fd = arg;
    drop(*fd);
    *fd = -(int)(1 + next(draw) % 100);
}

static const struct kind {
    const char *name;
    unsigned long request;
    void (*lie)(struct draw *, void *); /* NULL: there are errors only */
    bool can_be_left_out;               /* told as done */
} kinds[] = {
    {"QUERYCAP", VIDIOC_QUERYCAP, querycap, false},
    {"ENUM_FMT", VIDIOC_ENUM_FMT, enum_fmt, false},
    {"ENUM_FRAMESIZES", VIDIOC_ENUM_FRAMESIZES, enum_framesizes, false},
    {"G_FMT", VIDIOC_G_FMT, fmt, false},
    {"S_FMT", VIDIOC_S_FMT, fmt, true},
    {"REQBUFS", VIDIOC_REQBUFS, reqbufs, true},
    {"CREATE_BUFS", VIDIOC_CREATE_BUFS, create_bufs, true},
    {"QUERYBUF", VIDIOC_QUERYBUF, buffer, false},
    {"EXPBUF", VIDIOC_EXPBUF, expbuf, false},
    {"QBUF", VIDIOC_QBUF, buffer, true},
    {"DQBUF", VIDIOC_DQBUF, buffer, true},
    {"STREAMON", VIDIOC_STREAMON, NULL, true},
    {"STREAMOFF", VIDIOC_STREAMOFF, NULL, true},
    {"DECODER_CMD", VIDIOC_DECODER_CMD, NULL, true},
    {"QUERY_EXT_CTRL", VIDIOC_QUERY_EXT_CTRL, query_ext_ctrl, false},
    {"QUERYMENU", VIDIOC_QUERYMENU, NULL, false},
    {"S_EXT_CTRLS", VIDIOC_S_EXT_CTRLS, NULL, true},
    {"DEVICE_INFO", MEDIA_IOC_DEVICE_INFO, device_info, false},
    {"G_TOPOLOGY", MEDIA_IOC_G_TOPOLOGY, topology, false},
    {"REQUEST_ALLOC", MEDIA_IOC_REQUEST_ALLOC, request_alloc, false},
    {"REQUEST_QUEUE", MEDIA_REQUEST_IOC_QUEUE, NULL, true},
    {"REQUEST_REINIT", MEDIA_REQUEST_IOC_REINIT, NULL, true},
    {"DMA_BUF_SYNC", DMA_BUF_IOCTL_SYNC, NULL, true},
    {"poll", 0, NULL, false},
};
#define POLL (COUNT(kinds) - 1)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t seed; /* 0: the truth */
static uint32_t last_format;
static unsigned calls[COUNT(kinds)], lost;

/* Begins to lie, or, with 0, ends it. */
void vd_lies_begin(unsigned new_seed)
{
    pthread_mutex_lock(&lock);
    seed = new_seed;
    memset(calls, 0, sizeof(calls));
    lost = 0;
    pthread_mutex_unlock(&lock);
}

static size_t kind_of(unsigned long request)
{
    size_t kind = 0;
    while (kind < POLL && kinds[kind].request != request)
        kind++;
    return kind;
}

/* Whether this call is lied about. */
static bool chosen(size_t kind, struct draw *draw, unsigned *number)
{
    static const uint32_t rates[] = {3, 8, 20, 60};
    pthread_mutex_lock(&lock);
    struct draw of_seed = {.state = seed * 0x2545f4914f6cdd1dull};
    *number = ++calls[kind];
    *draw = (struct draw){.state = seed << 40 ^ (uint64_t)kind << 32 ^ *number};
    bool lies = seed != 0;
    pthread_mutex_unlock(&lock);
    if (!lies)
        return false;
    uint32_t rate = rates[next(&of_seed) % COUNT(rates)];
    uint32_t scope = next(&of_seed), which = next(&of_seed);
    if (scope % 3 == 0 && which % COUNT(kinds) != kind)
        return false;
    if (scope % 3 == 1 && !(which >> kind % 32 & 1))
        return false;
    return one_in(draw, rate);
}

static bool may_be_lost(void)
{
    pthread_mutex_lock(&lock);
    bool may = lost < MOST_LOST;
    lost += may;
    pthread_mutex_unlock(&lock);
    return may;
}

static int some_error(struct draw *draw)
{
    static const int errors[] = {EINVAL, EIO,   ENOMEM, EBUSY,     ENODEV, EAGAIN, EINTR,
                                 EPIPE,  EPERM, ENOSPC, ETIMEDOUT, EFAULT, ENOTTY, 4095};
    return -errors[next(draw) % COUNT(errors)];
}

/* An error that was none, or none that was one. */
static int wrong_result(const struct kind *kind, struct draw *draw, void *arg, int result)
{
    if (result < 0)
        return one_in(draw, 2) ? 0 : some_error(draw);
    if (kind->request == VIDIOC_EXPBUF)
        drop(((struct v4l2_exportbuffer *)arg)->fd);
    if (kind->request == MEDIA_IOC_REQUEST_ALLOC)
        drop(*(int *)arg);
    return some_error(draw);
}

/* The formats of a queue have no end. */
static int endless(void *arg, int result)
{
    struct v4l2_fmtdesc *f = arg;
    pthread_mutex_lock(&lock);
    if (result == 0)
        last_format = f->pixelformat;
    else
        f->pixelformat = last_format;
    pthread_mutex_unlock(&lock);
    return 0;
}

/* An ioctl's answer as the client gets it; `call` makes the true one. vd_lock held. */
int vd_lies_ioctl(unsigned long request, void *arg, int (*call)(void *), void *of_call)
{
    size_t kind = kind_of(request);
    struct draw draw;
    unsigned number;
    if (kind == POLL || !chosen(kind, &draw, &number))
        return call(of_call);
    uint32_t way = next(&draw) % 4;
    if (way == 0 && kinds[kind].can_be_left_out && may_be_lost()) {
        vd_report("lie %s %u: not done", kinds[kind].name, number);
        return 0;
    }
    int result = call(of_call);
    if (request == VIDIOC_ENUM_FMT && way < 2) {
        vd_report("lie %s %u: there is another one", kinds[kind].name, number);
        return endless(arg, result);
    }
    if (way > 0 && result == 0 && kinds[kind].lie) {
        vd_report("lie %s %u: changed", kinds[kind].name, number);
        kinds[kind].lie(&draw, arg);
        return 0;
    }
    int told = wrong_result(&kinds[kind], &draw, arg, result);
    vd_report("lie %s %u: %d is told as %d", kinds[kind].name, number, result, told);
    return told;
}

/* The result of a poll of our descriptors as the client gets it. */
int vd_lies_poll(struct pollfd *fds, unsigned count, int result)
{
    static const short events[] = {POLLERR, POLLHUP, POLLNVAL, POLLERR | POLLHUP, 0};
    struct draw draw;
    unsigned number;
    if (!count || !chosen(POLL, &draw, &number))
        return result;
    vd_report("lie poll %u: result %d", number, result);
    if (one_in(&draw, 6)) {
        errno = -some_error(&draw);
        return -1;
    }
    if (one_in(&draw, 4))
        return 0;
    if (one_in(&draw, 3))
        fds[0].revents = fds[0].events;
    else
        fds[0].revents = events[next(&draw) % COUNT(events)];
    return 1;
}
