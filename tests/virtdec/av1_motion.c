/* SPDX-License-Identifier: MIT */
/* Skip mode, global motion and film grain of the frame header, see av1.h. */
#include <string.h>

#include "av1.h"

#define WARPEDMODEL_PREC_BITS 16

static int dist(const struct av1_frame *f, int a, int b)
{
    int m = 1 << (f->sequence->order_hint_bits - 1);
    int diff = a - b;
    return (diff & (m - 1)) - (diff & m);
}

static int hint_of(const struct av1_frame *f, int ref)
{
    return f->slots[f->control->ref_frame_idx[ref] & 7].order_hint;
}

/* skip_mode_params() (5.9.22): SkipModeFrame, 0 where it is not allowed. */
static void find_skip_mode(const struct av1_frame *f, unsigned frames[2])
{
    int forward = -1, backward = -1, second = -1, current = (int)f->control->order_hint;
    frames[0] = frames[1] = 0;
    if (f->intra || !f->sequence->order_hint_bits ||
        !av1_has(f->control->flags, V4L2_AV1_FRAME_FLAG_REFERENCE_SELECT))
        return;
    for (int i = 0; i < AV1_REFS; i++) {
        int hint = hint_of(f, i);
        if (dist(f, hint, current) < 0) {
            if (forward < 0 || dist(f, hint, hint_of(f, forward)) > 0)
                forward = i;
        } else if (dist(f, hint, current) > 0) {
            if (backward < 0 || dist(f, hint, hint_of(f, backward)) < 0)
                backward = i;
        }
    }
    if (forward < 0)
        return;
    for (int i = 0; i < AV1_REFS && backward < 0; i++)
        if (dist(f, hint_of(f, i), hint_of(f, forward)) < 0 &&
            (second < 0 || dist(f, hint_of(f, i), hint_of(f, second)) > 0))
            second = i;
    int other = backward >= 0 ? backward : second;
    if (other < 0)
        return;
    frames[0] = 1u + (unsigned)(forward < other ? forward : other);
    frames[1] = 1u + (unsigned)(forward < other ? other : forward);
}

void av1_write_skip_mode(struct vd_writer *w, const struct av1_frame *f)
{
    const struct v4l2_ctrl_av1_frame *c = f->control;
    bool present = av1_has(c->flags, V4L2_AV1_FRAME_FLAG_SKIP_MODE_PRESENT);
    bool allowed = av1_has(c->flags, V4L2_AV1_FRAME_FLAG_SKIP_MODE_ALLOWED);
    unsigned frames[2];
    find_skip_mode(f, frames);
    for (unsigned i = 0; i < 2; i++)
        if (c->skip_mode_frame[i] != frames[i])
            vd_mismatch(f->job, c->skip_mode_frame[i], frames[i], "frame.skip_mode_frame[%u]", i);
    if (allowed != (frames[0] != 0))
        vd_mismatch(f->job, allowed, frames[0] != 0, "frame.flags.SKIP_MODE_ALLOWED");
    if (present && !frames[0])
        vd_mismatch(f->job, 1, 0, "frame.flags.SKIP_MODE_PRESENT");
    if (frames[0])
        vd_put_bits(w, 1, present);
}

/* encode of decode_subexp() (5.9.27) */
static void put_subexp(struct vd_writer *w, int symbols, int value)
{
    int mk = 0;
    for (unsigned i = 0;; i++) {
        unsigned bits = i ? 3 + i - 1 : 3;
        int a = 1 << bits;
        if (symbols <= mk + 3 * a) {
            av1_put_ns(w, (uint32_t)(symbols - mk), (uint32_t)(value - mk));
            return;
        }
        bool more = value >= mk + a;
        vd_put_bits(w, 1, more);
        if (!more) {
            vd_put_bits(w, bits, (uint32_t)(value - mk));
            return;
        }
        mk += a;
    }
}

/* The inverse of inverse_recenter() (5.9.29). */
static int recenter(int r, int x)
{
    if (x > 2 * r)
        return x;
    return x >= r ? 2 * (x - r) : 2 * (r - x) - 1;
}

static void put_signed_subexp_with_ref(struct vd_writer *w, int low, int high, int r, int value)
{
    int mx = high - low;
    r -= low;
    value -= low;
    if (2 * r <= mx)
        put_subexp(w, mx, recenter(r, value));
    else
        put_subexp(w, mx, recenter(mx - 1 - r, mx - 1 - value));
}

