/* SPDX-License-Identifier: MIT */
/* CAPTURE formats: how many bits, and how a line of samples lies in memory. */
#include <string.h>

#include "virtdec.h"

/* Bits of a sample as it comes from the decoder. */
unsigned vd_format_depth(uint32_t fourcc)
{
    switch (fourcc) {
    case V4L2_PIX_FMT_NV12:
    case V4L2_PIX_FMT_NV12M:
    case VD_PIX_FMT_MM21:
    case VD_PIX_FMT_NV12_32L32:
    case VD_PIX_FMT_NC12:
        return 8;
    default:
        return 10;
    }
}

/* Bytes of a line of so many samples. */
uint32_t vd_line_bytes(uint32_t fourcc, uint32_t samples)
{
    switch (fourcc) {
    case V4L2_PIX_FMT_P010:
        return 2 * samples;
    case VD_PIX_FMT_NV15:
        return (samples + 3) / 4 * 5;
    case V4L2_PIX_FMT_NV12:
    case V4L2_PIX_FMT_NV12M:
    case VD_PIX_FMT_MM21:
    case VD_PIX_FMT_NV12_32L32:
    case VD_PIX_FMT_NC12:
        return samples;
    case VD_PIX_FMT_NC30:
        return (samples + 2) / 3 * 4;
    case VD_PIX_FMT_MT2110T: /* tiles, which nobody here can read */
        return (samples + 3) / 4 * 5;
    default: /* the same */
        return 2 * samples;
    }
}

/* Bit `bit` of a line without padding, the first one being the lowest of the first byte. */
static void put_bit(uint8_t *line, size_t bit, unsigned value)
{
    uint8_t mask = (uint8_t)(1u << bit % 8);
    line[bit / 8] = (uint8_t)(value ? line[bit / 8] | mask : line[bit / 8] & ~mask);
}

/* Writes the first `count` samples of a line. */
void vd_put_line(uint32_t fourcc, uint8_t *line, const uint16_t *samples, uint32_t count)
{
    for (size_t i = 0; i < count; i++) {
        switch (fourcc) {
        case V4L2_PIX_FMT_P010:
            line[2 * i] = (uint8_t)(samples[i] << 6);
            line[2 * i + 1] = (uint8_t)(samples[i] >> 2);
            break;
        case VD_PIX_FMT_NV15:
            for (unsigned bit = 0; bit < 10; bit++)
                put_bit(line, 10 * i + bit, samples[i] >> bit & 1);
            break;
        case VD_PIX_FMT_NC30:
            for (unsigned bit = 0; bit < 10; bit++)
                put_bit(line, i / 3 * 32 + i % 3 * 10 + bit, samples[i] >> bit & 1);
            break;
        default:
            line[i] = (uint8_t)samples[i];
        }
    }
}

/* Width in bytes and height of a plane's tiles; 1x1: there are none. */
static void tile_size(uint32_t fourcc, unsigned plane, uint32_t *width, uint32_t *height)
{
    *width = *height = 1;
    if (fourcc == VD_PIX_FMT_MM21) {
        *width = 16;
        *height = plane ? 16 : 32;
    } else if (fourcc == VD_PIX_FMT_NV12_32L32) {
        *width = *height = 32;
    }
}

/* Whether tiles are what it has, of a layout that is known here. */
bool vd_has_tiles(uint32_t fourcc)
{
    return fourcc == VD_PIX_FMT_MM21 || fourcc == VD_PIX_FMT_NV12_32L32;
}

/* Lines of a plane in memory, tiles being whole. */
uint32_t vd_plane_lines(uint32_t fourcc, unsigned plane, uint32_t height)
{
    uint32_t tile_width, tile_height, lines = plane ? height / 2 : height;
    tile_size(fourcc, plane, &tile_width, &tile_height);
    return (lines + tile_height - 1) / tile_height * tile_height;
}

#define COLUMN_BYTES 128u

/* Samples that a line of a column has, 0: the format has none. */
uint32_t vd_column_samples(uint32_t fourcc)
{
    return fourcc == VD_PIX_FMT_NC12 ? 128 : fourcc == VD_PIX_FMT_NC30 ? 96 : 0;
}

/* From the start of luma to that of chroma where both are in one buffer. */
size_t vd_luma_bytes(uint32_t fourcc, uint32_t stride, uint32_t height)
{
    if (vd_column_samples(fourcc))
        return (size_t)COLUMN_BYTES * height;
    return (size_t)stride * vd_plane_lines(fourcc, 0, height);
}

/* All that one buffer has to have. */
size_t vd_picture_bytes(uint32_t fourcc, uint32_t stride, uint32_t width, uint32_t height)
{
    uint32_t samples = vd_column_samples(fourcc);
    if (samples)
        return (size_t)COLUMN_BYTES * stride * ((width + samples - 1) / samples);
    return vd_luma_bytes(fourcc, stride, height) +
           (size_t)stride * vd_plane_lines(fourcc, 1, height);
}

/* Writes the first bytes of line y of a plane, wherever the format has them. */
void vd_put_row(uint32_t fourcc, unsigned plane, uint8_t *memory, uint32_t stride, uint32_t y,
                const uint8_t *line, uint32_t bytes)
{
    uint32_t width, height;
    if (vd_column_samples(fourcc)) {
        /* `memory` is where the first column has the plane, `stride` the lines of a column. */
        for (uint32_t x = 0; x < bytes; x++)
            memory[(size_t)(x / COLUMN_BYTES) * COLUMN_BYTES * stride + (size_t)y * COLUMN_BYTES +
                   x % COLUMN_BYTES] = line[x];
        return;
    }
    tile_size(fourcc, plane, &width, &height);
    if (!vd_has_tiles(fourcc)) {
        memcpy(memory + (size_t)y * stride, line, bytes);
        return;
    }
    /* The tiles follow one another from left to right and from top to bottom. */
    for (uint32_t x = 0; x < bytes; x++) {
        size_t tile = (size_t)(y / height) * (stride / width) + x / width;
        memory[tile * width * height + (size_t)(y % height) * width + x % width] = line[x];
    }
}
