/* SPDX-License-Identifier: MIT */
/*
 * Golden payloads for AV1: a shown key frame, a hidden frame and one between them, with super
 * resolution, segments, restoration, global motion and skip mode; and what the next frame tells of
 * the slots that it refreshed. VA's buffers and the kernel's structs are written by hand.
 */
#include <string.h>

#include "golden.h"

#include "codec/av1.h"

#define WIDTH  352
#define HEIGHT 288

static struct golden golden;
static uint8_t data[500];

static VADecPictureParameterBufferAV1 picture_parameters(unsigned type, uint8_t hint)
{
    VADecPictureParameterBufferAV1 pic;

    memset(&pic, 0, sizeof(pic));
    pic.order_hint_bits_minus_1 = 6;
    pic.seq_info_fields.fields.enable_order_hint = 1;
    pic.seq_info_fields.fields.enable_jnt_comp = 1;
    pic.seq_info_fields.fields.enable_cdef = 1;
    pic.seq_info_fields.fields.subsampling_x = pic.seq_info_fields.fields.subsampling_y = 1;
    pic.current_display_picture = VA_INVALID_SURFACE;
    pic.frame_width_minus1 = WIDTH - 1;
    pic.frame_height_minus1 = HEIGHT - 1;
    pic.primary_ref_frame = 7;
    pic.order_hint = hint;
    pic.tile_cols = pic.tile_rows = 1;
    pic.superres_scale_denominator = 8;
    pic.pic_info_fields.bits.frame_type = type;
    pic.pic_info_fields.bits.uniform_tile_spacing_flag = 1;
    pic.mode_control_fields.bits.tx_mode = 2;
    pic.base_qindex = 100;
    for (unsigned i = 0; i < 7; i++)
        pic.wm[i].wmmat[2] = pic.wm[i].wmmat[5] = 1 << 16;
    for (unsigned i = 0; i < 8; i++)
        pic.ref_frame_map[i] = VA_INVALID_SURFACE;
    return pic;
}

static struct v4l2_ctrl_av1_frame expected_frame(unsigned type, uint8_t hint)
{
    struct v4l2_ctrl_av1_frame f;

    memset(&f, 0, sizeof(f));
    f.tile_info.flags = V4L2_AV1_TILE_INFO_FLAG_UNIFORM_TILE_SPACING;
    f.tile_info.tile_cols = f.tile_info.tile_rows = 1;
    f.tile_info.mi_col_starts[1] = 88; /* 352 / 4 */
    f.tile_info.mi_row_starts[1] = 72; /* 288 / 4 */
    f.tile_info.width_in_sbs_minus_1[0] = 5;
    f.tile_info.height_in_sbs_minus_1[0] = 4;
    f.quantization.base_q_idx = 100;
    f.superres_denom = 8;
    f.primary_ref_frame = 7;
    f.frame_type = type;
    f.order_hint = hint;
    f.upscaled_width = WIDTH;
    f.tx_mode = V4L2_AV1_TX_MODE_SELECT;
    f.frame_width_minus_1 = f.render_width_minus_1 = WIDTH - 1;
    f.frame_height_minus_1 = f.render_height_minus_1 = HEIGHT - 1;
    for (unsigned i = 1; i < 8; i++)
        f.global_motion.params[i][2] = f.global_motion.params[i][5] = 1 << 16;
    for (unsigned i = 0; i < 7; i++)
        f.ref_frame_idx[i] = -1;
    return f;
}

static void render(unsigned surface, const VADecPictureParameterBufferAV1 *pic)
{
    static const VASliceParameterBufferAV1 slice = {.slice_data_size = sizeof(data)};

    golden_begin(&golden, surface);
    golden_render(&golden, VAPictureParameterBufferType, pic);
    golden_render(&golden, VASliceParameterBufferType, &slice);
}

static void build(unsigned surface, const VADecPictureParameterBufferAV1 *pic)
{
    render(surface, pic);
    golden_build(&golden, data, sizeof(data));
}

