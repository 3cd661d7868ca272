/* SPDX-License-Identifier: MIT */
/*
 * MPEG-2 (ISO/IEC 13818-2): sequence and picture headers are written from the controls, the slices
 * come from the OUTPUT buffer. What the pixels cannot show is compared: the reference timestamps
 * with the anchors that were decoded, the picture fields with what the standard permits together.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "avdecoder.h"
#include "bits.h"
#include "virtdec.h"

enum {
    I = V4L2_MPEG2_PIC_CODING_TYPE_I,
    P = V4L2_MPEG2_PIC_CODING_TYPE_P,
    B = V4L2_MPEG2_PIC_CODING_TYPE_B
};

/* A decoded picture; serial 0: none. */
struct anchor {
    uint64_t serial, timestamp;
};

struct mpeg2 {
    struct vd_av *av;
    struct vd_writer stream;
    struct v4l2_ctrl_mpeg2_sequence sequence;
    bool have_sequence;
    struct anchor older, newer; /* I and P frames, by decode order */
    struct anchor current;
    unsigned first_field; /* structure of a field that waits for its second, else 0 */
    uint8_t first_type;
    uint16_t temporal_reference;
};

static const struct vd_ctrl_desc controls[] = {
    {.id = V4L2_CID_STATELESS_MPEG2_SEQUENCE,
     .name = "MPEG-2 Sequence Header",
     .type = V4L2_CTRL_TYPE_MPEG2_SEQUENCE,
     .elem_size = sizeof(struct v4l2_ctrl_mpeg2_sequence)},
    {.id = V4L2_CID_STATELESS_MPEG2_PICTURE,
     .name = "MPEG-2 Picture Header",
     .type = V4L2_CTRL_TYPE_MPEG2_PICTURE,
     .elem_size = sizeof(struct v4l2_ctrl_mpeg2_picture)},
    {.id = V4L2_CID_STATELESS_MPEG2_QUANTISATION,
     .name = "MPEG-2 Quantisation Matrices",
     .type = V4L2_CTRL_TYPE_MPEG2_QUANTISATION,
     .elem_size = sizeof(struct v4l2_ctrl_mpeg2_quantisation)},
};

static const char *const profiles[] = {"Simple", "Main", "SNR Scalable", "Spatially Scalable",
                                       "High",   "4:2:2"};
static const char *const levels[] = {"Low", "Main", "High 1440", "High"};

static void add_controls(struct vd_ctx *ctx, const struct vd_coded *coded)
{
    for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
        vd_ctrl_add(ctx, &controls[i]);
    vd_ctrl_add_menu(ctx, V4L2_CID_MPEG_VIDEO_MPEG2_PROFILE, "MPEG2 Profile", profiles, 0,
                     coded->max_profile, coded->default_profile, coded->profiles_skip);
    vd_ctrl_add_menu(ctx, V4L2_CID_MPEG_VIDEO_MPEG2_LEVEL, "MPEG2 Level", levels, 0,
                     coded->max_level, coded->max_level, 0);
}

static int check_control(const struct vd_coded *coded, uint32_t id, const void *value)
{
    (void)coded;
    if (id != V4L2_CID_STATELESS_MPEG2_SEQUENCE)
        return 0;
    const struct v4l2_ctrl_mpeg2_sequence *s = value;
    return s->chroma_format == 1 ? 0 : -EINVAL;
}

static void close_state(void *state)
{
    struct mpeg2 *m = state;
    vd_av_close(m->av);
    vd_writer_free(&m->stream);
    free(m);
}

static void *open_state(const struct vd_coded *coded)
{
    (void)coded;
    struct mpeg2 *m = calloc(1, sizeof(*m));
    if (m)
        m->av = vd_av_open("mpeg2video");
    if (m && !m->av) {
        close_state(m);
        return NULL;
    }
    return m;
}

static void start_code(struct vd_writer *w, uint8_t code)
{
    const uint8_t bytes[4] = {0, 0, 1, code};
    vd_put_align(w, 0);
    vd_put_bytes(w, bytes, sizeof(bytes));
}

