/* SPDX-License-Identifier: MIT */
/* The uncompressed header (5.9.2), written from the frame's control, see av1.h. */
#include "av1.h"

#define FLAG(name) av1_has(f->control->flags, V4L2_AV1_FRAME_FLAG_##name)

/* Bits that are inferred in the header that is written must be as inferred. */
static void inferred(const struct av1_frame *f, bool value, bool wanted, const char *name)
{
    if (value != wanted)
        vd_mismatch(f->job, value, wanted, "frame.%s", name);
}

/* What is inferred of the type, and the sizes (5.9.5, 5.9.8). */
static void derive(struct av1_frame *f)
{
    const struct v4l2_ctrl_av1_frame *c = f->control;
    bool key = c->frame_type == V4L2_AV1_KEY_FRAME;
    bool shown_key = key && FLAG(SHOW_FRAME);
    f->type = c->frame_type;
    if (key && !FLAG(SHOW_FRAME))
        f->type = V4L2_AV1_INTRA_ONLY_FRAME; /* every frame is shown here */
    f->intra = key || c->frame_type == V4L2_AV1_INTRA_ONLY_FRAME;
    f->error_resilient = FLAG(ERROR_RESILIENT_MODE);
    f->refresh = c->refresh_frame_flags;
    if (shown_key || c->frame_type == V4L2_AV1_SWITCH_FRAME) {
        inferred(f, f->error_resilient, true, "flags.ERROR_RESILIENT_MODE");
        if (f->refresh != AV1_ALL_SLOTS)
            vd_mismatch(f->job, f->refresh, AV1_ALL_SLOTS, "frame.refresh_frame_flags");
        f->refresh = AV1_ALL_SLOTS;
        f->error_resilient = true;
    }
    f->force_integer_mv = f->intra || (FLAG(FORCE_INTEGER_MV) && FLAG(ALLOW_SCREEN_CONTENT_TOOLS));
    inferred(f, FLAG(FORCE_INTEGER_MV), f->force_integer_mv, "flags.FORCE_INTEGER_MV");
    f->upscaled_width = c->upscaled_width;
    f->width = c->upscaled_width;
    if (FLAG(USE_SUPERRES) && c->superres_denom)
        f->width = (f->upscaled_width * 8 + c->superres_denom / 2) / c->superres_denom;
    f->height = c->frame_height_minus_1 + 1;
    if (f->width != c->frame_width_minus_1 + 1)
        vd_mismatch(f->job, c->frame_width_minus_1 + 1, f->width, "frame.frame_width_minus_1");
    if (!f->upscaled_width || f->upscaled_width > 65536 || f->height > 65536)
        vd_mismatch(f->job, f->upscaled_width, 65536, "frame.upscaled_width");
}

/* Tools that the sequence only opens, and is said to have closed. */
static void check_sequence(const struct av1_frame *f)
{
    const struct v4l2_ctrl_av1_sequence *s = f->sequence;
    static const struct {
        uint32_t frame, sequence;
        const char *name;
    } tools[] = {
        {V4L2_AV1_FRAME_FLAG_USE_SUPERRES, V4L2_AV1_SEQUENCE_FLAG_ENABLE_SUPERRES,
         "ENABLE_SUPERRES"},
        {V4L2_AV1_FRAME_FLAG_USE_REF_FRAME_MVS, V4L2_AV1_SEQUENCE_FLAG_ENABLE_REF_FRAME_MVS,
         "ENABLE_REF_FRAME_MVS"},
        {V4L2_AV1_FRAME_FLAG_ALLOW_WARPED_MOTION, V4L2_AV1_SEQUENCE_FLAG_ENABLE_WARPED_MOTION,
         "ENABLE_WARPED_MOTION"},
    };
    for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
        if (av1_has(f->control->flags, tools[i].frame) && !av1_has(s->flags, tools[i].sequence))
            vd_mismatch(f->job, 0, 1, "sequence.flags.%s", tools[i].name);
    if (f->control->frame_height_minus_1 > s->max_frame_height_minus_1)
        vd_mismatch(f->job, s->max_frame_height_minus_1, f->control->frame_height_minus_1,
                    "sequence.max_frame_height_minus_1");
    if (f->upscaled_width > s->max_frame_width_minus_1 + 1u)
        vd_mismatch(f->job, s->max_frame_width_minus_1, f->upscaled_width,
                    "sequence.max_frame_width_minus_1");
}

/* frame_size() with its superres_params(), and render_size() */
static void write_size(struct vd_writer *w, const struct av1_frame *f)
{
    const struct v4l2_ctrl_av1_frame *c = f->control;
    vd_put_bits(w, 16, f->upscaled_width - 1);
    vd_put_bits(w, 16, f->height - 1);
    vd_put_bits(w, 1, FLAG(USE_SUPERRES));
    if (FLAG(USE_SUPERRES)) {
        if (c->superres_denom < 9 || c->superres_denom > 16)
            vd_mismatch(f->job, c->superres_denom, 9, "frame.superres_denom");
        vd_put_bits(w, 3, (uint32_t)(c->superres_denom - 9));
    } else if (c->superres_denom != 8) {
        vd_mismatch(f->job, c->superres_denom, 8, "frame.superres_denom");
    }
    vd_put_bits(w, 1, 0); /* render_and_frame_size_different */
}

