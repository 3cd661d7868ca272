/* SPDX-License-Identifier: MIT */
/* CAPTURE formats: how many bits, and how a line of samples lies in memory. */
#include <string.h>

#include "virtdec.h"

/* Bits of a sample as it comes from the decoder. */
unsigned vd_format_depth(uint32_t fourcc)
{
    return fourcc == V4L2_PIX_FMT_NV12 || fourcc == V4L2_PIX_FMT_NV12M ? 8 : 10;
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
        return samples;
    default: /* tiles, which nobody here can read */
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
        default:
            line[i] = (uint8_t)samples[i];
        }
    }
}
