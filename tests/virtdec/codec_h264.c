/* SPDX-License-Identifier: MIT */
/*
 * H.264: parameter sets are written from the controls, the slices come from the OUTPUT buffers.
 * Frame-based: a picture (frame or field) a job. Slice-based: the slices of a picture come in
 * several jobs of one timestamp, are checked one by one, and decoded once they are all there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "avdecoder.h"
#include "h264.h"

struct h264 {
    bool slice_based;
    struct vd_av *av;
    struct h264_dpb dpb;
    struct vd_writer stream;   /* what libavcodec gets */
    struct vd_writer slices;   /* NAL units of the picture under way */
    struct vd_writer sps, pps; /* as last given to libavcodec */
    struct vd_writer new_sps, new_pps;
    bool active;  /* a picture is under way */
    bool corrupt; /* ... and one of its jobs had a mismatch */
    bool references_checked;
    unsigned slice_types;    /* seen in it, bit mask */
    uint64_t timestamp;      /* of its jobs */
    struct h264_slice first; /* its first slice header */
    struct v4l2_ctrl_h264_sps sps_in_force;
};

static const struct vd_ctrl_desc controls[] = {
    {.id = V4L2_CID_STATELESS_H264_SPS,
     .name = "H264 Sequence Parameter Set",
     .type = V4L2_CTRL_TYPE_H264_SPS,
     .elem_size = sizeof(struct v4l2_ctrl_h264_sps)},
    {.id = V4L2_CID_STATELESS_H264_PPS,
     .name = "H264 Picture Parameter Set",
     .type = V4L2_CTRL_TYPE_H264_PPS,
     .elem_size = sizeof(struct v4l2_ctrl_h264_pps)},
    {.id = V4L2_CID_STATELESS_H264_SCALING_MATRIX,
     .name = "H264 Scaling Matrix",
     .type = V4L2_CTRL_TYPE_H264_SCALING_MATRIX,
     .elem_size = sizeof(struct v4l2_ctrl_h264_scaling_matrix)},
    {.id = V4L2_CID_STATELESS_H264_DECODE_PARAMS,
     .name = "H264 Decode Parameters",
     .type = V4L2_CTRL_TYPE_H264_DECODE_PARAMS,
     .elem_size = sizeof(struct v4l2_ctrl_h264_decode_params)},
};

static const struct vd_ctrl_desc slice_controls[] = {
    {.id = V4L2_CID_STATELESS_H264_PRED_WEIGHTS,
     .name = "H264 Prediction Weight Table",
     .type = V4L2_CTRL_TYPE_H264_PRED_WEIGHTS,
     .elem_size = sizeof(struct v4l2_ctrl_h264_pred_weights)},
    {.id = V4L2_CID_STATELESS_H264_SLICE_PARAMS,
     .name = "H264 Slice Parameters",
     .type = V4L2_CTRL_TYPE_H264_SLICE_PARAMS,
     .elem_size = sizeof(struct v4l2_ctrl_h264_slice_params)},
};

static const char *const profiles[] = {
    "Baseline", "Constrained Baseline", "Main", "Extended", "High", "High 10",
    "High 422", "High 444 Predictive",
};
static const char *const levels[] = {"1",   "1b",  "1.1", "1.2", "1.3", "2",   "2.1",
                                     "2.2", "3",   "3.1", "3.2", "4",   "4.1", "4.2",
                                     "5",   "5.1", "5.2", "6",   "6.1", "6.2"};
static const char *const decode_modes[] = {"Slice-Based", "Frame-Based"};
static const char *const start_codes[] = {"No Start Code", "Annex B Start Code"};

