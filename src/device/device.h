/* SPDX-License-Identifier: MIT */
/* A stateless decoder and its capabilities. It does not change after vaInitialize and needs no
 * lock. */
#ifndef DEVICE_H
#define DEVICE_H

#include "codec/codec.h"
#include "device/topology.h"
#include "pixels/format.h"

#include <limits.h>

#define MAX_DEVICE_CODECS 8

/* One codec as one device decodes it. */
struct device_codec {
    const struct codec *codec;
    uint32_t controls;                           /* bit i: the device has codec->controls[i] */
    uint32_t array_capacity[CODEC_MAX_CONTROLS]; /* elements of codec->controls[i], an array */
    uint32_t profiles;                           /* bit i: the device decodes codec->profiles[i] */
    uint32_t decode_mode, start_code;            /* menu values that the driver sets; 0: no menu */
    /* The CAPTURE formats of 8-bit and 10-bit pictures; NULL: none that the driver supports. */
    const struct pixel_format *eight_bits, *ten_bits;
    bool imports_dmabuf; /* CAPTURE takes V4L2_MEMORY_DMABUF */
    bool holds_capture;  /* OUTPUT takes V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF */
    uint32_t min_width, min_height, max_width, max_height; /* luma samples */
};

/* The identity of a device, as VIDIOC_QUERYCAP reports it. */
struct device_identity {
    char driver[17], card[33], bus_info[33];
};

struct device {
    char video_path[MAX_NODE_PATH]; /* at vaInitialize; node_open() opens it */
    dev_t number;                   /* of the video node */
    struct device_identity identity;
    char name[32]; /* of the kernel's driver */
    int media_fd;
    bool multiplanar;
    struct device_codec codecs[MAX_DEVICE_CODECS];
    unsigned num_codecs;
};

/* The CAPTURE format of pictures of that bit depth, or NULL. */
static inline const struct pixel_format *device_codec_format(const struct device_codec *codec,
                                                             uint8_t bit_depth)
{
    return bit_depth == 8 ? codec->eight_bits : bit_depth == 10 ? codec->ten_bits : NULL;
}

static inline bool device_codec_has_depth(const struct device_codec *codec, uint8_t bit_depth)
{
    return device_codec_format(codec, bit_depth) != NULL;
}

/* Whether the device decodes pictures of that size. `announced`: the client gave the size, which
 * may be the visible one; the coded size may be larger, up to whole macroblocks. */
static inline bool device_codec_has_size(const struct device_codec *codec, uint32_t width,
                                         uint32_t height, bool announced)
{
    return width <= codec->max_width && height <= codec->max_height &&
           (announced ? whole_macroblocks(width) : width) >= codec->min_width &&
           (announced ? whole_macroblocks(height) : height) >= codec->min_height;
}

#endif
