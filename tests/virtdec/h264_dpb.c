/* SPDX-License-Identifier: MIT */
/* The H.264 decoded picture buffer: picture order count (8.2.1), frame_num gaps (8.2.5.2) and
 * reference marking (8.2.5). Output order is not followed: no decoder control depends on it. */
#include <string.h>

#include "h264.h"

/* Forgets everything, as at the start of a stream. */
void h264_dpb_clear(struct h264_dpb *dpb)
{
    memset(dpb, 0, sizeof(*dpb));
}

static int32_t max_frame_num(const struct v4l2_ctrl_h264_sps *sps)
{
    return 1 << (sps->log2_max_frame_num_minus4 + 4);
}

static void remove_unused(struct h264_dpb *dpb)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < dpb->count; i++)
        if (dpb->picture[i].short_ref || dpb->picture[i].long_ref)
            dpb->picture[kept++] = dpb->picture[i];
    dpb->count = kept;
}

static void insert(struct h264_dpb *dpb, const struct h264_picture *picture)
{
    if (dpb->count == H264_DPB_MAX) {
        memmove(dpb->picture, dpb->picture + 1, (H264_DPB_MAX - 1) * sizeof(dpb->picture[0]));
        dpb->count--;
    }
    dpb->picture[dpb->count++] = *picture;
}

/* 8.2.4.1 (8-27) */
static void wrap_frame_nums(struct h264_dpb *dpb, const struct v4l2_ctrl_h264_sps *sps,
                            uint32_t frame_num)
{
    for (unsigned i = 0; i < dpb->count; i++) {
        struct h264_picture *p = &dpb->picture[i];
        p->frame_num_wrap = (int32_t)p->frame_num;
        if (p->frame_num > frame_num)
            p->frame_num_wrap -= max_frame_num(sps);
    }
}

/* 8.2.5.3 */
static void sliding_window(struct h264_dpb *dpb, const struct v4l2_ctrl_h264_sps *sps)
{
    unsigned limit = sps->max_num_ref_frames ? sps->max_num_ref_frames : 1;
    while (dpb->count >= limit) {
        struct h264_picture *oldest = NULL;
        for (unsigned i = 0; i < dpb->count; i++) {
            struct h264_picture *p = &dpb->picture[i];
            if (p->short_ref && (!oldest || p->frame_num_wrap < oldest->frame_num_wrap))
                oldest = p;
        }
        if (!oldest)
            return;
        oldest->short_ref = 0;
        /* A field of the frame can be a long-term reference at the same time. */
        if (oldest->long_ref)
            return;
        remove_unused(dpb);
    }
}

/* 8.2.5.2: the frames that a gap in frame_num stands for. Also entered when gaps are not allowed,
 * which is how a decoder conceals lost frames. */
static void fill_gap(struct h264_dpb *dpb, const struct v4l2_ctrl_h264_sps *sps,
                     const struct h264_slice *slice)
{
    uint32_t max = (uint32_t)max_frame_num(sps);
    uint32_t num = (dpb->prev_ref_frame_num + 1) % max;
    if (slice->frame_num == dpb->prev_ref_frame_num || slice->frame_num >= max)
        return;
    while (num != slice->frame_num) {
        struct h264_picture gap = {
            .frame_num = num, .present = H264_FRAME, .short_ref = H264_FRAME};
        wrap_frame_nums(dpb, sps, num);
        sliding_window(dpb, sps);
        gap.frame_num_wrap = (int32_t)num;
        insert(dpb, &gap);
        if (dpb->prev_frame_num > num)
            dpb->prev_frame_num_offset += max;
        dpb->prev_frame_num = dpb->prev_ref_frame_num = num;
        num = (num + 1) % max;
    }
}

static void poc_type0(struct h264_dpb *dpb, const struct v4l2_ctrl_h264_sps *sps,
                      const struct h264_slice *s)
{
    int64_t max = INT64_C(1) << (sps->log2_max_pic_order_cnt_lsb_minus4 + 4);
    int64_t lsb = s->pic_order_cnt_lsb, msb = dpb->prev_poc_msb;
    if (lsb < dpb->prev_poc_lsb && dpb->prev_poc_lsb - lsb >= max / 2)
        msb += max;
    else if (lsb > dpb->prev_poc_lsb && lsb - dpb->prev_poc_lsb > max / 2)
        msb -= max;
    dpb->poc_msb = msb;
    if (s->structure & H264_TOP)
        dpb->current.poc[0] = (int32_t)(msb + lsb);
    if (s->structure == H264_FRAME)
        dpb->current.poc[1] = dpb->current.poc[0] + s->delta_pic_order_cnt_bottom;
    else if (s->structure == H264_BOT)
        dpb->current.poc[1] = (int32_t)(msb + lsb);
}

