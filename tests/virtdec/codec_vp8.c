/* SPDX-License-Identifier: MIT */
/*
 * VP8 (RFC 6386): the OUTPUT buffer holds the whole frame, which libavcodec decodes. So the pixels
 * show nothing of the control, and every field of it is compared with the frame's own header, which
 * vp8_parse.c reads, and with the references as the frames so far have left them.
 */
#include <stdlib.h>
#include <string.h>

#include "avdecoder.h"
#include "virtdec.h"
#include "vp8.h"

/* A decoded picture; serial 0: none. */
struct picture {
    uint64_t serial, timestamp;
};

struct vp8 {
    struct vd_av *av;
    struct vp8_state state;
    struct picture last, golden, alt;
};

static const struct vd_ctrl_desc frame_control = {
    .id = V4L2_CID_STATELESS_VP8_FRAME,
    .name = "VP8 Frame Parameters",
    .type = V4L2_CTRL_TYPE_VP8_FRAME,
    .elem_size = sizeof(struct v4l2_ctrl_vp8_frame),
};

static const char *const profiles[] = {"0", "1", "2", "3"};

static void add_controls(struct vd_ctx *ctx, const struct vd_coded *coded)
{
    vd_ctrl_add(ctx, &frame_control);
    vd_ctrl_add_menu(ctx, V4L2_CID_MPEG_VIDEO_VP8_PROFILE, "VP8 Profile", profiles, 0,
                     coded->max_profile, coded->default_profile, coded->profiles_skip);
}

static void close_state(void *state)
{
    struct vp8 *v = state;
    vd_av_close(v->av);
    free(v);
}

static void *open_state(const struct vd_coded *coded)
{
    (void)coded;
    struct vp8 *v = calloc(1, sizeof(*v));
    if (v)
        v->av = vd_av_open("vp8");
    if (v && !v->av) {
        close_state(v);
        return NULL;
    }
    return v;
}

