/* SPDX-License-Identifier: MIT */
/* Random reference picture sets, predicted from one another by 7-61 and 7-62: the set that is
 * worked out backwards must predict the same used pictures. */
#include <string.h>

#include "codec/hevc.h"
#include "unit.h"

#define PREDICTIONS 200000u

static uint64_t seed;

static uint32_t below(uint32_t limit)
{
    return unit_random(&seed) % limit;
}

/* [0]: pictures before, [1]: behind, from near to far. */
struct set {
    unsigned count[2];
    int32_t delta[2][2 * HEVC_MAX_SET_PICS + 2];
    bool used[2][2 * HEVC_MAX_SET_PICS + 2];
};

/* What a slice segment header says of a predicted set; the flags in its order. */
struct prediction {
    int32_t delta_rps;
    bool used[HEVC_MAX_SET_PICS + 1], kept[HEVC_MAX_SET_PICS + 1];
};

static void add(struct set *set, int32_t delta, bool kept, bool used)
{
    const unsigned half = delta > 0;

    if (!kept || delta == 0)
        return;
    set->delta[half][set->count[half]] = delta;
    set->used[half][set->count[half]++] = used;
}

static void sort(struct set *set, unsigned half)
{
    for (unsigned i = 1; i < set->count[half]; i++) {
        for (unsigned k = i; k > 0 && (set->delta[half][k] < set->delta[half][k - 1]) == half;
             k--) {
            const int32_t delta = set->delta[half][k];
            const bool used = set->used[half][k];

            set->delta[half][k] = set->delta[half][k - 1];
            set->used[half][k] = set->used[half][k - 1];
            set->delta[half][k - 1] = delta;
            set->used[half][k - 1] = used;
        }
    }
}

/* 7-61 and 7-62 in other words: all pictures of the set and its own, moved; by distance. */
static struct set predict(const struct set *from, const struct prediction *by)
{
    struct set set = {0};
    unsigned j = 0;

    for (unsigned half = 0; half < 2; half++)
        for (unsigned i = 0; i < from->count[half]; i++, j++)
            add(&set, from->delta[half][i] + by->delta_rps, by->kept[j], by->used[j]);
    add(&set, by->delta_rps, by->kept[j], by->used[j]);
    sort(&set, 0);
    sort(&set, 1);
    return set;
}

static struct set random_set(void)
{
    struct set set = {.count = {below(6), below(6)}};

    for (unsigned half = 0; half < 2; half++)
        for (unsigned i = 0; i < set.count[half]; i++)
            set.delta[half][i] =
                (i ? set.delta[half][i - 1] : 0) + (half ? 1 : -1) * (int32_t)(1 + below(4));
    return set;
}

static struct set set_of(const struct v4l2_ctrl_hevc_ext_sps_st_rps *coded)
{
    struct set set = {.count = {coded->num_negative_pics, coded->num_positive_pics}};

    for (unsigned half = 0; half < 2; half++)
        for (unsigned i = 0; i < set.count[half]; i++)
            set.delta[half][i] =
                (i ? set.delta[half][i - 1] : 0) +
                (half ? coded->delta_poc_s1_minus1[i] + 1 : -coded->delta_poc_s0_minus1[i] - 1);
    return set;
}

/* The used pictures, the latest first. */
static struct hevc_deltas used_pictures(const struct set *set)
{
    struct hevc_deltas all = {0};

    for (unsigned i = set->count[1]; i-- > 0;)
        if (set->used[1][i])
            all.delta[all.count++] = set->delta[1][i];
    for (unsigned i = 0; i < set->count[0]; i++)
        if (set->used[0][i])
            all.delta[all.count++] = set->delta[0][i];
    return all;
}

static void predicting_sets(void **state)
{
    (void)state;
    for (unsigned n = 0; n < PREDICTIONS; n++) {
        const struct set from = random_set();
        const unsigned count = from.count[0] + from.count[1];
        struct prediction by = {.delta_rps = (int32_t)(1 + below(7)) * (below(2) ? 1 : -1)};
        struct hevc_short_term_ref_pic_set header = {.predicted = true};
        struct v4l2_ctrl_hevc_ext_sps_st_rps coded = {0};
        struct hevc_deltas wanted, given, found;
        struct set set;

        for (unsigned j = 0; j <= count; j++) {
            by.used[j] = below(2);
            by.kept[j] = by.used[j] || below(2);
        }
        header.num_delta_pocs_of_ref_rps_idx = (uint8_t)count;
        header.delta_rps = by.delta_rps;
        memcpy(header.used_by_curr_pic_flag, by.used, sizeof(by.used));
        set = predict(&from, &by);
        wanted = given = used_pictures(&set);
        assert_true(hevc_code_predicting_set(&header, &given, &coded));
        assert_int_equal(coded.num_negative_pics + coded.num_positive_pics, count);
        set = set_of(&coded);
        set = predict(&set, &by);
        found = used_pictures(&set);
        assert_int_equal(found.count, wanted.count);
        assert_memory_equal(found.delta, wanted.delta, wanted.count * sizeof(wanted.delta[0]));
    }
}

/* References that no set could make of the header. */
static void contradictions(void **state)
{
    struct hevc_short_term_ref_pic_set header = {
        .predicted = true,
        .num_delta_pocs_of_ref_rps_idx = 1,
        .delta_rps = -1,
        .used_by_curr_pic_flag = {true, true},
    };
    struct v4l2_ctrl_hevc_ext_sps_st_rps coded = {0};
    struct hevc_deltas none = {0}, other = {2, {-2, -3}}, twice = {2, {-1, -1}};

    (void)state;
    assert_false(hevc_code_predicting_set(&header, &none, &coded));
    assert_false(hevc_code_predicting_set(&header, &other, &coded));
    assert_false(hevc_code_predicting_set(&header, &twice, &coded));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(predicting_sets),
        cmocka_unit_test(contradictions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
