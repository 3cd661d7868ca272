/* SPDX-License-Identifier: MIT */
/* Reads VP9's compressed header (6.3), independently of the driver under test. */
#include <errno.h>
#include <string.h>

#include "vp9.h"
#include "vpx_bool.h"

/* 6.3.5: the coarse steps stand in front of all other values. */
static uint8_t inverse_map(unsigned index)
{
    static uint8_t map[256];
    if (!map[0]) {
        unsigned n = 0;
        for (unsigned v = 7; v <= 254; v += 13)
            map[n++] = (uint8_t)v;
        for (unsigned v = 1; v <= 253; v++)
            if (v % 13 != 7)
                map[n++] = (uint8_t)v;
        while (n < 256)
            map[n++] = 253;
    }
    return map[index];
}

/* 6.3.4 */
static unsigned subexponential(struct vd_bool *b)
{
    if (!vd_bool_literal(b, 1))
        return vd_bool_literal(b, 4);
    if (!vd_bool_literal(b, 1))
        return 16 + vd_bool_literal(b, 4);
    if (!vd_bool_literal(b, 1))
        return 32 + vd_bool_literal(b, 5);
    unsigned v = vd_bool_literal(b, 7);
    return v < 65 ? 64 + v : 2 * v - 1 + vd_bool_literal(b, 1);
}

static void deltas(struct vd_bool *b, void *array, size_t count)
{
    uint8_t *out = array;
    for (size_t i = 0; i < count; i++)
        out[i] = vd_bool_get(b, 252) ? inverse_map(subexponential(b)) : 0;
}

static void vectors(struct vd_bool *b, void *array, size_t count)
{
    uint8_t *out = array;
    for (size_t i = 0; i < count; i++)
        out[i] = vd_bool_get(b, 252) ? (uint8_t)(vd_bool_literal(b, 7) * 2 + 1) : 0;
}

/* 6.3.7: band 0 has three contexts. */
static void coefficients(struct vd_bool *b, struct v4l2_ctrl_vp9_compressed_hdr *h)
{
    for (unsigned size = 0; size < 4 && size <= h->tx_mode; size++) {
        if (!vd_bool_literal(b, 1))
            continue;
        for (unsigned i = 0; i < 2 * 2 * 6; i++)
            deltas(b, h->coef[size][i / 12][i / 6 % 2][i % 6], i % 6 ? 18 : 9);
    }
}

/* 6.3.12, 6.3.13 */
static void reference_mode(struct vd_bool *b, struct vp9_frame *frame)
{
    struct v4l2_ctrl_vp9_compressed_hdr *h = &frame->compressed;
    uint8_t bias = frame->control.ref_frame_sign_bias;
    uint8_t mode = V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE;
    if (bias != 0 && bias != 7 && vd_bool_literal(b, 1))
        mode = vd_bool_literal(b, 1) ? V4L2_VP9_REFERENCE_MODE_SELECT
                                     : V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE;
    frame->control.reference_mode = mode;
    if (mode == V4L2_VP9_REFERENCE_MODE_SELECT)
        deltas(b, h->comp_mode, sizeof(h->comp_mode));
    if (mode != V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE)
        deltas(b, h->single_ref, sizeof(h->single_ref));
    if (mode != V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE)
        deltas(b, h->comp_ref, sizeof(h->comp_ref));
}

/* 6.3.16 */
static void motion(struct vd_bool *b, struct v4l2_vp9_mv_probs *mv, bool high_precision)
{
    vectors(b, mv->joint, 3);
    for (int i = 0; i < 2; i++) {
        vectors(b, mv->sign + i, 1);
        vectors(b, mv->classes[i], 10);
        vectors(b, mv->class0_bit + i, 1);
        vectors(b, mv->bits[i], 10);
    }
    for (int i = 0; i < 2; i++) {
        vectors(b, mv->class0_fr[i], 6);
        vectors(b, mv->fr[i], 3);
    }
    for (int i = 0; i < 2 && high_precision; i++) {
        vectors(b, mv->class0_hp + i, 1);
        vectors(b, mv->hp + i, 1);
    }
}

/* Reads the compressed header of a frame whose uncompressed one has been read. */
int vd_vp9_parse_compressed(struct vp9_frame *frame, const uint8_t *data, size_t size)
{
    const struct v4l2_vp9_quantization *q = &frame->control.quant;
    struct v4l2_ctrl_vp9_compressed_hdr *h = &frame->compressed;
    struct vd_bool b;
    memset(h, 0, sizeof(*h));
    vd_bool_init(&b, data, size);
    if (vd_bool_literal(&b, 1))
        return -EINVAL;
    if (q->base_q_idx || q->delta_q_y_dc || q->delta_q_uv_dc || q->delta_q_uv_ac) {
        h->tx_mode = (uint8_t)vd_bool_literal(&b, 2);
        if (h->tx_mode == V4L2_VP9_TX_MODE_ALLOW_32X32)
            h->tx_mode += (uint8_t)vd_bool_literal(&b, 1);
    }
    if (h->tx_mode == V4L2_VP9_TX_MODE_SELECT) {
        deltas(&b, h->tx8, sizeof(h->tx8));
        deltas(&b, h->tx16, sizeof(h->tx16));
        deltas(&b, h->tx32, sizeof(h->tx32));
    }
    coefficients(&b, h);
    deltas(&b, h->skip, sizeof(h->skip));
    if (frame->inter) {
        deltas(&b, h->inter_mode, sizeof(h->inter_mode));
        if (frame->control.interpolation_filter == V4L2_VP9_INTERP_FILTER_SWITCHABLE)
            deltas(&b, h->interp_filter, sizeof(h->interp_filter));
        deltas(&b, h->is_inter, sizeof(h->is_inter));
        reference_mode(&b, frame);
        deltas(&b, h->y_mode, sizeof(h->y_mode));
        deltas(&b, h->partition, sizeof(h->partition));
        motion(&b, &h->mv, frame->control.flags & V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV);
    }
    return vd_bool_failed(&b) ? -EINVAL : 0;
}
