/* SPDX-License-Identifier: MIT */
#include "device/v4l2.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/media.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S  1000000000ull
#define NS_PER_US 1000ull

/* Longer than any driver takes for one call. Ends the retries if signals keep interrupting it. */
#define INTERRUPTED_NS 4000000000ull
/* Calls of a poll after its deadline, if signals keep interrupting it. */
#define MAX_LOOKS 100
/* Formats of a queue; a driver that lists more would never end. */
#define MAX_FORMATS 64

int v4l2_ioctl(int fd, unsigned long request, void *argument)
{
    uint64_t deadline = 0;

    while (ioctl(fd, request, argument) < 0) {
        if (errno != EINTR)
            return -errno;
        if (!deadline)
            deadline = monotonic_ns() + INTERRUPTED_NS;
        else if (monotonic_ns() > deadline)
            return -EIO;
    }
    return 0;
}

int v4l2_note_probe_error(const struct v4l2_node *node, int error)
{
    switch (error) {
    case -ENOMEM:
    case -EMFILE:
    case -ENFILE:
    case -EBUSY:
    case -EIO:
    case -ENODEV:
    case -ENXIO:
        if (node->probe_error)
            *node->probe_error = error;
        break;
    default:
        break;
    }
    return error;
}

int v4l2_node_ioctl(const struct v4l2_node *node, unsigned long request, void *argument)
{
    return v4l2_note_probe_error(node, v4l2_ioctl(node->fd, request, argument));
}

enum v4l2_buf_type v4l2_output_type(const struct v4l2_node *node)
{
    return node->multiplanar ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
}

enum v4l2_buf_type v4l2_capture_type(const struct v4l2_node *node)
{
    return node->multiplanar ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

/* What the formats of single- and multi-planar queues have in common. */
struct pixels {
    uint32_t pixelformat, width, height;
};

static struct pixels get_pixels(const struct v4l2_node *node, const struct v4l2_format *format)
{
    const struct v4l2_pix_format_mplane *planar = &format->fmt.pix_mp;
    const struct v4l2_pix_format *pix = &format->fmt.pix;

    return node->multiplanar ? (struct pixels){planar->pixelformat, planar->width, planar->height}
                             : (struct pixels){pix->pixelformat, pix->width, pix->height};
}

static void set_pixels(const struct v4l2_node *node, struct v4l2_format *format,
                       struct pixels pixels)
{
    struct v4l2_pix_format_mplane *planar = &format->fmt.pix_mp;
    struct v4l2_pix_format *pix = &format->fmt.pix;

