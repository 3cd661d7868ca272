/* SPDX-License-Identifier: MIT */
/* The virtual decoder's queues and requests against what videobuf2 and the media core do. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/dma-buf.h>
#include <linux/media.h>

#include "test_client.h"

#define MM21       v4l2_fourcc('M', 'M', '2', '1')
#define NV12_32L32 v4l2_fourcc('S', 'T', '1', '2')
#define NV15       v4l2_fourcc('N', 'V', '1', '5')

static int open_client(void **state)
{
    static struct client client;
    assert_int_equal(client_open(&client), 0);
    assert_int_equal(client_format(&client, V4L2_PIX_FMT_H264_SLICE, 64, 64), 0);
    *state = &client;
    return 0;
}

static int close_client(void **state)
{
    client_close(*state);
    return 0;
}

static void nodes_look_real(void **state)
{
    struct client *c = *state;
    struct stat st;
    assert_int_equal(stat("/dev/video0", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    assert_int_equal(major(st.st_rdev), 81);
    assert_int_equal(fstat(c->video, &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    assert_int_equal(access("/dev/media0", R_OK | W_OK), 0);
    char line[64] = "";
    FILE *uevent = fopen("/sys/dev/char/81:0/uevent", "re");
    assert_non_null(uevent);
    while (fgets(line, sizeof(line), uevent) && strncmp(line, "DEVNAME=", 8) != 0)
        ;
    fclose(uevent);
    assert_string_equal(line, "DEVNAME=video0\n");
    char target[256];
    ssize_t length = readlink("/sys/dev/char/81:0", target, sizeof(target) - 1);
    assert_true(length > 0);
    target[length] = 0;
    assert_string_equal(strrchr(target, '/'), "/video0");
}

static void topology_leads_to_the_node(void **state)
{
    struct client *c = *state;
    struct media_v2_entity entity[8];
    struct media_v2_interface interface[8];
    struct media_v2_link link[8];
    struct media_v2_topology t = {0};
    assert_int_equal(client_ioctl(c->media, MEDIA_IOC_G_TOPOLOGY, &t), 0);
    assert_int_equal(t.num_entities, 3);
    t.ptr_entities = (uintptr_t)entity;
    t.num_entities = 2;
    assert_int_equal(client_ioctl(c->media, MEDIA_IOC_G_TOPOLOGY, &t), -ENOSPC);
    t.num_entities = t.num_interfaces = t.num_links = 8;
    t.ptr_interfaces = (uintptr_t)interface;
    t.ptr_links = (uintptr_t)link;
    assert_int_equal(client_ioctl(c->media, MEDIA_IOC_G_TOPOLOGY, &t), 0);
    bool decoder = false;
    for (unsigned i = 0; i < t.num_entities; i++)
        decoder |= entity[i].function == MEDIA_ENT_F_PROC_VIDEO_DECODER;
    assert_true(decoder);
    assert_int_equal(interface[0].intf_type, MEDIA_INTF_T_V4L_VIDEO);
    assert_int_equal(interface[0].devnode.major, 81);
}

static void duplicates_share_the_file(void **state)
{
    struct client *c = *state;
    struct v4l2_capability cap;
    int copy = fcntl(c->video, F_DUPFD_CLOEXEC, 100);
    assert_true(copy >= 100);
    assert_int_equal(client_request_buffers(c, c->capture, V4L2_MEMORY_MMAP, 2), 2);
    struct client other = *c;
    other.video = copy;
    struct slot s;
    assert_int_equal(client_query(&other, &s, c->capture, 1), 0);
    assert_int_equal(close(copy), 0);
    assert_int_equal(client_ioctl(c->video, VIDIOC_QUERYCAP, &cap), 0);
    assert_int_equal(client_ioctl(copy, VIDIOC_QUERYCAP, &cap), -EBADF);
}

static void buffers_come_and_go(void **state)
{
    struct client *c = *state;
    struct slot s;
    assert_int_equal(client_query(c, &s, c->output, 0), -EINVAL);
    assert_int_equal(client_request_buffers(c, 77, V4L2_MEMORY_MMAP, 1), -EINVAL);
    assert_int_equal(client_request_buffers(c, c->output, V4L2_MEMORY_USERPTR, 1), -EINVAL);
    assert_int_equal(client_request_buffers(c, c->output, V4L2_MEMORY_MMAP, 100), 32);
    assert_int_equal(client_request_buffers(c, c->output, V4L2_MEMORY_MMAP, 3), 3);
    size_t size = 0;
    uint8_t *map = client_map(c, c->output, 2, 0, &size);
    assert_true(map != MAP_FAILED);
    map[size - 1] = 7;
    /* A mapping outlives the buffer. */
    assert_int_equal(client_request_buffers(c, c->output, V4L2_MEMORY_MMAP, 0), 0);
    assert_int_equal(map[size - 1], 7);
    munmap(map, size);
    assert_true(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, c->video, 0) == MAP_FAILED);
    assert_int_equal(errno, EINVAL);
    uint32_t type = c->output;
    assert_int_equal(client_ioctl(c->video, VIDIOC_STREAMON, &type), -EINVAL);
}