/* 6.2.2.1 and 6.2.2.3; frame rate, bit rate and aspect are not for the decoder. */
static void write_sequence(struct vd_writer *w, const struct v4l2_ctrl_mpeg2_sequence *s)
{
    start_code(w, 0xb3);
    vd_put_bits(w, 12, s->horizontal_size & 0xfff);
    vd_put_bits(w, 12, s->vertical_size & 0xfff);
    vd_put_bits(w, 4, 1);        /* aspect_ratio_information */
    vd_put_bits(w, 4, 3);        /* frame_rate_code */
    vd_put_bits(w, 18, 0x3ffff); /* bit_rate_value */
    vd_put_bits(w, 1, 1);        /* marker_bit */
    vd_put_bits(w, 10, s->vbv_buffer_size / 16384 & 0x3ff);
    vd_put_bits(w, 3, 0); /* constrained_parameters_flag, no matrices here */
    start_code(w, 0xb5);
    vd_put_bits(w, 4, 1); /* Sequence Extension ID */
    vd_put_bits(w, 8, s->profile_and_level_indication);
    vd_put_bits(w, 1, s->flags & V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE ? 1 : 0);
    vd_put_bits(w, 2, s->chroma_format);
    vd_put_bits(w, 2, s->horizontal_size >> 12 & 3);
    vd_put_bits(w, 2, s->vertical_size >> 12 & 3);
    vd_put_bits(w, 12, 0xfff); /* bit_rate_extension */
    vd_put_bits(w, 1, 1);      /* marker_bit */
    vd_put_bits(w, 8, 0);      /* vbv_buffer_size_extension */
    vd_put_bits(w, 1, 0);      /* low_delay */
    vd_put_bits(w, 7, 0);      /* frame_rate_extension_n, _d */
}

/* 6.2.2.6. closed_gop is set so that B pictures are decoded even where a reference is missing. */
static void write_gop(struct vd_writer *w)
{
    start_code(w, 0xb8);
    vd_put_bits(w, 25, 1u << 12); /* time_code: its marker bit */
    vd_put_bits(w, 1, 1);
    vd_put_bits(w, 1, 0); /* broken_link */
}

/* 6.2.3 and 6.2.3.1. */
static void write_picture(struct vd_writer *w, const struct v4l2_ctrl_mpeg2_picture *p,
                          uint16_t temporal_reference)
{
    const uint32_t flags[] = {
        V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST, V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT,
        V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV,  V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE,
        V4L2_MPEG2_PIC_FLAG_INTRA_VLC,       V4L2_MPEG2_PIC_FLAG_ALT_SCAN,
        V4L2_MPEG2_PIC_FLAG_REPEAT_FIRST,
    };
    bool progressive = p->flags & V4L2_MPEG2_PIC_FLAG_PROGRESSIVE;
    start_code(w, 0x00);
    vd_put_bits(w, 10, temporal_reference);
    vd_put_bits(w, 3, p->picture_coding_type);
    vd_put_bits(w, 16, 0xffff); /* vbv_delay */
    if (p->picture_coding_type != I)
        vd_put_bits(w, 4, 7); /* full_pel_forward_vector, forward_f_code */
    if (p->picture_coding_type == B)
        vd_put_bits(w, 4, 7);
    vd_put_bits(w, 1, 0); /* extra_bit_picture */
    start_code(w, 0xb5);
    vd_put_bits(w, 4, 8); /* Picture Coding Extension ID */
    for (int s = 0; s < 2; s++)
        for (int t = 0; t < 2; t++)
            vd_put_bits(w, 4, p->f_code[s][t]);
    vd_put_bits(w, 2, p->intra_dc_precision);
    vd_put_bits(w, 2, p->picture_structure);
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        vd_put_bits(w, 1, p->flags & flags[i] ? 1 : 0);
    vd_put_bits(w, 1, progressive); /* chroma_420_type */
    vd_put_bits(w, 1, progressive);
    vd_put_bits(w, 1, 0); /* composite_display_flag */
}

