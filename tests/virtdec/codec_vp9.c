/* SPDX-License-Identifier: MIT */
/*
 * VP9: the OUTPUT buffer holds the whole frame, which libavcodec decodes. So the pixels show
 * nothing of the controls, and every field of both is compared with the frame's own headers, which
 * vp9_parse.c and vp9_compressed.c read, and with the references as the frames so far left them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "avdecoder.h"
#include "virtdec.h"
#include "vp9.h"

struct vp9 {
    struct vd_av *av;
    struct vp9_state state;
};

static const struct vd_ctrl_desc controls[] = {
    {.id = V4L2_CID_STATELESS_VP9_FRAME,
     .name = "VP9 Frame Decode Parameters",
     .type = V4L2_CTRL_TYPE_VP9_FRAME,
     .elem_size = sizeof(struct v4l2_ctrl_vp9_frame)},
    {.id = V4L2_CID_STATELESS_VP9_COMPRESSED_HDR,
     .name = "VP9 Probabilities Updates",
     .type = V4L2_CTRL_TYPE_VP9_COMPRESSED_HDR,
     .elem_size = sizeof(struct v4l2_ctrl_vp9_compressed_hdr)},
};

static const char *const profiles[] = {"0", "1", "2", "3"};

static void add_controls(struct vd_ctx *ctx, const struct vd_coded *coded)
{
    for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
        vd_ctrl_add(ctx, &controls[i]);
    vd_ctrl_add_menu(ctx, V4L2_CID_MPEG_VIDEO_VP9_PROFILE, "VP9 Profile", profiles, 0,
                     coded->max_profile, coded->default_profile, coded->profiles_skip);
}

static int check_control(const struct vd_coded *coded, uint32_t id, const void *value)
{
    (void)coded;
    if (id != V4L2_CID_STATELESS_VP9_FRAME)
        return 0;
    const struct v4l2_ctrl_vp9_frame *c = value;
    return c->profile & 1 || c->bit_depth > 10 ? -EINVAL : 0;
}

static unsigned bit_depth(uint32_t id, const void *value)
{
    return id == V4L2_CID_STATELESS_VP9_FRAME
               ? ((const struct v4l2_ctrl_vp9_frame *)value)->bit_depth
               : 0;
}

static void close_state(void *state)
{
    struct vp9 *v = state;
    vd_av_close(v->av);
    free(v);
}

static void *open_state(const struct vd_coded *coded)
{
    (void)coded;
    struct vp9 *v = calloc(1, sizeof(*v));
    if (v)
        v->av = vd_av_open("vp9");
    if (v && !v->av) {
        close_state(v);
        return NULL;
    }
    return v;
}

#define SAME(field)                                                                      \
    do {                                                                                 \
        if (c->field != s->field)                                                        \
            vd_mismatch(job, (int64_t)c->field, (int64_t)s->field, "vp9_frame." #field); \
    } while (0)

/* Indices count the elements in memory order, through all dimensions. */
static void check_array(struct vd_job *job, const void *control, const void *stream, size_t size,
                        size_t element, const char *name)
{
    const uint8_t *a = control, *b = stream;
    for (size_t i = 0; i < size; i++)
        if (a[i] != b[i]) {
            vd_mismatch(job, a[i], b[i], "%s[%zu]", name, i / element);
            return;
        }
}