/* read_global_param() (5.9.25) */
static void put_param(struct vd_writer *w, const struct av1_frame *f,
                      const int32_t previous[AV1_REFS + 1][6], unsigned ref, unsigned idx)
{
    const struct v4l2_av1_global_motion *gm = &f->control->global_motion;
    unsigned abs_bits = 12, prec_bits = 15;
    if (idx < 2) {
        prec_bits = 6;
        if (gm->type[ref] == V4L2_AV1_WARP_MODEL_TRANSLATION) {
            unsigned low = !av1_has(f->control->flags, V4L2_AV1_FRAME_FLAG_ALLOW_HIGH_PRECISION_MV);
            abs_bits = 9 - low;
            prec_bits = 3 - low;
        }
    }
    unsigned prec_diff = WARPEDMODEL_PREC_BITS - prec_bits;
    int round = idx % 3 == 2 ? 1 << WARPEDMODEL_PREC_BITS : 0;
    int sub = idx % 3 == 2 ? 1 << prec_bits : 0;
    int mx = 1 << abs_bits;
    int r = (previous[ref][idx] >> prec_diff) - sub;
    int value = (gm->params[ref][idx] - round) / (1 << prec_diff);
    if (value < -mx || value > mx || value * (1 << prec_diff) + round != gm->params[ref][idx]) {
        vd_mismatch(f->job, gm->params[ref][idx], previous[ref][idx],
                    "frame.global_motion.params[%u][%u]", ref, idx);
        return;
    }
    put_signed_subexp_with_ref(w, -mx, mx + 1, r, value);
}

void av1_default_motion(int32_t params[AV1_REFS + 1][6])
{
    memset(params, 0, sizeof(int32_t[AV1_REFS + 1][6]));
    for (unsigned ref = 1; ref <= AV1_REFS; ref++)
        params[ref][2] = params[ref][5] = 1 << WARPEDMODEL_PREC_BITS;
}

/* What the kernel has beside the type says the same. */
static void check_type(const struct av1_frame *f, unsigned ref)
{
    const struct v4l2_av1_global_motion *gm = &f->control->global_motion;
    uint8_t flags = 0;
    if (gm->type[ref] != V4L2_AV1_WARP_MODEL_IDENTITY)
        flags |= V4L2_AV1_GLOBAL_MOTION_FLAG_IS_GLOBAL;
    if (gm->type[ref] == V4L2_AV1_WARP_MODEL_ROTZOOM)
        flags |= V4L2_AV1_GLOBAL_MOTION_FLAG_IS_ROT_ZOOM;
    if (gm->type[ref] == V4L2_AV1_WARP_MODEL_TRANSLATION)
        flags |= V4L2_AV1_GLOBAL_MOTION_FLAG_IS_TRANSLATION;
    if (gm->flags[ref] != flags)
        vd_mismatch(f->job, gm->flags[ref], flags, "frame.global_motion.flags[%u]", ref);
}

void av1_write_global_motion(struct vd_writer *w, const struct av1_frame *f)
{
    const struct v4l2_av1_global_motion *gm = &f->control->global_motion;
    const struct v4l2_ctrl_av1_frame *c = f->control;
    int32_t none[AV1_REFS + 1][6];
    const int32_t(*previous)[6] = none;
    av1_default_motion(none);
    if (f->intra)
        return;
    if (c->primary_ref_frame != AV1_NO_REF)
        previous = f->slots[c->ref_frame_idx[c->primary_ref_frame] & 7].gm_params;
    for (unsigned ref = 1; ref <= AV1_REFS; ref++) {
        unsigned type = gm->type[ref];
        check_type(f, ref);
        vd_put_bits(w, 1, type != V4L2_AV1_WARP_MODEL_IDENTITY);
        if (type == V4L2_AV1_WARP_MODEL_IDENTITY) {
            if (memcmp(gm->params[ref], none[ref], sizeof(none[ref])) != 0)
                vd_mismatch(f->job, gm->params[ref][2], none[ref][2],
                            "frame.global_motion.params[%u]", ref);
            continue;
        }
        vd_put_bits(w, 1, type == V4L2_AV1_WARP_MODEL_ROTZOOM);
        if (type != V4L2_AV1_WARP_MODEL_ROTZOOM)
            vd_put_bits(w, 1, type == V4L2_AV1_WARP_MODEL_TRANSLATION);
        if (type >= V4L2_AV1_WARP_MODEL_ROTZOOM) {
            put_param(w, f, previous, ref, 2);
            put_param(w, f, previous, ref, 3);
        }
        if (type == V4L2_AV1_WARP_MODEL_AFFINE) {
            put_param(w, f, previous, ref, 4);
            put_param(w, f, previous, ref, 5);
        } else if (type == V4L2_AV1_WARP_MODEL_ROTZOOM &&
                   (gm->params[ref][4] != -gm->params[ref][3] ||
                    gm->params[ref][5] != gm->params[ref][2])) {
            vd_mismatch(f->job, gm->params[ref][4], -gm->params[ref][3],
                        "frame.global_motion.params[%u][4]", ref);
        }
        put_param(w, f, previous, ref, 0);
        put_param(w, f, previous, ref, 1);
    }
}

