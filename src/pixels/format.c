/* SPDX-License-Identifier: MIT */
#include "pixels/format.h"

#include <drm_fourcc.h>
#include <string.h>
#include <va/va.h>

/* MediaTek's tiles, 16x32 for luma and 16x16 for chroma. include/uapi/drm/drm_fourcc.h has it in
 * Linux after 6.12, libdrm after Debian 12. The vendor's number is 0x0b, the layout's 1. */
#ifndef DRM_FORMAT_MOD_MTK_16L_32S_TILE
#define DRM_FORMAT_MOD_MTK_16L_32S_TILE (UINT64_C(0x0b) << 56 | 1)
#endif

/* Three samples in four bytes. Missing from older headers of libdrm. */
#ifndef DRM_FORMAT_P030
#define DRM_FORMAT_P030 fourcc_code('P', '0', '3', '0')
#endif

#define COLUMN_WIDTH 128 /* bytes */

/* Far above any decoder's limit, and small enough that 64-bit sums of products do not overflow. */
#define MAX_LINES 65536u
/* Twice the lines of luma and chroma. */
#define MAX_COLUMN_LINES (3 * MAX_LINES)

const struct pixel_format pixel_formats[] = {
    {
        .v4l2 = V4L2_PIX_FMT_NV12,
        .drm = DRM_FORMAT_NV12,
        .drm_plane = {DRM_FORMAT_R8, DRM_FORMAT_GR88},
        .va_fourcc = VA_FOURCC_NV12,
        .memory_fourcc = VA_FOURCC_NV12,
        .rt_format = VA_RT_FORMAT_YUV420,
        .bit_depth = 8,
        .group_samples = 1,
        .group_bytes = 1,
        .num_buffers = 1,
    },
    {
        .v4l2 = V4L2_PIX_FMT_NV12M,
        .drm = DRM_FORMAT_NV12,
        .drm_plane = {DRM_FORMAT_R8, DRM_FORMAT_GR88},
        .va_fourcc = VA_FOURCC_NV12,
        .memory_fourcc = VA_FOURCC_NV12,
        .rt_format = VA_RT_FORMAT_YUV420,
        .bit_depth = 8,
        .group_samples = 1,
        .group_bytes = 1,
        .num_buffers = 2,
    },
    {
        .v4l2 = V4L2_PIX_FMT_MM21,
        .drm = DRM_FORMAT_NV12,
        .drm_plane = {DRM_FORMAT_R8, DRM_FORMAT_GR88},
        .va_fourcc = VA_FOURCC_NV12,
        .memory_fourcc = VA_FOURCC_NV12,
        .rt_format = VA_RT_FORMAT_YUV420,
        .bit_depth = 8,
        .group_samples = 1,
        .group_bytes = 1,
        .num_buffers = 2,
        .tile_width = 16,
        .tile_height = {32, 16},
        .modifier = DRM_FORMAT_MOD_MTK_16L_32S_TILE,
    },
    {
        /* No layers of single planes: DRM defines the modifier for pictures of two or three
         * planes. */
        .v4l2 = V4L2_PIX_FMT_NV12_32L32,
        .drm = DRM_FORMAT_NV12,
        .va_fourcc = VA_FOURCC_NV12,
        .memory_fourcc = VA_FOURCC_NV12,
        .rt_format = VA_RT_FORMAT_YUV420,
        .bit_depth = 8,
        .group_samples = 1,
        .group_bytes = 1,
        .num_buffers = 1,
        .tile_width = 32,
        .tile_height = {32, 32},
        .modifier = DRM_FORMAT_MOD_ALLWINNER_TILED,
    },
    {
        /* No layers of single planes: DRM defines the modifier for NV12 and P030. */
        .v4l2 = V4L2_PIX_FMT_NV12_COL128,
        .drm = DRM_FORMAT_NV12,
        .va_fourcc = VA_FOURCC_NV12,
        .memory_fourcc = VA_FOURCC_NV12,
        .rt_format = VA_RT_FORMAT_YUV420,
        .bit_depth = 8,
        .group_samples = 1,
        .group_bytes = 1,
        .num_buffers = 1,
        .tile_width = COLUMN_WIDTH,
        .columns = true,
        .modifier = DRM_FORMAT_MOD_BROADCOM_SAND128,
    },
    {
        .v4l2 = V4L2_PIX_FMT_P010,
        .drm = DRM_FORMAT_P010,
        .drm_plane = {DRM_FORMAT_R16, DRM_FORMAT_GR1616},
        .va_fourcc = VA_FOURCC_P010,
        .memory_fourcc = VA_FOURCC_P010,
        .rt_format = VA_RT_FORMAT_YUV420_10,
        .bit_depth = 10,
        .group_samples = 1,
        .group_bytes = 2,
        .num_buffers = 1,
    },
    {
        .v4l2 = V4L2_PIX_FMT_NV15,
        .drm = DRM_FORMAT_NV15,
        .va_fourcc = VA_FOURCC_P010,
        .memory_fourcc = VA_FOURCC('N', 'V', '1', '5'),
        .rt_format = VA_RT_FORMAT_YUV420_10,
        .bit_depth = 10,
        .group_samples = 4,
        .group_bytes = 5,
        .num_buffers = 1,
    },
    {
        .v4l2 = V4L2_PIX_FMT_NV12_10_COL128,
        .drm = DRM_FORMAT_P030,
        .va_fourcc = VA_FOURCC_P010,
        .memory_fourcc = VA_FOURCC('P', '0', '3', '0'),
        .rt_format = VA_RT_FORMAT_YUV420_10,
        .bit_depth = 10,
        .group_samples = 3,
        .group_bytes = 4,
        .num_buffers = 1,
        .tile_width = COLUMN_WIDTH,
        .columns = true,
        .modifier = DRM_FORMAT_MOD_BROADCOM_SAND128,
    },
};
const unsigned num_pixel_formats = sizeof(pixel_formats) / sizeof(pixel_formats[0]);