#define SAME_ARRAY(field)                                                         \
    check_array(job, &c->field, &s->field, sizeof(c->field), sizeof(c->field[0]), \
                "vp9_frame." #field)

static void check_segmentation(struct vd_job *job, const struct v4l2_ctrl_vp9_frame *c,
                               const struct v4l2_ctrl_vp9_frame *s)
{
    SAME(seg.flags);
    check_array(job, c->seg.feature_data, s->seg.feature_data, sizeof(c->seg.feature_data),
                sizeof(c->seg.feature_data[0][0]), "vp9_frame.seg.feature_data");
    SAME_ARRAY(seg.feature_enabled);
    if (s->seg.flags & V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP) {
        SAME_ARRAY(seg.tree_probs);
        SAME_ARRAY(seg.pred_probs);
    }
}

static void check_frame(struct vd_job *job, const struct v4l2_ctrl_vp9_frame *c,
                        const struct v4l2_ctrl_vp9_frame *s)
{
    SAME_ARRAY(lf.ref_deltas);
    SAME_ARRAY(lf.mode_deltas);
    SAME(lf.level);
    SAME(lf.sharpness);
    SAME(lf.flags);
    SAME(quant.base_q_idx);
    SAME(quant.delta_q_y_dc);
    SAME(quant.delta_q_uv_dc);
    SAME(quant.delta_q_uv_ac);
    check_segmentation(job, c, s);
    SAME(flags);
    SAME(compressed_header_size);
    SAME(uncompressed_header_size);
    SAME(frame_width_minus_1);
    SAME(frame_height_minus_1);
    SAME(render_width_minus_1);
    SAME(render_height_minus_1);
    SAME(ref_frame_sign_bias);
    SAME(reset_frame_context);
    SAME(frame_context_idx);
    SAME(profile);
    SAME(bit_depth);
    SAME(interpolation_filter);
    SAME(tile_cols_log2);
    SAME(tile_rows_log2);
    SAME(reference_mode);
}

#define SAME_UPDATES(field) \
    check_array(job, &c->field, &s->field, sizeof(c->field), 1, "vp9_compressed_hdr." #field)

static void check_compressed(struct vd_job *job, const struct v4l2_ctrl_vp9_compressed_hdr *c,
                             const struct v4l2_ctrl_vp9_compressed_hdr *s)
{
    if (c->tx_mode != s->tx_mode)
        vd_mismatch(job, c->tx_mode, s->tx_mode, "vp9_compressed_hdr.tx_mode");
    SAME_UPDATES(tx8);
    SAME_UPDATES(tx16);
    SAME_UPDATES(tx32);
    SAME_UPDATES(coef);
    SAME_UPDATES(skip);
    SAME_UPDATES(inter_mode);
    SAME_UPDATES(interp_filter);
    SAME_UPDATES(is_inter);
    SAME_UPDATES(comp_mode);
    SAME_UPDATES(single_ref);
    SAME_UPDATES(comp_ref);
    SAME_UPDATES(y_mode);
    SAME_UPDATES(uv_mode);
    SAME_UPDATES(partition);
    SAME_UPDATES(mv.joint);
    SAME_UPDATES(mv.sign);
    SAME_UPDATES(mv.classes);
    SAME_UPDATES(mv.class0_bit);
    SAME_UPDATES(mv.bits);
    SAME_UPDATES(mv.class0_fr);
    SAME_UPDATES(mv.fr);
    SAME_UPDATES(mv.class0_hp);
    SAME_UPDATES(mv.hp);
}

static void check_reference(struct vd_job *job, uint64_t timestamp,
                            const struct vp9_picture *expected, const char *name)
{
    uint64_t serial = 0;
    enum vd_ref_status status = vd_reference(job, timestamp, &serial);
    if (status == VD_REF_MISSING)
        vd_reference_problem(job, status, timestamp, expected->serial != 0);
    else if (timestamp != expected->timestamp)
        vd_mismatch(job, (int64_t)timestamp, (int64_t)expected->timestamp, "vp9_frame.%s", name);
    else if (status == VD_REF_OVERWRITTEN || serial != expected->serial)
        vd_reference_problem(job, VD_REF_OVERWRITTEN, timestamp, true);
}

static void check_references(const struct vp9 *v, struct vd_job *job,
                             const struct v4l2_ctrl_vp9_frame *c, const struct vp9_frame *frame)
{
    check_reference(job, c->last_frame_ts, &v->state.slot[frame->ref[0]], "last_frame_ts");
    check_reference(job, c->golden_frame_ts, &v->state.slot[frame->ref[1]], "golden_frame_ts");
    check_reference(job, c->alt_frame_ts, &v->state.slot[frame->ref[2]], "alt_frame_ts");
}

static void update_slots(struct vp9_state *s, const struct vp9_frame *frame,
                         const struct vp9_picture *now)
{
    for (unsigned i = 0; i < 8; i++)
        if (frame->refresh >> i & 1)
            s->slot[i] = *now;
}

static void decode(void *state, struct vd_job *job)
{
    struct vp9 *v = state;
    const struct v4l2_ctrl_vp9_frame *c = vd_job_ctrl(job, V4L2_CID_STATELESS_VP9_FRAME);
    const struct v4l2_ctrl_vp9_compressed_hdr *updates =
        vd_job_ctrl(job, V4L2_CID_STATELESS_VP9_COMPRESSED_HDR);
    static _Thread_local struct vp9_frame parsed;
    struct vp9_picture now = {vd_new_serial(), job->timestamp, 0, 0};
    const struct vd_frame *frame = NULL;
    if (vd_vp9_parse(&v->state, &parsed, job->data, job->size)) {
        vd_mismatch(job, 0, 1, "uncompressed_header");
    } else {
        now.width = parsed.width;
        now.height = parsed.height;
        vd_check_size(job, parsed.width, parsed.height);
        check_frame(job, c, &parsed.control);
        if (updates)
            check_compressed(job, updates, &parsed.compressed);
        if (parsed.inter)
            check_references(v, job, c, &parsed);
        update_slots(&v->state, &parsed, &now);
        frame = vd_av_decode(v->av, job->data, job->size);
    }
    vd_store(job, frame, 3, now.serial);
    vd_report_picture(job, "vp9");
}

static void finish(void *state, struct vd_job *job)
{
    (void)state;
    (void)job;
}

static void reset(void *state)
{
    (void)state;
}

const struct vd_codec vd_codec_vp9 = {
    .name = "vp9",
    .description = "VP9 Frame",
    .fourcc = V4L2_PIX_FMT_VP9_FRAME,
    .controls = add_controls,
    .check_control = check_control,
    .bit_depth = bit_depth,
    .open = open_state,
    .decode = decode,
    .finish = finish,
    .reset = reset,
    .close = close_state,
};
