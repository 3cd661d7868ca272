/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <va/va.h>

#include "pixels/format.h"
#include "unit.h"

static struct v4l2_format single_planar(uint32_t width, uint32_t height, uint32_t pitch,
                                        uint32_t size)
{
    struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};

    format.fmt.pix.pixelformat = V4L2_PIX_FMT_NV12;
    format.fmt.pix.width = width;
    format.fmt.pix.height = height;
    format.fmt.pix.bytesperline = pitch;
    format.fmt.pix.sizeimage = size;
    return format;
}

static struct v4l2_format multi_planar(uint32_t pixelformat, uint8_t planes)
{
    struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE};

    format.fmt.pix_mp.pixelformat = pixelformat;
    format.fmt.pix_mp.width = 64;
    format.fmt.pix_mp.height = 48;
    format.fmt.pix_mp.num_planes = planes;
    for (unsigned i = 0; i < planes; i++) {
        format.fmt.pix_mp.plane_fmt[i].bytesperline = 64;
        format.fmt.pix_mp.plane_fmt[i].sizeimage = planes == 1 ? 64 * 72 : 64 * 48 / (i + 1);
    }
    return format;
}

static bool accepts(struct v4l2_format format)
{
    struct picture_layout layout;

    return picture_layout_from_v4l2(&format, &layout);
}

static void single_planar_nv12(void **state)
{
    struct v4l2_format format = single_planar(100, 60, 128, 128 * 90 + 7);
    struct picture_layout layout;

    (void)state;
    assert_true(picture_layout_from_v4l2(&format, &layout));
    assert_int_equal(layout.width, 112); /* whole macroblocks, for which a line has room */
    assert_int_equal(layout.height, 60);
    assert_int_equal(layout.num_buffers, 1);
    assert_int_equal(layout.num_planes, 2);
    assert_int_equal(layout.size[0], 128 * 90 + 7);
    assert_int_equal(layout.plane[0].offset, 0);
    assert_int_equal(layout.plane[1].offset, 128 * 60);
    assert_int_equal(layout.plane[0].pitch, 128);
    assert_int_equal(layout.plane[1].pitch, 128);
    assert_int_equal(layout.plane[1].buffer, 0);
}

static void two_buffers_nv12m(void **state)
{
    struct v4l2_format format = multi_planar(V4L2_PIX_FMT_NV12M, 2);
    struct picture_layout layout;

    (void)state;
    assert_true(picture_layout_from_v4l2(&format, &layout));
    assert_int_equal(layout.num_buffers, 2);
    assert_int_equal(layout.plane[0].buffer, 0);
    assert_int_equal(layout.plane[1].buffer, 1);
    assert_int_equal(layout.plane[1].offset, 0);
    assert_int_equal(layout.size[1], 64 * 24);
    assert_ptr_equal(layout.format, pixel_format_from_v4l2(V4L2_PIX_FMT_NV12M));
}

static struct v4l2_format deep(uint32_t pixelformat, uint32_t width, uint32_t pitch, uint32_t size)
{
    struct v4l2_format format = single_planar(width, 48, pitch, size);

    format.fmt.pix.pixelformat = pixelformat;
    return format;
}

static void ten_bits(void **state)
{
    struct v4l2_format format = deep(V4L2_PIX_FMT_P010, 64, 128, 128 * 72);
    struct picture_layout layout;

    (void)state;
    assert_true(picture_layout_from_v4l2(&format, &layout));
    assert_int_equal(layout.plane[1].offset, 128 * 48);
    assert_int_equal(layout.format->bit_depth, 10);
    assert_false(pixel_format_is_packed(layout.format));
    assert_false(accepts(deep(V4L2_PIX_FMT_P010, 64, 127, 128 * 72)));
    assert_false(accepts(deep(V4L2_PIX_FMT_P010, 64, 128, 128 * 72 - 1)));

    /* Four samples in five bytes, groups whole. */
    format = deep(V4L2_PIX_FMT_NV15, 64, 80, 80 * 72);
    assert_true(picture_layout_from_v4l2(&format, &layout));
    assert_int_equal(layout.plane[1].offset, 80 * 48);
    assert_int_equal(layout.format->bit_depth, 10);
    assert_true(pixel_format_is_packed(layout.format));
    assert_false(accepts(deep(V4L2_PIX_FMT_NV15, 64, 79, 80 * 72)));
    assert_false(accepts(deep(V4L2_PIX_FMT_NV15, 65, 84, 84 * 72)));
    assert_true(accepts(deep(V4L2_PIX_FMT_NV15, 65, 85, 85 * 72)));
    assert_false(accepts(deep(V4L2_PIX_FMT_NV15, 65, 85, 85 * 72 - 1)));
}