static int64_t poc_type1_expected(const struct v4l2_ctrl_h264_sps *sps, int64_t abs_frame_num,
                                  bool reference)
{
    int64_t expected = 0, cycle = sps->num_ref_frames_in_pic_order_cnt_cycle, delta = 0;
    if (abs_frame_num > 0 && !reference)
        abs_frame_num--;
    for (int i = 0; i < cycle; i++)
        delta += sps->offset_for_ref_frame[i];
    if (abs_frame_num > 0) {
        int64_t cycles = (abs_frame_num - 1) / cycle, in_cycle = (abs_frame_num - 1) % cycle;
        expected = cycles * delta;
        for (int i = 0; i <= in_cycle; i++)
            expected += sps->offset_for_ref_frame[i];
    }
    return reference ? expected : expected + sps->offset_for_non_ref_pic;
}

static void poc_type1(struct h264_dpb *dpb, const struct v4l2_ctrl_h264_sps *sps,
                      const struct h264_slice *s)
{
    int64_t abs_frame_num = 0;
    if (sps->num_ref_frames_in_pic_order_cnt_cycle)
        abs_frame_num = dpb->frame_num_offset + s->frame_num;
    int64_t expected = poc_type1_expected(sps, abs_frame_num, s->nal_ref_idc != 0);
    int64_t bottom = sps->offset_for_top_to_bottom_field;
    if (s->structure == H264_FRAME) {
        dpb->current.poc[0] = (int32_t)(expected + s->delta_pic_order_cnt[0]);
        dpb->current.poc[1] = (int32_t)(dpb->current.poc[0] + bottom + s->delta_pic_order_cnt[1]);
    } else if (s->structure == H264_TOP) {
        dpb->current.poc[0] = (int32_t)(expected + s->delta_pic_order_cnt[0]);
    } else {
        dpb->current.poc[1] = (int32_t)(expected + bottom + s->delta_pic_order_cnt[0]);
    }
}

static void poc_type2(struct h264_dpb *dpb, const struct h264_slice *s)
{
    int64_t poc = 2 * (dpb->frame_num_offset + s->frame_num);
    if (s->idr)
        poc = 0;
    else if (!s->nal_ref_idc)
        poc--;
    if (s->structure & H264_TOP)
        dpb->current.poc[0] = (int32_t)poc;
    if (s->structure & H264_BOT)
        dpb->current.poc[1] = (int32_t)poc;
}

static void picture_order_count(struct h264_dpb *dpb, const struct v4l2_ctrl_h264_sps *sps,
                                const struct h264_slice *s)
{
    dpb->frame_num_offset = dpb->prev_frame_num_offset;
    if (s->idr)
        dpb->frame_num_offset = 0;
    else if (dpb->prev_frame_num > s->frame_num)
        dpb->frame_num_offset += max_frame_num(sps);
    if (sps->pic_order_cnt_type == 0)
        poc_type0(dpb, sps, s);
    else if (sps->pic_order_cnt_type == 1)
        poc_type1(dpb, sps, s);
    else
        poc_type2(dpb, s);
}

static bool completes_field_pair(const struct h264_dpb *dpb, const struct h264_slice *s)
{
    if (!dpb->first_open || s->structure == H264_FRAME || s->structure & dpb->current.present)
        return false;
    if (s->frame_num != dpb->current.frame_num)
        return false;
    /* Only an IDR picture's first field is followed by another reference field of type IDR. */
    return dpb->first_was_ref || !s->nal_ref_idc;
}

/* Starts a picture: gaps in frame_num, picture order counts, and `current`, from the header of its
 * first slice. What the DPB holds afterwards are the references of this picture. */
