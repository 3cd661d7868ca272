/* SPDX-License-Identifier: MIT */
/* Pixel formats of decoded pictures, and where their planes lie in memory. */
#ifndef FORMAT_H
#define FORMAT_H

#include "kernel_controls.h"

#include <stdbool.h>
#include <stdint.h>

#define MAX_PICTURE_BUFFERS 3 /* the decoder's two, and picture_layout_separate_chroma()'s */
#define MAX_PICTURE_PLANES  2

/* Rockchip's packed 10 bits, in the kernel's headers since 6.15. */
#ifndef V4L2_PIX_FMT_NV15
#define V4L2_PIX_FMT_NV15 v4l2_fourcc('N', 'V', '1', '5')
#endif

/* In the kernel's headers since 5.16 and 5.15; the second one had the same value and another name.
 */
#ifndef V4L2_PIX_FMT_NV12_32L32
#define V4L2_PIX_FMT_NV12_32L32 v4l2_fourcc('S', 'T', '1', '2')
#endif
#ifndef V4L2_PIX_FMT_MM21
#define V4L2_PIX_FMT_MM21 v4l2_fourcc('M', 'M', '2', '1')
#endif

/* Raspberry Pi's columns of 8 and of 10 bits. Only Raspberry Pi's kernel headers have them. */
#ifndef V4L2_PIX_FMT_NV12_COL128
#define V4L2_PIX_FMT_NV12_COL128 v4l2_fourcc('N', 'C', '1', '2')
#endif
#ifndef V4L2_PIX_FMT_NV12_10_COL128
#define V4L2_PIX_FMT_NV12_10_COL128 v4l2_fourcc('N', 'C', '3', '0')
#endif

#define MACROBLOCK 16 /* luma samples */

/* Rounds a number of luma samples up to whole macroblocks. */
static inline uint32_t whole_macroblocks(uint32_t size)
{
    return (size + MACROBLOCK - 1) / MACROBLOCK * MACROBLOCK;
}

/* A CAPTURE format that the driver supports. All are 4:2:0 in two planes: luma, and Cb interleaved
 * with Cr. */
struct pixel_format {
    uint32_t v4l2;                          /* V4L2_PIX_FMT_NV12M */
    uint32_t drm;                           /* DRM_FORMAT_NV12, of the whole picture */
    uint32_t drm_plane[MAX_PICTURE_PLANES]; /* of each plane as a separate layer; 0: DRM has none */
    uint32_t va_fourcc;                     /* VA_FOURCC_NV12, of VA images of the picture */
    uint32_t memory_fourcc;                 /* of the memory: the same, unless it is packed */
    uint32_t rt_format;                     /* VA_RT_FORMAT_YUV420 */
    uint8_t bit_depth;
    uint8_t group_samples, group_bytes; /* samples that share bytes, and how many bytes */
    uint8_t num_buffers;                /* separate memory objects: 2 for NV12M */
    /* For tiled formats (tiles.h): */
    uint8_t tile_width;                      /* bytes; 0: the format is linear */
    uint8_t tile_height[MAX_PICTURE_PLANES]; /* lines of the plane; 0: columns, whose height the
                                                device reports */
    bool columns; /* tiles are as high as the picture: luma first, then chroma */
    /* DRM_FORMAT_MOD_* of the layout; 0: linear. Of columns, without their height. */
    uint64_t modifier;
};

/* Whether samples share bytes. VA images cannot have that: they get the samples unpacked. */
static inline bool pixel_format_is_packed(const struct pixel_format *format)
{
    return format->group_samples > 1;
}

/* Whether samples lie in tiles instead of lines. VA images have lines. */
static inline bool pixel_format_is_tiled(const struct pixel_format *format)
{
    return format->tile_width != 0;
}

/* In order of preference. */
extern const struct pixel_format pixel_formats[];
extern const unsigned num_pixel_formats;

/* NULL if the driver does not know the format. */
const struct pixel_format *pixel_format_from_v4l2(uint32_t v4l2);

/* The bit depth of a VA_RT_FORMAT_*, or 0 if no pixel format has it. */
uint8_t rt_format_depth(uint32_t rt_format);

/* Where a picture's samples lie in memory. */
struct picture_layout {
    const struct pixel_format *format;
    uint32_t width, height; /* coded size as the device aligned it, luma samples */
    /* The first format->num_buffers of the buffers are the decoder's. */
    uint8_t num_buffers, num_planes;
    uint32_t size[MAX_PICTURE_BUFFERS]; /* bytes of each buffer */
    struct {
        uint8_t buffer;       /* which buffer holds the plane */
        uint32_t offset;      /* bytes from that buffer's start */
        uint32_t pitch;       /* bytes a line */
        uint32_t tile_height; /* lines, of tiled formats; of columns, the lines of all planes */
    } plane[MAX_PICTURE_PLANES];
    uint64_t modifier; /* DRM_FORMAT_MOD_*, with the columns' height; 0: linear */
};

/* Fills the layout from a CAPTURE queue's format. Returns false if the driver does not know the
 * format, or if its sizes contradict it. */
bool picture_layout_from_v4l2(const struct v4l2_format *format, struct picture_layout *layout);

/* True if memory of the layout holds a whole picture of that size, in luma samples. */
static inline bool picture_layout_holds(const struct picture_layout *layout, uint32_t width,
                                        uint32_t height)
{
    return width <= layout->width && height <= layout->height;
}

/* Moves chroma to a separate buffer after the decoder's. False: the format's planes must lie
 * together, or the buffer would be too large. */
bool picture_layout_separate_chroma(struct picture_layout *layout);

/* True if a picture of layout `needed` can be written to memory of layout `have` and read by a
 * client that knows only `have`. */
bool picture_layout_fits(const struct picture_layout *have, const struct picture_layout *needed);

#endif
