/* SPDX-License-Identifier: MIT */
/* Reads a VP8 frame as far as the macroblocks, independently of the driver under test. */
#include <errno.h>
#include <string.h>

#include "vp8.h"
#include "vpx_bool.h"

struct parser {
    struct vp8_state *state;
    struct vp8_header *header;
    struct v4l2_ctrl_vp8_frame *c;
    struct vd_bool b;
    bool key;
};

static unsigned flag(struct parser *p)
{
    return vd_bool_literal(&p->b, 1);
}

/* 9.1; returns the size of the chunk, 0 if it is none. */
static size_t uncompressed_chunk(struct parser *p, const uint8_t *data, size_t size)
{
    struct v4l2_ctrl_vp8_frame *c = p->c;
    if (size < 3)
        return 0;
    uint32_t tag = data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16;
    p->key = !(tag & 1);
    c->version = tag >> 1 & 7;
    c->flags |= p->key ? V4L2_VP8_FRAME_FLAG_KEY_FRAME : 0;
    c->flags |= tag >> 4 & 1 ? V4L2_VP8_FRAME_FLAG_SHOW_FRAME : 0;
    c->first_part_size = tag >> 5;
    if (!p->key)
        return p->state->started ? 3 : 0;
    if (size < 10 || data[3] != 0x9d || data[4] != 0x01 || data[5] != 0x2a)
        return 0;
    p->state->width = (uint16_t)((data[6] | data[7] << 8) & 0x3fff);
    p->state->height = (uint16_t)((data[8] | data[9] << 8) & 0x3fff);
    p->state->horizontal_scale = data[7] >> 6;
    p->state->vertical_scale = data[9] >> 6;
    return 10;
}

/* 9.3, 9.6, 9.7, 11.2, 13.5, 17.2: what a key frame starts anew. */
static void start_anew(struct vp8_state *s)
{
    static const uint8_t y_mode[4] = {112, 86, 140, 37}, uv_mode[3] = {162, 101, 204};
    s->started = true;
    memcpy(s->probs.coeff, vd_vp8_default_coeff_probs, sizeof(s->probs.coeff));
    memcpy(s->probs.mv, vd_vp8_default_mv_probs, sizeof(s->probs.mv));
    memcpy(s->probs.y_mode, y_mode, sizeof(y_mode));
    memcpy(s->probs.uv_mode, uv_mode, sizeof(uv_mode));
    s->segment_absolute = false;
    memset(s->quantizer, 0, sizeof(s->quantizer));
    memset(s->level, 0, sizeof(s->level));
    memset(s->ref_delta, 0, sizeof(s->ref_delta));
    memset(s->mode_delta, 0, sizeof(s->mode_delta));
    s->sign_bias_golden = s->sign_bias_alt = false;
}

/* 9.3 */
static void segmentation(struct parser *p)
{
    struct vp8_state *s = p->state;
    struct v4l2_vp8_segment *seg = &p->c->segment;
    memset(p->header->segment_probs, 255, sizeof(p->header->segment_probs));
    if (!flag(p))
        return;
    seg->flags |= V4L2_VP8_SEGMENT_FLAG_ENABLED;
    bool map = flag(p), data = flag(p);
    if (data) {
        seg->flags |= V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA;
        s->segment_absolute = flag(p);
        for (int i = 0; i < 4; i++)
            s->quantizer[i] = (int8_t)vd_bool_optional(&p->b, 7);
        for (int i = 0; i < 4; i++)
            s->level[i] = (int8_t)vd_bool_optional(&p->b, 6);
    }
    if (map) {
        seg->flags |= V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP;
        for (int i = 0; i < 3; i++)
            if (flag(p))
                p->header->segment_probs[i] = (uint8_t)vd_bool_literal(&p->b, 8);
    }
}

