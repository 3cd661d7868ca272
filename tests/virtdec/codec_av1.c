/* SPDX-License-Identifier: MIT */
/*
 * AV1: sequence header, frame header and tile group are written from the controls, tile data come
 * from the OUTPUT buffer. Each frame is written as a shown one, so that it comes out at once.
 *
 * The eight slots are libavcodec's own, filled as refresh_frame_flags says, as hardware does with
 * the CDFs of a slot. Before each frame the slots must hold what reference_frame_ts says: a frame
 * with wrong refresh_frame_flags is found by the next one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "av1.h"

#include "avdecoder.h"

struct av1 {
    struct vd_av *av;
    struct vd_writer stream, payload;
    struct v4l2_ctrl_av1_sequence sequence; /* as written last */
    bool have_sequence;
    struct av1_slot slots[AV1_SLOTS];
};

static const struct vd_ctrl_desc controls[] = {
    {.id = V4L2_CID_STATELESS_AV1_SEQUENCE,
     .name = "AV1 Sequence Parameters",
     .type = V4L2_CTRL_TYPE_AV1_SEQUENCE,
     .elem_size = sizeof(struct v4l2_ctrl_av1_sequence)},
    {.id = V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY,
     .name = "AV1 Tile Group Entry",
     .type = V4L2_CTRL_TYPE_AV1_TILE_GROUP_ENTRY,
     .elem_size = sizeof(struct v4l2_ctrl_av1_tile_group_entry),
     .flags = V4L2_CTRL_FLAG_DYNAMIC_ARRAY,
     .dim = V4L2_AV1_MAX_TILE_COUNT},
    {.id = V4L2_CID_STATELESS_AV1_FRAME,
     .name = "AV1 Frame Parameters",
     .type = V4L2_CTRL_TYPE_AV1_FRAME,
     .elem_size = sizeof(struct v4l2_ctrl_av1_frame)},
};

static const struct vd_ctrl_desc film_grain = {
    .id = V4L2_CID_STATELESS_AV1_FILM_GRAIN,
    .name = "AV1 Film Grain",
    .type = V4L2_CTRL_TYPE_AV1_FILM_GRAIN,
    .elem_size = sizeof(struct v4l2_ctrl_av1_film_grain),
};

static const char *const profiles[] = {"Main", "High", "Professional"};

static void add_controls(struct vd_ctx *ctx, const struct vd_coded *coded)
{
    for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
        vd_ctrl_add(ctx, &controls[i]);
    if (coded->film_grain)
        vd_ctrl_add(ctx, &film_grain);
    vd_ctrl_add_menu(ctx, V4L2_CID_MPEG_VIDEO_AV1_PROFILE, "AV1 Profile", profiles, 0,
                     coded->max_profile, coded->default_profile, coded->profiles_skip);
}

static bool outside(int value, int low, int high)
{
    return value < low || value > high;
}

/* What v4l2-ctrls-core.c refuses of a frame. */
static int check_frame(const struct v4l2_ctrl_av1_frame *f)
{
    static const int limits[V4L2_AV1_SEG_LVL_MAX] = {255, 63, 63, 63, 63, 7, 0, 0};
    const struct v4l2_av1_quantization *q = &f->quantization;
    const struct v4l2_av1_loop_filter *lf = &f->loop_filter;
    const struct v4l2_av1_cdef *c = &f->cdef;
    bool bad = f->tile_info.tile_cols > V4L2_AV1_MAX_TILE_COLS ||
               f->tile_info.tile_rows > V4L2_AV1_MAX_TILE_ROWS || q->flags > 7 ||
               outside(q->delta_q_y_dc, -64, 63) || outside(q->delta_q_u_dc, -64, 63) ||
               outside(q->delta_q_u_ac, -64, 63) || outside(q->delta_q_v_dc, -64, 63) ||
               outside(q->delta_q_v_ac, -64, 63) || q->delta_q_res > 3 || q->qm_y > 15 ||
               q->qm_u > 15 || q->qm_v > 15 || f->segmentation.flags > 31 || lf->flags > 15 ||
               lf->sharpness > 7 || c->damping_minus_3 > 3 || c->bits > 3 ||
               f->loop_restoration.lr_unit_shift > 3 || f->loop_restoration.lr_uv_shift > 1 ||
               f->flags >> 20 || f->superres_denom > 16;
    for (unsigned i = 0; i < V4L2_AV1_MAX_SEGMENTS; i++)
        for (unsigned j = 0; j < V4L2_AV1_SEG_LVL_MAX; j++)
            bad |= outside(f->segmentation.feature_data[i][j], j < 5 ? -limits[j] : 0, limits[j]);
    for (unsigned i = 0; i < 4; i++)
        bad |= lf->level[i] > 63;
    for (unsigned i = 0; i < V4L2_AV1_TOTAL_REFS_PER_FRAME; i++)
        bad |= outside(lf->ref_deltas[i], -64, 63);
    bad |= outside(lf->mode_deltas[0], -64, 63) || outside(lf->mode_deltas[1], -64, 63);
    for (unsigned i = 0; i < 1u << (c->bits & 3); i++)
        bad |= c->y_pri_strength[i] > 15 || c->y_sec_strength[i] > 4 ||
               c->uv_pri_strength[i] > 15 || c->uv_sec_strength[i] > 4;
    return bad ? -EINVAL : 0;
}

