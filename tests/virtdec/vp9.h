/* SPDX-License-Identifier: MIT */
/* VP9's frame headers (VP9 specification, 6.2 and 6.3), read from the frame. */
#ifndef VIRTDEC_VP9_H
#define VIRTDEC_VP9_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel_controls.h"

/* A decoded picture; serial 0: none. */
struct vp9_picture {
    uint64_t serial, timestamp;
    uint32_t width, height;
};

/* What frames leave to later ones. */
struct vp9_state {
    struct vp9_picture slot[8];
    int8_t ref_deltas[4], mode_deltas[2];
    int16_t feature_data[8][4];
    uint8_t feature_enabled[8];
    bool absolute;
    uint8_t bit_depth;
    bool color_range, subsampling_x, subsampling_y;
};

/* One frame: what the controls have to say, and what becomes of the references. */
struct vp9_frame {
    struct v4l2_ctrl_vp9_frame control; /* without timestamps */
    struct v4l2_ctrl_vp9_compressed_hdr compressed;
    uint32_t width, height;
    uint8_t ref[3]; /* slots of last, golden, altref */
    bool inter;
    uint8_t refresh;
};

int vd_vp9_parse(struct vp9_state *state, struct vp9_frame *frame, const uint8_t *data,
                 size_t size);
int vd_vp9_parse_compressed(struct vp9_frame *frame, const uint8_t *data, size_t size);

#endif
