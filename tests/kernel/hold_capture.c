/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD library for the oracle on a decoder that holds no CAPTURE buffer between the two
 * fields of a frame (hantro and cedrus with MPEG-2). GStreamer asks for that all the same
 * (V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF) and is refused. Here the flag is dropped, and the buffer
 * that comes back after the first field is queued again for the second one, as such a device wants
 * it. GStreamer sees the buffer once, and nothing that it tells the decoder changes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>

#define TIMEOUT_MS 10000

typedef int ioctl_function(int fd, unsigned long request, ...);

struct queued {
    struct v4l2_buffer buffer;
    struct v4l2_plane planes[VIDEO_MAX_PLANES];
};

/* One thread of one program decodes one stream. */
static struct queued target;                 /* the last CAPTURE buffer, as it was queued */
static struct queued early[VIDEO_MAX_FRAME]; /* CAPTURE buffers that came before the field's */
static unsigned num_early;
static bool holds;              /* a first field was queued */
static struct timeval of_field; /* its timestamp, which the second one shares */

static int next_ioctl(int fd, unsigned long request, void *argument)
{
    static ioctl_function *next;

    if (!next)
        next = (ioctl_function *)dlsym(RTLD_NEXT, "ioctl");
    return next(fd, request, argument);
}

static void copy(struct queued *to, const struct v4l2_buffer *from)
{
    to->buffer = *from;
    if (!V4L2_TYPE_IS_MULTIPLANAR(from->type))
        return;
    memset(to->planes, 0, sizeof(to->planes));
    memcpy(to->planes, from->m.planes, from->length * sizeof(to->planes[0]));
    to->buffer.m.planes = to->planes;
}

/* Takes the first field's buffer from the device and gives it back. */
static int requeue(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    while (num_early < VIDEO_MAX_FRAME && poll(&poll_fd, 1, TIMEOUT_MS) > 0) {
        struct queued *done = &early[num_early];

        copy(done, &target.buffer);
        if (next_ioctl(fd, VIDIOC_DQBUF, &done->buffer)) {
            if (errno == EAGAIN)
                continue;
            return -1;
        }
        if (done->buffer.index == target.buffer.index)
            return next_ioctl(fd, VIDIOC_QBUF, &target.buffer);
        num_early++;
    }
    errno = ETIMEDOUT;
    return -1;
}

static int queue(int fd, struct v4l2_buffer *buffer)
{
    if (!V4L2_TYPE_IS_OUTPUT(buffer->type)) {
        copy(&target, buffer);
        return next_ioctl(fd, VIDIOC_QBUF, buffer);
    }
    if (holds && !memcmp(&of_field, &buffer->timestamp, sizeof(of_field)) && requeue(fd))
        return -1;
    holds = buffer->flags & V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF;
    of_field = buffer->timestamp;
    buffer->flags &= ~(unsigned)V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF;
    return next_ioctl(fd, VIDIOC_QBUF, buffer);
}

static int dequeue(int fd, struct v4l2_buffer *buffer)
{
    struct v4l2_plane *planes = buffer->m.planes;

    if (V4L2_TYPE_IS_OUTPUT(buffer->type) || !num_early)
        return next_ioctl(fd, VIDIOC_DQBUF, buffer);
    *buffer = early[0].buffer;
    if (V4L2_TYPE_IS_MULTIPLANAR(buffer->type)) {
        memcpy(planes, early[0].planes, buffer->length * sizeof(*planes));
        buffer->m.planes = planes;
    }
    num_early--;
    for (unsigned i = 0; i < num_early; i++)
        copy(&early[i], &early[i + 1].buffer);
    return 0;
}

static int request_buffers(int fd, struct v4l2_requestbuffers *buffers)
{
    int result = next_ioctl(fd, VIDIOC_REQBUFS, buffers);

    if (!result && V4L2_TYPE_IS_OUTPUT(buffers->type))
        buffers->capabilities |= V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF;
    return result;
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    void *argument;

    va_start(arguments, request);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    if (request == VIDIOC_REQBUFS)
        return request_buffers(fd, argument);
    if (request == VIDIOC_QBUF)
        return queue(fd, argument);
    if (request == VIDIOC_DQBUF)
        return dequeue(fd, argument);
    return next_ioctl(fd, request, argument);
}