static void key_frame(void)
{
    VADecPictureParameterBufferAV1 pic = picture_parameters(V4L2_AV1_KEY_FRAME, 0);
    struct v4l2_ctrl_av1_frame f = expected_frame(V4L2_AV1_KEY_FRAME, 0);
    struct v4l2_ctrl_av1_tile_group_entry tile = {.tile_size = sizeof(data)};
    struct v4l2_ctrl_av1_sequence sequence = {
        .flags = V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT | V4L2_AV1_SEQUENCE_FLAG_ENABLE_JNT_COMP |
                 V4L2_AV1_SEQUENCE_FLAG_ENABLE_CDEF | V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X |
                 V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y,
        .order_hint_bits = 7,
        .bit_depth = 8,
        .max_frame_width_minus_1 = WIDTH - 1,
        .max_frame_height_minus_1 = HEIGHT - 1,
    };

    pic.pic_info_fields.bits.show_frame = 1;
    pic.pic_info_fields.bits.error_resilient_mode = 1;
    pic.cdef_damping_minus_3 = 2;
    pic.cdef_bits = 1;
    pic.cdef_y_strengths[0] = 5 << 2 | 3;
    pic.cdef_uv_strengths[1] = 15 << 2 | 2;
    build(0, &pic);

    f.cdef.damping_minus_3 = 2;
    f.cdef.bits = 1;
    f.cdef.y_pri_strength[0] = 5;
    f.cdef.y_sec_strength[0] = 4; /* 3 stands for 4 (5.9.19) */
    f.cdef.uv_pri_strength[1] = 15;
    f.cdef.uv_sec_strength[1] = 2;
    f.flags = V4L2_AV1_FRAME_FLAG_SHOW_FRAME | V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE |
              V4L2_AV1_FRAME_FLAG_FORCE_INTEGER_MV; /* inferred of an intra frame (5.9.2) */
    f.refresh_frame_flags = 0xff;
    golden_assert(&golden, V4L2_CID_STATELESS_AV1_SEQUENCE, &sequence, sizeof(sequence));
    golden_assert(&golden, V4L2_CID_STATELESS_AV1_FRAME, &f, sizeof(f));
    golden_assert(&golden, V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY, &tile, sizeof(tile));
    golden_assert_format(&golden, (struct coded_format){WIDTH, HEIGHT, 8});
    assert_false(av1_refresh_is_open(&golden.picture));
}

static void hidden_frame(void)
{
    VADecPictureParameterBufferAV1 pic = picture_parameters(V4L2_AV1_INTER_FRAME, 8);

    for (unsigned i = 0; i < 8; i++)
        pic.ref_frame_map[i] = GOLDEN_SURFACE(0);
    pic.pic_info_fields.bits.showable_frame = 1;
    build(1, &pic);
    assert_true(av1_refresh_is_open(&golden.picture));
    assert_int_equal(av1_use(&golden.picture), PICTURE_HIDDEN);
}

static void references(VADecPictureParameterBufferAV1 *pic, struct v4l2_ctrl_av1_frame *f)
{
    for (unsigned i = 0; i < 8; i++) {
        pic->ref_frame_map[i] = GOLDEN_SURFACE(i == 2 || i == 5);
        f->reference_frame_ts[i] = golden.surface[i == 2 || i == 5].timestamp;
    }
    for (unsigned i = 0; i < 7; i++) {
        pic->ref_frame_idx[i] = (uint8_t)(i + 1);
        f->ref_frame_idx[i] = (int8_t)(i + 1);
        f->order_hints[i + 1] = i + 1 == 2 || i + 1 == 5 ? 8 : 0;
    }
    f->skip_mode_frame[0] = 1; /* LAST_FRAME, the first with hint 0 */
    f->skip_mode_frame[1] = 2; /* LAST2_FRAME, the first with hint 8 */
}

