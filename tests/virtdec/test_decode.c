/* SPDX-License-Identifier: MIT */
/* Decoding with the virtual decoder: right controls give the picture, wrong ones do not, and a
 * reference that is gone is noticed. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/media.h>

#include "test_client.h"

#define BUFFERS 4

static int open_client(void **state)
{
    static struct client client;
    struct client *c = &client;
    client_clear_report();
    assert_int_equal(client_open(c), 0);
    assert_int_equal(client_format(c, V4L2_PIX_FMT_H264_SLICE, 64, 64), 0);
    assert_int_equal(client_request_buffers(c, c->output, V4L2_MEMORY_MMAP, BUFFERS), BUFFERS);
    assert_int_equal(client_request_buffers(c, c->capture, V4L2_MEMORY_MMAP, BUFFERS), BUFFERS);
    assert_int_equal(client_stream(c, true), 0);
    *state = c;
    return 0;
}

static int close_client(void **state)
{
    client_close(*state);
    return 0;
}

/* Decodes one picture; returns the index of its CAPTURE buffer. */
static uint32_t decode(const struct client *c, struct h264_stream *s, uint32_t capture,
                       uint64_t timestamp_us)
{
    struct slot slot;
    int request = client_new_request(c);
    assert_int_equal(client_queue_capture(c, V4L2_MEMORY_MMAP, capture, NULL), 0);
    assert_int_equal(h264_stream_set(c, request, s), 0);
    assert_int_equal(client_queue_output(c, 0, request, s->data, s->size, timestamp_us, 0), 0);
    assert_int_equal(client_submit(request), 0);
    assert_int_equal(client_wait(request, 5000), 0);
    assert_int_equal(client_dequeue(c, &slot, c->output, V4L2_MEMORY_MMAP), 0);
    assert_int_equal(client_dequeue(c, &slot, c->capture, V4L2_MEMORY_MMAP), 0);
    assert_int_equal(slot.b.timestamp.tv_usec, timestamp_us);
    close(request);
    return slot.b.index;
}

static bool is_grey(const struct client *c, uint32_t index)
{
    size_t size = 0;
    bool grey = true;
    const uint8_t *map = client_map(c, c->capture, index, 0, &size);
    assert_true(map != MAP_FAILED);
    for (unsigned y = 0; y < 64; y++)
        for (unsigned x = 0; x < 64; x++)
            grey &= map[(size_t)y * c->stride + x] == 128;
    munmap((void *)map, size);
    return grey;
}

static void write_into(const struct client *c, uint32_t index)
{
    size_t size = 0;
    uint8_t *map = client_map(c, c->capture, index, 0, &size);
    assert_true(map != MAP_FAILED);
    map[(size_t)40 * c->stride + 40] ^= 1;
    munmap(map, size);
}

static void right_controls_give_the_picture(void **state)
{
    const struct client *c = *state;
    struct h264_stream s;
    h264_stream_idr(c, &s);
    assert_true(is_grey(c, decode(c, &s, 0, 10)));
    h264_stream_p(c, &s, 1, 10000);
    assert_true(is_grey(c, decode(c, &s, 1, 20)));
    h264_stream_p(c, &s, 2, 20000);
    assert_true(is_grey(c, decode(c, &s, 0, 30)));
    assert_int_equal(client_report("mismatch"), 0);
    assert_int_equal(client_report("job"), 3);
}

static void wrong_controls_give_another(void **state)
{
    const struct client *c = *state;
    struct h264_stream s;
    h264_stream_idr(c, &s);
    s.decode.dec_ref_pic_marking_bit_size++;
    assert_false(is_grey(c, decode(c, &s, 0, 10)));
    assert_int_equal(client_report("mismatch decode_params.dec_ref_pic_marking_bit_size "), 1);
    h264_stream_idr(c, &s);
    s.decode.idr_pic_id = 1;
    assert_false(is_grey(c, decode(c, &s, 0, 20)));
    h264_stream_idr(c, &s);
    assert_true(is_grey(c, decode(c, &s, 0, 30)));
    h264_stream_p(c, &s, 1, 30000);
    s.decode.dpb[0].frame_num = 5;
    assert_false(is_grey(c, decode(c, &s, 1, 40)));
    h264_stream_p(c, &s, 2, 40000);
    s.decode.top_field_order_cnt++;
    assert_false(is_grey(c, decode(c, &s, 0, 50)));
    h264_stream_p(c, &s, 3, 50000);
    s.decode.dpb[0].flags = 0;
    assert_false(is_grey(c, decode(c, &s, 1, 60)));
    h264_stream_idr(c, &s);
    s.sps.log2_max_frame_num_minus4 = 1;
    assert_false(is_grey(c, decode(c, &s, 0, 70)));
}