    if (node->multiplanar) {
        planar->pixelformat = pixels.pixelformat;
        planar->width = pixels.width;
        planar->height = pixels.height;
    } else {
        pix->pixelformat = pixels.pixelformat;
        pix->width = pixels.width;
        pix->height = pixels.height;
    }
}

/* Sets the OUTPUT format, and changes both arguments to what the device chose. */
static int set_output(const struct v4l2_node *node, struct pixels *pixels, uint32_t *sizeimage)
{
    struct v4l2_format format = {.type = v4l2_output_type(node)};
    const uint32_t pixelformat = pixels->pixelformat;
    int error;

    set_pixels(node, &format, *pixels);
    if (node->multiplanar) {
        format.fmt.pix_mp.num_planes = 1;
        format.fmt.pix_mp.plane_fmt[0].sizeimage = *sizeimage;
    } else {
        format.fmt.pix.sizeimage = *sizeimage;
    }
    error = v4l2_node_ioctl(node, VIDIOC_S_FMT, &format);
    *pixels = get_pixels(node, &format);
    *sizeimage =
        node->multiplanar ? format.fmt.pix_mp.plane_fmt[0].sizeimage : format.fmt.pix.sizeimage;
    return !error && pixels->pixelformat != pixelformat ? -EINVAL : error;
}

int v4l2_set_output_format(const struct v4l2_node *node, uint32_t pixelformat, uint32_t width,
                           uint32_t height, uint32_t *sizeimage)
{
    struct pixels pixels = {pixelformat, width, height};
    int error = set_output(node, &pixels, sizeimage);

    return !error && (pixels.width < width || pixels.height < height) ? -EOVERFLOW : error;
}

void v4l2_limit_output_size(const struct v4l2_node *node, uint32_t pixelformat, uint32_t *width,
                            uint32_t *height)
{
    struct pixels pixels = {pixelformat, *width, *height};
    uint32_t sizeimage = 0;

    if (set_output(node, &pixels, &sizeimage) || !pixels.width || !pixels.height)
        return;
    *width = pixels.width < *width ? pixels.width : *width;
    *height = pixels.height < *height ? pixels.height : *height;
}

uint32_t v4l2_enum_format(const struct v4l2_node *node, enum v4l2_buf_type type, unsigned n)
{
    struct v4l2_fmtdesc description = {.type = type, .index = n};

    if (n >= MAX_FORMATS || v4l2_node_ioctl(node, VIDIOC_ENUM_FMT, &description))
        return 0;
    return description.pixelformat;
}

static bool offers(const struct v4l2_node *node, uint32_t pixelformat)
{
    uint32_t offered;

    for (unsigned n = 0; (offered = v4l2_enum_format(node, v4l2_capture_type(node), n)); n++)
        if (offered == pixelformat)
            return true;
    return false;
}

/* Sets a CAPTURE format, with the size rounded up to whole macroblocks: memory that was allocated
 * before its stream was known has that size. If the device refuses, its current format will do if
 * it has the same pixel format. */
static bool set_capture_format(const struct v4l2_node *node, struct v4l2_format *format,
                               uint32_t pixelformat)
{
    const struct v4l2_format current = *format;
    const struct pixels given = get_pixels(node, format);
    const struct pixels wanted = {pixelformat, whole_macroblocks(given.width),
                                  whole_macroblocks(given.height)};

    if (given.pixelformat == wanted.pixelformat && given.width == wanted.width &&
        given.height == wanted.height)
        return true;
    set_pixels(node, format, wanted);
    /* Raspberry Pi's driver would take another format's bytes per line for the columns' height. */
    if (given.pixelformat != pixelformat && node->multiplanar)
        memset(format->fmt.pix_mp.plane_fmt, 0, sizeof(format->fmt.pix_mp.plane_fmt));
    if (!v4l2_node_ioctl(node, VIDIOC_S_FMT, format))
        return true;
    *format = current;
    return given.pixelformat == pixelformat;
}

int v4l2_negotiate_capture(const struct v4l2_node *node, struct picture_layout *layout,
                           uint8_t bit_depth)
{
    struct v4l2_format current = {.type = v4l2_capture_type(node)};
    int error = v4l2_node_ioctl(node, VIDIOC_G_FMT, &current);

    if (error)
        return error;
    for (unsigned i = 0; i < num_pixel_formats; i++) {
        const struct pixel_format *wanted = &pixel_formats[i];
        struct v4l2_format format = current;

        if (wanted->bit_depth != bit_depth || !offers(node, wanted->v4l2))
            continue;
        if (!set_capture_format(node, &format, wanted->v4l2))
            continue;
        if (get_pixels(node, &format).pixelformat == wanted->v4l2 &&
            picture_layout_from_v4l2(&format, layout))
            return 0;
    }
    return -EINVAL;
}

int v4l2_request_buffers(const struct v4l2_node *node, enum v4l2_buf_type type,
                         enum v4l2_memory memory, unsigned *count, uint32_t *capabilities)
{
    struct v4l2_requestbuffers request = {.type = type, .memory = memory, .count = *count};
    int error = v4l2_node_ioctl(node, VIDIOC_REQBUFS, &request);

    if (error)
        return error;
    *count = request.count;
    if (capabilities)
        *capabilities = request.capabilities;
    return 0;
}

int v4l2_create_buffer(const struct v4l2_node *node, enum v4l2_buf_type type,
                       enum v4l2_memory memory, uint32_t sizeimage, unsigned *count)
{
    struct v4l2_create_buffers create = {.count = 1, .memory = memory, .format.type = type};
    int error = v4l2_node_ioctl(node, VIDIOC_G_FMT, &create.format);

