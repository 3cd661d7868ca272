/* SPDX-License-Identifier: MIT */
/*
 * The reference picture sets of the sequence parameter set, for hardware that parses slice headers
 * itself (Rockchip's VDPU381 and VDPU383). VA does not carry the sets, but it says which pictures
 * the current one predicts from, and each slice header says which set it uses. The driver therefore
 * makes a table for each picture with the same result: at the index that the slices name, a set of
 * these pictures. It leaves out pictures that are kept for later ones, because the hardware only
 * builds reference lists.
 */
#include "builder.h"
#include "codec/hevc.h"
#include "hevc_table.h"

static const VAPictureParameterBufferHEVC *picture_parameters(const struct picture *picture)
{
    return parameter(picture, HEVC_BUFFER_PIC);
}

static VAStatus cannot(struct build_error *error, const char *element, int64_t value)
{
    return refuse(error, VA_STATUS_ERROR_DECODING_ERROR, element,
                  "not told by VA's reference pictures", value);
}

static void append(const VAPictureParameterBufferHEVC *pic, const struct hevc_context *context,
                   uint8_t entry, struct hevc_deltas *all)
{
    const int64_t delta = (int64_t)pic->ReferenceFrames[context->reference[entry]].pic_order_cnt -
                          pic->CurrPic.pic_order_cnt;

    /* No set can have a picture this far away; code_steps() refuses it. */
    all->delta[all->count++] =
        delta > INT16_MAX + 1 || delta < INT16_MIN ? INT32_MAX : (int32_t)delta;
}

/* The short-term pictures that the current one may predict from. */
static struct hevc_deltas current_pictures(const struct picture *picture)
{
    const VAPictureParameterBufferHEVC *pic = picture_parameters(picture);
    const struct hevc_context *context = picture->context_state;
    struct hevc_deltas all = {0};

    for (unsigned i = context->st_curr_after.count; i-- > 0;)
        append(pic, context, context->st_curr_after.entry[i], &all);
    for (unsigned i = 0; i < context->st_curr_before.count; i++)
        append(pic, context, context->st_curr_before.entry[i], &all);
    return all;
}

/* delta_poc_sX_minus1 of `count` pictures from `first` on, each further away than the one
 * before. */
static bool code_steps(const struct hevc_deltas *all, unsigned first, unsigned count, bool behind,
                       uint16_t *minus1)
{
    int64_t last = 0;

    for (unsigned i = 0; i < count; i++) {
        const int64_t delta = all->delta[behind ? first - i : first + i];
        const int64_t step = behind ? delta - last : last - delta;

        if (step < 1 || step > INT16_MAX + 1)
            return false;
        minus1[i] = (uint16_t)(step - 1);
        last = delta;
    }
    return true;
}

/* An explicit set of those pictures (7-63 to 7-70). */
static bool code_set(const struct hevc_deltas *all, struct v4l2_ctrl_hevc_ext_sps_st_rps *set)
{
    unsigned positive = 0;

    while (positive < all->count && all->delta[positive] > 0)
        positive++;
    set->num_positive_pics = (uint8_t)positive;
    set->num_negative_pics = (uint8_t)(all->count - positive);
    set->used_by_curr_pic = (1u << all->count) - 1;
    return all->count <= HEVC_MAX_SET_PICS &&
           code_steps(all, positive, all->count - positive, false, set->delta_poc_s0_minus1) &&
           code_steps(all, positive - 1, positive, true, set->delta_poc_s1_minus1);
}

/* The index in used_by_curr_pic_flag[] of the p-th picture of the predicting set, in descending
 * order. The picture of the set itself counts, too (7-61), after the `positive` ones. */
static unsigned flag_of(const struct hevc_short_term_ref_pic_set *set, unsigned positive,
                        unsigned p)
{
    const unsigned count = set->num_delta_pocs_of_ref_rps_idx;

    if (p < positive)
        return count - 1 - p;
    return p == positive ? count : p - positive - 1;
}

/* Finds a predicting set with `positive` positive pictures. The pictures that the header marks as
 * used are the current ones in their order, shifted by deltaRps, and the set's own picture is at 0.
 * The others can have any order counts that fit in between. */
static bool predicting_set(const struct hevc_short_term_ref_pic_set *set,
                           const struct hevc_deltas *current, unsigned positive,
                           struct hevc_deltas *found)
{
    const unsigned count = set->num_delta_pocs_of_ref_rps_idx;
    int64_t value[HEVC_MAX_SET_PICS + 1];
    bool fixed[HEVC_MAX_SET_PICS + 1];
    unsigned next = 0, first = 0;

    for (unsigned p = 0; p <= count; p++) {
        const bool used = set->used_by_curr_pic_flag[flag_of(set, positive, p)];

        fixed[p] = used || p == positive;
        value[p] = used ? (int64_t)current->delta[next++] - set->delta_rps : 0;
        if (p == positive && value[p])
            return false;
    }
    while (!fixed[first])
        first++;
    for (unsigned p = 0; p <= count; p++)
        if (!fixed[p])
            value[p] = p < first ? value[first] + first - p : value[p - 1] - 1;
    found->count = 0;
    for (unsigned p = 0; p <= count; p++) {
        if ((p && value[p] >= value[p - 1]) || value[p] > INT32_MAX || value[p] < INT32_MIN)
            return false;
        if (p != positive)
            found->delta[found->count++] = (int32_t)value[p];
    }
    return true;
}