static void missing_references_are_noticed(void **state)
{
    const struct client *c = *state;
    struct h264_stream s;
    h264_stream_idr(c, &s);
    decode(c, &s, 0, 10);
    h264_stream_p(c, &s, 1, 99000);
    assert_false(is_grey(c, decode(c, &s, 1, 20)));
    assert_int_equal(client_report("missing-reference"), 1);
}

static void overwritten_references_are_noticed(void **state)
{
    const struct client *c = *state;
    struct h264_stream s;
    h264_stream_idr(c, &s);
    uint32_t first = decode(c, &s, 0, 10);
    write_into(c, first);
    h264_stream_p(c, &s, 1, 10000);
    assert_false(is_grey(c, decode(c, &s, 1, 20)));
    assert_int_equal(client_report("overwritten-reference"), 1);
}

static void requeued_references_are_noticed(void **state)
{
    const struct client *c = *state;
    struct h264_stream s;
    struct slot slot;
    h264_stream_idr(c, &s);
    decode(c, &s, 0, 10);
    /* Picture 1 is to go into buffer 1, with its reference queued behind it. */
    assert_int_equal(client_queue_capture(c, V4L2_MEMORY_MMAP, 1, NULL), 0);
    assert_int_equal(client_queue_capture(c, V4L2_MEMORY_MMAP, 0, NULL), 0);
    int request = client_new_request(c);
    h264_stream_p(c, &s, 1, 10000);
    assert_int_equal(h264_stream_set(c, request, &s), 0);
    assert_int_equal(client_queue_output(c, 0, request, s.data, s.size, 20, 0), 0);
    assert_int_equal(client_submit(request), 0);
    assert_int_equal(client_wait(request, 5000), 0);
    assert_int_equal(client_dequeue(c, &slot, c->capture, V4L2_MEMORY_MMAP), 0);
    assert_false(is_grey(c, slot.b.index));
    assert_int_equal(client_report("overwritten-reference"), 1);
    close(request);
}

static void unset_controls_keep_their_value(void **state)
{
    const struct client *c = *state;
    struct h264_stream s;
    struct slot slot;
    struct v4l2_ctrl_h264_sps sps;
    h264_stream_idr(c, &s);
    decode(c, &s, 0, 10);
    /* The second request sets no parameter sets. */
    h264_stream_p(c, &s, 1, 10000);
    int request = client_new_request(c);
    assert_int_equal(
        client_set(c, request, V4L2_CID_STATELESS_H264_DECODE_PARAMS, &s.decode, sizeof(s.decode)),
        0);
    if (c->slice_based)
        assert_int_equal(
            client_set(c, request, V4L2_CID_STATELESS_H264_SLICE_PARAMS, &s.slice, sizeof(s.slice)),
            0);
    assert_int_equal(client_queue_capture(c, V4L2_MEMORY_MMAP, 1, NULL), 0);
    assert_int_equal(client_queue_output(c, 0, request, s.data, s.size, 20, 0), 0);
    assert_int_equal(client_submit(request), 0);
    assert_int_equal(client_wait(request, 5000), 0);
    assert_int_equal(client_get(c, request, V4L2_CID_STATELESS_H264_SPS, &sps, sizeof(sps)), 0);
    assert_memory_equal(&sps, &s.sps, sizeof(sps));
    /* A complete request may be used anew before its buffer is dequeued. */
    assert_int_equal(client_ioctl(request, MEDIA_REQUEST_IOC_REINIT, NULL), 0);
    assert_int_equal(client_dequeue(c, &slot, c->output, V4L2_MEMORY_MMAP), 0);
    assert_int_equal(client_dequeue(c, &slot, c->capture, V4L2_MEMORY_MMAP), 0);
    assert_true(is_grey(c, slot.b.index));
    close(request);
}

static bool holds_capture(const struct client *c)
{
    struct v4l2_create_buffers none = {.memory = V4L2_MEMORY_MMAP, .format.type = c->output};
    assert_int_equal(client_ioctl(c->video, VIDIOC_CREATE_BUFS, &none), 0);
    return none.capabilities & V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF;
}

/* With V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF the picture comes when the next one begins, or with
 * V4L2_DEC_CMD_FLUSH; where the device does not know the flag, at once. */
