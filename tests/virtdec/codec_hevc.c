/* SPDX-License-Identifier: MIT */
/*
 * HEVC: parameter sets are written from the controls, and each slice segment anew, with the
 * reference picture set that the decode parameters describe: so libavcodec decodes from those
 * references alone. Slice-based, a job has a slice segment; frame-based it has all of a picture, or
 * as many as the array of slice parameters takes. The jobs of a picture have one timestamp; it is
 * decoded once all of it is there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "avdecoder.h"
#include "hevc.h"

/* A picture that libavcodec holds. */
struct picture {
    int32_t poc;
    uint64_t serial;
};

struct hevc {
    struct vd_av *av;
    struct vd_writer stream; /* what libavcodec gets for the picture under way */
    struct vd_writer vps, sps, pps;
    bool active, corrupt;
    uint64_t timestamp; /* of its jobs */
    struct hevc_slice independent;
    bool has_independent, started;
    struct picture current;
    struct picture held[HEVC_ENTRIES];
    unsigned count;
    struct hevc_sets sets;
};

static const struct vd_ctrl_desc controls[] = {
    {.id = V4L2_CID_STATELESS_HEVC_SPS,
     .name = "HEVC Sequence Parameter Set",
     .type = V4L2_CTRL_TYPE_HEVC_SPS,
     .elem_size = sizeof(struct v4l2_ctrl_hevc_sps)},
    {.id = V4L2_CID_STATELESS_HEVC_PPS,
     .name = "HEVC Picture Parameter Set",
     .type = V4L2_CTRL_TYPE_HEVC_PPS,
     .elem_size = sizeof(struct v4l2_ctrl_hevc_pps)},
    {.id = V4L2_CID_STATELESS_HEVC_SCALING_MATRIX,
     .name = "HEVC Scaling Matrix",
     .type = V4L2_CTRL_TYPE_HEVC_SCALING_MATRIX,
     .elem_size = sizeof(struct v4l2_ctrl_hevc_scaling_matrix)},
    {.id = V4L2_CID_STATELESS_HEVC_DECODE_PARAMS,
     .name = "HEVC Decode Parameters",
     .type = V4L2_CTRL_TYPE_HEVC_DECODE_PARAMS,
     .elem_size = sizeof(struct v4l2_ctrl_hevc_decode_params)},
};

static const struct vd_ctrl_desc slice_controls[] = {
    {.id = V4L2_CID_STATELESS_HEVC_SLICE_PARAMS,
     .name = "HEVC Slice Parameters",
     .type = V4L2_CTRL_TYPE_HEVC_SLICE_PARAMS,
     .elem_size = sizeof(struct v4l2_ctrl_hevc_slice_params),
     .flags = V4L2_CTRL_FLAG_DYNAMIC_ARRAY,
     .dim = 1},
    {.id = V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS,
     .name = "HEVC Entry Point Offsets",
     .type = V4L2_CTRL_TYPE_U32,
     .elem_size = sizeof(uint32_t),
     .max = UINT32_MAX,
     .step = 1,
     .flags = V4L2_CTRL_FLAG_DYNAMIC_ARRAY,
     .dim = 256},
};

/* Not in the kernel's headers yet: the types have no names there. */
static const struct vd_ctrl_desc set_controls[] = {
    {.id = V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS,
     .name = "HEVC Short Term Ref Sets",
     .type = 0x0275,
     .elem_size = sizeof(struct v4l2_ctrl_hevc_ext_sps_st_rps),
     .flags = V4L2_CTRL_FLAG_DYNAMIC_ARRAY,
     .dim = 65},
    {.id = V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS,
     .name = "HEVC Long Term Ref Sets",
     .type = 0x0276,
     .elem_size = sizeof(struct v4l2_ctrl_hevc_ext_sps_lt_rps),
     .flags = V4L2_CTRL_FLAG_DYNAMIC_ARRAY,
     .dim = 65},
};

static const char *const profiles[] = {"Main", "Main Still Picture", "Main 10"};
static const char *const decode_modes[] = {"Slice-Based", "Frame-Based"};
static const char *const start_codes[] = {"No Start Code", "Annex B Start Code"};