const struct pixel_format *pixel_format_from_v4l2(uint32_t v4l2)
{
    for (unsigned i = 0; i < num_pixel_formats; i++)
        if (pixel_formats[i].v4l2 == v4l2)
            return &pixel_formats[i];
    return NULL;
}

uint8_t rt_format_depth(uint32_t rt_format)
{
    for (unsigned i = 0; i < num_pixel_formats; i++)
        if (pixel_formats[i].rt_format == rt_format)
            return pixel_formats[i].bit_depth;
    return 0;
}

/* Reads width, height, pitches and sizes from a single- or multi-planar format. */
static bool read_format(const struct v4l2_format *format, struct picture_layout *layout,
                        uint32_t pitch[MAX_PICTURE_BUFFERS])
{
    if (!V4L2_TYPE_IS_MULTIPLANAR(format->type)) {
        const struct v4l2_pix_format *pix = &format->fmt.pix;

        layout->format = pixel_format_from_v4l2(pix->pixelformat);
        if (!layout->format || layout->format->num_buffers != 1)
            return false;
        layout->width = pix->width;
        layout->height = pix->height;
        layout->size[0] = pix->sizeimage;
        pitch[0] = pix->bytesperline;
    } else {
        const struct v4l2_pix_format_mplane *pix = &format->fmt.pix_mp;

        layout->format = pixel_format_from_v4l2(pix->pixelformat);
        if (!layout->format || layout->format->num_buffers != pix->num_planes)
            return false;
        layout->width = pix->width;
        layout->height = pix->height;
        for (unsigned i = 0; i < layout->format->num_buffers; i++) {
            layout->size[i] = pix->plane_fmt[i].sizeimage;
            pitch[i] = pix->plane_fmt[i].bytesperline;
        }
    }
    layout->num_buffers = layout->format->num_buffers;
    return true;
}

/* Bytes that a line of that many samples takes. */
static uint64_t line_size(const struct pixel_format *format, uint64_t samples)
{
    return (samples + format->group_samples - 1) / format->group_samples * format->group_bytes;
}

static uint64_t round_up(uint64_t value, unsigned step)
{
    return (value + step - 1) / step * step;
}

/* Lines of the plane in memory, rounded up to whole tiles. */
static uint64_t plane_lines(const struct pixel_format *format, unsigned plane, uint64_t height)
{
    if (!format->tile_height[0])
        return plane ? (height + 1) / 2 : height;
    height = round_up(height, format->tile_height[0]);
    return plane ? round_up(height / 2, format->tile_height[1]) : height;
}