/* The frame between the two. */
static void frame_between(void)
{
    VADecPictureParameterBufferAV1 pic = picture_parameters(V4L2_AV1_INTER_FRAME, 4);
    struct v4l2_ctrl_av1_frame f = expected_frame(V4L2_AV1_INTER_FRAME, 4);
    uint64_t hidden = golden.surface[1].timestamp;
    struct v4l2_ctrl_av1_frame late;

    references(&pic, &f);
    pic.pic_info_fields.bits.show_frame = pic.pic_info_fields.bits.use_superres = 1;
    pic.superres_scale_denominator = 12;
    pic.mode_control_fields.bits.reference_select = 1;
    pic.mode_control_fields.bits.skip_mode_present = 1;
    pic.primary_ref_frame = 0;
    pic.seg_info.segment_info_fields.bits.enabled = 1;
    pic.seg_info.segment_info_fields.bits.update_map = 1;
    pic.seg_info.segment_info_fields.bits.update_data = 1;
    pic.seg_info.feature_mask[2] = 1 << 0 | 1 << 5;
    pic.seg_info.feature_data[2][0] = -40;
    pic.seg_info.feature_data[2][5] = 3;
    pic.loop_restoration_fields.bits.yframe_restoration_type = 3;
    pic.loop_restoration_fields.bits.crframe_restoration_type = 1;
    pic.loop_restoration_fields.bits.lr_unit_shift = 1;
    pic.loop_restoration_fields.bits.lr_uv_shift = 1;
    pic.wm[3].wmtype = VAAV1TransformationRotzoom;
    pic.wm[3].wmmat[0] = -12;
    pic.wm[3].invalid = 1;
    pic.v_dc_delta_q = -3;
    build(2, &pic);

    f.flags = V4L2_AV1_FRAME_FLAG_SHOW_FRAME | V4L2_AV1_FRAME_FLAG_USE_SUPERRES |
              V4L2_AV1_FRAME_FLAG_REFERENCE_SELECT | V4L2_AV1_FRAME_FLAG_SKIP_MODE_ALLOWED |
              V4L2_AV1_FRAME_FLAG_SKIP_MODE_PRESENT;
    f.superres_denom = 12;
    f.frame_width_minus_1 = 234; /* (352 * 8 + 6) / 12 - 1 (5.9.8) */
    f.tile_info.mi_col_starts[1] = 60;
    f.tile_info.width_in_sbs_minus_1[0] = 3;
    f.primary_ref_frame = 0;
    f.segmentation.flags =
        V4L2_AV1_SEGMENTATION_FLAG_ENABLED | V4L2_AV1_SEGMENTATION_FLAG_UPDATE_MAP |
        V4L2_AV1_SEGMENTATION_FLAG_UPDATE_DATA | V4L2_AV1_SEGMENTATION_FLAG_SEG_ID_PRE_SKIP;
    f.segmentation.last_active_seg_id = 2;
    f.segmentation.feature_enabled[2] = 0x21;
    f.segmentation.feature_data[2][0] = -40;
    f.segmentation.feature_data[2][5] = 3;
    f.loop_restoration.flags =
        V4L2_AV1_LOOP_RESTORATION_FLAG_USES_LR | V4L2_AV1_LOOP_RESTORATION_FLAG_USES_CHROMA_LR;
    f.loop_restoration.frame_restoration_type[0] = V4L2_AV1_FRAME_RESTORE_SWITCHABLE;
    f.loop_restoration.frame_restoration_type[2] = V4L2_AV1_FRAME_RESTORE_WIENER;
    f.loop_restoration.lr_unit_shift = f.loop_restoration.lr_uv_shift = 1;
    f.loop_restoration.loop_restoration_size[0] = 128;
    f.loop_restoration.loop_restoration_size[1] = 64;
    f.loop_restoration.loop_restoration_size[2] = 64;
    f.global_motion.type[4] = V4L2_AV1_WARP_MODEL_ROTZOOM; /* GOLDEN_FRAME */
    f.global_motion.flags[4] =
        V4L2_AV1_GLOBAL_MOTION_FLAG_IS_GLOBAL | V4L2_AV1_GLOBAL_MOTION_FLAG_IS_ROT_ZOOM;
    f.global_motion.params[4][0] = -12;
    f.global_motion.invalid = 1u << 4;
    f.quantization.flags = V4L2_AV1_QUANTIZATION_FLAG_DIFF_UV_DELTA;
    f.quantization.delta_q_v_dc = -3;
    golden_assert(&golden, V4L2_CID_STATELESS_AV1_FRAME, &f, sizeof(f));

    /* Its reference map shows which slots the hidden frame is in. */
    assert_int_equal(av1_tell_refresh(&golden.picture, hidden, &late), DEFERRED_CHANGED);
    assert_int_equal(late.refresh_frame_flags, 1 << 2 | 1 << 5);
    assert_int_equal(av1_tell_refresh(&golden.picture, hidden + 1, &late), DEFERRED_AS_BUILT);
    assert_int_equal(late.refresh_frame_flags, 0);
}

/* A sequence without order hints, whose only frame has a reduced_still_picture_header: clients may
 * leave out what is inferred, and have 255 where nothing is coded. */
static void still_picture(void **state)
{
    VADecPictureParameterBufferAV1 pic = picture_parameters(V4L2_AV1_KEY_FRAME, 0);
    const struct v4l2_ctrl_av1_sequence *sequence;
    const struct v4l2_ctrl_av1_frame *frame;

    (void)state;
    golden_open(&golden, "av1", VAProfileAV1Profile0);
    pic.seq_info_fields.fields.still_picture = 1;
    pic.seq_info_fields.fields.enable_order_hint = 0;
    pic.order_hint_bits_minus_1 = 255;
    pic.pic_info_fields.bits.show_frame = 1;
    build(0, &pic);
    sequence = golden_payload(&golden, V4L2_CID_STATELESS_AV1_SEQUENCE);
    frame = golden_payload(&golden, V4L2_CID_STATELESS_AV1_FRAME);
    assert_int_equal(sequence->order_hint_bits, 0);
    assert_int_equal(sequence->flags & V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT, 0);
    assert_true(sequence->flags & V4L2_AV1_SEQUENCE_FLAG_STILL_PICTURE);
    assert_true(frame->flags & V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE);
    assert_int_equal(frame->refresh_frame_flags, 0xff);
    assert_int_equal(av1_use(&golden.picture), PICTURE_FRESH);
}