static void add_modes(struct vd_ctx *ctx, const struct vd_coded *coded)
{
    int frame = coded->slice_based ? V4L2_STATELESS_HEVC_DECODE_MODE_SLICE_BASED
                                   : V4L2_STATELESS_HEVC_DECODE_MODE_FRAME_BASED;
    int annex_b = coded->slice_based ? V4L2_STATELESS_HEVC_START_CODE_NONE
                                     : V4L2_STATELESS_HEVC_START_CODE_ANNEX_B;
    bool both = coded->slices && !coded->frames_only;
    vd_ctrl_add_menu(ctx, V4L2_CID_STATELESS_HEVC_DECODE_MODE, "HEVC Decode Mode", decode_modes,
                     both ? 0 : frame, both ? 1 : frame, both ? 0 : frame, 0);
    vd_ctrl_add_menu(ctx, V4L2_CID_STATELESS_HEVC_START_CODE, "HEVC Start Code", start_codes,
                     coded->slices ? 0 : annex_b, coded->slices ? 1 : annex_b,
                     coded->slices ? 0 : annex_b, 0);
}

static void add_controls(struct vd_ctx *ctx, const struct vd_coded *coded)
{
    for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
        vd_ctrl_add(ctx, &controls[i]);
    for (size_t i = 0; (coded->slice_based || coded->slices) && i < 2; i++) {
        struct vd_ctrl_desc desc = slice_controls[i];
        if (desc.id == V4L2_CID_STATELESS_HEVC_SLICE_PARAMS && coded->slices)
            desc.dim = coded->slices;
        vd_ctrl_add(ctx, &desc);
    }
    for (size_t i = 0; coded->sets && i < 2; i++)
        vd_ctrl_add(ctx, &set_controls[i]);
    add_modes(ctx, coded);
    vd_ctrl_add_menu(ctx, V4L2_CID_MPEG_VIDEO_HEVC_PROFILE, "HEVC Profile", profiles,
                     V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN, coded->max_profile,
                     V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN, coded->profiles_skip);
}

static int check_control(const struct vd_coded *coded, uint32_t id, const void *value)
{
    (void)coded;
    if (id != V4L2_CID_STATELESS_HEVC_SPS)
        return 0;
    const struct v4l2_ctrl_hevc_sps *s = value;
    bool supported =
        s->chroma_format_idc <= 1 && s->bit_depth_luma_minus8 == s->bit_depth_chroma_minus8;
    return supported ? 0 : -EINVAL;
}

static unsigned bit_depth(uint32_t id, const void *value)
{
    const struct v4l2_ctrl_hevc_sps *s = value;
    return id == V4L2_CID_STATELESS_HEVC_SPS ? s->bit_depth_luma_minus8 + 8u : 0;
}

static void close_state(void *state)
{
    struct hevc *h = state;
    vd_av_close(h->av);
    vd_writer_free(&h->stream);
    vd_writer_free(&h->vps);
    vd_writer_free(&h->sps);
    vd_writer_free(&h->pps);
    free(h);
}

static void *open_state(const struct vd_coded *coded)
{
    struct hevc *h = calloc(1, sizeof(*h));
    (void)coded;
    if (!h)
        return NULL;
    h->av = vd_av_open("hevc");
    if (!h->av) {
        close_state(h);
        return NULL;
    }
    return h;
}

static struct hevc_controls controls_of(const struct vd_job *job)
{
    return (struct hevc_controls){
        .sps = vd_job_ctrl(job, V4L2_CID_STATELESS_HEVC_SPS),
        .pps = vd_job_ctrl(job, V4L2_CID_STATELESS_HEVC_PPS),
        .dp = vd_job_ctrl(job, V4L2_CID_STATELESS_HEVC_DECODE_PARAMS),
        .scaling = vd_job_ctrl(job, V4L2_CID_STATELESS_HEVC_SCALING_MATRIX),
    };
}

/* Appends a parameter set unless it is the one that libavcodec had last. */
static bool append_if_new(struct vd_writer *stream, struct vd_writer *last, struct vd_writer *set)
{
    bool same = last->size == set->size && !memcmp(last->data, set->data, set->size);
    if (!same) {
        vd_put_bytes(stream, set->data, set->size);
        vd_writer_clear(last);
        vd_put_bytes(last, set->data, set->size);
    }
    vd_writer_free(set);
    return !same;
}

/* What the sets say of output and sub-layers changes no sample, and may change inside a sequence:
 * libavcodec gets what it was at its start. */
static void write_sets(struct hevc *h, const struct hevc_controls *c)
{
    struct vd_writer set = {0};
    struct v4l2_ctrl_hevc_sps sps = *c->sps;
    sps.sps_max_num_reorder_pics = sps.sps_max_latency_increase_plus1 = 0;
    struct hevc_controls stable = {&sps, c->pps, c->dp, c->scaling};
    hevc_write_vps(&set, &sps);
    if (append_if_new(&h->stream, &h->vps, &set))
        vd_writer_clear(&h->sps);
    hevc_write_sps(&set, &stable);
    if (append_if_new(&h->stream, &h->sps, &set))
        vd_writer_clear(&h->pps);
    hevc_write_pps(&set, &stable);
    append_if_new(&h->stream, &h->pps, &set);
}