static void write_references(struct vd_writer *w, const struct av1_frame *f)
{
    const struct v4l2_ctrl_av1_frame *c = f->control;
    if (f->sequence->order_hint_bits)
        vd_put_bits(w, 1, 0); /* frame_refs_short_signaling */
    for (unsigned i = 0; i < AV1_REFS; i++)
        vd_put_bits(w, 3, (uint32_t)c->ref_frame_idx[i] & 7);
    if (!f->error_resilient)
        vd_put_bits(w, AV1_REFS, 0); /* found_ref */
    write_size(w, f);
    if (!f->force_integer_mv)
        vd_put_bits(w, 1, FLAG(ALLOW_HIGH_PRECISION_MV));
    else
        inferred(f, FLAG(ALLOW_HIGH_PRECISION_MV), false, "flags.ALLOW_HIGH_PRECISION_MV");
    vd_put_bits(w, 1, c->interpolation_filter == V4L2_AV1_INTERPOLATION_FILTER_SWITCHABLE);
    if (c->interpolation_filter != V4L2_AV1_INTERPOLATION_FILTER_SWITCHABLE)
        vd_put_bits(w, 2, c->interpolation_filter & 3);
    vd_put_bits(w, 1, FLAG(IS_MOTION_MODE_SWITCHABLE));
    if (!f->error_resilient && f->sequence->order_hint_bits)
        vd_put_bits(w, 1, FLAG(USE_REF_FRAME_MVS));
    else
        inferred(f, FLAG(USE_REF_FRAME_MVS), false, "flags.USE_REF_FRAME_MVS");
}

/* From frame_type to the references' order hints. */
static void write_start(struct vd_writer *w, const struct av1_frame *f)
{
    const struct v4l2_ctrl_av1_frame *c = f->control;
    bool all = f->type == V4L2_AV1_KEY_FRAME || f->type == V4L2_AV1_SWITCH_FRAME;
    unsigned bits = f->sequence->order_hint_bits;
    vd_put_bits(w, 1, 0); /* show_existing_frame */
    vd_put_bits(w, 2, f->type);
    vd_put_bits(w, 1, 1); /* show_frame */
    if (!all)
        vd_put_bits(w, 1, f->error_resilient);
    vd_put_bits(w, 1, FLAG(DISABLE_CDF_UPDATE));
    vd_put_bits(w, 1, FLAG(ALLOW_SCREEN_CONTENT_TOOLS));
    if (FLAG(ALLOW_SCREEN_CONTENT_TOOLS))
        vd_put_bits(w, 1, f->force_integer_mv);
    if (f->type != V4L2_AV1_SWITCH_FRAME)
        vd_put_bits(w, 1, 1); /* frame_size_override_flag */
    vd_put_bits(w, bits, c->order_hint);
    if (bits < 8 && c->order_hint >> bits)
        vd_mismatch(f->job, c->order_hint, bits, "frame.order_hint");
    if (!f->intra && !f->error_resilient)
        vd_put_bits(w, 3, c->primary_ref_frame);
    else if (c->primary_ref_frame != AV1_NO_REF)
        vd_mismatch(f->job, c->primary_ref_frame, AV1_NO_REF, "frame.primary_ref_frame");
    if (!all)
        vd_put_bits(w, 8, f->refresh);
    if ((!f->intra || f->refresh != AV1_ALL_SLOTS) && f->error_resilient && bits)
        for (unsigned i = 0; i < AV1_SLOTS; i++)
            vd_put_bits(w, bits, f->slots[i].order_hint);
}

/* From read_tx_mode() on. */
static void write_modes(struct vd_writer *w, const struct av1_frame *f)
{
    const struct v4l2_ctrl_av1_frame *c = f->control;
    if (f->coded_lossless)
        inferred(f, c->tx_mode != V4L2_AV1_TX_MODE_ONLY_4X4, false, "tx_mode");
    else
        vd_put_bits(w, 1, c->tx_mode == V4L2_AV1_TX_MODE_SELECT);
    if (!f->coded_lossless && c->tx_mode == V4L2_AV1_TX_MODE_ONLY_4X4)
        vd_mismatch(f->job, 0, V4L2_AV1_TX_MODE_LARGEST, "frame.tx_mode");
    if (!f->intra)
        vd_put_bits(w, 1, FLAG(REFERENCE_SELECT));
    else
        inferred(f, FLAG(REFERENCE_SELECT), false, "flags.REFERENCE_SELECT");
    av1_write_skip_mode(w, f);
    if (!f->intra && !f->error_resilient)
        vd_put_bits(w, 1, FLAG(ALLOW_WARPED_MOTION));
    else
        inferred(f, FLAG(ALLOW_WARPED_MOTION), false, "flags.ALLOW_WARPED_MOTION");
    vd_put_bits(w, 1, FLAG(REDUCED_TX_SET));
    av1_write_global_motion(w, f);
    av1_write_film_grain(w, f);
}

void av1_write_header(struct vd_writer *w, struct av1_frame *f)
{
    derive(f);
    check_sequence(f);
    write_start(w, f);
    if (f->intra) {
        write_size(w, f);
        if (FLAG(ALLOW_SCREEN_CONTENT_TOOLS) && f->upscaled_width == f->width)
            vd_put_bits(w, 1, FLAG(ALLOW_INTRABC));
        else
            inferred(f, FLAG(ALLOW_INTRABC), false, "flags.ALLOW_INTRABC");
    } else {
        write_references(w, f);
    }
    if (!FLAG(DISABLE_CDF_UPDATE))
        vd_put_bits(w, 1, FLAG(DISABLE_FRAME_END_UPDATE_CDF));
    else
        inferred(f, FLAG(DISABLE_FRAME_END_UPDATE_CDF), true, "flags.DISABLE_FRAME_END_UPDATE_CDF");
    av1_write_tile_info(w, f);
    av1_write_quantization(w, f);
    av1_write_segmentation(w, f);
    av1_write_deltas(w, f);
    av1_find_lossless(f);
    av1_write_loop_filter(w, f);
    av1_write_cdef(w, f);
    av1_write_restoration(w, f);
    write_modes(w, f);
}