/* A used picture whose predicted order count is the current picture's own drops out of the set
 * (7-61, 7-62). */
static void insert_own(struct hevc_deltas *current)
{
    unsigned at = current->count++;

    for (; at > 0 && current->delta[at - 1] < 0; at--)
        current->delta[at] = current->delta[at - 1];
    current->delta[at] = 0;
}

bool hevc_code_predicting_set(const struct hevc_short_term_ref_pic_set *set,
                              struct hevc_deltas *current,
                              struct v4l2_ctrl_hevc_ext_sps_st_rps *coded)
{
    const unsigned count = set->num_delta_pocs_of_ref_rps_idx;
    struct hevc_deltas found;
    unsigned used = 0;

    for (unsigned j = 0; j <= count; j++)
        used += set->used_by_curr_pic_flag[j];
    if (used == current->count + 1)
        insert_own(current);
    if (used != current->count)
        return false;
    for (unsigned positive = 0; positive <= count; positive++)
        if (predicting_set(set, current, positive, &found) && code_set(&found, coded))
            return true;
    return false;
}

VAStatus hevc_fill_short_term_sets(const struct picture *picture, unsigned slice, unsigned count,
                                   struct v4l2_ctrl_hevc_ext_sps_st_rps *sets,
                                   struct build_error *error)
{
    const struct hevc_context *context = picture->context_state;
    struct hevc_deltas current = current_pictures(picture);
    struct hevc_slice_header header;
    const VAStatus status = hevc_read_slice_header(picture, slice, &header, error);
    const struct hevc_short_term_ref_pic_set *set = &header.short_term;

    if (status != VA_STATUS_SUCCESS)
        return status;
    memset(sets, 0, count * sizeof(*sets));
    if (hevc_is_idr(&header)) {
        /* no sets */
    } else if (set->sps_flag) {
        if (set->idx >= count || !code_set(&current, &sets[set->idx]))
            return cannot(error, "short_term_ref_pic_set_idx", set->idx);
    } else if (set->predicted) {
        if (set->delta_idx_minus1 >= count ||
            !hevc_code_predicting_set(set, &current, &sets[count - 1 - set->delta_idx_minus1]))
            return cannot(error, "delta_idx_minus1", set->delta_idx_minus1);
    }
    /* rkvdec copies a table only if its first element differs from the previous table's, or at
     * first from zeros. An explicit set does not use this member. */
    sets[0].abs_delta_rps_minus1 = context->set_tables;
    return VA_STATUS_SUCCESS;
}

VAStatus hevc_fill_long_term_candidates(const struct picture *picture, unsigned slice,
                                        unsigned count,
                                        struct v4l2_ctrl_hevc_ext_sps_lt_rps *candidates,
                                        struct build_error *error)
{
    const VAPictureParameterBufferHEVC *pic = picture_parameters(picture);
    const struct hevc_context *context = picture->context_state;
    const uint32_t lsb_mask = (1u << (pic->log2_max_pic_order_cnt_lsb_minus4 + 4)) - 1;
    struct hevc_slice_header header;
    const VAStatus status = hevc_read_slice_header(picture, slice, &header, error);
    unsigned used = context->lt_curr.count;

    if (status != VA_STATUS_SUCCESS)
        return status;
    /* Nothing reads an unused candidate; zeros would not be a change for rkvdec. */
    for (unsigned i = 0; i < count; i++)
        candidates[i] = (struct v4l2_ctrl_hevc_ext_sps_lt_rps){.lt_ref_pic_poc_lsb_sps = 1};
    for (unsigned i = 0; i < header.num_long_term_pics; i++) {
        const bool more = header.long_term[header.num_long_term_sps + i].used_by_curr_pic_lt_flag;

        if (more && !used)
            return cannot(error, "num_long_term_pics", header.num_long_term_pics);
        used -= more;
    }
    /* Used candidates come in the header's order, but only the parameter set says which are
     * used. */
    if (used != 0 && used != header.num_long_term_sps)
        return cannot(error, "num_long_term_sps", header.num_long_term_sps);
    for (unsigned i = 0; i < used; i++) {
        const uint8_t reference = context->reference[context->lt_curr.entry[i]];
        const uint8_t index = header.long_term[i].lt_idx_sps;

        if (index >= count)
            return cannot(error, "lt_idx_sps", index);
        candidates[index] = (struct v4l2_ctrl_hevc_ext_sps_lt_rps){
            .lt_ref_pic_poc_lsb_sps =
                (uint16_t)((uint32_t)pic->ReferenceFrames[reference].pic_order_cnt & lsb_mask),
            .flags = V4L2_HEVC_EXT_SPS_LT_RPS_FLAG_USED_LT,
        };
    }
    return VA_STATUS_SUCCESS;
}