static void add_controls(struct vd_ctx *ctx, const struct vd_coded *coded)
{
    for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
        vd_ctrl_add(ctx, &controls[i]);
    for (size_t i = 0; coded->slice_based && i < 2; i++)
        vd_ctrl_add(ctx, &slice_controls[i]);
    int mode = coded->slice_based ? V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED
                                  : V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED;
    int start = coded->slice_based ? V4L2_STATELESS_H264_START_CODE_NONE
                                   : V4L2_STATELESS_H264_START_CODE_ANNEX_B;
    vd_ctrl_add_menu(ctx, V4L2_CID_STATELESS_H264_DECODE_MODE, "H264 Decode Mode", decode_modes,
                     mode, mode, mode, 0);
    vd_ctrl_add_menu(ctx, V4L2_CID_STATELESS_H264_START_CODE, "H264 Start Code", start_codes, start,
                     start, start, 0);
    vd_ctrl_add_menu(ctx, V4L2_CID_MPEG_VIDEO_H264_PROFILE, "H264 Profile", profiles, 0,
                     coded->max_profile, coded->default_profile, coded->profiles_skip);
    vd_ctrl_add_menu(ctx, V4L2_CID_MPEG_VIDEO_H264_LEVEL, "H264 Level", levels, 0, coded->max_level,
                     coded->max_level, 0);
}

static int check_control(const struct vd_coded *coded, uint32_t id, const void *value)
{
    if (id != V4L2_CID_STATELESS_H264_SPS)
        return 0;
    const struct v4l2_ctrl_h264_sps *s = value;
    bool supported =
        s->chroma_format_idc <= 1 && s->bit_depth_luma_minus8 == s->bit_depth_chroma_minus8;
    /* Allwinner's decoders have no 4:0:0. */
    supported &= !coded->slice_based || s->chroma_format_idc == 1;
    return supported ? 0 : -EINVAL;
}

static unsigned bit_depth(uint32_t id, const void *value)
{
    const struct v4l2_ctrl_h264_sps *s = value;
    return id == V4L2_CID_STATELESS_H264_SPS ? s->bit_depth_luma_minus8 + 8u : 0;
}

static void close_state(void *state)
{
    struct h264 *h = state;
    vd_av_close(h->av);
    vd_writer_free(&h->stream);
    vd_writer_free(&h->slices);
    vd_writer_free(&h->sps);
    vd_writer_free(&h->pps);
    vd_writer_free(&h->new_sps);
    vd_writer_free(&h->new_pps);
    free(h);
}

static void *open_state(const struct vd_coded *coded)
{
    struct h264 *h = calloc(1, sizeof(*h));
    if (!h)
        return NULL;
    h->slice_based = coded->slice_based;
    h->av = vd_av_open("h264");
    if (!h->av) {
        close_state(h);
        return NULL;
    }
    return h;
}

/* Appends a parameter set unless it is the one that libavcodec had last; true if it was new. */
static bool append_if_new(struct vd_writer *stream, struct vd_writer *last,
                          const struct vd_writer *set)
{
    if (last->size == set->size && !memcmp(last->data, set->data, set->size))
        return false;
    vd_writer_clear(last);
    vd_put_bytes(last, set->data, set->size);
    vd_put_bytes(stream, set->data, set->size);
    return true;
}

/* The parameter sets that a slice refers to, as the controls say. */
static void write_sets(struct h264 *h, const struct vd_job *job, const struct h264_slice *s)
{
    struct v4l2_ctrl_h264_sps sps = h->sps_in_force;
    vd_writer_clear(&h->new_sps);
    vd_writer_clear(&h->new_pps);
    if (h264_poc_untold(&sps))
        h264_force_poc(&sps, &h->dpb, vd_job_ctrl(job, V4L2_CID_STATELESS_H264_DECODE_PARAMS), s);
    h264_write_sps(&h->new_sps, &sps);
    h264_write_pps(&h->new_pps, &sps, vd_job_ctrl(job, V4L2_CID_STATELESS_H264_PPS),
                   vd_job_ctrl(job, V4L2_CID_STATELESS_H264_SCALING_MATRIX),
                   s->pic_parameter_set_id);
    /* A new SPS takes the PPSs that refer to it with it. */
    if (append_if_new(&h->slices, &h->sps, &h->new_sps))
        vd_writer_clear(&h->pps);
    append_if_new(&h->slices, &h->pps, &h->new_pps);
}