    if (error)
        return error;
    if (sizeimage && node->multiplanar)
        create.format.fmt.pix_mp.plane_fmt[0].sizeimage = sizeimage;
    else if (sizeimage)
        create.format.fmt.pix.sizeimage = sizeimage;
    error = v4l2_node_ioctl(node, VIDIOC_CREATE_BUFS, &create);
    if (error)
        return error;
    if (count)
        *count = create.count;
    if (create.index > INT_MAX)
        return -EIO;
    return create.count ? (int)create.index : -ENOMEM;
}

/* The kernel's struct for one buffer, and its planes. */
struct kernel_buffer {
    struct v4l2_buffer buffer;
    struct v4l2_plane planes[VIDEO_MAX_PLANES];
};

static struct v4l2_buffer *prepare(struct kernel_buffer *b, const struct v4l2_node *node,
                                   enum v4l2_buf_type type, enum v4l2_memory memory, unsigned index,
                                   unsigned num_planes)
{
    memset(&b->buffer, 0, sizeof(b->buffer));
    memset(b->planes, 0, num_planes * sizeof(b->planes[0]));
    b->buffer.type = type;
    b->buffer.memory = memory;
    b->buffer.index = index;
    if (node->multiplanar) {
        b->buffer.m.planes = b->planes;
        b->buffer.length = num_planes;
    }
    return &b->buffer;
}

int v4l2_map_output(const struct v4l2_node *node, unsigned index, uint8_t **map, size_t *size)
{
    struct kernel_buffer b;
    struct v4l2_buffer *buffer =
        prepare(&b, node, v4l2_output_type(node), V4L2_MEMORY_MMAP, index, VIDEO_MAX_PLANES);
    int error = v4l2_node_ioctl(node, VIDIOC_QUERYBUF, buffer);
    off_t offset;
    void *address;

    if (error)
        return error;
    if (node->multiplanar && buffer->length != 1)
        return -EIO;
    *size = node->multiplanar ? b.planes[0].length : buffer->length;
    if (!*size)
        return -EIO;
    offset = node->multiplanar ? b.planes[0].m.mem_offset : buffer->m.offset;
    address = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, node->fd, offset);
    if (address == MAP_FAILED)
        return -errno;
    *map = address;
    return 0;
}

/* Whether the descriptor is valid and its memory is as large as the format says. */
static bool holds(int dmabuf, uint32_t size)
{
    off_t end = dmabuf < 0 ? 0 : lseek(dmabuf, 0, SEEK_END);

    return end >= (off_t)size;
}

int v4l2_export_buffer(const struct v4l2_node *node, enum v4l2_buf_type type, unsigned index,
                       unsigned num_planes, const uint32_t *sizes, int *dmabuf)
{
    for (unsigned i = 0; i < num_planes; i++) {
        struct v4l2_exportbuffer export = {
            .type = type,
            .index = index,
            .plane = i,
            .flags = O_CLOEXEC | O_RDWR,
            .fd = -1,
        };
        int error = v4l2_node_ioctl(node, VIDIOC_EXPBUF, &export);

        dmabuf[i] = error ? -1 : export.fd;
        if (!error && !holds(dmabuf[i], sizes[i]))
            error = -EIO;
        if (error) {
            for (unsigned j = 0; j <= i; j++) {
                if (dmabuf[j] >= 0)
                    close(dmabuf[j]);
                dmabuf[j] = -1;
            }
            return error;
        }
    }
    return 0;
}

static void set_timestamp(struct v4l2_buffer *buffer, uint64_t ns)
{
    buffer->timestamp.tv_sec = (time_t)(ns / NS_PER_S);
    buffer->timestamp.tv_usec = (suseconds_t)(ns % NS_PER_S / NS_PER_US);
}

int v4l2_queue_output(const struct v4l2_node *node, const struct v4l2_frame *frame)
{
    struct kernel_buffer b;
    struct v4l2_buffer *buffer =
        prepare(&b, node, v4l2_output_type(node), V4L2_MEMORY_MMAP, frame->index, 1);

    set_timestamp(buffer, frame->timestamp);
    buffer->flags = frame->flags;
    if (frame->request_fd >= 0) {
        buffer->flags |= V4L2_BUF_FLAG_REQUEST_FD;
        buffer->request_fd = frame->request_fd;
    }
    if (node->multiplanar) {
        b.planes[0].bytesused = (uint32_t)frame->bytesused;
        b.planes[0].length = (uint32_t)frame->length;
    } else {
        buffer->bytesused = (uint32_t)frame->bytesused;
        buffer->length = (uint32_t)frame->length;
    }
    return v4l2_node_ioctl(node, VIDIOC_QBUF, buffer);
}