static void set_size(const struct client *c, struct v4l2_format *f, uint32_t size)
{
    if (c->mplane)
        f->fmt.pix_mp.plane_fmt[0].sizeimage = size;
    else
        f->fmt.pix.sizeimage = size;
}

static void created_buffers_may_be_larger(void **state)
{
    struct client *c = *state;
    struct v4l2_create_buffers create = {.count = 1, .memory = V4L2_MEMORY_MMAP};
    create.format.type = c->output;
    assert_int_equal(client_ioctl(c->video, VIDIOC_G_FMT, &create.format), 0);
    uint32_t size = c->mplane ? create.format.fmt.pix_mp.plane_fmt[0].sizeimage
                              : create.format.fmt.pix.sizeimage;
    set_size(c, &create.format, size + 100000);
    assert_int_equal(client_request_buffers(c, c->output, V4L2_MEMORY_MMAP, 2), 2);
    assert_int_equal(client_ioctl(c->video, VIDIOC_CREATE_BUFS, &create), 0);
    assert_int_equal(create.index, 2);
    struct slot s;
    assert_int_equal(client_query(c, &s, c->output, 2), 0);
    assert_true((c->mplane ? s.plane[0].length : s.b.length) >= size + 100000);
    set_size(c, &create.format, 16);
    create.count = 1;
    assert_int_equal(client_ioctl(c->video, VIDIOC_CREATE_BUFS, &create), -EINVAL);
}

static void output_needs_requests(void **state)
{
    struct client *c = *state;
    assert_int_equal(client_request_buffers(c, c->output, V4L2_MEMORY_MMAP, 2), 2);
    assert_int_equal(client_request_buffers(c, c->capture, V4L2_MEMORY_MMAP, 2), 2);
    assert_int_equal(client_queue_output(c, 0, -1, "", 1, 1, 0), -EBADR);
    assert_int_equal(client_queue_output(c, 0, c->video, "", 1, 1, 0), -EINVAL);
    struct slot s;
    client_slot(c, &s, c->capture, V4L2_MEMORY_MMAP, 0);
    s.b.flags = V4L2_BUF_FLAG_REQUEST_FD;
    s.b.request_fd = c->media;
    assert_int_equal(client_ioctl(c->video, VIDIOC_QBUF, &s.b), -EPERM);
}

