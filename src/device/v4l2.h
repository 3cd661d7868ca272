/* SPDX-License-Identifier: MIT */
/*
 * The ioctls of a V4L2 memory-to-memory node and of media requests, with single- and multi-planar
 * queues made one. Functions return 0 (or a value that they name) and a negative errno on failure;
 * interrupted calls are repeated.
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
    int *trouble; /* see v4l2_note(); NULL: nobody asks */
};

/* A buffer going to or coming from a queue. */
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
/* The same on a node, with v4l2_note(). */
int v4l2_node_ioctl(const struct v4l2_node *node, unsigned long request, void *argument);
/* Notes in node->trouble an error that says nothing of what the device can do, as it is out of
 * memory, broken or gone. Returns `error`. */
int v4l2_note(const struct v4l2_node *node, int error);

enum v4l2_buf_type v4l2_output_type(const struct v4l2_node *node);
enum v4l2_buf_type v4l2_capture_type(const struct v4l2_node *node);

/* Lowers a size to the largest that the driver takes for a coded format; sets that format. */
void v4l2_limit_output_size(const struct v4l2_node *node, uint32_t pixelformat, uint32_t *width,
                            uint32_t *height);

/* Sets the coded format. The size is that of the codec's table: Allwinner's decoder takes it for
 * the picture's, and drivers round it up as their devices need. `sizeimage`: wanted bytes of an
 * OUTPUT buffer; returns what was given. -EOVERFLOW: the driver lowers the size to what its device
 * can do. */
int v4l2_set_output_format(const struct v4l2_node *node, uint32_t pixelformat, uint32_t width,
                           uint32_t height, uint32_t *sizeimage);
/* Chooses the best CAPTURE format that the device offers for what it has been told so far, and
 * tells its layout. -EINVAL: it offers none that the driver knows. */
int v4l2_negotiate_capture(const struct v4l2_node *node, struct picture_layout *layout,
                           uint8_t bit_depth);
/* The n-th pixel format of a queue, 0 after the last one. */
uint32_t v4l2_enum_format(const struct v4l2_node *node, enum v4l2_buf_type type, unsigned n);

/* `count` in: wanted, out: given. `capabilities` (V4L2_BUF_CAP_*) may be NULL. */
int v4l2_request_buffers(const struct v4l2_node *node, enum v4l2_buf_type type,
                         enum v4l2_memory memory, unsigned *count, uint32_t *capabilities);
/* One more buffer; returns its index. `sizeimage` 0: as large as the queue's format says. A device
 * that needs a number of buffers may give more: `count` (or NULL) gets how many, from that index.
 */
int v4l2_create_buffer(const struct v4l2_node *node, enum v4l2_buf_type type,
                       enum v4l2_memory memory, uint32_t sizeimage, unsigned *count);
/* Maps plane 0 of an OUTPUT buffer. */
int v4l2_map_output(const struct v4l2_node *node, unsigned index, uint8_t **map, size_t *size);
/* dma-bufs of the memory planes of a queue's buffer, of the sizes that they are to have; all or
 * none, which is -1. */
int v4l2_export_buffer(const struct v4l2_node *node, enum v4l2_buf_type type, unsigned index,
                       unsigned num_planes, const uint32_t *sizes, int *dmabuf);
int v4l2_queue_output(const struct v4l2_node *node, const struct v4l2_frame *frame);
int v4l2_queue_capture(const struct v4l2_node *node, const struct v4l2_frame *frame);
/* -EAGAIN: none is done yet. Sets index, timestamp and flags. */
int v4l2_dequeue_output(const struct v4l2_node *node, struct v4l2_frame *frame);
int v4l2_dequeue_capture(const struct v4l2_node *node, enum v4l2_memory memory,
                         struct v4l2_frame *frame);
int v4l2_stream(const struct v4l2_node *node, enum v4l2_buf_type type, bool on);

/* Sets controls, in a request or (request_fd -1) on the device. */
int v4l2_set_controls(int fd, int request_fd, struct v4l2_ext_control *controls, unsigned count);
/* Gives back a CAPTURE buffer that is held for a second field (V4L2_DEC_CMD_FLUSH). */
int v4l2_flush_held_capture(int fd);

int media_request_create(int media_fd);
int media_request_queue(int request_fd);
int media_request_reinit(int request_fd);

/* Polls one descriptor. Returns 1 when ready, 0 on timeout, -EIO where it has an error and nothing
 * else. `deadline`: CLOCK_MONOTONIC ns, or 0 to look only. */
int poll_until(int fd, short events, uint64_t deadline);
uint64_t monotonic_ns(void);

#endif