static bool increases(const uint8_t *points, unsigned count)
{
    for (unsigned i = 1; i < count; i++)
        if (points[i] <= points[i - 1])
            return false;
    return true;
}

static int check_grain(const struct v4l2_ctrl_av1_film_grain *g)
{
    bool bad = g->flags > 31 || g->film_grain_params_ref_idx > 7 || g->num_y_points > 14 ||
               g->num_cb_points > 10 || g->num_cr_points > 15 || g->grain_scaling_minus_8 > 3 ||
               g->ar_coeff_lag > 3 || g->ar_coeff_shift_minus_6 > 3 || g->grain_scale_shift > 3;
    if (!bad && (g->flags & V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN))
        bad = !increases(g->point_y_value, g->num_y_points) ||
              !increases(g->point_cb_value, g->num_cb_points) ||
              !increases(g->point_cr_value, g->num_cr_points);
    return bad ? -EINVAL : 0;
}

static int check_control(const struct vd_coded *coded, uint32_t id, const void *value)
{
    (void)coded;
    const struct v4l2_ctrl_av1_sequence *s = value;
    switch (id) {
    case V4L2_CID_STATELESS_AV1_SEQUENCE:
        return s->flags >> 20 || s->seq_profile > 2 || s->bit_depth > 12 ? -EINVAL : 0;
    case V4L2_CID_STATELESS_AV1_FRAME:
        return check_frame(value);
    case V4L2_CID_STATELESS_AV1_FILM_GRAIN:
        return check_grain(value);
    default:
        return 0;
    }
}

static unsigned bit_depth(uint32_t id, const void *value)
{
    const struct v4l2_ctrl_av1_sequence *s = value;
    return id == V4L2_CID_STATELESS_AV1_SEQUENCE ? s->bit_depth : 0;
}

static bool has_film_grain(const void *value)
{
    const struct v4l2_ctrl_av1_sequence *s = value;
    return av1_has(s->flags, V4L2_AV1_SEQUENCE_FLAG_FILM_GRAIN_PARAMS_PRESENT);
}

static void close_state(void *state)
{
    struct av1 *a = state;
    vd_av_close(a->av);
    vd_writer_free(&a->stream);
    vd_writer_free(&a->payload);
    free(a);
}

static void *open_state(const struct vd_coded *coded)
{
    (void)coded;
    struct av1 *a = calloc(1, sizeof(*a));
    if (a)
        a->av = vd_av_open("av1");
    if (a && !a->av) {
        close_state(a);
        return NULL;
    }
    return a;
}

/* The slots must be what the client believes, and the references must still be there. */
static void check_references(const struct av1 *a, const struct av1_frame *f)
{
    const struct v4l2_ctrl_av1_frame *c = f->control;
    bool intra = c->frame_type == V4L2_AV1_KEY_FRAME || c->frame_type == V4L2_AV1_INTRA_ONLY_FRAME;
    if (c->frame_type == V4L2_AV1_KEY_FRAME)
        return;
    for (unsigned i = 0; i < AV1_SLOTS; i++)
        if (a->slots[i].valid && c->reference_frame_ts[i] != a->slots[i].timestamp)
            vd_mismatch(f->job, (int64_t)c->reference_frame_ts[i], (int64_t)a->slots[i].timestamp,
                        "frame.reference_frame_ts[%u]", i);
    for (unsigned i = 0; i < AV1_REFS; i++) {
        uint64_t serial = 0;
        unsigned index = (unsigned)c->ref_frame_idx[i];
        if (intra) {
            if (c->order_hints[i + 1])
                vd_mismatch(f->job, c->order_hints[i + 1], 0, "frame.order_hints[%u]", i + 1);
            continue;
        }
        if (index >= AV1_SLOTS) {
            vd_mismatch(f->job, c->ref_frame_idx[i], 0, "frame.ref_frame_idx[%u]", i);
            continue;
        }
        const struct av1_slot *slot = &a->slots[index];
        enum vd_ref_status status = vd_reference(f->job, c->reference_frame_ts[index], &serial);
        if (!slot->valid) {
            vd_reference_problem(f->job, VD_REF_MISSING, c->reference_frame_ts[index], false);
            continue;
        }
        if (slot->grain && status == VD_REF_OVERWRITTEN)
            status = VD_REF_OK;
        else if (status == VD_REF_OK && serial != slot->serial)
            status = VD_REF_OVERWRITTEN;
        if (status != VD_REF_OK)
            vd_reference_problem(f->job, status, c->reference_frame_ts[index], true);
        if (c->order_hints[i + 1] != slot->order_hint)
            vd_mismatch(f->job, c->order_hints[i + 1], slot->order_hint, "frame.order_hints[%u]",
                        i + 1);
    }
}