static void requests_have_states(void **state)
{
    struct client *c = *state;
    int request = client_new_request(c);
    assert_true(request >= 0);
    assert_int_equal(client_submit(request), -ENOENT);
    struct pollfd fd = {.fd = request, .events = POLLPRI};
    assert_int_equal(poll(&fd, 1, 0), 1);
    assert_int_equal(fd.revents, POLLERR);
    assert_int_equal(client_request_buffers(c, c->output, V4L2_MEMORY_MMAP, 2), 2);
    assert_int_equal(client_queue_output(c, 0, request, "x", 1, 1, 0), 0);
    assert_int_equal(client_queue_output(c, 0, request, "x", 1, 1, 0), -EINVAL);
    struct slot s;
    assert_int_equal(client_query(c, &s, c->output, 0), 0);
    assert_true(s.b.flags & V4L2_BUF_FLAG_IN_REQUEST);
    /* REINIT gives the buffer back. */
    assert_int_equal(client_ioctl(request, MEDIA_REQUEST_IOC_REINIT, NULL), 0);
    assert_int_equal(client_query(c, &s, c->output, 0), 0);
    assert_false(s.b.flags & V4L2_BUF_FLAG_IN_REQUEST);
    assert_int_equal(client_queue_output(c, 0, request, "x", 1, 1, 0), 0);
    assert_int_equal(client_submit(request), 0);
    assert_int_equal(client_submit(request), -EBUSY);
    assert_int_equal(client_ioctl(request, MEDIA_REQUEST_IOC_REINIT, NULL), -EBUSY);
    assert_int_equal(client_queue_output(c, 1, request, "x", 1, 1, 0), -EBUSY);
    assert_int_equal(client_wait(request, 0), -ETIMEDOUT);
    /* STREAMOFF cancels: the request is complete, nothing can be dequeued. */
    uint32_t type = c->output;
    assert_int_equal(client_ioctl(c->video, VIDIOC_STREAMON, &type), 0);
    assert_int_equal(client_ioctl(c->video, VIDIOC_STREAMOFF, &type), 0);
    assert_int_equal(client_wait(request, 0), 0);
    assert_int_equal(client_dequeue(c, &s, c->output, V4L2_MEMORY_MMAP), -EINVAL);
    close(request);
}

static void dequeue_and_poll_without_buffers(void **state)
{
    struct client *c = *state;
    struct slot s;
    struct pollfd fd = {.fd = c->video, .events = POLLIN | POLLOUT};
    assert_int_equal(client_dequeue(c, &s, c->capture, V4L2_MEMORY_MMAP), -EINVAL);
    assert_int_equal(poll(&fd, 1, 0), 1);
    assert_int_equal(fd.revents, POLLERR);
    assert_int_equal(client_request_buffers(c, c->output, V4L2_MEMORY_MMAP, 1), 1);
    assert_int_equal(client_request_buffers(c, c->capture, V4L2_MEMORY_MMAP, 1), 1);
    assert_int_equal(client_stream(c, true), 0);
    assert_int_equal(client_dequeue(c, &s, c->capture, V4L2_MEMORY_MMAP), -EAGAIN);
    assert_int_equal(client_queue_capture(c, V4L2_MEMORY_MMAP, 0, NULL), 0);
    assert_int_equal(client_queue_capture(c, V4L2_MEMORY_MMAP, 0, NULL), -EINVAL);
    assert_int_equal(poll(&fd, 1, 10), 0);
    assert_int_equal(client_request_buffers(c, c->capture, V4L2_MEMORY_MMAP, 0), -EBUSY);
    assert_int_equal(client_stream(c, false), 0);
}