/* One buffer, tiles of 32x32: chroma begins after whole tiles of luma and has whole tiles itself.
 */
static void tiles_in_one_buffer(void **state)
{
    struct v4l2_format format = deep(V4L2_PIX_FMT_NV12_32L32, 48, 64, 64 * (64 + 32));
    struct picture_layout layout;

    (void)state;
    assert_true(picture_layout_from_v4l2(&format, &layout));
    assert_true(pixel_format_is_tiled(layout.format));
    assert_int_equal(layout.height, 48);
    assert_int_equal(layout.plane[1].offset, 64 * 64);
    format.fmt.pix.sizeimage--;
    assert_false(accepts(format));
    /* Five rows of tiles and a half of one for chroma, which is a whole one. */
    format = deep(V4L2_PIX_FMT_NV12_32L32, 48, 64, 64 * (160 + 96));
    format.fmt.pix.height = 150;
    assert_true(picture_layout_from_v4l2(&format, &layout));
    assert_int_equal(layout.plane[1].offset, 64 * 160);
    format.fmt.pix.sizeimage--;
    assert_false(accepts(format));
    /* A line has whole tiles. */
    assert_false(accepts(deep(V4L2_PIX_FMT_NV12_32L32, 48, 48, 64 * 96)));
    assert_false(accepts(deep(V4L2_PIX_FMT_NV12_32L32, 48, 80, 80 * 96)));
    assert_false(accepts(deep(V4L2_PIX_FMT_NV12_32L32, 65, 64, 64 * 96)));
    assert_false(accepts(deep(V4L2_PIX_FMT_NV12_32L32, 32, UINT32_MAX - 31, UINT32_MAX)));
}

/* Two buffers, tiles of 16x32 and of 16x16. */
static void tiles_in_two_buffers(void **state)
{
    struct v4l2_format format = multi_planar(V4L2_PIX_FMT_MM21, 2);
    struct picture_layout layout;

    (void)state;
    assert_false(accepts(format)); /* 48 lines take two rows of tiles */
    format.fmt.pix_mp.plane_fmt[0].sizeimage = 64 * 64;
    assert_false(accepts(format));
    format.fmt.pix_mp.plane_fmt[1].sizeimage = 64 * 32;
    assert_true(picture_layout_from_v4l2(&format, &layout));
    assert_true(pixel_format_is_tiled(layout.format));
    assert_int_equal(layout.plane[1].buffer, 1);
    assert_int_equal(layout.plane[1].offset, 0);
    format.fmt.pix_mp.plane_fmt[1].sizeimage--;
    assert_false(accepts(format));
    format.fmt.pix_mp.plane_fmt[1].sizeimage++;
    format.fmt.pix_mp.plane_fmt[1].bytesperline = 72;
    assert_false(accepts(format));
    assert_false(accepts(multi_planar(V4L2_PIX_FMT_MM21, 1)));
}

static struct v4l2_format columns(uint32_t pixelformat, uint32_t width, uint32_t height,
                                  uint32_t lines, uint32_t size)
{
    struct v4l2_format format = multi_planar(pixelformat, 1);

    format.fmt.pix_mp.width = width;
    format.fmt.pix_mp.height = height;
    format.fmt.pix_mp.plane_fmt[0].bytesperline = lines;
    format.fmt.pix_mp.plane_fmt[0].sizeimage = size;
    return format;
}