/* Which picture an entry stands for: the one that libavcodec has with this picture order count
 * must be the one in the CAPTURE buffer with this timestamp. */
static void check_entry(struct hevc *h, struct vd_job *job,
                        const struct v4l2_ctrl_hevc_decode_params *dp, unsigned i,
                        struct picture *kept, unsigned *count)
{
    const struct v4l2_hevc_dpb_entry *e = &dp->dpb[i];
    uint64_t serial = 0;
    enum vd_ref_status status = vd_reference(job, e->timestamp, &serial);
    if (status != VD_REF_OK) {
        vd_reference_problem(job, status, e->timestamp, status == VD_REF_OVERWRITTEN);
        return;
    }
    for (unsigned k = 0; k < h->count; k++) {
        if (h->held[k].poc != e->pic_order_cnt_val)
            continue;
        if (h->held[k].serial != serial)
            vd_mismatch(job, (int64_t)serial, (int64_t)h->held[k].serial,
                        "decode_params.dpb[%u].timestamp", i);
        kept[(*count)++] = h->held[k];
        return;
    }
    vd_mismatch(job, e->pic_order_cnt_val, -1, "decode_params.dpb[%u].pic_order_cnt_val", i);
}

static void check_references(struct hevc *h, struct vd_job *job,
                             const struct v4l2_ctrl_hevc_decode_params *dp)
{
    struct picture kept[HEVC_ENTRIES];
    unsigned count = 0;
    for (unsigned i = 0; i < dp->num_active_dpb_entries && i < HEVC_ENTRIES; i++)
        check_entry(h, job, dp, i, kept, &count);
    memcpy(h->held, kept, count * sizeof(kept[0]));
    h->count = count;
}

static void begin_picture(struct hevc *h, struct vd_job *job, const struct hevc_controls *c,
                          const struct hevc_slice *s)
{
    h->active = true;
    h->corrupt = false;
    h->timestamp = job->timestamp;
    vd_writer_clear(&h->stream);
    /* A random access point without references starts a sequence; so does a client after a seek. */
    if (hevc_is_irap(s) && !c->dp->num_active_dpb_entries && h->started) {
        vd_av_flush(h->av);
        vd_writer_clear(&h->vps);
        h->count = 0;
    }
    h->started = true;
    h->current = (struct picture){c->dp->pic_order_cnt_val, vd_new_serial()};
    hevc_check_picture(job, c, s);
    check_references(h, job, c->dp);
    write_sets(h, c);
}

static void end_picture(struct hevc *h, struct vd_job *job)
{
    if (!h->active)
        return;
    h->active = false;
    h->has_independent = false;
    job->corrupt |= h->corrupt;
    const struct vd_frame *frame = NULL;
    if (!h->stream.failed)
        frame = vd_av_decode(h->av, h->stream.data, h->stream.size);
    vd_store(job, frame, 3, h->current.serial);
    if (h->count == HEVC_ENTRIES) /* more than the standard allows: checked elsewhere */
        h->count--;
    h->held[h->count++] = h->current;
    vd_report_picture(job, "hevc");
}

/* What the controls say of a job's slice segments, and how far they are used. */
struct slices {
    bool slice_based, annex_b;
    const struct v4l2_ctrl_hevc_slice_params *params; /* NULL: the device has none */
    const uint32_t *points;
    uint32_t count, num_points;
    uint32_t next, next_point;
};

static bool menu_is(const struct vd_job *job, uint32_t id, int32_t value)
{
    const int32_t *menu = vd_job_ctrl(job, id);
    return menu && *menu == value;
}

static struct slices slices_of(const struct vd_job *job)
{
    const uint32_t params = V4L2_CID_STATELESS_HEVC_SLICE_PARAMS;
    const uint32_t points = V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS;
    return (struct slices){
        .slice_based = menu_is(job, V4L2_CID_STATELESS_HEVC_DECODE_MODE,
                               V4L2_STATELESS_HEVC_DECODE_MODE_SLICE_BASED),
        .annex_b = menu_is(job, V4L2_CID_STATELESS_HEVC_START_CODE,
                           V4L2_STATELESS_HEVC_START_CODE_ANNEX_B),
        .params = vd_job_ctrl(job, params),
        .points = vd_job_ctrl(job, points),
        .count = vd_job_ctrl_size(job, params) / sizeof(struct v4l2_ctrl_hevc_slice_params),
        .num_points = vd_job_ctrl_size(job, points) / sizeof(uint32_t),
    };
}

