/* SPDX-License-Identifier: MIT */
/* Pixel formats of decoded pictures, and where their planes lie in memory. */
#ifndef FORMAT_H
#define FORMAT_H

#include <linux/videodev2.h>
#include <stdbool.h>
#include <stdint.h>

#define MAX_PICTURE_BUFFERS 2
#define MAX_PICTURE_PLANES  2

/* A CAPTURE format that the driver can hand to clients. */
struct pixel_format {
    uint32_t v4l2;                          /* V4L2_PIX_FMT_NV12M */
    uint32_t drm;                           /* DRM_FORMAT_NV12, of the whole picture */
    uint32_t drm_plane[MAX_PICTURE_PLANES]; /* of each plane as a layer of its own */
    uint32_t va_fourcc;                     /* VA_FOURCC_NV12 */
    uint32_t rt_format;                     /* VA_RT_FORMAT_YUV420 */
    uint8_t bit_depth;
    uint8_t num_buffers; /* separate memory objects: 2 for NV12M */
};

/* In order of preference. */
extern const struct pixel_format pixel_formats[];
extern const unsigned num_pixel_formats;

/* NULL when the driver does not know the format. */
const struct pixel_format *pixel_format_from_v4l2(uint32_t v4l2);

/* Where a picture's samples are. */
struct picture_layout {
    const struct pixel_format *format;
    uint32_t width, height; /* coded size as the device aligned it, luma samples */
    uint8_t num_buffers, num_planes;
    uint32_t size[MAX_PICTURE_BUFFERS]; /* bytes of each buffer */
    struct {
        uint8_t buffer;  /* which buffer holds the plane */
        uint32_t offset; /* bytes from that buffer's start */
        uint32_t pitch;  /* bytes a line */
    } plane[MAX_PICTURE_PLANES];
};

/* Layout of what VIDIOC_G_FMT says of a CAPTURE queue.
 * Returns false for a format that the driver does not know, or sizes that contradict it. */
bool picture_layout_from_v4l2(const struct v4l2_format *format, struct picture_layout *layout);

/* True when a picture of layout `needed` can be written to memory of layout `have` and read by
 * somebody who was told `have`. */
bool picture_layout_fits(const struct picture_layout *have, const struct picture_layout *needed);

#endif
