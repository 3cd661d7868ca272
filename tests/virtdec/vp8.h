/* SPDX-License-Identifier: MIT */
/* VP8's frame header (RFC 6386, 9 and 19.2), read from the frame, with what earlier frames left. */
#ifndef VIRTDEC_VP8_H
#define VIRTDEC_VP8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel_controls.h"

/* What refresh_entropy_probs saves and restores (9.11). */
struct vp8_probs {
    uint8_t coeff[4][8][3][11];
    uint8_t mv[2][19];
    uint8_t y_mode[4], uv_mode[3];
};

/* What frames leave to later ones. */
struct vp8_state {
    bool started; /* a key frame has been seen */
    struct vp8_probs probs;
    uint16_t width, height;
    uint8_t horizontal_scale, vertical_scale;
    bool segment_absolute;
    int8_t quantizer[4], level[4]; /* of the segments, as coded */
    int8_t ref_delta[4], mode_delta[4];
    bool sign_bias_golden, sign_bias_alt;
};

enum vp8_buffer { VP8_NONE, VP8_CURRENT, VP8_LAST, VP8_GOLDEN, VP8_ALT };

/* One frame's header: what the control has to say, and what becomes of the references. */
struct vp8_header {
    struct v4l2_ctrl_vp8_frame control; /* without timestamps */
    uint8_t segment_probs[3];
    enum vp8_buffer last, golden, alt; /* what each holds afterwards; VP8_NONE: what it did */
};

int vd_vp8_parse(struct vp8_state *state, struct vp8_header *header, const uint8_t *data,
                 size_t size);

extern const uint8_t vd_vp8_coeff_update_probs[4][8][3][11];
extern const uint8_t vd_vp8_default_coeff_probs[4][8][3][11];
extern const uint8_t vd_vp8_mv_update_probs[2][19];
extern const uint8_t vd_vp8_default_mv_probs[2][19];

#endif