void h264_dpb_begin(struct h264_dpb *dpb, const struct v4l2_ctrl_h264_sps *sps,
                    const struct h264_slice *s, uint64_t timestamp)
{
    dpb->second_field = completes_field_pair(dpb, s);
    dpb->structure = s->structure;
    dpb->new_sequence = false;
    if (!dpb->second_field) {
        if (s->idr) {
            dpb->count = 0;
            dpb->prev_ref_frame_num = dpb->prev_frame_num = 0;
            dpb->prev_frame_num_offset = dpb->prev_poc_msb = dpb->prev_poc_lsb = 0;
        } else if (dpb->started) {
            fill_gap(dpb, sps, s);
        }
        dpb->new_sequence = s->idr || !dpb->started || dpb->after_reset;
        dpb->current = (struct h264_picture){.serial = vd_new_serial(),
                                             .timestamp = timestamp,
                                             .frame_num = s->frame_num,
                                             .field_coded = s->structure != H264_FRAME};
    }
    dpb->after_reset = false;
    wrap_frame_nums(dpb, sps, s->frame_num);
    picture_order_count(dpb, sps, s);
    dpb->started = true;
}

static struct h264_picture *by_pic_num(struct h264_dpb *dpb, int64_t pic_num, bool long_term,
                                       unsigned *fields)
{
    for (unsigned i = 0; i < dpb->count; i++) {
        struct h264_picture *p = &dpb->picture[i];
        unsigned marked = long_term ? p->long_ref : p->short_ref;
        int64_t num = long_term ? (int64_t)p->long_term_frame_idx : p->frame_num_wrap;
        if (dpb->structure == H264_FRAME) {
            *fields = H264_FRAME;
            if (marked == H264_FRAME && num == pic_num)
                return p;
            continue;
        }
        unsigned same = dpb->structure, opposite = H264_FRAME ^ dpb->structure;
        if ((marked & same) && 2 * num + 1 == pic_num) {
            *fields = same;
            return p;
        }
        if ((marked & opposite) && 2 * num == pic_num) {
            *fields = opposite;
            return p;
        }
    }
    return NULL;
}

static void free_long_term(struct h264_dpb *dpb, uint32_t index, const struct h264_picture *keep)
{
    for (unsigned i = 0; i < dpb->count; i++) {
        struct h264_picture *p = &dpb->picture[i];
        if (p->long_ref && p->long_term_frame_idx == index && p != keep)
            p->long_ref = 0;
    }
}

/* The entry that the first field of the current frame made, if it was a reference. */
static struct h264_picture *stored_current(struct h264_dpb *dpb)
{
    for (unsigned i = 0; i < dpb->count; i++)
        if (dpb->picture[i].serial == dpb->current.serial)
            return &dpb->picture[i];
    return NULL;
}

/* One memory_management_control_operation (8.2.5.4). */
static void mmco(struct h264_dpb *dpb, const struct h264_mmco *m, const struct h264_slice *s)
{
    int64_t current = s->field_pic_flag ? 2 * (int64_t)s->frame_num + 1 : s->frame_num;
    int64_t pic_num = current - ((int64_t)m->difference_of_pic_nums_minus1 + 1);
    struct h264_picture *p;
    unsigned fields = 0;
    switch (m->op) {
    case 1:
        p = by_pic_num(dpb, pic_num, false, &fields);
        if (p)
            p->short_ref &= ~fields;
        break;
    case 2:
        p = by_pic_num(dpb, m->long_term_pic_num, true, &fields);
        if (p)
            p->long_ref &= ~fields;
        break;
    case 3:
        p = by_pic_num(dpb, pic_num, false, &fields);
        if (!p)
            break;
        free_long_term(dpb, m->long_term_frame_idx,
                       p->long_ref && p->long_term_frame_idx == m->long_term_frame_idx ? p : NULL);
        p->short_ref &= ~fields;
        p->long_ref |= fields;
        p->long_term_frame_idx = m->long_term_frame_idx;
        break;
    case 4:
        for (unsigned i = 0; i < dpb->count; i++)
            if (dpb->picture[i].long_term_frame_idx >= m->max_long_term_frame_idx_plus1)
                dpb->picture[i].long_ref = 0;
        break;
    case 5:
        dpb->count = 0;
        dpb->after_reset = true;
        break;
    case 6: {
        struct h264_picture *first = stored_current(dpb);
        bool same =
            first && first->long_ref && first->long_term_frame_idx == m->long_term_frame_idx;
        free_long_term(dpb, m->long_term_frame_idx, same ? first : NULL);
        dpb->current.long_ref |= dpb->structure;
        dpb->current.long_term_frame_idx = m->long_term_frame_idx;
        break;
    }
    default:
        break;
    }
}