/* The picture under way is complete: decodes it into the job's CAPTURE buffer. */
static void end_picture(struct h264 *h, struct vd_job *job)
{
    if (!h->active)
        return;
    h->active = false;
    job->corrupt |= h->corrupt;
    const struct vd_frame *frame = NULL;
    if (!h->slices.failed)
        frame = vd_av_decode(h->av, h->slices.data, h->slices.size);
    if (!frame && h->dpb.second_field)
        frame = vd_av_last(h->av);
    job->target.monochrome = !h->sps_in_force.chroma_format_idc;
    vd_store(job, frame, h->first.structure, h->dpb.current.serial);
    h264_dpb_end(&h->dpb, &h->sps_in_force, &h->first);
    vd_report_picture(job, "h264");
}

/* A client that starts anew in the middle of a stream (a seek) names no references at an I
 * picture; nothing before it is used any more then. */
static bool starts_anew(const struct h264 *h, const struct h264_slice *s,
                        const struct v4l2_ctrl_h264_decode_params *dp)
{
    if (s->idr || s->slice_type != SLICE_I || !h->dpb.started)
        return false;
    if (h->dpb.first_open && s->structure != H264_FRAME && s->frame_num == h->dpb.current.frame_num)
        return false;
    bool references = false;
    for (unsigned i = 0; i < h->dpb.count; i++)
        references |= h->dpb.picture[i].serial != 0;
    for (unsigned i = 0; i < V4L2_H264_NUM_DPB_ENTRIES; i++)
        if (dp->dpb[i].flags & V4L2_H264_DPB_ENTRY_FLAG_ACTIVE)
            return false;
    return references;
}

static void begin_picture(struct h264 *h, struct vd_job *job, const struct h264_slice *s)
{
    const struct v4l2_ctrl_h264_sps *sps = vd_job_ctrl(job, V4L2_CID_STATELESS_H264_SPS);
    const struct v4l2_ctrl_h264_pps *pps = vd_job_ctrl(job, V4L2_CID_STATELESS_H264_PPS);
    const struct v4l2_ctrl_h264_decode_params *dp =
        vd_job_ctrl(job, V4L2_CID_STATELESS_H264_DECODE_PARAMS);
    if (starts_anew(h, s, dp)) {
        vd_report("restart job=%llu", (unsigned long long)job->number);
        h264_dpb_clear(&h->dpb);
        vd_av_flush(h->av);
        vd_writer_clear(&h->sps);
        vd_writer_clear(&h->pps);
    }
    h->active = true;
    h->corrupt = h->references_checked = false;
    h->slice_types = 0;
    h->timestamp = job->timestamp;
    h->first = *s;
    h->sps_in_force = *sps;
    vd_writer_clear(&h->slices);
    h264_dpb_begin(&h->dpb, sps, s, job->timestamp);
    if (h->dpb.second_field && h->dpb.current.timestamp != job->timestamp)
        vd_mismatch(job, (int64_t)job->timestamp, (int64_t)h->dpb.current.timestamp, "timestamp");
    h264_check_picture(job, &h->dpb, sps, pps, dp, s);
}