static void columns_of_8_bits(void **state)
{
    const uint32_t nc12 = V4L2_PIX_FMT_NV12_COL128;
    struct v4l2_format format = columns(nc12, 384, 88, 140, 3 * 128 * 140);
    struct picture_layout layout, other;

    (void)state;
    assert_true(picture_layout_from_v4l2(&format, &layout));
    assert_true(pixel_format_is_tiled(layout.format));
    assert_int_equal(layout.num_buffers, 1);
    assert_int_equal(layout.width, 384);
    assert_int_equal(layout.height, 88);
    assert_int_equal(layout.plane[1].offset, 88 * 128);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(layout.plane[i].pitch, 384);
        assert_int_equal(layout.plane[i].tile_height, 140);
    }
    assert_true(layout.modifier == (UINT64_C(0x0700000000000004) | 140 << 8));
    /* Other columns are another layout, although the planes begin at the same places. */
    format = columns(nc12, 384, 88, 141, 3 * 128 * 141);
    assert_true(picture_layout_from_v4l2(&format, &other));
    assert_false(picture_layout_fits(&other, &layout));
    assert_true(picture_layout_fits(&layout, &layout));
    /* Columns are whole, and have room for luma and chroma. */
    assert_false(accepts(columns(nc12, 384, 88, 140, 3 * 128 * 140 - 1)));
    assert_false(accepts(columns(nc12, 385, 88, 140, 3 * 128 * 140)));
    assert_true(accepts(columns(nc12, 384, 88, 132, 3 * 128 * 132)));
    assert_false(accepts(columns(nc12, 384, 88, 131, 3 * 128 * 132)));
    assert_false(accepts(columns(nc12, 384, 88, 0, UINT32_MAX)));
    assert_true(accepts(columns(nc12, 384, 87, 131, 3 * 128 * 131)));
    assert_false(accepts(columns(nc12, 384, 87, 130, 3 * 128 * 131)));
    assert_false(accepts(columns(nc12, 384, 88, UINT32_MAX, UINT32_MAX)));
    assert_false(accepts(columns(nc12, 65536, 65536, 98304, UINT32_MAX)));
    assert_false(accepts(columns(nc12, UINT32_MAX, 88, 140, UINT32_MAX)));
    assert_false(accepts(columns(nc12, 384, 0, 140, UINT32_MAX)));
    assert_false(accepts(columns(nc12, 0, 88, 140, UINT32_MAX)));
    format.fmt.pix_mp.num_planes = 2;
    assert_false(accepts(format));
}

/* 96 samples a column. */
static void columns_of_10_bits(void **state)
{
    const uint32_t nc30 = V4L2_PIX_FMT_NV12_10_COL128;
    struct v4l2_format format = columns(nc30, 192, 64, 96, 2 * 128 * 96);
    struct picture_layout layout;

    (void)state;
    assert_true(picture_layout_from_v4l2(&format, &layout));
    assert_true(pixel_format_is_packed(layout.format));
    assert_int_equal(layout.format->bit_depth, 10);
    assert_int_equal(layout.plane[0].pitch, 256);
    assert_int_equal(layout.plane[1].offset, 64 * 128);
    assert_true(layout.modifier == (UINT64_C(0x0700000000000004) | 96 << 8));
    assert_false(accepts(columns(nc30, 193, 64, 96, 2 * 128 * 96)));
    assert_false(accepts(columns(nc30, 192, 64, 96, 2 * 128 * 96 - 1)));
    assert_false(accepts(columns(nc30, 192, 64, 95, 2 * 128 * 96)));
}

static void linear_before_tiles(void **state)
{
    bool tiles = false;

    (void)state;
    for (unsigned i = 0; i < num_pixel_formats; i++) {
        if (pixel_formats[i].bit_depth != 8)
            continue;
        assert_true(pixel_format_is_tiled(&pixel_formats[i]) || !tiles);
        tiles |= pixel_format_is_tiled(&pixel_formats[i]);
    }
    assert_true(tiles);
}