/* 9.6 */
static void filter(struct parser *p)
{
    struct v4l2_vp8_loop_filter *lf = &p->c->lf;
    lf->flags |= flag(p) ? V4L2_VP8_LF_FILTER_TYPE_SIMPLE : 0;
    lf->level = (uint8_t)vd_bool_literal(&p->b, 6);
    lf->sharpness_level = (uint8_t)vd_bool_literal(&p->b, 3);
    if (flag(p)) {
        lf->flags |= V4L2_VP8_LF_ADJ_ENABLE;
        if (flag(p)) {
            lf->flags |= V4L2_VP8_LF_DELTA_UPDATE;
            int8_t *delta[2] = {p->state->ref_delta, p->state->mode_delta};
            for (int i = 0; i < 8; i++)
                if (flag(p)) {
                    int value = (int)vd_bool_literal(&p->b, 6);
                    delta[i / 4][i % 4] = (int8_t)(flag(p) ? -value : value);
                }
        }
    }
    memcpy(lf->ref_frm_delta, p->state->ref_delta, sizeof(lf->ref_frm_delta));
    memcpy(lf->mb_mode_delta, p->state->mode_delta, sizeof(lf->mb_mode_delta));
}

/* 9.6, and the segments' values with what the frame's own make of them. */
static void quantizers(struct parser *p)
{
    struct v4l2_vp8_quantization *q = &p->c->quant;
    q->y_ac_qi = (uint8_t)vd_bool_literal(&p->b, 7);
    q->y_dc_delta = (int8_t)vd_bool_optional(&p->b, 4);
    q->y2_dc_delta = (int8_t)vd_bool_optional(&p->b, 4);
    q->y2_ac_delta = (int8_t)vd_bool_optional(&p->b, 4);
    q->uv_dc_delta = (int8_t)vd_bool_optional(&p->b, 4);
    q->uv_ac_delta = (int8_t)vd_bool_optional(&p->b, 4);
    memcpy(p->c->segment.quant_update, p->state->quantizer, sizeof(p->state->quantizer));
    memcpy(p->c->segment.lf_update, p->state->level, sizeof(p->state->level));
    if (!p->state->segment_absolute)
        p->c->segment.flags |= V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE;
}

/* 9.7 */
static void references(struct parser *p)
{
    static const enum vp8_buffer to_golden[4] = {VP8_NONE, VP8_LAST, VP8_ALT, VP8_NONE};
    static const enum vp8_buffer to_alt[4] = {VP8_NONE, VP8_LAST, VP8_GOLDEN, VP8_NONE};
    struct vp8_header *h = p->header;
    bool golden = flag(p), alt = flag(p);
    h->golden = golden ? VP8_CURRENT : to_golden[vd_bool_literal(&p->b, 2)];
    h->alt = alt ? VP8_CURRENT : to_alt[vd_bool_literal(&p->b, 2)];
    p->state->sign_bias_golden = flag(p);
    p->state->sign_bias_alt = flag(p);
}

/* 13.4 */
static void coefficients(struct parser *p)
{
    uint8_t *probs = &p->state->probs.coeff[0][0][0][0];
    const uint8_t *update = &vd_vp8_coeff_update_probs[0][0][0][0];
    for (size_t i = 0; i < sizeof(p->state->probs.coeff); i++)
        if (vd_bool_get(&p->b, update[i]))
            probs[i] = (uint8_t)vd_bool_literal(&p->b, 8);
}

static void mode_probs(struct parser *p, uint8_t *probs, int count)
{
    if (flag(p))
        for (int i = 0; i < count; i++)
            probs[i] = (uint8_t)vd_bool_literal(&p->b, 8);
}

/* 9.10, 16.2, 17.2 */
static void inter_probs(struct parser *p)
{
    p->c->prob_intra = (uint8_t)vd_bool_literal(&p->b, 8);
    p->c->prob_last = (uint8_t)vd_bool_literal(&p->b, 8);
    p->c->prob_gf = (uint8_t)vd_bool_literal(&p->b, 8);
    mode_probs(p, p->state->probs.y_mode, 4);
    mode_probs(p, p->state->probs.uv_mode, 3);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 19; j++)
            if (vd_bool_get(&p->b, vd_vp8_mv_update_probs[i][j])) {
                unsigned x = vd_bool_literal(&p->b, 7);
                p->state->probs.mv[i][j] = (uint8_t)(x ? x << 1 : 1);
            }
}

