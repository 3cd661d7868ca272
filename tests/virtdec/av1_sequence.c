/* SPDX-License-Identifier: MIT */
/* The sequence header, and OBUs, see av1.h. */
#include "av1.h"

#define FLAG(name) av1_has(s->flags, V4L2_AV1_SEQUENCE_FLAG_##name)

void av1_put_su(struct vd_writer *w, unsigned count, int32_t value)
{
    vd_put_bits(w, count, (uint32_t)value & ((1u << count) - 1));
}

void av1_put_ns(struct vd_writer *w, uint32_t n, uint32_t value)
{
    unsigned bits = 0;
    while (n >> bits)
        bits++;
    uint32_t m = (1u << bits) - n;
    if (value < m) {
        vd_put_bits(w, bits - 1, value);
        return;
    }
    vd_put_bits(w, bits - 1, (value + m) >> 1);
    vd_put_bits(w, 1, (value + m) & 1);
}

void av1_write_obu(struct vd_writer *w, unsigned type, const struct vd_writer *payload)
{
    size_t size = payload->size;
    vd_put_bits(w, 8, type << 3 | 2); /* obu_has_size_field */
    do {
        vd_put_bits(w, 8, (uint32_t)(size & 0x7f) | (size > 0x7f ? 0x80 : 0));
        size >>= 7;
    } while (size);
    vd_put_bytes(w, payload->data, payload->size);
    w->failed |= payload->failed;
}

/* 5.5.2 */
static void write_color(struct vd_writer *w, const struct v4l2_ctrl_av1_sequence *s)
{
    vd_put_bits(w, 1, s->bit_depth == 10);
    vd_put_bits(w, 1, FLAG(MONO_CHROME));
    vd_put_bits(w, 1, 0); /* color_description_present_flag */
    vd_put_bits(w, 1, FLAG(COLOR_RANGE));
    if (FLAG(MONO_CHROME))
        return;
    vd_put_bits(w, 2, 0); /* chroma_sample_position */
    vd_put_bits(w, 1, 1); /* separate_uv_delta_q */
}

static void check(struct vd_job *job, const struct v4l2_ctrl_av1_sequence *s)
{
    if (s->seq_profile)
        vd_mismatch(job, s->seq_profile, 0, "sequence.seq_profile");
    if (s->bit_depth != 8 && s->bit_depth != 10)
        vd_mismatch(job, s->bit_depth, 8, "sequence.bit_depth");
    if (!FLAG(SUBSAMPLING_X))
        vd_mismatch(job, 0, 1, "sequence.flags.SUBSAMPLING_X");
    if (!FLAG(SUBSAMPLING_Y))
        vd_mismatch(job, 0, 1, "sequence.flags.SUBSAMPLING_Y");
    if (!!s->order_hint_bits != FLAG(ENABLE_ORDER_HINT) || s->order_hint_bits > 8)
        vd_mismatch(job, s->order_hint_bits, FLAG(ENABLE_ORDER_HINT), "sequence.order_hint_bits");
}

void av1_write_sequence(struct vd_writer *w, struct vd_job *job,
                        const struct v4l2_ctrl_av1_sequence *s)
{
    struct vd_writer p = {0};
    check(job, s);
    vd_put_bits(&p, 3, s->seq_profile);
    vd_put_bits(&p, 1, FLAG(STILL_PICTURE));
    vd_put_bits(&p, 1, 0);  /* reduced_still_picture_header */
    vd_put_bits(&p, 1, 0);  /* timing_info_present_flag */
    vd_put_bits(&p, 1, 0);  /* initial_display_delay_present_flag */
    vd_put_bits(&p, 5, 0);  /* operating_points_cnt_minus_1 */
    vd_put_bits(&p, 12, 0); /* operating_point_idc */
    vd_put_bits(&p, 5, 31); /* seq_level_idx: no limit */
    vd_put_bits(&p, 1, 0);  /* seq_tier */
    vd_put_bits(&p, 4, 15); /* frame_width_bits_minus_1 */
    vd_put_bits(&p, 4, 15);
    vd_put_bits(&p, 16, 0xffff); /* each frame says its size */
    vd_put_bits(&p, 16, 0xffff);
    vd_put_bits(&p, 1, 0); /* frame_id_numbers_present_flag */
    vd_put_bits(&p, 1, FLAG(USE_128X128_SUPERBLOCK));
    vd_put_bits(&p, 1, FLAG(ENABLE_FILTER_INTRA));
    vd_put_bits(&p, 1, FLAG(ENABLE_INTRA_EDGE_FILTER));
    vd_put_bits(&p, 1, FLAG(ENABLE_INTERINTRA_COMPOUND));
    vd_put_bits(&p, 1, FLAG(ENABLE_MASKED_COMPOUND));
    vd_put_bits(&p, 1, 1); /* enable_warped_motion */
    vd_put_bits(&p, 1, FLAG(ENABLE_DUAL_FILTER));
    vd_put_bits(&p, 1, s->order_hint_bits != 0);
    if (s->order_hint_bits) {
        vd_put_bits(&p, 1, FLAG(ENABLE_JNT_COMP));
        vd_put_bits(&p, 1, 1); /* enable_ref_frame_mvs */
    }
    vd_put_bits(&p, 1, 1); /* seq_choose_screen_content_tools */
    vd_put_bits(&p, 1, 1); /* seq_choose_integer_mv */
    if (s->order_hint_bits)
        vd_put_bits(&p, 3, s->order_hint_bits - 1u);
    vd_put_bits(&p, 1, 1); /* enable_superres */
    vd_put_bits(&p, 1, FLAG(ENABLE_CDEF));
    vd_put_bits(&p, 1, 1); /* enable_restoration */
    write_color(&p, s);
    vd_put_bits(&p, 1, FLAG(FILM_GRAIN_PARAMS_PRESENT));
    vd_put_align(&p, 1);
    av1_write_obu(w, 1, &p);
    vd_writer_free(&p);
}