static void depths_of_rt_formats(void **state)
{
    (void)state;
    assert_int_equal(rt_format_depth(VA_RT_FORMAT_YUV420), 8);
    assert_int_equal(rt_format_depth(VA_RT_FORMAT_YUV420_10), 10);
    assert_int_equal(rt_format_depth(VA_RT_FORMAT_YUV420 | VA_RT_FORMAT_YUV420_10), 0);
    assert_int_equal(rt_format_depth(VA_RT_FORMAT_YUV444), 0);
    assert_int_equal(rt_format_depth(0), 0);
}

static void refuses_contradictions(void **state)
{
    struct v4l2_format format;

    (void)state;
    assert_true(accepts(single_planar(64, 48, 64, 64 * 72)));
    assert_false(accepts(single_planar(64, 48, 64, 64 * 72 - 1)));
    assert_false(accepts(single_planar(64, 48, 63, 64 * 72)));
    assert_false(accepts(single_planar(0, 48, 64, 64 * 72)));
    assert_false(accepts(single_planar(64, 0, 64, 64 * 72)));
    /* An odd size has one chroma sample more. */
    assert_true(accepts(single_planar(63, 47, 64, 64 * (47 + 24))));
    assert_false(accepts(single_planar(63, 47, 64, 64 * (47 + 24) - 1)));
    assert_false(accepts(single_planar(63, 48, 63, 64 * 72)));
    /* Products that wrap in 32 bits. */
    assert_false(accepts(single_planar(16, 65536, 65536, UINT32_MAX)));
    assert_false(accepts(single_planar(16, 32768, 1u << 31, UINT32_MAX)));
    assert_false(accepts(single_planar(UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX)));
    assert_false(accepts(single_planar(16, 3, UINT32_MAX, UINT32_MAX)));

    assert_true(accepts(multi_planar(V4L2_PIX_FMT_NV12, 1)));
    assert_false(accepts(multi_planar(V4L2_PIX_FMT_NV12, 2)));
    assert_false(accepts(multi_planar(V4L2_PIX_FMT_NV12M, 1)));
    assert_false(accepts(multi_planar(V4L2_PIX_FMT_YUYV, 1)));
    format = multi_planar(V4L2_PIX_FMT_NV12M, 2);
    format.fmt.pix_mp.plane_fmt[1].sizeimage--;
    assert_false(accepts(format));
    /* Two buffers cannot be described in single-planar terms. */
    format = single_planar(64, 48, 64, 64 * 72);
    format.fmt.pix.pixelformat = V4L2_PIX_FMT_NV12M;
    assert_false(accepts(format));
}

static void fits_when_readers_see_the_same(void **state)
{
    struct v4l2_format format = single_planar(64, 48, 64, 64 * 72);
    struct picture_layout have, needed;

    (void)state;
    assert_true(picture_layout_from_v4l2(&format, &have));
    assert_true(picture_layout_fits(&have, &have));
    needed = have;
    needed.width = 50;
    assert_true(picture_layout_fits(&have, &needed));
    assert_false(picture_layout_fits(&needed, &have));
    needed = have;
    needed.size[0] += 1;
    assert_false(picture_layout_fits(&have, &needed));
    assert_true(picture_layout_fits(&needed, &have));
    needed = have;
    needed.plane[1].offset += 64;
    assert_false(picture_layout_fits(&have, &needed));
    needed = have;
    needed.plane[0].pitch += 64;
    assert_false(picture_layout_fits(&have, &needed));
    needed = have;
    needed.format = pixel_format_from_v4l2(V4L2_PIX_FMT_NV12M);
    assert_false(picture_layout_fits(&have, &needed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_planar_nv12),
        cmocka_unit_test(two_buffers_nv12m),
        cmocka_unit_test(ten_bits),
        cmocka_unit_test(tiles_in_one_buffer),
        cmocka_unit_test(tiles_in_two_buffers),
        cmocka_unit_test(columns_of_8_bits),
        cmocka_unit_test(columns_of_10_bits),
        cmocka_unit_test(linear_before_tiles),
        cmocka_unit_test(depths_of_rt_formats),
        cmocka_unit_test(refuses_contradictions),
        cmocka_unit_test(fits_when_readers_see_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
