/* SPDX-License-Identifier: MIT */
/* Reads VP9's uncompressed header (6.2), independently of the driver under test. */
#include <errno.h>
#include <string.h>

#include "vp9.h"

struct parser {
    struct vp9_state *state;
    struct vp9_frame *frame;
    struct v4l2_ctrl_vp9_frame *c;
    const uint8_t *data;
    size_t size, at; /* bytes; bits */
    bool key, intra_only, resilient, wrong;
};

static unsigned bits(struct parser *p, unsigned count)
{
    unsigned value = 0;
    for (; count; count--, p->at++) {
        unsigned bit = 0;
        if (p->at / 8 < p->size)
            bit = p->data[p->at / 8] >> (7 - p->at % 8) & 1;
        value = value << 1 | bit;
    }
    return value;
}

static int signed_bits(struct parser *p, unsigned count)
{
    int value = (int)bits(p, count);
    return bits(p, 1) ? -value : value;
}

static void set(struct parser *p, unsigned value, uint32_t bit)
{
    p->c->flags |= value ? bit : 0;
}

/* 6.2.2 */
static void color_config(struct parser *p)
{
    struct vp9_state *s = p->state;
    unsigned profile = p->c->profile;
    s->bit_depth = profile < 2 ? 8 : bits(p, 1) ? 12 : 10;
    if (bits(p, 3) != 7) {
        s->color_range = bits(p, 1);
        s->subsampling_x = s->subsampling_y = true;
        if (profile & 1) {
            s->subsampling_x = bits(p, 1);
            s->subsampling_y = bits(p, 1);
            bits(p, 1);
        }
    } else {
        s->color_range = true;
        s->subsampling_x = s->subsampling_y = false;
        bits(p, profile & 1);
        p->wrong |= !(profile & 1);
    }
}

/* 6.2.3 */
static void frame_size(struct parser *p)
{
    p->frame->width = bits(p, 16) + 1;
    p->frame->height = bits(p, 16) + 1;
}

/* 6.2.4 */
static void render_size(struct parser *p)
{
    p->c->render_width_minus_1 = (uint16_t)(p->frame->width - 1);
    p->c->render_height_minus_1 = (uint16_t)(p->frame->height - 1);
    if (bits(p, 1)) {
        p->c->render_width_minus_1 = (uint16_t)bits(p, 16);
        p->c->render_height_minus_1 = (uint16_t)bits(p, 16);
    }
}

/* 6.2.5 */
static void frame_size_with_refs(struct parser *p)
{
    const struct vp9_picture *found = NULL;
    for (int i = 0; i < 3 && !found; i++)
        if (bits(p, 1))
            found = &p->state->slot[p->frame->ref[i]];
    if (found) {
        p->frame->width = found->width;
        p->frame->height = found->height;
        p->wrong |= !found->serial;
    } else {
        frame_size(p);
    }
    render_size(p);
}

static void sync_code(struct parser *p)
{
    p->wrong |= bits(p, 24) != 0x498342;
}

static void inter_frame(struct parser *p)
{
    static const uint8_t filters[4] = {
        V4L2_VP9_INTERP_FILTER_EIGHTTAP_SMOOTH, V4L2_VP9_INTERP_FILTER_EIGHTTAP,
        V4L2_VP9_INTERP_FILTER_EIGHTTAP_SHARP, V4L2_VP9_INTERP_FILTER_BILINEAR};
    p->frame->inter = true;
    p->frame->refresh = (uint8_t)bits(p, 8);
    for (unsigned i = 0; i < 3; i++) {
        p->frame->ref[i] = (uint8_t)bits(p, 3);
        p->c->ref_frame_sign_bias |= (uint8_t)(bits(p, 1) << i);
    }
    frame_size_with_refs(p);
    set(p, bits(p, 1), V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV);
    p->c->interpolation_filter =
        bits(p, 1) ? V4L2_VP9_INTERP_FILTER_SWITCHABLE : filters[bits(p, 2)];
}