static void entropy(struct parser *p)
{
    static const uint8_t y_mode[4] = {145, 156, 163, 128}, uv_mode[3] = {142, 114, 183};
    struct v4l2_vp8_entropy *e = &p->c->entropy;
    memcpy(e->coeff_probs, p->state->probs.coeff, sizeof(e->coeff_probs));
    memcpy(e->mv_probs, p->state->probs.mv, sizeof(e->mv_probs));
    memcpy(e->y_mode_probs, p->key ? y_mode : p->state->probs.y_mode, sizeof(e->y_mode_probs));
    memcpy(e->uv_mode_probs, p->key ? uv_mode : p->state->probs.uv_mode, sizeof(e->uv_mode_probs));
}

/* 9.5: sizes in front of all partitions but the last, which takes the rest. */
static int partitions(struct parser *p, const uint8_t *data, size_t size)
{
    unsigned count = p->c->num_dct_parts;
    if (size < 3 * (size_t)(count - 1))
        return -EINVAL;
    size_t left = size - 3 * (size_t)(count - 1);
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *at = data + 3 * (size_t)i;
        size_t part = i + 1 == count ? left : (size_t)(at[0] | at[1] << 8 | at[2] << 16);
        part = part < left ? part : left;
        p->c->dct_part_sizes[i] = (uint32_t)part;
        left -= part;
    }
    return 0;
}

static void frame_header(struct parser *p)
{
    struct v4l2_ctrl_vp8_frame *c = p->c;
    struct vp8_state *s = p->state;
    if (p->key) {
        start_anew(s);
        vd_bool_literal(&p->b, 2); /* color_space, clamping_type */
        p->header->golden = p->header->alt = VP8_CURRENT;
    }
    segmentation(p);
    filter(p);
    c->num_dct_parts = (uint8_t)(1u << vd_bool_literal(&p->b, 2));
    quantizers(p);
    if (!p->key)
        references(p);
    bool refresh_entropy_probs = flag(p);
    struct vp8_probs saved = s->probs;
    p->header->last = p->key || flag(p) ? VP8_CURRENT : VP8_NONE;
    coefficients(p);
    if (flag(p)) {
        c->flags |= V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF;
        c->prob_skip_false = (uint8_t)vd_bool_literal(&p->b, 8);
    }
    if (!p->key)
        inter_probs(p);
    entropy(p);
    if (!refresh_entropy_probs)
        s->probs = saved;
}

/*
 * Reads the header of a frame and updates the state. Returns 0 or a negative errno, where the data
 * is no frame that could be decoded.
 */
int vd_vp8_parse(struct vp8_state *state, struct vp8_header *header, const uint8_t *data,
                 size_t size)
{
    struct parser p = {.state = state, .header = header, .c = &header->control};
    memset(header, 0, sizeof(*header));
    size_t chunk = uncompressed_chunk(&p, data, size);
    if (!chunk || p.c->first_part_size > size - chunk)
        return -EINVAL;
    vd_bool_init(&p.b, data + chunk, p.c->first_part_size);
    frame_header(&p);
    if (vd_bool_failed(&p.b))
        return -EINVAL;
    p.c->width = state->width;
    p.c->height = state->height;
    p.c->horizontal_scale = state->horizontal_scale;
    p.c->vertical_scale = state->vertical_scale;
    p.c->flags |= state->sign_bias_golden ? V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN : 0;
    p.c->flags |= state->sign_bias_alt ? V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT : 0;
    p.c->first_part_header_bits = (uint32_t)p.b.position;
    p.c->coder_state.range = (uint8_t)p.b.range;
    p.c->coder_state.value = vd_bool_value(&p.b);
    p.c->coder_state.bit_count = (uint8_t)((8 - p.b.position % 8) % 8);
    size_t end = chunk + p.c->first_part_size;
    return partitions(&p, data + end, size - end);
}