#define SAME(field)                                                                      \
    do {                                                                                 \
        if (c->field != s->field)                                                        \
            vd_mismatch(job, (int64_t)c->field, (int64_t)s->field, "vp8_frame." #field); \
    } while (0)

/* `index` is the index of `field`, for the report. */
#define SAME_AT(field, index)                                                              \
    do {                                                                                   \
        if (c->field[index] != s->field[index])                                            \
            vd_mismatch(job, c->field[index], s->field[index], "vp8_frame." #field "[%u]", \
                        (unsigned)(index));                                                \
    } while (0)

static int clamp(int value, int most)
{
    return value < 0 ? 0 : value > most ? most : value;
}

/* What a decoder makes of a segment's value (9.3, 9.6). */
static int final_value(const struct v4l2_ctrl_vp8_frame *c, int update, int base, int most)
{
    bool delta = c->segment.flags & V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE;
    return clamp(delta ? base + update : update, most);
}

/* Absolute values or deltas: only what comes of them counts. */
static void check_segments(struct vd_job *job, const struct v4l2_ctrl_vp8_frame *c,
                           const struct v4l2_ctrl_vp8_frame *s, const struct vp8_header *h)
{
    const uint32_t delta = V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE;
    if ((c->segment.flags & ~delta) != (s->segment.flags & ~delta))
        vd_mismatch(job, c->segment.flags, s->segment.flags, "vp8_frame.segment.flags");
    if (!(s->segment.flags & V4L2_VP8_SEGMENT_FLAG_ENABLED))
        return;
    for (unsigned i = 0; i < 4; i++) {
        int quant = final_value(c, c->segment.quant_update[i], c->quant.y_ac_qi, 127);
        int wanted = final_value(s, s->segment.quant_update[i], s->quant.y_ac_qi, 127);
        if (quant != wanted)
            vd_mismatch(job, quant, wanted, "vp8_frame.segment.quant_update[%u]", i);
        int level = final_value(c, c->segment.lf_update[i], c->lf.level, 63);
        wanted = final_value(s, s->segment.lf_update[i], s->lf.level, 63);
        if (level != wanted)
            vd_mismatch(job, level, wanted, "vp8_frame.segment.lf_update[%u]", i);
    }
    for (unsigned i = 0; i < 3 && s->segment.flags & V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP; i++)
        if (c->segment.segment_probs[i] != h->segment_probs[i])
            vd_mismatch(job, c->segment.segment_probs[i], h->segment_probs[i],
                        "vp8_frame.segment.segment_probs[%u]", i);
}

static void check_bytes(struct vd_job *job, const uint8_t *control, const uint8_t *stream,
                        size_t size, const char *name)
{
    for (size_t i = 0; i < size; i++)
        if (control[i] != stream[i]) {
            vd_mismatch(job, control[i], stream[i], "vp8_frame.%s[%zu]", name, i);
            return;
        }
}

static void check_entropy(struct vd_job *job, const struct v4l2_ctrl_vp8_frame *c,
                          const struct v4l2_ctrl_vp8_frame *s)
{
    const struct v4l2_vp8_entropy *a = &c->entropy, *b = &s->entropy;
    check_bytes(job, &a->coeff_probs[0][0][0][0], &b->coeff_probs[0][0][0][0],
                sizeof(a->coeff_probs), "entropy.coeff_probs");
    check_bytes(job, a->y_mode_probs, b->y_mode_probs, sizeof(a->y_mode_probs),
                "entropy.y_mode_probs");
    check_bytes(job, a->uv_mode_probs, b->uv_mode_probs, sizeof(a->uv_mode_probs),
                "entropy.uv_mode_probs");
    if (!V4L2_VP8_FRAME_IS_KEY_FRAME(s))
        check_bytes(job, &a->mv_probs[0][0], &b->mv_probs[0][0], sizeof(a->mv_probs),
                    "entropy.mv_probs");
}

static void check_filter(struct vd_job *job, const struct v4l2_ctrl_vp8_frame *c,
                         const struct v4l2_ctrl_vp8_frame *s)
{
    SAME(lf.flags);
    SAME(lf.level);
    SAME(lf.sharpness_level);
    for (unsigned i = 0; i < 4 && s->lf.flags & V4L2_VP8_LF_ADJ_ENABLE; i++) {
        SAME_AT(lf.ref_frm_delta, i);
        SAME_AT(lf.mb_mode_delta, i);
    }
}

static void check_frame(struct vd_job *job, const struct v4l2_ctrl_vp8_frame *c,
                        const struct v4l2_ctrl_vp8_frame *s)
{
    SAME(quant.y_ac_qi);
    SAME(quant.y_dc_delta);
    SAME(quant.y2_dc_delta);
    SAME(quant.y2_ac_delta);
    SAME(quant.uv_dc_delta);
    SAME(quant.uv_ac_delta);
    SAME(coder_state.range);
    SAME(coder_state.value);
    SAME(coder_state.bit_count);
    SAME(width);
    SAME(height);
    SAME(horizontal_scale);
    SAME(vertical_scale);
    SAME(version);
    SAME(flags);
    if (s->flags & V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF)
        SAME(prob_skip_false);
    if (!V4L2_VP8_FRAME_IS_KEY_FRAME(s)) {
        SAME(prob_intra);
        SAME(prob_last);
        SAME(prob_gf);
    }
    SAME(num_dct_parts);
    SAME(first_part_size);
    SAME(first_part_header_bits);
    for (unsigned i = 0; i < s->num_dct_parts; i++)
        SAME_AT(dct_part_sizes, i);
}

static void check_reference(struct vd_job *job, uint64_t timestamp, const struct picture *expected,
                            const char *name)
{
    uint64_t serial = 0;
    enum vd_ref_status status = vd_reference(job, timestamp, &serial);
    if (status == VD_REF_MISSING)
        vd_reference_problem(job, status, timestamp, expected->serial != 0);
    else if (timestamp != expected->timestamp)
        vd_mismatch(job, (int64_t)timestamp, (int64_t)expected->timestamp, "vp8_frame.%s", name);
    else if (status == VD_REF_OVERWRITTEN || serial != expected->serial)
        vd_reference_problem(job, VD_REF_OVERWRITTEN, timestamp, true);
}

static void check_references(const struct vp8 *v, struct vd_job *job,
                             const struct v4l2_ctrl_vp8_frame *c)
{
    check_reference(job, c->last_frame_ts, &v->last, "last_frame_ts");
    check_reference(job, c->golden_frame_ts, &v->golden, "golden_frame_ts");
    check_reference(job, c->alt_frame_ts, &v->alt, "alt_frame_ts");
}

static struct picture chosen(const struct vp8 *v, enum vp8_buffer which, const struct picture *now,
                             const struct picture *before)
{
    switch (which) {
    case VP8_CURRENT:
        return *now;
    case VP8_LAST:
        return v->last;
    case VP8_GOLDEN:
        return v->golden;
    case VP8_ALT:
        return v->alt;
    default:
        return *before;
    }
}

/* 9.7: copies are of what the buffers held before this frame. */
static void update_references(struct vp8 *v, const struct vp8_header *h, const struct picture *now)
{
    struct picture golden = chosen(v, h->golden, now, &v->golden);
    struct picture alt = chosen(v, h->alt, now, &v->alt);
    v->last = chosen(v, h->last, now, &v->last);
    v->golden = golden;
    v->alt = alt;
}

static void decode(void *state, struct vd_job *job)
{
    struct vp8 *v = state;
    const struct v4l2_ctrl_vp8_frame *c = vd_job_ctrl(job, V4L2_CID_STATELESS_VP8_FRAME);
    static _Thread_local struct vp8_header h;
    struct picture now = {vd_new_serial(), job->timestamp};
    const struct vd_frame *frame = NULL;
    if (vd_vp8_parse(&v->state, &h, job->data, job->size)) {
        vd_mismatch(job, 0, 1, "frame_header");
    } else {
        vd_check_size(job, h.control.width, h.control.height);
        check_segments(job, c, &h.control, &h);
        check_filter(job, c, &h.control);
        check_entropy(job, c, &h.control);
        check_frame(job, c, &h.control);
        if (!V4L2_VP8_FRAME_IS_KEY_FRAME(&h.control))
            check_references(v, job, c);
        update_references(v, &h, &now);
        frame = vd_av_decode(v->av, job->data, job->size);
    }
    vd_store(job, frame, 3, now.serial);
    vd_report_picture(job, "vp8");
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

const struct vd_codec vd_codec_vp8 = {
    .name = "vp8",
    .description = "VP8 Frame",
    .fourcc = V4L2_PIX_FMT_VP8_FRAME,
    .controls = add_controls,
    .open = open_state,
    .decode = decode,
    .finish = finish,
    .reset = reset,
    .close = close_state,
};