static void intra_frame(struct parser *p)
{
    sync_code(p);
    if (p->key || p->c->profile) {
        color_config(p);
    } else {
        p->state->bit_depth = 8;
        p->state->color_range = false;
        p->state->subsampling_x = p->state->subsampling_y = true;
    }
    p->frame->refresh = p->key ? 0xff : (uint8_t)bits(p, 8);
    frame_size(p);
    render_size(p);
}

/* 6.2.8 */
static void loop_filter(struct parser *p)
{
    struct v4l2_vp9_loop_filter *lf = &p->c->lf;
    lf->level = (uint8_t)bits(p, 6);
    lf->sharpness = (uint8_t)bits(p, 3);
    if (bits(p, 1)) {
        lf->flags = V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED;
        if (bits(p, 1)) {
            lf->flags |= V4L2_VP9_LOOP_FILTER_FLAG_DELTA_UPDATE;
            for (int i = 0; i < 6; i++) {
                int8_t *delta = i < 4 ? &p->state->ref_deltas[i] : &p->state->mode_deltas[i - 4];
                if (bits(p, 1))
                    *delta = (int8_t)signed_bits(p, 6);
            }
        }
    }
    memcpy(lf->ref_deltas, p->state->ref_deltas, sizeof(lf->ref_deltas));
    memcpy(lf->mode_deltas, p->state->mode_deltas, sizeof(lf->mode_deltas));
}

/* 6.2.9, 6.2.10 */
static void quantization(struct parser *p)
{
    struct v4l2_vp9_quantization *q = &p->c->quant;
    int8_t *delta[3] = {&q->delta_q_y_dc, &q->delta_q_uv_dc, &q->delta_q_uv_ac};
    q->base_q_idx = (uint8_t)bits(p, 8);
    for (int i = 0; i < 3; i++)
        if (bits(p, 1))
            *delta[i] = (int8_t)signed_bits(p, 4);
}

static void features(struct parser *p)
{
    static const unsigned width[4] = {8, 6, 2, 0};
    struct vp9_state *s = p->state;
    s->absolute = bits(p, 1);
    memset(s->feature_enabled, 0, sizeof(s->feature_enabled));
    memset(s->feature_data, 0, sizeof(s->feature_data));
    for (int i = 0; i < 32; i++) {
        if (!bits(p, 1))
            continue;
        s->feature_enabled[i / 4] |= (uint8_t)(1 << i % 4);
        s->feature_data[i / 4][i % 4] =
            (int16_t)(i % 4 < 2 ? signed_bits(p, width[i % 4]) : (int)bits(p, width[i % 4]));
    }
}

static uint8_t probability(struct parser *p)
{
    return bits(p, 1) ? (uint8_t)bits(p, 8) : 255;
}

/* 6.2.11 */
static void segmentation(struct parser *p)
{
    struct v4l2_vp9_segmentation *seg = &p->c->seg;
    if (bits(p, 1)) {
        seg->flags = V4L2_VP9_SEGMENTATION_FLAG_ENABLED;
        if (bits(p, 1)) {
            seg->flags |= V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP;
            for (int i = 0; i < 7; i++)
                seg->tree_probs[i] = probability(p);
            bool temporal = bits(p, 1);
            seg->flags |= temporal ? V4L2_VP9_SEGMENTATION_FLAG_TEMPORAL_UPDATE : 0;
            for (int i = 0; i < 3; i++)
                seg->pred_probs[i] = temporal ? probability(p) : 255;
        }
        if (bits(p, 1)) {
            seg->flags |= V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA;
            features(p);
        }
    }
    seg->flags |= p->state->absolute ? V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE : 0;
    memcpy(seg->feature_data, p->state->feature_data, sizeof(seg->feature_data));
    memcpy(seg->feature_enabled, p->state->feature_enabled, sizeof(seg->feature_enabled));
}