/* Memory of a short-lived file, imported by another one. */
static void dmabufs_outlive_their_file(void **state)
{
    struct client *c = *state;
    struct client maker;
    struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ};
    int fds[2] = {-1, -1}, other[2] = {-1, -1};
    if (!c->dmabuf)
        skip();
    assert_int_equal(client_open(&maker), 0);
    assert_int_equal(client_format(&maker, V4L2_PIX_FMT_H264_SLICE, 64, 64), 0);
    assert_int_equal(client_request_buffers(&maker, maker.capture, V4L2_MEMORY_MMAP, 2), 2);
    for (unsigned i = 0; i < c->planes; i++) {
        fds[i] = client_export(&maker, maker.capture, 0, i);
        other[i] = client_export(&maker, maker.capture, 1, i);
        assert_true(fds[i] >= 0 && other[i] >= 0);
    }
    assert_int_equal(client_export(&maker, maker.capture, 0, 5), -EINVAL);
    client_close(&maker);
    assert_true(lseek(fds[0], 0, SEEK_END) >= (off_t)c->size[0]);
    assert_int_equal(client_ioctl(fds[0], DMA_BUF_IOCTL_SYNC, &sync), 0);
    sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ;
    assert_int_equal(client_ioctl(fds[0], DMA_BUF_IOCTL_SYNC, &sync), 0);
    assert_int_equal(client_request_buffers(c, c->capture, V4L2_MEMORY_DMABUF, 1), 1);
    int bad[2] = {c->media, c->media};
    assert_int_equal(client_queue_capture(c, V4L2_MEMORY_DMABUF, 0, bad), -EINVAL);
    struct client liar = *c;
    liar.size[0] = 100;
    assert_int_equal(client_queue_capture(&liar, V4L2_MEMORY_DMABUF, 0, fds), -EINVAL);
    assert_int_equal(client_queue_capture(c, V4L2_MEMORY_MMAP, 0, NULL), -EINVAL);
    assert_int_equal(client_queue_capture(c, V4L2_MEMORY_DMABUF, 0, fds), 0);
    for (unsigned i = 0; i < c->planes; i++) {
        close(fds[i]);
        close(other[i]);
    }
}

static void dmabuf_can_be_absent(void **state)
{
    struct client *c = *state;
    int expected = c->dmabuf ? 1 : -EINVAL;
    assert_int_equal(client_request_buffers(c, c->capture, V4L2_MEMORY_DMABUF, 1), expected);
}

static void formats_are_negotiated(void **state)
{
    struct client *c = *state;
    struct v4l2_fmtdesc desc = {.type = c->capture};
    assert_int_equal(client_ioctl(c->video, VIDIOC_ENUM_FMT, &desc), 0);
    assert_true(c->planes == 2
                    ? desc.pixelformat == MM21
                    : desc.pixelformat == V4L2_PIX_FMT_NV12 || desc.pixelformat == NV12_32L32);
    desc.index = 1;
    if (client_ioctl(c->video, VIDIOC_ENUM_FMT, &desc) == 0) {
        assert_int_equal(desc.pixelformat, NV15);
        desc.index = 2;
    }
    assert_int_equal(client_ioctl(c->video, VIDIOC_ENUM_FMT, &desc), -EINVAL);
    struct v4l2_frmsizeenum sizes = {.pixel_format = V4L2_PIX_FMT_H264_SLICE};
    assert_int_equal(client_ioctl(c->video, VIDIOC_ENUM_FRAMESIZES, &sizes), 0);
    assert_int_equal(sizes.type, V4L2_FRMSIZE_TYPE_STEPWISE);
    /* The size on CAPTURE follows OUTPUT, whatever is asked. */
    assert_int_equal(client_format(c, V4L2_PIX_FMT_H264_SLICE, 200, 100), 0);
    assert_true(c->stride >= 200 && c->height >= 100);
    assert_true(c->size[0] + c->size[1] >= c->stride * c->height * 3 / 2);
    assert_int_equal(client_format(c, V4L2_PIX_FMT_H264_SLICE, 1, 100000), 0);
    assert_true(c->height <= sizes.stepwise.max_height);
    struct v4l2_format wrong = {.type = V4L2_BUF_TYPE_VBI_CAPTURE};
    assert_int_equal(client_ioctl(c->video, VIDIOC_G_FMT, &wrong), -EINVAL);
}

static uint32_t capture_pixelformat(const struct client *c)
{
    struct v4l2_format f = {.type = c->capture};
    assert_int_equal(client_ioctl(c->video, VIDIOC_G_FMT, &f), 0);
    return c->mplane ? f.fmt.pix_mp.pixelformat : f.fmt.pix.pixelformat;
}

