/* SPDX-License-Identifier: MIT */
/* H.264 reference picture lists: initialisation (8.2.4.2) and modification (8.2.4.3). */
#include <limits.h>
#include <string.h>

#include "h264.h"

struct frames {
    const struct h264_picture *picture[H264_DPB_MAX];
    int64_t key[H264_DPB_MAX];
    unsigned count;
};

/* Keeps a list sorted by ascending key. */
static void add(struct frames *f, const struct h264_picture *picture, int64_t key)
{
    unsigned at = f->count;
    while (at && f->key[at - 1] > key) {
        f->key[at] = f->key[at - 1];
        f->picture[at] = f->picture[at - 1];
        at--;
    }
    f->key[at] = key;
    f->picture[at] = picture;
    f->count++;
}

/* PicOrderCnt() of a frame, a pair or a single field: the smallest of what was decoded. */
static int32_t order(const struct h264_picture *p)
{
    if (p->present == H264_FRAME)
        return p->poc[0] < p->poc[1] ? p->poc[0] : p->poc[1];
    return p->poc[p->present == H264_BOT];
}

static bool usable(const struct h264_picture *p, bool field, bool long_term)
{
    unsigned marked = long_term ? p->long_ref : p->short_ref;
    return field ? marked != 0 : marked == H264_FRAME;
}

static void collect_long(const struct h264_dpb *dpb, bool field, struct frames *f)
{
    for (unsigned i = 0; i < dpb->count; i++)
        if (usable(&dpb->picture[i], field, true))
            add(f, &dpb->picture[i], dpb->picture[i].long_term_frame_idx);
}

/* 8.2.4.2.1 and 8.2.4.2.2: by descending FrameNumWrap. */
static void collect_p(const struct h264_dpb *dpb, bool field, struct frames *f)
{
    for (unsigned i = 0; i < dpb->count; i++)
        if (usable(&dpb->picture[i], field, false))
            add(f, &dpb->picture[i], -(int64_t)dpb->picture[i].frame_num_wrap);
}

/* 8.2.4.2.3 and 8.2.4.2.4: first one side of the current picture, then the other, nearest first. */
static void collect_b(const struct h264_dpb *dpb, bool field, unsigned list, struct frames *f)
{
    const int64_t far = INT64_C(1) << 40;
    int32_t current;
    if (field)
        current = dpb->current.poc[dpb->structure == H264_BOT];
    else
        current =
            dpb->current.poc[0] < dpb->current.poc[1] ? dpb->current.poc[0] : dpb->current.poc[1];
    for (unsigned i = 0; i < dpb->count; i++) {
        const struct h264_picture *p = &dpb->picture[i];
        /* Frames inferred from a gap have no picture order count. */
        if (!usable(p, field, false) || !p->serial)
            continue;
        int64_t distance = (int64_t)current - order(p);
        bool before = field ? distance >= 0 : distance > 0;
        bool first = before == (list == 0);
        add(f, p, (distance < 0 ? -distance : distance) + (first ? 0 : far));
    }
}

/* 8.2.4.2.5: fields of alternating parity, beginning with that of the current field. */
static unsigned alternate(const struct frames *f, bool long_term, unsigned structure,
                          struct h264_reference *out, unsigned used)
{
    unsigned at[2] = {0, 0};
    unsigned parity = structure;
    for (;;) {
        bool opposite = parity != structure;
        unsigned *i = &at[opposite];
        while (*i < f->count) {
            const struct h264_picture *p = f->picture[*i];
            if ((long_term ? p->long_ref : p->short_ref) & parity)
                break;
            (*i)++;
        }
        if (*i == f->count)
            break;
        if (used < 33)
            out[used++] = (struct h264_reference){f->picture[*i], parity};
        (*i)++;
        parity ^= H264_FRAME;
    }
    /* One parity is used up: the rest of the other in order. */
    parity ^= H264_FRAME;
    unsigned *i = &at[parity != structure];
    for (; *i < f->count; (*i)++) {
        const struct h264_picture *p = f->picture[*i];
        if (((long_term ? p->long_ref : p->short_ref) & parity) && used < 33)
            out[used++] = (struct h264_reference){p, parity};
    }
    return used;
}

static unsigned expand(const struct frames *f, bool long_term, const struct h264_dpb *dpb,
                       struct h264_reference *out, unsigned used)
{
    if (dpb->structure != H264_FRAME)
        return alternate(f, long_term, dpb->structure, out, used);
    for (unsigned i = 0; i < f->count && used < 33; i++)
        out[used++] = (struct h264_reference){f->picture[i], H264_FRAME};
    return used;
}