/* One slice segment, from behind its start code. */
static void add_slice(struct hevc *h, struct vd_job *job, struct slices *all, const uint8_t *nal,
                      size_t size)
{
    const struct hevc_controls c = controls_of(job);
    static _Thread_local struct hevc_slice s;
    if (size < 3 || (nal[0] >> 1 & 0x3f) > 21) {
        vd_mismatch(job, size ? nal[0] >> 1 & 0x3f : 0, 1, "nal_unit_type");
        return;
    }
    if (hevc_parse_slice(&s, &c, h->has_independent ? &h->independent : NULL, nal, size) < 0) {
        vd_mismatch(job, 0, 1, "slice_segment_header");
        return;
    }
    if (h->active && s.first && h->has_independent && all->params)
        vd_mismatch(job, 2, 1, "pictures in one buffer");
    if (!h->active)
        begin_picture(h, job, &c, &s);
    hevc_check_sets(job, &c, &h->sets, &s, nal, size);
    if (!s.dependent) {
        h->independent = s;
        h->has_independent = true;
    }
    if (all->params && all->next < all->count) {
        const struct hevc_place place = {(size_t)(nal - job->data), size, all->slice_based};
        hevc_check_slice(job, &c, &all->params[all->next], &s, &place);
        hevc_check_entry_points(job, all->points, all->num_points, all->next_point, &s);
    }
    all->next++;
    all->next_point += s.entry_points;
    hevc_write_slice(&h->stream, &c, &s, nal, size);
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
static void add_annex_b(struct hevc *h, struct vd_job *job, struct slices *all)
{
    size_t at = find_start(job->data, job->size, 0);
    if (at > 1 || (at == 1 && job->data[0]))
        vd_mismatch(job, (int64_t)at, 0, "start code");
    while (at < job->size) {
        size_t begin = at + 3;
        at = find_start(job->data, job->size, begin);
        add_slice(h, job, all, job->data + begin, at - begin);
    }
}

/* Without start codes only the slice parameters tell where a slice segment ends. */
static void add_bare(struct hevc *h, struct vd_job *job, struct slices *all)
{
    size_t at = 0;
    for (uint32_t i = 0; i < all->count; i++) {
        size_t end = all->params[i].bit_size / 8;
        size_t size = end > at ? end - at : 0;
        if (!size || size > job->size - at) {
            vd_mismatch(job, (int64_t)size, (int64_t)(job->size - at), "slice_params.bit_size");
            size = job->size - at;
        }
        add_slice(h, job, all, job->data + at, size);
        at += size;
    }
    if (at != job->size)
        vd_mismatch(job, (int64_t)at, (int64_t)job->size, "slice_params.bit_size");
}

static void add_slices(struct hevc *h, struct vd_job *job)
{
    struct slices all = slices_of(job);
    hevc_take_sets(&h->sets, job);
    if (all.annex_b)
        add_annex_b(h, job, &all);
    else
        add_bare(h, job, &all);
    if (!all.params)
        return;
    if (all.next != all.count || (all.slice_based && all.count != 1))
        vd_mismatch(job, all.count, all.slice_based ? 1 : all.next, "slice_params (elements)");
    /* A control of no elements cannot be sent: the device's default has one. */
    if (all.next_point && all.next_point != all.num_points)
        vd_mismatch(job, all.num_points, all.next_point, "entry_point_offsets (elements)");
}

/* Drops a picture that never got its last slice, and with it the parameter sets in front of it. */
static void abandon(struct hevc *h)
{
    h->active = h->has_independent = false;
    vd_writer_clear(&h->vps);
    vd_writer_clear(&h->sps);
    vd_writer_clear(&h->pps);
}

static void decode(void *state, struct vd_job *job)
{
    struct hevc *h = state;
    if (h->active && h->timestamp != job->timestamp) {
        vd_report("abandoned-picture ts=%llu", (unsigned long long)h->timestamp);
        abandon(h);
    }
    add_slices(h, job);
    h->corrupt |= job->corrupt;
    if (job->hold)
        return;
    if (h->active)
        end_picture(h, job);
    else
        vd_store(job, NULL, 3, vd_new_serial());
}

static void finish(void *state, struct vd_job *job)
{
    end_picture(state, job);
}

static void reset(void *state)
{
    abandon(state);
}

const struct vd_codec vd_codec_hevc = {
    .name = "hevc",
    .description = "HEVC Parsed Slice Data",
    .fourcc = V4L2_PIX_FMT_HEVC_SLICE,
    .controls = add_controls,
    .check_control = check_control,
    .bit_depth = bit_depth,
    .open = open_state,
    .decode = decode,
    .finish = finish,
    .reset = reset,
    .close = close_state,
};