static void add_slice(struct h264 *h, struct vd_job *job, const uint8_t *nal, size_t size)
{
    const uint8_t start[3] = {0, 0, 1};
    const struct v4l2_ctrl_h264_sps *sps = vd_job_ctrl(job, V4L2_CID_STATELESS_H264_SPS);
    const struct v4l2_ctrl_h264_pps *pps = vd_job_ctrl(job, V4L2_CID_STATELESS_H264_PPS);
    const struct v4l2_ctrl_h264_decode_params *dp =
        vd_job_ctrl(job, V4L2_CID_STATELESS_H264_DECODE_PARAMS);
    struct h264_slice s;
    unsigned type = size ? nal[0] & 31u : 0;
    if (type != 1 && type != 5) {
        vd_mismatch(job, type, 1, "nal_unit_type");
        return;
    }
    if (h264_parse_slice(&s, sps, pps, nal, size) < 0) {
        vd_mismatch(job, 0, 1, "slice_header");
        return;
    }
    if (h->active && h264_new_picture(&h->first, &s, sps)) {
        /* In one held CAPTURE buffer: the second field. */
        if (!h->slice_based)
            vd_mismatch(job, 2, 1, "pictures in one buffer");
        bool corrupt = job->corrupt;
        end_picture(h, job);
        job->corrupt = corrupt;
    }
    if (!h->active)
        begin_picture(h, job, &s);
    h->slice_types |= 1u << s.slice_type;
    if (s.num_ref_idx_active[0] && !h->references_checked) {
        h->references_checked = true;
        h264_check_references(job, &h->dpb);
    }
    if (h->slice_based)
        h264_check_slice(job, &h->dpb, sps, dp,
                         vd_job_ctrl(job, V4L2_CID_STATELESS_H264_SLICE_PARAMS),
                         vd_job_ctrl(job, V4L2_CID_STATELESS_H264_PRED_WEIGHTS), &s);
    write_sets(h, job, &s);
    vd_put_bytes(&h->slices, start, sizeof(start));
    vd_put_bytes(&h->slices, nal, size);
}

/* The next start code prefix at or behind `at`; size when there is none. */
static size_t find_start(const uint8_t *data, size_t size, size_t at)
{
    for (; at + 3 <= size; at++)
        if (!data[at] && !data[at + 1] && data[at + 2] == 1)
            return at;
    return size;
}

/* Annex B: every NAL unit behind its start code. */
static void add_slices(struct h264 *h, struct vd_job *job)
{
    size_t at = find_start(job->data, job->size, 0);
    if (at > 1 || (at == 1 && job->data[0]))
        vd_mismatch(job, (int64_t)at, 0, "start code");
    while (at < job->size) {
        size_t begin = at + 3;
        at = find_start(job->data, job->size, begin);
        add_slice(h, job, job->data + begin, at - begin);
    }
}

/* Drops a picture that never got its last slice, and with it the parameter sets in front of it. */
static void abandon(struct h264 *h)
{
    h->active = false;
    vd_writer_clear(&h->sps);
    vd_writer_clear(&h->pps);
}

static void decode(void *state, struct vd_job *job)
{
    struct h264 *h = state;
    const struct v4l2_ctrl_h264_decode_params *dp =
        vd_job_ctrl(job, V4L2_CID_STATELESS_H264_DECODE_PARAMS);
    if (h->active && h->timestamp != job->timestamp) {
        vd_report("abandoned-picture ts=%llu", (unsigned long long)h->timestamp);
        abandon(h);
    }
    if (h->slice_based)
        add_slice(h, job, job->data, job->size);
    else
        add_slices(h, job);
    bool whole = !h->slice_based || !job->hold;
    if (h->active && whole)
        h264_check_types(job, dp, h->slice_types);
    h->corrupt |= job->corrupt;
    if (h->active && whole)
        end_picture(h, job);
    else if (!h->active && whole)
        vd_store(job, NULL, H264_FRAME, vd_new_serial());
}

static void finish(void *state, struct vd_job *job)
{
    end_picture(state, job);
}

static void reset(void *state)
{
    abandon(state);
}

const struct vd_codec vd_codec_h264 = {
    .name = "h264",
    .description = "H.264 Parsed Slice Data",
    .fourcc = V4L2_PIX_FMT_H264_SLICE,
    .controls = add_controls,
    .check_control = check_control,
    .bit_depth = bit_depth,
    .open = open_state,
    .decode = decode,
    .finish = finish,
    .reset = reset,
    .close = close_state,
};