/* film_grain_params() (5.9.30) with luma points, and chroma scaled from luma. */
static void film_grain(void **state)
{
    VADecPictureParameterBufferAV1 pic = picture_parameters(V4L2_AV1_KEY_FRAME, 0);
    VAFilmGrainStructAV1 *grain = &pic.film_grain_info;
    struct v4l2_ctrl_av1_film_grain expected;

    (void)state;
    golden_open(&golden, "av1", VAProfileAV1Profile0);
    memset(&expected, 0, sizeof(expected));
    pic.seq_info_fields.fields.film_grain_params_present = 1;
    pic.pic_info_fields.bits.show_frame = 1;
    pic.current_display_picture = GOLDEN_SURFACE(1);
    grain->film_grain_info_fields.bits.apply_grain = 1;
    grain->film_grain_info_fields.bits.chroma_scaling_from_luma = 1;
    grain->film_grain_info_fields.bits.grain_scaling_minus_8 = 3;
    grain->film_grain_info_fields.bits.ar_coeff_lag = 3;
    grain->film_grain_info_fields.bits.ar_coeff_shift_minus_6 = 1;
    grain->film_grain_info_fields.bits.grain_scale_shift = 2;
    grain->film_grain_info_fields.bits.overlap_flag = 1;
    grain->film_grain_info_fields.bits.clip_to_restricted_range = 1;
    grain->grain_seed = 0x1234;
    grain->num_y_points = 2;
    grain->point_y_value[1] = 255;
    grain->point_y_scaling[0] = 40;
    grain->ar_coeffs_y[0] = -128;
    grain->ar_coeffs_y[23] = 127;
    grain->ar_coeffs_cb[24] = -1;
    grain->ar_coeffs_cr[0] = 5;
    build(0, &pic);

    expected.flags = V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN | V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN |
                     V4L2_AV1_FILM_GRAIN_FLAG_CHROMA_SCALING_FROM_LUMA |
                     V4L2_AV1_FILM_GRAIN_FLAG_OVERLAP |
                     V4L2_AV1_FILM_GRAIN_FLAG_CLIP_TO_RESTRICTED_RANGE;
    expected.grain_seed = 0x1234;
    expected.num_y_points = 2;
    expected.point_y_value[1] = 255;
    expected.point_y_scaling[0] = 40;
    expected.grain_scaling_minus_8 = 3;
    expected.ar_coeff_lag = 3;
    expected.ar_coeff_shift_minus_6 = 1;
    expected.grain_scale_shift = 2;
    memset(expected.ar_coeffs_y_plus_128, 128, 24);
    memset(expected.ar_coeffs_cb_plus_128, 128, 25);
    memset(expected.ar_coeffs_cr_plus_128, 128, 25);
    expected.ar_coeffs_y_plus_128[0] = 0;
    expected.ar_coeffs_y_plus_128[23] = 255;
    expected.ar_coeffs_cb_plus_128[24] = 127;
    expected.ar_coeffs_cr_plus_128[0] = 133;
    golden_assert(&golden, V4L2_CID_STATELESS_AV1_FILM_GRAIN, &expected, sizeof(expected));
    assert_int_equal(av1_display(&golden.picture), GOLDEN_SURFACE(1));
}

static void three_frames(void **state)
{
    (void)state;
    golden_open(&golden, "av1", VAProfileAV1Profile0);
    key_frame();
    hidden_frame();
    frame_between();
}

/* An inter frame has seven references (6.8.2), of which none may be missing; of the slots that it
 * does not name, and for an intra-only frame, any may. */
static void missing_references(void **state)
{
    VADecPictureParameterBufferAV1 pic = picture_parameters(V4L2_AV1_INTER_FRAME, 8);

    (void)state;
    golden_open(&golden, "av1", VAProfileAV1Profile0);
    key_frame();
    for (unsigned i = 0; i < 7; i++) {
        pic.ref_frame_map[i] = GOLDEN_SURFACE(0);
        pic.ref_frame_idx[i] = (uint8_t)i;
    }
    build(1, &pic);
    pic.ref_frame_map[6] = GOLDEN_SURFACE(3);
    render(1, &pic);
    golden_refuse(&golden, data, sizeof(data), VA_STATUS_ERROR_DECODING_ERROR);
    pic.ref_frame_map[6] = VA_INVALID_SURFACE;
    render(1, &pic);
    golden_refuse(&golden, data, sizeof(data), VA_STATUS_ERROR_DECODING_ERROR);
    pic.pic_info_fields.bits.frame_type = V4L2_AV1_INTRA_ONLY_FRAME;
    build(1, &pic);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_frames),
        cmocka_unit_test(missing_references),
        cmocka_unit_test(still_picture),
        cmocka_unit_test(film_grain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
