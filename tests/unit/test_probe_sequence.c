/* SPDX-License-Identifier: MIT */
/* The sequence controls of a stream of which only the coded format is known. */
#include "device/probe_sequence.h"
#include "unit.h"

#include <string.h>

static const struct codec *find_codec(const char *name)
{
    for (unsigned i = 0; i < num_codecs; i++)
        if (!strcmp(codecs[i]->name, name))
            return codecs[i];
    return NULL;
}

/* The only control of the set. */
static const void *fill(const char *name, uint8_t bit_depth, uint32_t id, uint32_t size)
{
    static union sequence_control control;
    const struct coded_format format = {100, 50, bit_depth};
    const struct codec *codec = find_codec(name);
    struct control_set set;

    if (!codec)
        return NULL;
    memset(&control, 0xa5, sizeof(control));
    probe_sequence_of_format(codec, &format, &control, &set);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.control[0].id, id);
    assert_int_equal(set.control[0].size, size);
    assert_ptr_equal(set.control[0].ptr, &control);
    return set.control[0].ptr;
}

static void h264(void **state)
{
    const struct v4l2_ctrl_h264_sps *sps =
        fill("h264", 10, V4L2_CID_STATELESS_H264_SPS, sizeof(*sps));

    (void)state;
    assert_non_null(sps);
    assert_int_equal(sps->bit_depth_luma_minus8, 2);
    assert_int_equal(sps->bit_depth_chroma_minus8, 2);
    assert_true(V4L2_H264_SPS_HAS_CHROMA_FORMAT(sps));
    assert_int_equal(sps->chroma_format_idc, 1);
    assert_int_equal(sps->pic_width_in_mbs_minus1, 6);
    assert_int_equal(sps->pic_height_in_map_units_minus1, 3);
    assert_true(sps->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY);
    sps = fill("h264", 8, V4L2_CID_STATELESS_H264_SPS, sizeof(*sps));
    assert_int_equal(sps->bit_depth_luma_minus8, 0);
    assert_int_equal(sps->profile_idc, 100);
}

static void hevc(void **state)
{
    const struct v4l2_ctrl_hevc_sps *sps =
        fill("hevc", 10, V4L2_CID_STATELESS_HEVC_SPS, sizeof(*sps));

    if (!sps) {
        skip();
        return;
    }
    assert_int_equal(sps->bit_depth_luma_minus8, 2);
    assert_int_equal(sps->bit_depth_chroma_minus8, 2);
    assert_int_equal(sps->chroma_format_idc, 1);
    assert_int_equal(sps->pic_width_in_luma_samples, 104);
    assert_int_equal(sps->pic_height_in_luma_samples, 56);
    assert_int_equal(sps->num_short_term_ref_pic_sets, 0);
    (void)state;
}

static void vp9(void **state)
{
    const struct v4l2_ctrl_vp9_frame *frame =
        fill("vp9", 10, V4L2_CID_STATELESS_VP9_FRAME, sizeof(*frame));

    if (!frame) {
        skip();
        return;
    }
    assert_int_equal(frame->profile, 2);
    assert_int_equal(frame->bit_depth, 10);
    assert_int_equal(frame->frame_width_minus_1, 99);
    assert_int_equal(frame->frame_height_minus_1, 49);
    frame = fill("vp9", 8, V4L2_CID_STATELESS_VP9_FRAME, sizeof(*frame));
    assert_int_equal(frame->profile, 0);
    (void)state;
}

static void av1(void **state)
{
    const struct v4l2_ctrl_av1_sequence *sequence =
        fill("av1", 10, V4L2_CID_STATELESS_AV1_SEQUENCE, sizeof(*sequence));

    if (!sequence) {
        skip();
        return;
    }
    assert_int_equal(sequence->bit_depth, 10);
    assert_int_equal(sequence->max_frame_width_minus_1, 99);
    assert_int_equal(sequence->max_frame_height_minus_1, 49);
    (void)state;
}

static void nothing_to_say(void **state)
{
    const struct coded_format format = {100, 50, 8};
    const struct codec none = {.name = "none"};
    union sequence_control control;
    struct control_set set = {.count = 3};

    (void)state;
    probe_sequence_of_format(&none, &format, &control, &set);
    assert_int_equal(set.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(h264), cmocka_unit_test(hevc),           cmocka_unit_test(vp9),
        cmocka_unit_test(av1),  cmocka_unit_test(nothing_to_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
