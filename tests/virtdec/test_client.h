/* SPDX-License-Identifier: MIT */
/* A direct V4L2 client for the tests: no VA, no driver, only the kernel's interface. */
#ifndef VIRTDEC_TEST_CLIENT_H
#define VIRTDEC_TEST_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel_controls.h"

struct client {
    int media, video;
    bool mplane, slice_based, dmabuf;
    uint32_t output, capture; /* buffer types */
    unsigned planes;          /* of CAPTURE */
    uint32_t size[2];         /* of CAPTURE planes */
    uint32_t stride, height;
};

/* Names a buffer of a queue for the calls below. */
struct slot {
    struct v4l2_buffer b;
    struct v4l2_plane plane[VIDEO_MAX_PLANES];
};

int client_open(struct client *c);
void client_close(struct client *c);
int client_ioctl(int fd, unsigned long request, void *arg);
int client_format(struct client *c, uint32_t fourcc, uint32_t width, uint32_t height);
int client_request_buffers(const struct client *c, uint32_t type, uint32_t memory, uint32_t count);
void client_slot(const struct client *c, struct slot *s, uint32_t type, uint32_t memory,
                 uint32_t index);
int client_query(const struct client *c, struct slot *s, uint32_t type, uint32_t index);
void *client_map(const struct client *c, uint32_t type, uint32_t index, unsigned plane,
                 size_t *size);
int client_export(const struct client *c, uint32_t type, uint32_t index, unsigned plane);
int client_queue_capture(const struct client *c, uint32_t memory, uint32_t index, const int *fds);
int client_queue_output(const struct client *c, uint32_t index, int request, const void *data,
                        size_t size, uint64_t timestamp_us, uint32_t flags);
int client_dequeue(const struct client *c, struct slot *s, uint32_t type, uint32_t memory);
int client_stream(const struct client *c, bool on);
int client_new_request(const struct client *c);
int client_set(const struct client *c, int request, uint32_t id, void *value, uint32_t size);
int client_get(const struct client *c, int request, uint32_t id, void *value, uint32_t size);
bool client_has(const struct client *c, uint32_t id);
int client_submit(int request);
int client_wait(int request, int timeout_ms);
size_t client_report(const char *word);
void client_clear_report(void);

/* A hand-written stream of 64x64 grey pictures: an IDR picture, then P pictures of skipped
 * macroblocks. */
struct h264_stream {
    struct v4l2_ctrl_h264_sps sps;
    struct v4l2_ctrl_h264_pps pps;
    struct v4l2_ctrl_h264_scaling_matrix matrix;
    struct v4l2_ctrl_h264_decode_params decode;
    struct v4l2_ctrl_h264_slice_params slice;
    uint8_t data[128];
    size_t size;
};

void h264_stream_idr(const struct client *c, struct h264_stream *s);
void h264_stream_p(const struct client *c, struct h264_stream *s, unsigned number,
                   uint64_t reference_ns);
int h264_stream_set(const struct client *c, int request, struct h264_stream *s);

#endif