static void adaptive_marking(struct h264_dpb *dpb, const struct h264_slice *s)
{
    for (unsigned i = 0; i < s->mmcos; i++)
        mmco(dpb, &s->mmco[i], s);
    remove_unused(dpb);
}

/* 8.2.1, after a picture with memory_management_control_operation 5. */
static void restart_order(struct h264_dpb *dpb)
{
    struct h264_picture *c = &dpb->current;
    int32_t base = dpb->structure == H264_TOP   ? c->poc[0]
                   : dpb->structure == H264_BOT ? c->poc[1]
                   : c->poc[0] < c->poc[1]      ? c->poc[0]
                                                : c->poc[1];
    c->poc[0] -= dpb->structure & H264_TOP ? base : 0;
    c->poc[1] -= dpb->structure & H264_BOT ? base : 0;
    c->frame_num = 0;
    c->frame_num_wrap = 0;
    c->bias_known = false;
    dpb->prev_poc_msb = 0;
    dpb->prev_poc_lsb = dpb->structure == H264_BOT ? 0 : c->poc[0];
    dpb->frame_num_offset = 0;
}

/* The second field's operations may have marked the first one anew. */
static void adopt_first_field(struct h264_dpb *dpb, unsigned structure)
{
    const struct h264_picture *first = stored_current(dpb);
    struct h264_picture *c = &dpb->current;
    unsigned other = H264_FRAME ^ structure;
    c->short_ref = (c->short_ref & structure) | (first ? first->short_ref & other : 0);
    c->long_ref = (c->long_ref & structure) | (first ? first->long_ref & other : 0);
    if (first && first->long_ref && !(c->long_ref & structure))
        c->long_term_frame_idx = first->long_term_frame_idx;
}

static void mark_current(struct h264_dpb *dpb, const struct v4l2_ctrl_h264_sps *sps,
                         const struct h264_slice *s)
{
    struct h264_picture *first = dpb->second_field ? stored_current(dpb) : NULL;
    if (first)
        dpb->current = *first;
    if (s->idr) {
        if (s->long_term_reference_flag)
            dpb->current.long_ref |= s->structure;
        else
            dpb->current.short_ref |= s->structure;
        return;
    }
    if (s->adaptive_ref_pic_marking_mode_flag) {
        adaptive_marking(dpb, s);
        if (first)
            adopt_first_field(dpb, s->structure);
    } else if (!(first && first->short_ref)) {
        sliding_window(dpb, sps);
    }
    if (!(dpb->current.long_ref & s->structure))
        dpb->current.short_ref |= s->structure;
}

/* Ends a picture: reference marking by the header of one of its slices, and the state for the next
 * picture. */
void h264_dpb_end(struct h264_dpb *dpb, const struct v4l2_ctrl_h264_sps *sps,
                  const struct h264_slice *s)
{
    int32_t poc[2] = {dpb->current.poc[0], dpb->current.poc[1]};
    unsigned present = dpb->current.present | s->structure;
    if (s->nal_ref_idc) {
        mark_current(dpb, sps, s);
        dpb->current.poc[0] = poc[0];
        dpb->current.poc[1] = poc[1];
    }
    dpb->current.present = present;
    if (s->nal_ref_idc) {
        dpb->prev_poc_msb = dpb->poc_msb;
        dpb->prev_poc_lsb = s->pic_order_cnt_lsb;
        if (dpb->after_reset)
            restart_order(dpb);
        struct h264_picture *stored = stored_current(dpb);
        if (stored)
            *stored = dpb->current;
        else
            insert(dpb, &dpb->current);
        dpb->prev_ref_frame_num = dpb->current.frame_num;
    } else {
        struct h264_picture *stored = stored_current(dpb);
        if (stored) {
            stored->poc[0] = poc[0];
            stored->poc[1] = poc[1];
            stored->present = present;
        }
    }
    dpb->prev_frame_num = dpb->current.frame_num;
    dpb->prev_frame_num_offset = dpb->frame_num_offset;
    dpb->first_open = s->structure != H264_FRAME && !dpb->second_field;
    dpb->first_was_ref = s->nal_ref_idc != 0;
}