/* 6.2.3.2; the chrominance matrices are for 4:2:2 and 4:4:4. */
static void write_matrices(struct vd_writer *w, const struct v4l2_ctrl_mpeg2_quantisation *q)
{
    start_code(w, 0xb5);
    vd_put_bits(w, 4, 3); /* Quant Matrix Extension ID */
    vd_put_bits(w, 1, 1);
    for (int i = 0; i < 64; i++)
        vd_put_bits(w, 8, q->intra_quantiser_matrix[i]);
    vd_put_bits(w, 1, 1);
    for (int i = 0; i < 64; i++)
        vd_put_bits(w, 8, q->non_intra_quantiser_matrix[i]);
    vd_put_bits(w, 2, 0);
}

/* What 6.3.10 excludes, whatever the slices say. */
static void check_picture(struct vd_job *job, const struct v4l2_ctrl_mpeg2_sequence *s,
                          const struct v4l2_ctrl_mpeg2_picture *p)
{
    bool frame = p->picture_structure == V4L2_MPEG2_PIC_FRAME;
    bool progressive = p->flags & V4L2_MPEG2_PIC_FLAG_PROGRESSIVE;
    bool frame_pred = p->flags & V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT;
    if ((s->flags & V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE) && !progressive)
        vd_mismatch(job, 1, 0, "sequence.flags.PROGRESSIVE");
    if (progressive && !frame)
        vd_mismatch(job, 1, 0, "picture.flags.PROGRESSIVE");
    if (frame_pred && !frame)
        vd_mismatch(job, 1, 0, "picture.flags.FRAME_PRED_DCT");
    unsigned first = p->picture_coding_type == I ? 2 : 0;
    unsigned used = p->picture_coding_type == B ? 2 : p->picture_coding_type == P ? 1 : 0;
    for (unsigned d = first; d < used; d++)
        for (unsigned t = 0; t < 2; t++)
            if (p->f_code[d][t] < 1 || p->f_code[d][t] > 9)
                vd_mismatch(job, p->f_code[d][t], 1, "picture.f_code[%u][%u]", d, t);
}

/* One of the two references. `also` may stand for it as well (serial 0: no other). */
static void check_reference(struct vd_job *job, uint64_t timestamp, const struct anchor *expected,
                            const struct anchor *also, const char *name)
{
    uint64_t serial = 0;
    enum vd_ref_status status = vd_reference(job, timestamp, &serial);
    if (status == VD_REF_MISSING) {
        vd_reference_problem(job, status, timestamp, expected->serial != 0);
        return;
    }
    if (also->serial && serial == also->serial)
        return;
    if (expected->serial && timestamp != expected->timestamp) {
        vd_mismatch(job, (int64_t)timestamp, (int64_t)expected->timestamp, "picture.%s", name);
        return;
    }
    /* A reference that was never decoded is not there for real either: only reported. */
    if (!expected->serial && !serial)
        vd_reference_problem(job, VD_REF_MISSING, timestamp, false);
    else if (!expected->serial)
        vd_mismatch(job, (int64_t)timestamp, 0, "picture.%s", name);
    else if (status == VD_REF_OVERWRITTEN || serial != expected->serial)
        vd_reference_problem(job, VD_REF_OVERWRITTEN, timestamp, true);
}

static void check_references(struct mpeg2 *m, struct vd_job *job,
                             const struct v4l2_ctrl_mpeg2_picture *p, bool second)
{
    const struct anchor none = {0};
    if (p->picture_coding_type == P) {
        /* The second field of an anchor predicts from its first field too, and only from that
         * when there is no earlier anchor. */
        const struct anchor *forward = second ? &m->older : &m->newer;
        if (!(second && !forward->serial))
            check_reference(job, p->forward_ref_ts, forward, second ? &m->current : &none,
                            "forward_ref_ts");
    } else if (p->picture_coding_type == B) {
        check_reference(job, p->forward_ref_ts, &m->older, &none, "forward_ref_ts");
        check_reference(job, p->backward_ref_ts, &m->newer, &none, "backward_ref_ts");
    }
}