static void put_points(struct vd_writer *w, unsigned count, const uint8_t *value,
                       const uint8_t *scaling)
{
    vd_put_bits(w, 4, count);
    for (unsigned i = 0; i < count; i++) {
        vd_put_bits(w, 8, value[i]);
        vd_put_bits(w, 8, scaling[i]);
    }
}

static void put_coefficients(struct vd_writer *w, unsigned count, const uint8_t *plus_128)
{
    for (unsigned i = 0; i < count; i++)
        vd_put_bits(w, 8, plus_128[i]);
}

/* 5.9.30 */
static void write_grain(struct vd_writer *w, const struct v4l2_ctrl_av1_film_grain *g)
{
    bool from_luma = av1_has(g->flags, V4L2_AV1_FILM_GRAIN_FLAG_CHROMA_SCALING_FROM_LUMA);
    unsigned luma = 2u * g->ar_coeff_lag * (g->ar_coeff_lag + 1u);
    unsigned chroma = luma + (g->num_y_points != 0);
    put_points(w, g->num_y_points, g->point_y_value, g->point_y_scaling);
    vd_put_bits(w, 1, from_luma);
    if (!from_luma && g->num_y_points) {
        put_points(w, g->num_cb_points, g->point_cb_value, g->point_cb_scaling);
        put_points(w, g->num_cr_points, g->point_cr_value, g->point_cr_scaling);
    }
    vd_put_bits(w, 2, g->grain_scaling_minus_8);
    vd_put_bits(w, 2, g->ar_coeff_lag);
    if (g->num_y_points)
        put_coefficients(w, luma, g->ar_coeffs_y_plus_128);
    if (from_luma || g->num_cb_points)
        put_coefficients(w, chroma, g->ar_coeffs_cb_plus_128);
    if (from_luma || g->num_cr_points)
        put_coefficients(w, chroma, g->ar_coeffs_cr_plus_128);
    vd_put_bits(w, 2, g->ar_coeff_shift_minus_6);
    vd_put_bits(w, 2, g->grain_scale_shift);
    if (g->num_cb_points) {
        vd_put_bits(w, 8, g->cb_mult);
        vd_put_bits(w, 8, g->cb_luma_mult);
        vd_put_bits(w, 9, g->cb_offset);
    }
    if (g->num_cr_points) {
        vd_put_bits(w, 8, g->cr_mult);
        vd_put_bits(w, 8, g->cr_luma_mult);
        vd_put_bits(w, 9, g->cr_offset);
    }
    vd_put_bits(w, 1, av1_has(g->flags, V4L2_AV1_FILM_GRAIN_FLAG_OVERLAP));
    vd_put_bits(w, 1, av1_has(g->flags, V4L2_AV1_FILM_GRAIN_FLAG_CLIP_TO_RESTRICTED_RANGE));
}

void av1_write_film_grain(struct vd_writer *w, const struct av1_frame *f)
{
    const struct v4l2_ctrl_av1_film_grain *g = f->grain;
    bool apply = g && av1_has(g->flags, V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN);
    if (!av1_has(f->sequence->flags, V4L2_AV1_SEQUENCE_FLAG_FILM_GRAIN_PARAMS_PRESENT)) {
        if (apply)
            vd_mismatch(f->job, 0, 1, "sequence.flags.FILM_GRAIN_PARAMS_PRESENT");
        return;
    }
    vd_put_bits(w, 1, apply);
    if (!apply)
        return;
    vd_put_bits(w, 16, g->grain_seed);
    if (f->type == V4L2_AV1_INTER_FRAME)
        vd_put_bits(w, 1, 1); /* update_grain */
    write_grain(w, g);
}