static unsigned initialise(const struct h264_dpb *dpb, const struct h264_slice *s, unsigned l,
                           struct h264_reference *out)
{
    bool field = dpb->structure != H264_FRAME;
    struct frames near = {0}, far = {0};
    if (s->slice_type == SLICE_B)
        collect_b(dpb, field, l, &near);
    else
        collect_p(dpb, field, &near);
    collect_long(dpb, field, &far);
    unsigned used = expand(&near, false, dpb, out, 0);
    return expand(&far, true, dpb, out, used);
}

static bool same(const struct h264_reference *a, const struct h264_reference *b)
{
    return a->picture == b->picture && a->fields == b->fields;
}

/* PicNum or LongTermPicNum (8.2.4.1) of a list entry. */
static int64_t pic_num(const struct h264_reference *r, unsigned structure, bool long_term)
{
    int64_t num = long_term ? (int64_t)r->picture->long_term_frame_idx : r->picture->frame_num_wrap;
    return structure == H264_FRAME ? num : 2 * num + (r->fields == structure);
}

static bool find(const struct h264_dpb *dpb, int64_t wanted, bool long_term,
                 struct h264_reference *found)
{
    for (unsigned i = 0; i < dpb->count; i++) {
        const struct h264_picture *p = &dpb->picture[i];
        unsigned marked = long_term ? p->long_ref : p->short_ref;
        for (unsigned fields = 1; fields <= 3; fields++) {
            bool fits = dpb->structure == H264_FRAME ? fields == 3 : fields < 3;
            struct h264_reference r = {p, fields};
            if (fits && (marked & fields) == fields &&
                pic_num(&r, dpb->structure, long_term) == wanted) {
                *found = r;
                return true;
            }
        }
    }
    return false;
}

/* 8.2.4.3.1 and 8.2.4.3.2 */
static void modify(const struct h264_dpb *dpb, const struct v4l2_ctrl_h264_sps *sps,
                   const struct h264_slice *s, unsigned l, struct h264_reference *list)
{
    bool field = dpb->structure != H264_FRAME;
    int64_t max = INT64_C(1) << (sps->log2_max_frame_num_minus4 + 4 + field);
    int64_t current = field ? 2 * (int64_t)s->frame_num + 1 : s->frame_num;
    int64_t predicted = current;
    unsigned length = s->num_ref_idx_active[l], at = 0;
    for (unsigned i = 0; i < s->modifications[l] && at < length; i++) {
        const struct h264_modification *m = &s->modification[l][i];
        int64_t difference = (int64_t)m->value + 1, wanted = m->value;
        bool long_term = m->idc == 2;
        if (!long_term) {
            predicted += m->idc == 0 ? -difference : difference;
            predicted = (predicted % max + max) % max;
            wanted = predicted > current ? predicted - max : predicted;
        }
        struct h264_reference r;
        if (!find(dpb, wanted, long_term, &r)) {
            /* Not there (a lost frame): the position stays undefined. */
            r = (struct h264_reference){NULL, 0};
        }
        memmove(&list[at + 1], &list[at], (length - at) * sizeof(list[0]));
        list[at++] = r;
        unsigned to = at;
        for (unsigned from = at; from <= length; from++)
            if (!r.picture || !same(&list[from], &r))
                list[to++] = list[from];
    }
}

/* The reference picture lists of a slice, num_ref_idx_active entries each; entries without a
 * picture are NULL. */
void h264_lists(const struct h264_dpb *dpb, const struct v4l2_ctrl_h264_sps *sps,
                const struct h264_slice *s, struct h264_reference list[2][33])
{
    memset(list, 0, 2 * sizeof(list[0]));
    unsigned full[2] = {0, 0};
    for (unsigned l = 0; l < 2; l++)
        if (s->num_ref_idx_active[l])
            full[l] = initialise(dpb, s, l, list[l]);
    if (s->slice_type == SLICE_B && full[1] > 1 && full[0] == full[1]) {
        bool equal = true;
        for (unsigned i = 0; i < full[0]; i++)
            equal &= same(&list[0][i], &list[1][i]);
        if (equal) {
            struct h264_reference first = list[1][0];
            list[1][0] = list[1][1];
            list[1][1] = first;
        }
    }
    for (unsigned l = 0; l < 2; l++) {
        for (unsigned i = s->num_ref_idx_active[l]; i < 33; i++)
            list[l][i] = (struct h264_reference){NULL, 0};
        modify(dpb, sps, s, l, list[l]);
    }
}