int v4l2_queue_capture(const struct v4l2_node *node, const struct v4l2_frame *frame)
{
    struct kernel_buffer b;
    enum v4l2_memory memory = frame->num_dmabufs ? V4L2_MEMORY_DMABUF : V4L2_MEMORY_MMAP;
    struct v4l2_buffer *buffer =
        prepare(&b, node, v4l2_capture_type(node), memory, frame->index,
                frame->num_dmabufs ? frame->num_dmabufs : MAX_PICTURE_BUFFERS);

    for (unsigned i = 0; i < frame->num_dmabufs && node->multiplanar; i++) {
        b.planes[i].m.fd = frame->dmabuf[i];
        b.planes[i].length = frame->dmabuf_size[i];
    }
    if (frame->num_dmabufs && !node->multiplanar) {
        buffer->m.fd = frame->dmabuf[0];
        buffer->length = frame->dmabuf_size[0];
    }
    return v4l2_node_ioctl(node, VIDIOC_QBUF, buffer);
}

static int dequeue(const struct v4l2_node *node, enum v4l2_buf_type type, enum v4l2_memory memory,
                   struct v4l2_frame *frame)
{
    struct kernel_buffer b;
    struct v4l2_buffer *buffer = prepare(&b, node, type, memory, 0, VIDEO_MAX_PLANES);
    int error = v4l2_node_ioctl(node, VIDIOC_DQBUF, buffer);

    if (error)
        return error;
    /* A buffer cannot be queued and dequeued at once. */
    if (buffer->flags & V4L2_BUF_FLAG_QUEUED)
        return -EIO;
    frame->index = buffer->index;
    frame->flags = buffer->flags;
    frame->timestamp = (uint64_t)buffer->timestamp.tv_sec * NS_PER_S +
                       (uint64_t)buffer->timestamp.tv_usec * NS_PER_US;
    return 0;
}

int v4l2_dequeue_output(const struct v4l2_node *node, struct v4l2_frame *frame)
{
    return dequeue(node, v4l2_output_type(node), V4L2_MEMORY_MMAP, frame);
}

int v4l2_dequeue_capture(const struct v4l2_node *node, enum v4l2_memory memory,
                         struct v4l2_frame *frame)
{
    return dequeue(node, v4l2_capture_type(node), memory, frame);
}

int v4l2_stream(const struct v4l2_node *node, enum v4l2_buf_type type, bool on)
{
    int argument = (int)type;

    return v4l2_node_ioctl(node, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &argument);
}

int v4l2_set_controls(int fd, int request_fd, struct v4l2_ext_control *controls, unsigned count)
{
    struct v4l2_ext_controls set = {
        .which = request_fd >= 0 ? V4L2_CTRL_WHICH_REQUEST_VAL : V4L2_CTRL_WHICH_CUR_VAL,
        .request_fd = request_fd,
        .count = count,
        .controls = controls,
    };

    return v4l2_ioctl(fd, VIDIOC_S_EXT_CTRLS, &set);
}

int v4l2_flush_held_capture(int fd)
{
    struct v4l2_decoder_cmd command = {.cmd = V4L2_DEC_CMD_FLUSH};

    return v4l2_ioctl(fd, VIDIOC_DECODER_CMD, &command);
}

int media_request_create(int media_fd)
{
    int fd = -1;
    int error = v4l2_ioctl(media_fd, MEDIA_IOC_REQUEST_ALLOC, &fd);

    return error ? error : fd < 0 ? -EIO : fd;
}

int media_request_queue(int request_fd)
{
    return v4l2_ioctl(request_fd, MEDIA_REQUEST_IOC_QUEUE, NULL);
}

int media_request_reinit(int request_fd)
{
    return v4l2_ioctl(request_fd, MEDIA_REQUEST_IOC_REINIT, NULL);
}

uint64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

int poll_until(int fd, short events, uint64_t deadline)
{
    struct pollfd pollfd = {.fd = fd, .events = events};
    unsigned looks = 0; /* after the deadline */
    int ready;

    do {
        uint64_t now = deadline ? monotonic_ns() : 0;
        uint64_t left = deadline > now ? deadline - now : 0;
        struct timespec timeout = {(time_t)(left / NS_PER_S), (long)(left % NS_PER_S)};

        looks += !left;
        ready = ppoll(&pollfd, 1, &timeout, NULL);
    } while (ready < 0 && errno == EINTR && looks < MAX_LOOKS);
    if (ready < 0)
        return errno == EINTR ? 0 : -errno;
    if (ready && !(pollfd.revents & events))
        return -EIO;
    return ready > 0;
}
