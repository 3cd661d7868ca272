/* SPDX-License-Identifier: MIT */
/* The tests' direct V4L2 client, see test_client.h. Calls return 0 or a negative errno. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/media.h>

#include "test_client.h"

int client_ioctl(int fd, unsigned long request, void *arg)
{
    return ioctl(fd, request, arg) < 0 ? -errno : 0;
}

int client_open(struct client *c)
{
    struct v4l2_capability cap = {0};
    memset(c, 0, sizeof(*c));
    c->media = open("/dev/media0", O_RDWR | O_CLOEXEC);
    c->video = open("/dev/video0", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (c->media < 0 || c->video < 0 || client_ioctl(c->video, VIDIOC_QUERYCAP, &cap) < 0)
        return -ENODEV;
    c->mplane = cap.device_caps & V4L2_CAP_VIDEO_M2M_MPLANE;
    c->output = c->mplane ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
    c->capture = c->mplane ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;
    c->slice_based = client_has(c, V4L2_CID_STATELESS_H264_SLICE_PARAMS);
    struct v4l2_requestbuffers r = {.type = c->capture, .memory = V4L2_MEMORY_MMAP};
    c->dmabuf = client_ioctl(c->video, VIDIOC_REQBUFS, &r) == 0 &&
                (r.capabilities & V4L2_BUF_CAP_SUPPORTS_DMABUF);
    return 0;
}

void client_close(struct client *c)
{
    close(c->video);
    close(c->media);
}

bool client_has(const struct client *c, uint32_t id)
{
    struct v4l2_query_ext_ctrl q = {.id = id};
    return client_ioctl(c->video, VIDIOC_QUERY_EXT_CTRL, &q) == 0;
}

/* Sets the coded format and takes over what the device makes of CAPTURE. */
int client_format(struct client *c, uint32_t fourcc, uint32_t width, uint32_t height)
{
    struct v4l2_format f = {.type = c->output};
    if (c->mplane) {
        f.fmt.pix_mp.pixelformat = fourcc;
        f.fmt.pix_mp.width = width;
        f.fmt.pix_mp.height = height;
        f.fmt.pix_mp.num_planes = 1;
    } else {
        f.fmt.pix.pixelformat = fourcc;
        f.fmt.pix.width = width;
        f.fmt.pix.height = height;
    }
    int error = client_ioctl(c->video, VIDIOC_S_FMT, &f);
    if (error)
        return error;
    memset(&f, 0, sizeof(f));
    f.type = c->capture;
    error = client_ioctl(c->video, VIDIOC_G_FMT, &f);
    c->planes = c->mplane ? f.fmt.pix_mp.num_planes : 1;
    c->size[0] = c->mplane ? f.fmt.pix_mp.plane_fmt[0].sizeimage : f.fmt.pix.sizeimage;
    c->size[1] = c->planes > 1 ? f.fmt.pix_mp.plane_fmt[1].sizeimage : 0;
    c->stride = c->mplane ? f.fmt.pix_mp.plane_fmt[0].bytesperline : f.fmt.pix.bytesperline;
    c->height = c->mplane ? f.fmt.pix_mp.height : f.fmt.pix.height;
    return error;
}

int client_request_buffers(const struct client *c, uint32_t type, uint32_t memory, uint32_t count)
{
    struct v4l2_requestbuffers r = {.type = type, .memory = memory, .count = count};
    int error = client_ioctl(c->video, VIDIOC_REQBUFS, &r);
    return error ? error : (int)r.count;
}

void client_slot(const struct client *c, struct slot *s, uint32_t type, uint32_t memory,
                 uint32_t index)
{
    memset(s, 0, sizeof(*s));
    s->b.type = type;
    s->b.memory = memory;
    s->b.index = index;
    if (c->mplane) {
        s->b.m.planes = s->plane;
        s->b.length = type == c->output || !c->planes ? 1 : c->planes;
    }
}

int client_query(const struct client *c, struct slot *s, uint32_t type, uint32_t index)
{
    client_slot(c, s, type, V4L2_MEMORY_MMAP, index);
    return client_ioctl(c->video, VIDIOC_QUERYBUF, &s->b);
}

/* Maps a plane of an MMAP buffer; MAP_FAILED on errors. */
void *client_map(const struct client *c, uint32_t type, uint32_t index, unsigned plane,
                 size_t *size)
{
    struct slot s;
    if (client_query(c, &s, type, index) < 0)
        return MAP_FAILED;
    *size = c->mplane ? s.plane[plane].length : s.b.length;
    off_t offset = c->mplane ? s.plane[plane].m.mem_offset : s.b.m.offset;
    return mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, c->video, offset);
}