/* The depth of a sequence control decides, as long as CAPTURE has no buffers. */
static void depth_follows_the_sequence(void **state)
{
    struct client *c = *state;
    struct h264_stream s;
    uint32_t eight_bits = capture_pixelformat(c);
    struct v4l2_fmtdesc desc = {.index = 1, .type = c->capture};
    bool ten_bits = client_ioctl(c->video, VIDIOC_ENUM_FMT, &desc) == 0;
    h264_stream_idr(c, &s);
    s.sps.profile_idc = 110;
    s.sps.bit_depth_luma_minus8 = s.sps.bit_depth_chroma_minus8 = 2;
    assert_int_equal(client_set(c, -1, V4L2_CID_STATELESS_H264_SPS, &s.sps, sizeof(s.sps)),
                     ten_bits ? 0 : -EINVAL);
    if (!ten_bits)
        return;
    assert_int_equal(capture_pixelformat(c), NV15);
    desc.index = 0;
    assert_int_equal(client_ioctl(c->video, VIDIOC_ENUM_FMT, &desc), 0);
    assert_int_equal(desc.pixelformat, NV15);
    desc.index = 1;
    assert_int_equal(client_ioctl(c->video, VIDIOC_ENUM_FMT, &desc), -EINVAL);
    assert_int_equal(client_request_buffers(c, c->capture, V4L2_MEMORY_MMAP, 1), 1);
    s.sps.bit_depth_luma_minus8 = s.sps.bit_depth_chroma_minus8 = 0;
    assert_int_equal(client_set(c, -1, V4L2_CID_STATELESS_H264_SPS, &s.sps, sizeof(s.sps)),
                     -EINVAL);
    assert_int_equal(client_request_buffers(c, c->capture, V4L2_MEMORY_MMAP, 0), 0);
    assert_int_equal(client_set(c, -1, V4L2_CID_STATELESS_H264_SPS, &s.sps, sizeof(s.sps)), 0);
    assert_int_equal(capture_pixelformat(c), eight_bits);
}

static void controls_are_validated(void **state)
{
    struct client *c = *state;
    struct h264_stream s;
    h264_stream_idr(c, &s);
    assert_int_equal(client_set(c, -1, V4L2_CID_STATELESS_H264_SPS, &s.sps, 1), -EFAULT);
    s.sps.bit_depth_luma_minus8 = 2;
    s.sps.log2_max_pic_order_cnt_lsb_minus4 = 9;
    /* Normalised: not High profile, and no lsb with this pic_order_cnt_type. */
    assert_int_equal(client_set(c, -1, V4L2_CID_STATELESS_H264_SPS, &s.sps, sizeof(s.sps)), 0);
    assert_int_equal(s.sps.bit_depth_luma_minus8, 0);
    assert_int_equal(s.sps.log2_max_pic_order_cnt_lsb_minus4, 0);
    s.sps.max_num_ref_frames = 40;
    assert_int_equal(client_set(c, -1, V4L2_CID_STATELESS_H264_SPS, &s.sps, sizeof(s.sps)),
                     -EINVAL);
    s.pps.weighted_bipred_idc = 3;
    assert_int_equal(client_set(c, -1, V4L2_CID_STATELESS_H264_PPS, &s.pps, sizeof(s.pps)),
                     -EINVAL);
    int32_t value = 0;
    assert_int_equal(client_set(c, -1, V4L2_CID_STATELESS_FWHT_PARAMS, &value, 4), -EINVAL);
    int request = client_new_request(c);
    assert_int_equal(client_get(c, request, V4L2_CID_STATELESS_H264_PPS, &s.pps, sizeof(s.pps)),
                     -EACCES);
    close(request);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_client, close_client)
    const struct CMUnitTest tests[] = {
        TEST(nodes_look_real),
        TEST(topology_leads_to_the_node),
        TEST(duplicates_share_the_file),
        TEST(buffers_come_and_go),
        TEST(created_buffers_may_be_larger),
        TEST(output_needs_requests),
        TEST(requests_have_states),
        TEST(dequeue_and_poll_without_buffers),
        TEST(dmabufs_outlive_their_file),
        TEST(dmabuf_can_be_absent),
        TEST(formats_are_negotiated),
        TEST(depth_follows_the_sequence),
        TEST(controls_are_validated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