/* 6.2.14, with the limits of 6.2.13 */
static void tiles(struct parser *p)
{
    uint32_t columns = (p->frame->width + 63) / 64;
    unsigned least = 0, most = 0;
    while (columns > 64u << least)
        least++;
    while (columns >> (most + 1) >= 4)
        most++;
    p->c->tile_cols_log2 = (uint8_t)least;
    while (p->c->tile_cols_log2 < most && bits(p, 1))
        p->c->tile_cols_log2++;
    if (bits(p, 1))
        p->c->tile_rows_log2 = (uint8_t)(1 + bits(p, 1));
}

/* 7.2, setup_past_independence() */
static void forget(struct vp9_state *s)
{
    const int8_t ref_deltas[4] = {1, 0, -1, -1};
    memcpy(s->ref_deltas, ref_deltas, sizeof(ref_deltas));
    memset(s->mode_deltas, 0, sizeof(s->mode_deltas));
    memset(s->feature_enabled, 0, sizeof(s->feature_enabled));
    memset(s->feature_data, 0, sizeof(s->feature_data));
    s->absolute = false;
}

static void uncompressed_header(struct parser *p)
{
    struct v4l2_ctrl_vp9_frame *c = p->c;
    p->wrong |= bits(p, 2) != 2;
    c->profile = (uint8_t)bits(p, 1);
    c->profile |= (uint8_t)(bits(p, 1) << 1);
    p->wrong |= c->profile == 3 && bits(p, 1);
    p->wrong |= bits(p, 1); /* show_existing_frame: nothing to decode */
    p->key = !bits(p, 1);
    bool show = bits(p, 1);
    p->resilient = bits(p, 1);
    p->intra_only = !p->key && !show && bits(p, 1);
    unsigned reset = p->key || p->resilient ? 0 : bits(p, 2);
    c->reset_frame_context = (uint8_t)(reset > 1 ? reset - 1 : 0);
    if (p->key || p->intra_only)
        intra_frame(p);
    else
        inter_frame(p);
    set(p, p->key, V4L2_VP9_FRAME_FLAG_KEY_FRAME);
    set(p, show, V4L2_VP9_FRAME_FLAG_SHOW_FRAME);
    set(p, p->resilient, V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT);
    set(p, p->intra_only, V4L2_VP9_FRAME_FLAG_INTRA_ONLY);
    set(p, !p->resilient && bits(p, 1), V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX);
    set(p, p->resilient || bits(p, 1), V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE);
    c->frame_context_idx = (uint8_t)bits(p, 2);
    if (p->key || p->intra_only || p->resilient)
        forget(p->state);
    loop_filter(p);
    quantization(p);
    segmentation(p);
    tiles(p);
    c->compressed_header_size = (uint16_t)bits(p, 16);
    c->uncompressed_header_size = (uint16_t)((p->at + 7) / 8);
}

/*
 * Reads both headers of a frame and updates the state, but for the slots. Returns 0 or a negative
 * errno, where the data is no frame that could be decoded.
 */
int vd_vp9_parse(struct vp9_state *state, struct vp9_frame *frame, const uint8_t *data, size_t size)
{
    memset(frame, 0, sizeof(*frame));
    struct parser p = {
        .state = state, .frame = frame, .c = &frame->control, .data = data, .size = size};
    struct v4l2_ctrl_vp9_frame *c = p.c;
    uncompressed_header(&p);
    if (p.wrong || !c->compressed_header_size ||
        (size_t)c->uncompressed_header_size + c->compressed_header_size > size)
        return -EINVAL;
    c->frame_width_minus_1 = (uint16_t)(frame->width - 1);
    c->frame_height_minus_1 = (uint16_t)(frame->height - 1);
    c->bit_depth = state->bit_depth;
    set(&p, state->subsampling_x, V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING);
    set(&p, state->subsampling_y, V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING);
    set(&p, state->color_range, V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING);
    return vd_vp9_parse_compressed(frame, data + c->uncompressed_header_size,
                                   c->compressed_header_size);
}