int client_export(const struct client *c, uint32_t type, uint32_t index, unsigned plane)
{
    struct v4l2_exportbuffer e = {
        .type = type, .index = index, .plane = plane, .flags = O_RDWR | O_CLOEXEC};
    int error = client_ioctl(c->video, VIDIOC_EXPBUF, &e);
    return error ? error : e.fd;
}

/* fds: the planes' dma-bufs for V4L2_MEMORY_DMABUF. */
int client_queue_capture(const struct client *c, uint32_t memory, uint32_t index, const int *fds)
{
    struct slot s;
    client_slot(c, &s, c->capture, memory, index);
    for (unsigned i = 0; fds && i < c->planes; i++) {
        s.plane[i].m.fd = fds[i];
        s.plane[i].length = c->size[i];
    }
    if (fds && !c->mplane) {
        s.b.m.fd = fds[0];
        s.b.length = c->size[0];
    }
    return client_ioctl(c->video, VIDIOC_QBUF, &s.b);
}

int client_queue_output(const struct client *c, uint32_t index, int request, const void *data,
                        size_t size, uint64_t timestamp_us, uint32_t flags)
{
    struct slot s;
    size_t length = 0;
    void *map = client_map(c, c->output, index, 0, &length);
    if (map == MAP_FAILED)
        return -errno;
    if (size > length)
        size = length;
    if (size)
        memcpy(map, data, size);
    munmap(map, length);
    client_slot(c, &s, c->output, V4L2_MEMORY_MMAP, index);
    if (c->mplane)
        s.plane[0].bytesused = (uint32_t)size;
    else
        s.b.bytesused = (uint32_t)size;
    s.b.timestamp.tv_sec = (time_t)(timestamp_us / 1000000);
    s.b.timestamp.tv_usec = (suseconds_t)(timestamp_us % 1000000);
    s.b.flags = flags;
    if (request >= 0) {
        s.b.flags |= V4L2_BUF_FLAG_REQUEST_FD;
        s.b.request_fd = request;
    }
    return client_ioctl(c->video, VIDIOC_QBUF, &s.b);
}

int client_dequeue(const struct client *c, struct slot *s, uint32_t type, uint32_t memory)
{
    client_slot(c, s, type, memory, 0);
    return client_ioctl(c->video, VIDIOC_DQBUF, &s->b);
}

int client_stream(const struct client *c, bool on)
{
    uint32_t output = c->output, capture = c->capture;
    unsigned long request = on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF;
    int error = client_ioctl(c->video, request, &output);
    return error ? error : client_ioctl(c->video, request, &capture);
}

int client_new_request(const struct client *c)
{
    int fd = -1;
    int error = client_ioctl(c->media, MEDIA_IOC_REQUEST_ALLOC, &fd);
    return error ? error : fd;
}

static int control(const struct client *c, unsigned long call, int request, uint32_t id,
                   void *value, uint32_t size)
{
    struct v4l2_ext_control one = {.id = id, .size = size};
    one.ptr = value;
    struct v4l2_ext_controls all = {.count = 1, .controls = &one};
    all.which = request < 0 ? V4L2_CTRL_WHICH_CUR_VAL : V4L2_CTRL_WHICH_REQUEST_VAL;
    all.request_fd = request;
    return client_ioctl(c->video, call, &all);
}

int client_set(const struct client *c, int request, uint32_t id, void *value, uint32_t size)
{
    return control(c, VIDIOC_S_EXT_CTRLS, request, id, value, size);
}

int client_get(const struct client *c, int request, uint32_t id, void *value, uint32_t size)
{
    return control(c, VIDIOC_G_EXT_CTRLS, request, id, value, size);
}

int client_submit(int request)
{
    return client_ioctl(request, MEDIA_REQUEST_IOC_QUEUE, NULL);
}

/* Waits until a request is complete. */
int client_wait(int request, int timeout_ms)
{
    struct pollfd fd = {.fd = request, .events = POLLPRI};
    int ready = poll(&fd, 1, timeout_ms);
    return ready < 0 ? -errno : ready == 0 ? -ETIMEDOUT : fd.revents == POLLPRI ? 0 : -EIO;
}

/* How many lines of the report begin with a word. */
size_t client_report(const char *word)
{
    char line[512];
    size_t count = 0;
    const char *path = getenv("VIRTDEC_REPORT");
    FILE *file = path ? fopen(path, "re") : NULL;
    while (file && fgets(line, sizeof(line), file))
        count += strncmp(line, word, strlen(word)) == 0;
    if (file)
        fclose(file);
    return count;
}

void client_clear_report(void)
{
    const char *path = getenv("VIRTDEC_REPORT");
    if (path)
        unlink(path);
}