static bool is_second_field(const struct mpeg2 *m, const struct v4l2_ctrl_mpeg2_picture *p)
{
    if (p->picture_structure == V4L2_MPEG2_PIC_FRAME || !m->first_field)
        return false;
    if (p->picture_structure == m->first_field)
        return false;
    /* A B field pairs with a B field; an I field's second field is I or P (6.1.1.4.1). */
    return (p->picture_coding_type == B) == (m->first_type == B);
}

static void begin_picture(struct mpeg2 *m, const struct vd_job *job,
                          const struct v4l2_ctrl_mpeg2_picture *p)
{
    bool frame = p->picture_structure == V4L2_MPEG2_PIC_FRAME;
    m->current = (struct anchor){vd_new_serial(), job->timestamp};
    m->first_field = frame ? 0 : p->picture_structure;
    m->first_type = p->picture_coding_type;
}

static void decode(void *state, struct vd_job *job)
{
    struct mpeg2 *m = state;
    const struct v4l2_ctrl_mpeg2_sequence *s = vd_job_ctrl(job, V4L2_CID_STATELESS_MPEG2_SEQUENCE);
    const struct v4l2_ctrl_mpeg2_picture *p = vd_job_ctrl(job, V4L2_CID_STATELESS_MPEG2_PICTURE);
    const struct v4l2_ctrl_mpeg2_quantisation *q =
        vd_job_ctrl(job, V4L2_CID_STATELESS_MPEG2_QUANTISATION);
    struct vd_writer *w = &m->stream;
    bool second = is_second_field(m, p);
    vd_check_size(job, s->horizontal_size, s->vertical_size);
    check_picture(job, s, p);
    if (second && job->timestamp != m->current.timestamp)
        vd_mismatch(job, (int64_t)job->timestamp, (int64_t)m->current.timestamp, "timestamp");
    check_references(m, job, p, second);
    if (second) {
        m->first_field = 0;
    } else {
        begin_picture(m, job, p);
        if (p->picture_coding_type != B) {
            m->older = m->newer;
            m->newer = m->current;
        }
        m->temporal_reference = (uint16_t)((m->temporal_reference + 1) & 0x3ff);
    }
    vd_writer_clear(w);
    /* A sequence header between the fields of a frame would part them. */
    if (!m->have_sequence || memcmp(&m->sequence, s, sizeof(*s)) != 0) {
        write_sequence(w, s);
        m->sequence = *s;
        m->have_sequence = true;
    }
    if (p->picture_coding_type == I && !second)
        write_gop(w);
    write_picture(w, p, m->temporal_reference);
    write_matrices(w, q);
    vd_put_align(w, 0);
    /* slice_start_code 01 to AF (6.2.1). */
    bool slices = job->size >= 4 && !job->data[0] && !job->data[1] && job->data[2] == 1 &&
                  job->data[3] >= 0x01 && job->data[3] <= 0xaf;
    if (!slices)
        vd_mismatch(job, 0, 1, "slice_start_code");
    vd_put_bytes(w, job->data, job->size);
    const struct vd_frame *frame = w->failed ? NULL : vd_av_decode(m->av, w->data, w->size);
    if (!frame && second)
        frame = vd_av_last(m->av);
    unsigned fields = p->picture_structure == V4L2_MPEG2_PIC_FRAME ? 3 : p->picture_structure;
    vd_store(job, frame, fields, m->current.serial);
    vd_report_picture(job, "mpeg2");
}

static void finish(void *state, struct vd_job *job)
{
    (void)state;
    (void)job;
}

static void reset(void *state)
{
    ((struct mpeg2 *)state)->first_field = 0;
}

const struct vd_codec vd_codec_mpeg2 = {
    .name = "mpeg2",
    .description = "MPEG-2 Parsed Slice Data",
    .fourcc = V4L2_PIX_FMT_MPEG2_SLICE,
    .controls = add_controls,
    .check_control = check_control,
    .open = open_state,
    .decode = decode,
    .finish = finish,
    .reset = reset,
    .close = close_state,
};