/* For columns, the kernel's bytesperline is the number of lines of COLUMN_WIDTH bytes in each. */
static bool read_columns(struct picture_layout *layout, uint32_t pitch[MAX_PICTURE_BUFFERS])
{
    const uint64_t width = line_size(layout->format, layout->width);
    const uint64_t columns = (width + COLUMN_WIDTH - 1) / COLUMN_WIDTH;
    const uint32_t lines = pitch[0];
    const uint64_t used = plane_lines(layout->format, 0, layout->height) +
                          plane_lines(layout->format, 1, layout->height);

    /* All columns have the same number of lines: luma's, directly followed by chroma's. */
    if (lines > MAX_COLUMN_LINES || used > lines ||
        columns * COLUMN_WIDTH * lines > layout->size[0])
        return false;
    pitch[0] = (uint32_t)columns * COLUMN_WIDTH;
    layout->modifier = DRM_FORMAT_MOD_BROADCOM_SAND128_COL_HEIGHT(lines);
    layout->num_planes = 2;
    for (unsigned i = 0; i < layout->num_planes; i++) {
        layout->plane[i].pitch = pitch[0];
        layout->plane[i].tile_height = lines;
    }
    layout->plane[1].offset = layout->height * COLUMN_WIDTH;
    return true;
}

/* Decoders write whole macroblocks, but some report a smaller width. Widens the layout to whole
 * macroblocks if the lines have room for them. */
static void widen(struct picture_layout *layout, const uint32_t pitch[MAX_PICTURE_BUFFERS])
{
    const uint32_t width = whole_macroblocks(layout->width);

    for (unsigned i = 0; i < layout->num_buffers; i++)
        if (line_size(layout->format, width) > pitch[i])
            return;
    layout->width = width;
}

bool picture_layout_from_v4l2(const struct v4l2_format *format, struct picture_layout *layout)
{
    uint32_t pitch[MAX_PICTURE_BUFFERS] = {0};
    uint64_t end[MAX_PICTURE_BUFFERS] = {0};
    uint64_t line_bytes;

    memset(layout, 0, sizeof(*layout));
    if (!read_format(format, layout, pitch))
        return false;
    if (!layout->width || !layout->height || layout->width > MAX_LINES ||
        layout->height > MAX_LINES)
        return false;
    if (layout->format->columns) {
        if (!read_columns(layout, pitch))
            return false;
        widen(layout, pitch);
        return true;
    }
    layout->modifier = layout->format->modifier;
    widen(layout, pitch);

    /* 4:2:0 with interleaved chroma: a line of chroma has as many bytes as one of luma, or one
     * sample more where the width is odd. */
    line_bytes = line_size(layout->format, ((uint64_t)layout->width + 1) / 2 * 2);
    layout->num_planes = 2;
    for (unsigned i = 0; i < layout->num_planes; i++) {
        unsigned buffer = layout->num_buffers > 1 ? i : 0;

        if (end[buffer] > UINT32_MAX || pitch[buffer] < line_bytes)
            return false;
        if (pixel_format_is_tiled(layout->format) && pitch[buffer] % layout->format->tile_width)
            return false;
        layout->plane[i].buffer = (uint8_t)buffer;
        layout->plane[i].offset = (uint32_t)end[buffer];
        layout->plane[i].pitch = pitch[buffer];
        layout->plane[i].tile_height = layout->format->tile_height[i];
        end[buffer] += pitch[buffer] * plane_lines(layout->format, i, layout->height);
    }
    for (unsigned i = 0; i < layout->num_buffers; i++)
        if (end[i] > layout->size[i])
            return false;
    return true;
}

bool picture_layout_separate_chroma(struct picture_layout *layout)
{
    uint64_t size = layout->plane[1].pitch * plane_lines(layout->format, 1, layout->height);

    if (layout->format->columns || size > UINT32_MAX)
        return false;
    layout->plane[1].buffer = layout->num_buffers++;
    layout->plane[1].offset = 0;
    layout->size[layout->plane[1].buffer] = (uint32_t)size;
    return true;
}

bool picture_layout_fits(const struct picture_layout *have, const struct picture_layout *needed)
{
    if (have->format != needed->format || have->width < needed->width ||
        have->height < needed->height)
        return false;
    for (unsigned i = 0; i < needed->num_buffers; i++)
        if (have->size[i] < needed->size[i])
            return false;
    for (unsigned i = 0; i < needed->num_planes; i++)
        if (have->plane[i].buffer != needed->plane[i].buffer ||
            have->plane[i].offset != needed->plane[i].offset ||
            have->plane[i].pitch != needed->plane[i].pitch ||
            have->plane[i].tile_height != needed->plane[i].tile_height)
            return false;
    return true;
}