/* reference frame update process (7.20) */
static void refresh(struct av1 *a, const struct av1_frame *f, uint64_t serial)
{
    struct av1_slot slot = {
        .valid = true,
        .timestamp = f->job->timestamp,
        .serial = serial,
        .order_hint = (uint8_t)f->control->order_hint,
        .grain = f->grain && av1_has(f->grain->flags, V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN),
        .segmentation = f->control->segmentation,
    };
    if (!av1_has(slot.segmentation.flags, V4L2_AV1_SEGMENTATION_FLAG_ENABLED))
        memset(&slot.segmentation, 0, sizeof(slot.segmentation));
    av1_default_motion(slot.gm_params);
    for (unsigned ref = 1; ref <= AV1_REFS && !f->intra; ref++)
        memcpy(slot.gm_params[ref], f->control->global_motion.params[ref],
               sizeof(slot.gm_params[ref]));
    for (unsigned i = 0; i < AV1_SLOTS; i++)
        if (f->refresh >> i & 1)
            a->slots[i] = slot;
}

/* Whether two sequence headers are the same as they are written. */
static bool same_sequence(struct v4l2_ctrl_av1_sequence a, const struct v4l2_ctrl_av1_sequence *b)
{
    const uint32_t gates =
        V4L2_AV1_SEQUENCE_FLAG_ENABLE_WARPED_MOTION | V4L2_AV1_SEQUENCE_FLAG_ENABLE_REF_FRAME_MVS |
        V4L2_AV1_SEQUENCE_FLAG_ENABLE_SUPERRES | V4L2_AV1_SEQUENCE_FLAG_ENABLE_RESTORATION |
        V4L2_AV1_SEQUENCE_FLAG_SEPARATE_UV_DELTA_Q;
    return !((a.flags ^ b->flags) & ~gates) && a.order_hint_bits == b->order_hint_bits &&
           a.bit_depth == b->bit_depth;
}

static void write_frame(struct av1 *a, struct av1_frame *f)
{
    struct vd_writer *w = &a->stream;
    vd_writer_clear(w);
    vd_writer_clear(&a->payload);
    av1_write_obu(w, 2, &a->payload); /* temporal delimiter */
    if (!a->have_sequence || !same_sequence(a->sequence, f->sequence))
        av1_write_sequence(w, f->job, f->sequence);
    a->sequence = *f->sequence;
    a->have_sequence = true;
    av1_write_header(&a->payload, f);
    vd_put_align(&a->payload, 0);
    av1_write_tiles(&a->payload, f);
    av1_write_obu(w, 6, &a->payload); /* OBU_FRAME */
}

static unsigned num_tiles(const struct vd_job *job)
{
    for (unsigned i = 0; i < job->ctx->num_ctrls; i++)
        if (job->ctx->ctrl[i].desc.id == V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY)
            return job->ctrl_size[i] / (unsigned)sizeof(struct v4l2_ctrl_av1_tile_group_entry);
    return 0;
}

static void decode(void *state, struct vd_job *job)
{
    struct av1 *a = state;
    uint64_t serial = vd_new_serial();
    struct av1_frame f = {
        .job = job,
        .sequence = vd_job_ctrl(job, V4L2_CID_STATELESS_AV1_SEQUENCE),
        .control = vd_job_ctrl(job, V4L2_CID_STATELESS_AV1_FRAME),
        .grain = vd_job_ctrl(job, V4L2_CID_STATELESS_AV1_FILM_GRAIN),
        .tiles = vd_job_ctrl(job, V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY),
        .num_tiles = num_tiles(job),
        .slots = a->slots,
    };
    check_references(a, &f);
    write_frame(a, &f);
    const struct vd_frame *frame =
        a->stream.failed ? NULL : vd_av_decode(a->av, a->stream.data, a->stream.size);
    refresh(a, &f, serial);
    vd_store(job, frame, 3, serial);
    vd_report_picture(job, "av1");
}

static void finish(void *state, struct vd_job *job)
{
    (void)state;
    (void)job;
}

static void reset(void *state)
{
    struct av1 *a = state;
    memset(a->slots, 0, sizeof(a->slots));
    a->have_sequence = false;
    vd_av_flush(a->av);
}

const struct vd_codec vd_codec_av1 = {
    .name = "av1",
    .description = "AV1 Frame",
    .fourcc = V4L2_PIX_FMT_AV1_FRAME,
    .controls = add_controls,
    .check_control = check_control,
    .bit_depth = bit_depth,
    .film_grain = has_film_grain,
    .open = open_state,
    .decode = decode,
    .finish = finish,
    .reset = reset,
    .close = close_state,
};
