/* SPDX-License-Identifier: MIT */
/*
 * The ioctls of V4L2 memory-to-memory nodes and of media requests, with one interface for single-
 * and multi-planar queues. Functions return 0, or the value that their comment names, and a
 * negative errno on failure. They repeat interrupted calls. They take no lock: the caller's lock
 * guards the queue.
 */
#ifndef V4L2_H
#define V4L2_H

#include "kernel_controls.h"
#include "pixels/format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct v4l2_node {
    int fd;
    bool multiplanar;
    int *probe_error; /* see v4l2_note_probe_error(); NULL: errors are not recorded */
};

/* A buffer that is queued or has been dequeued. */
struct v4l2_frame {
    unsigned index;
    uint64_t timestamp; /* ns */
    uint32_t flags;     /* V4L2_BUF_FLAG_* */
    /* OUTPUT: */
    size_t bytesused;
    size_t length;
    int request_fd; /* -1: none */
    /* CAPTURE from dma-bufs: */
    unsigned num_dmabufs; /* 0: the queue's own memory */
    const int *dmabuf;
    const uint32_t *dmabuf_size;
};

int v4l2_ioctl(int fd, unsigned long request, void *argument);
/* The same on a node; records errors with v4l2_note_probe_error(). */
int v4l2_node_ioctl(const struct v4l2_node *node, unsigned long request, void *argument);
/* Records an error in node->probe_error if it does not describe the device's capabilities: memory
 * is short, or the device is busy, broken or gone. Returns `error`. */
int v4l2_note_probe_error(const struct v4l2_node *node, int error);

enum v4l2_buf_type v4l2_output_type(const struct v4l2_node *node);
enum v4l2_buf_type v4l2_capture_type(const struct v4l2_node *node);

/* Lowers a size to the largest that the kernel's driver accepts for a coded format, and sets that
 * format. */
void v4l2_limit_output_size(const struct v4l2_node *node, uint32_t pixelformat, uint32_t *width,
                            uint32_t *height);

/* Sets the coded format. The caller passes the size that the codec's table derives: Allwinner's
 * decoder takes it for the picture's size, and kernel drivers round it up as their devices need.
 * `sizeimage`: in: wanted bytes of an OUTPUT buffer, out: actual ones. -EOVERFLOW: the size exceeds
 * the device's maximum. */
int v4l2_set_output_format(const struct v4l2_node *node, uint32_t pixelformat, uint32_t width,
                           uint32_t height, uint32_t *sizeimage);
/* Chooses the best CAPTURE format that the device offers for the coded format and controls set so
 * far, and fills `layout`. -EINVAL: the device offers none that this driver knows. */
int v4l2_negotiate_capture(const struct v4l2_node *node, struct picture_layout *layout,
                           uint8_t bit_depth);
/* The n-th pixel format of a queue, 0 after the last one. */
uint32_t v4l2_enum_format(const struct v4l2_node *node, enum v4l2_buf_type type, unsigned n);

/* `count`: in: wanted, out: actual number. `capabilities` (V4L2_BUF_CAP_*) may be NULL. */
int v4l2_request_buffers(const struct v4l2_node *node, enum v4l2_buf_type type,
                         enum v4l2_memory memory, unsigned *count, uint32_t *capabilities);
/* Creates a buffer and returns its index. `sizeimage` 0: as large as the queue's format says. The
 * kernel's driver may create more, to reach the number that it needs: `count` (or NULL) receives
 * how many, starting at that index. */
int v4l2_create_buffer(const struct v4l2_node *node, enum v4l2_buf_type type,
                       enum v4l2_memory memory, uint32_t sizeimage, unsigned *count);
/* Maps plane 0 of an OUTPUT buffer. */
int v4l2_map_output(const struct v4l2_node *node, unsigned index, uint8_t **map, size_t *size);
/* Exports the memory planes of a queue's buffer as dma-bufs, all or none (-1 each). `sizes`: the
 * minimum bytes of each. */
int v4l2_export_buffer(const struct v4l2_node *node, enum v4l2_buf_type type, unsigned index,
                       unsigned num_planes, const uint32_t *sizes, int *dmabuf);
int v4l2_queue_output(const struct v4l2_node *node, const struct v4l2_frame *frame);
int v4l2_queue_capture(const struct v4l2_node *node, const struct v4l2_frame *frame);
/* Sets index, timestamp and flags. -EAGAIN: no buffer is done yet. */
int v4l2_dequeue_output(const struct v4l2_node *node, struct v4l2_frame *frame);
int v4l2_dequeue_capture(const struct v4l2_node *node, enum v4l2_memory memory,
                         struct v4l2_frame *frame);
int v4l2_stream(const struct v4l2_node *node, enum v4l2_buf_type type, bool on);

/* Sets controls in a request, or in the file if request_fd is -1. */
int v4l2_set_controls(int fd, int request_fd, struct v4l2_ext_control *controls, unsigned count);
/* Makes the kernel return a CAPTURE buffer that it holds (V4L2_DEC_CMD_FLUSH). */
int v4l2_flush_held_capture(int fd);

int media_request_create(int media_fd);
int media_request_queue(int request_fd);
int media_request_reinit(int request_fd);

/* Polls one descriptor. Returns 1 if it is ready, 0 on timeout, -EIO if it has an error and nothing
 * else. `deadline`: CLOCK_MONOTONIC ns; 0: does not wait. */
int poll_until(int fd, short events, uint64_t deadline);
uint64_t monotonic_ns(void);

#endif