static void held_buffers_are_returned_later(void **state)
{
    const struct client *c = *state;
    struct h264_stream s;
    struct slot slot;
    struct pollfd fd = {.fd = c->video, .events = POLLIN};
    int request = client_new_request(c);
    assert_int_equal(client_queue_capture(c, V4L2_MEMORY_MMAP, 0, NULL), 0);
    assert_int_equal(client_queue_capture(c, V4L2_MEMORY_MMAP, 1, NULL), 0);
    h264_stream_idr(c, &s);
    assert_int_equal(h264_stream_set(c, request, &s), 0);
    assert_int_equal(
        client_queue_output(c, 0, request, s.data, s.size, 10, V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF),
        0);
    assert_int_equal(client_submit(request), 0);
    assert_int_equal(client_wait(request, 5000), 0);
    assert_int_equal(client_dequeue(c, &slot, c->output, V4L2_MEMORY_MMAP), 0);
    if (!holds_capture(c)) {
        assert_int_equal(client_dequeue(c, &slot, c->capture, V4L2_MEMORY_MMAP), 0);
        close(request);
        return;
    }
    assert_int_equal(client_dequeue(c, &slot, c->capture, V4L2_MEMORY_MMAP), -EAGAIN);
    int next = client_new_request(c);
    h264_stream_p(c, &s, 1, 10000);
    assert_int_equal(h264_stream_set(c, next, &s), 0);
    assert_int_equal(
        client_queue_output(c, 1, next, s.data, s.size, 20, V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF), 0);
    assert_int_equal(client_submit(next), 0);
    assert_int_equal(client_wait(next, 5000), 0);
    assert_int_equal(client_dequeue(c, &slot, c->capture, V4L2_MEMORY_MMAP), 0);
    assert_int_equal(slot.b.timestamp.tv_usec, 10);
    assert_true(is_grey(c, slot.b.index));
    assert_int_equal(client_dequeue(c, &slot, c->capture, V4L2_MEMORY_MMAP), -EAGAIN);
    struct v4l2_decoder_cmd flush = {.cmd = V4L2_DEC_CMD_FLUSH};
    assert_int_equal(client_ioctl(c->video, VIDIOC_DECODER_CMD, &flush), 0);
    assert_int_equal(poll(&fd, 1, 5000), 1);
    assert_int_equal(client_dequeue(c, &slot, c->capture, V4L2_MEMORY_MMAP), 0);
    assert_int_equal(slot.b.timestamp.tv_usec, 20);
    assert_true(is_grey(c, slot.b.index));
    assert_int_equal(client_report("mismatch"), 0);
    struct v4l2_decoder_cmd stop = {.cmd = V4L2_DEC_CMD_STOP};
    assert_int_equal(client_ioctl(c->video, VIDIOC_DECODER_CMD, &stop), -EINVAL);
    close(request);
    close(next);
}

static void stopping_forgets_timestamps(void **state)
{
    const struct client *c = *state;
    struct h264_stream s;
    h264_stream_idr(c, &s);
    decode(c, &s, 0, 10);
    assert_int_equal(client_stream(c, false), 0);
    assert_int_equal(client_stream(c, true), 0);
    h264_stream_p(c, &s, 1, 10000);
    assert_false(is_grey(c, decode(c, &s, 1, 20)));
    assert_true(client_report("missing-reference") > 0);
}

static void dequeue_can_block(void **state)
{
    const struct client *c = *state;
    struct h264_stream s;
    struct slot slot;
    assert_int_equal(fcntl(c->video, F_SETFL, 0), 0);
    int request = client_new_request(c);
    h264_stream_idr(c, &s);
    assert_int_equal(client_queue_capture(c, V4L2_MEMORY_MMAP, 0, NULL), 0);
    assert_int_equal(h264_stream_set(c, request, &s), 0);
    assert_int_equal(client_queue_output(c, 0, request, s.data, s.size, 10, 0), 0);
    assert_int_equal(client_submit(request), 0);
    close(request);
    assert_int_equal(client_dequeue(c, &slot, c->capture, V4L2_MEMORY_MMAP), 0);
    assert_int_equal(client_dequeue(c, &slot, c->output, V4L2_MEMORY_MMAP), 0);
    assert_true(is_grey(c, 0));
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_client, close_client)
    const struct CMUnitTest tests[] = {
        TEST(right_controls_give_the_picture),
        TEST(wrong_controls_give_another),
        TEST(missing_references_are_noticed),
        TEST(overwritten_references_are_noticed),
        TEST(requeued_references_are_noticed),
        TEST(unset_controls_keep_their_value),
        TEST(held_buffers_are_returned_later),
        TEST(stopping_forgets_timestamps),
        TEST(dequeue_can_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
