/* SPDX-License-Identifier: MIT */
/*
 * Golden payloads for MPEG-2: an interlaced Main Profile at Main Level stream (720x576, 25 Hz)
 * whose sequence header loads an intra matrix, in coded order an I frame picture, a P frame
 * picture, a B frame picture, and a B frame coded as two fields; and the first picture of a
 * progressive one.
 */
#include <string.h>

#include "golden.h"

/* A stateless decoder reads the slices itself; to the builder they are bytes. */
static const uint8_t slice_data[] = {0x00, 0x00, 0x01, 0x01, 0x0a, 0x00, 0x80};

/* Loaded by the sequence header: 64 values in zigzag order, the first of them 8 (6.3.11). */
static void intra_matrix(uint8_t matrix[64])
{
    for (unsigned i = 0; i < 64; i++)
        matrix[i] = (uint8_t)(8 + i);
}

static VAPictureParameterBufferMPEG2 frame_picture(void)
{
    VAPictureParameterBufferMPEG2 pic;

    memset(&pic, 0, sizeof(pic));
    pic.horizontal_size = 720;
    pic.vertical_size = 576;
    pic.forward_reference_picture = VA_INVALID_SURFACE;
    pic.backward_reference_picture = VA_INVALID_SURFACE;
    pic.f_code = 0xffff; /* 15: no motion vectors of that kind */
    pic.picture_coding_extension.bits.picture_structure = 3;
    pic.picture_coding_extension.bits.is_first_field = 1;
    return pic;
}

static void assert_sequence(const struct golden *golden, uint8_t flags)
{
    struct v4l2_ctrl_mpeg2_sequence expected;
    const struct v4l2_ctrl_mpeg2_sequence *actual =
        golden_payload(golden, V4L2_CID_STATELESS_MPEG2_SEQUENCE);

    memset(&expected, 0, sizeof(expected));
    expected.horizontal_size = 720;
    expected.vertical_size = 576;
    expected.profile_and_level_indication = 0x48; /* Main Profile, Main Level (table 8-2, 8-3) */
    expected.chroma_format = 1;                   /* 4:2:0 */
    expected.flags = flags;
    /* Not in VA, and no part of decoding a picture. */
    expected.vbv_buffer_size = actual->vbv_buffer_size;
    golden_assert(golden, V4L2_CID_STATELESS_MPEG2_SEQUENCE, &expected, sizeof(expected));
}

static void assert_picture(const struct golden *golden,
                           const struct v4l2_ctrl_mpeg2_picture *expected)
{
    golden_assert(golden, V4L2_CID_STATELESS_MPEG2_PICTURE, expected, sizeof(*expected));
}

/* The loaded intra matrix; the default non-intra one, 16 (6.3.11). The chroma matrices are only
 * relevant for formats other than 4:2:0, says the kernel's documentation: none are sent. */
static void assert_quantisation(const struct golden *golden)
{
    struct v4l2_ctrl_mpeg2_quantisation expected = {0};

    intra_matrix(expected.intra_quantiser_matrix);
    memset(expected.non_intra_quantiser_matrix, 16, 64);
    golden_assert(golden, V4L2_CID_STATELESS_MPEG2_QUANTISATION, &expected, sizeof(expected));
}

static void build(struct golden *golden, const VAPictureParameterBufferMPEG2 *pic)
{
    VASliceParameterBufferMPEG2 slice;

    memset(&slice, 0, sizeof(slice));
    slice.slice_data_size = sizeof(slice_data);
    slice.macroblock_offset = 38;
    slice.quantiser_scale_code = 1;
    golden_render(golden, VAPictureParameterBufferType, pic);
    golden_render(golden, VASliceParameterBufferType, &slice);
    golden_build(golden, slice_data, sizeof(slice_data));
}

/*
 * picture_coding_type 1; f_code all 15; intra_dc_precision 2 (10 bits); picture_structure 3;
 * top_field_first 1; frame_pred_frame_dct 0; concealment_motion_vectors 0; q_scale_type 1;
 * intra_vlc_format 1; alternate_scan 1; repeat_first_field 0; progressive_frame 0.
 */
static void decode_i_frame(struct golden *golden, unsigned surface)
{
    VAPictureParameterBufferMPEG2 pic = frame_picture();
    VAIQMatrixBufferMPEG2 iq;

    memset(&iq, 0, sizeof(iq));
    iq.load_intra_quantiser_matrix = 1;
    intra_matrix(iq.intra_quantiser_matrix);
    pic.picture_coding_type = 1;
    pic.picture_coding_extension.bits.intra_dc_precision = 2;
    pic.picture_coding_extension.bits.top_field_first = 1;
    pic.picture_coding_extension.bits.q_scale_type = 1;
    pic.picture_coding_extension.bits.intra_vlc_format = 1;
    pic.picture_coding_extension.bits.alternate_scan = 1;
    golden_begin(golden, surface);
    golden_render(golden, VAIQMatrixBufferType, &iq);
    build(golden, &pic);
}

/* f_code 2, 1 forward; top_field_first 1; frame_pred_frame_dct 1; concealment vectors. */
static void decode_p_frame(struct golden *golden, unsigned surface)
{
    VAPictureParameterBufferMPEG2 pic = frame_picture();

    pic.picture_coding_type = 2;
    pic.f_code = 0x21ff;
    pic.forward_reference_picture = GOLDEN_SURFACE(0);
    pic.picture_coding_extension.bits.top_field_first = 1;
    pic.picture_coding_extension.bits.frame_pred_frame_dct = 1;
    pic.picture_coding_extension.bits.concealment_motion_vectors = 1;
    pic.picture_coding_extension.bits.progressive_frame = 1;
    golden_begin(golden, surface);
    build(golden, &pic);
}

static void i_frame(void **state)
{
    static struct golden golden;
    const struct v4l2_ctrl_mpeg2_picture picture = {
        .flags = V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST | V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE |
                 V4L2_MPEG2_PIC_FLAG_INTRA_VLC | V4L2_MPEG2_PIC_FLAG_ALT_SCAN,
        .f_code = {{15, 15}, {15, 15}},
        .picture_coding_type = V4L2_MPEG2_PIC_CODING_TYPE_I,
        .picture_structure = V4L2_MPEG2_PIC_FRAME,
        .intra_dc_precision = 2,
    };

    (void)state;
    golden_open(&golden, "mpeg2", VAProfileMPEG2Main);
    decode_i_frame(&golden, 0);
    golden_assert_format(&golden, (struct coded_format){720, 576, 8});
    assert_sequence(&golden, 0);
    assert_picture(&golden, &picture);
    assert_quantisation(&golden);
}

static void p_and_b_frames(void **state)
{
    static struct golden golden;
    VAPictureParameterBufferMPEG2 pic = frame_picture();
    const struct v4l2_ctrl_mpeg2_picture p = {
        .forward_ref_ts = 1000,
        .flags = V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST | V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT |
                 V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV | V4L2_MPEG2_PIC_FLAG_PROGRESSIVE,
        .f_code = {{2, 1}, {15, 15}},
        .picture_coding_type = V4L2_MPEG2_PIC_CODING_TYPE_P,
        .picture_structure = V4L2_MPEG2_PIC_FRAME,
    };
    const struct v4l2_ctrl_mpeg2_picture b = {
        .backward_ref_ts = 2000,
        .forward_ref_ts = 1000,
        .flags = V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST | V4L2_MPEG2_PIC_FLAG_REPEAT_FIRST |
                 V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT | V4L2_MPEG2_PIC_FLAG_PROGRESSIVE,
        .f_code = {{3, 2}, {1, 4}},
        .picture_coding_type = V4L2_MPEG2_PIC_CODING_TYPE_B,
        .picture_structure = V4L2_MPEG2_PIC_FRAME,
        .intra_dc_precision = 3,
    };

    (void)state;
    golden_open(&golden, "mpeg2", VAProfileMPEG2Main);
    decode_i_frame(&golden, 0);
    decode_p_frame(&golden, 1);
    /* The pictures of an interlaced sequence may be progressive; the sequence is not. */
    assert_sequence(&golden, 0);
    assert_picture(&golden, &p);
    /* No new matrices: those of the sequence header hold. */
    assert_quantisation(&golden);

    pic.picture_coding_type = 3;
    pic.f_code = 0x3214;
    pic.forward_reference_picture = GOLDEN_SURFACE(0);
    pic.backward_reference_picture = GOLDEN_SURFACE(1);
    pic.picture_coding_extension.bits.intra_dc_precision = 3;
    pic.picture_coding_extension.bits.top_field_first = 1;
    pic.picture_coding_extension.bits.frame_pred_frame_dct = 1;
    pic.picture_coding_extension.bits.repeat_first_field = 1;
    pic.picture_coding_extension.bits.progressive_frame = 1;
    golden_begin(&golden, 2);
    build(&golden, &pic);
    assert_sequence(&golden, 0);
    assert_picture(&golden, &b);
    assert_quantisation(&golden);
}

/* Both fields of a frame name the same references and decode into the same surface. */
static void b_fields(void **state)
{
    static struct golden golden;
    VAPictureParameterBufferMPEG2 pic = frame_picture();
    struct v4l2_ctrl_mpeg2_picture expected = {
        .backward_ref_ts = 2000,
        .forward_ref_ts = 1000,
        .f_code = {{4, 3}, {2, 1}},
        .picture_coding_type = V4L2_MPEG2_PIC_CODING_TYPE_B,
        .picture_structure = V4L2_MPEG2_PIC_BOTTOM_FIELD,
    };

    (void)state;
    golden_open(&golden, "mpeg2", VAProfileMPEG2Main);
    decode_i_frame(&golden, 0);
    decode_p_frame(&golden, 1);
    pic.picture_coding_type = 3;
    pic.f_code = 0x4321;
    pic.forward_reference_picture = GOLDEN_SURFACE(0);
    pic.backward_reference_picture = GOLDEN_SURFACE(1);
    pic.picture_coding_extension.bits.picture_structure = 2;
    golden_begin(&golden, 2);
    build(&golden, &pic);
    assert_sequence(&golden, 0);
    assert_picture(&golden, &expected);

    pic.picture_coding_extension.bits.picture_structure = 1;
    pic.picture_coding_extension.bits.is_first_field = 0;
    expected.picture_structure = V4L2_MPEG2_PIC_TOP_FIELD;
    golden_begin(&golden, 2);
    build(&golden, &pic);
    assert_picture(&golden, &expected);
}

/* A P picture's backward reference is none, whatever the client leaves there (6.3.9). */
static void p_frame_has_no_backward_reference(void **state)
{
    static struct golden golden;
    VAPictureParameterBufferMPEG2 pic = frame_picture();
    const struct v4l2_ctrl_mpeg2_picture *actual;

    (void)state;
    golden_open(&golden, "mpeg2", VAProfileMPEG2Main);
    decode_i_frame(&golden, 0);
    decode_p_frame(&golden, 1);
    pic.picture_coding_type = 2;
    pic.f_code = 0x11ff;
    pic.forward_reference_picture = GOLDEN_SURFACE(1);
    pic.backward_reference_picture = GOLDEN_SURFACE(0);
    golden_begin(&golden, 2);
    build(&golden, &pic);
    actual = golden_payload(&golden, V4L2_CID_STATELESS_MPEG2_PICTURE);
    assert_int_equal(actual->forward_ref_ts, 2000);
    assert_int_not_equal(actual->backward_ref_ts, 1000);
}

/* progressive_sequence 1: only frame pictures, progressive_frame and frame_pred_frame_dct 1. */
static void progressive_i_frame(void **state)
{
    static struct golden golden;
    VAPictureParameterBufferMPEG2 pic = frame_picture();

    (void)state;
    golden_open(&golden, "mpeg2", VAProfileMPEG2Main);
    pic.picture_coding_type = 1;
    pic.picture_coding_extension.bits.frame_pred_frame_dct = 1;
    pic.picture_coding_extension.bits.progressive_frame = 1;
    golden_begin(&golden, 0);
    build(&golden, &pic);
    assert_sequence(&golden, V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE);
}

/* Without matrices in the stream: the defaults, in zigzag order as 6.3.11 prints them in a block.
 */
static void default_matrices(void **state)
{
    static const uint8_t intra_by_row[8][8] = {
        {8, 16, 19, 22, 26, 27, 29, 34},  {16, 16, 22, 24, 27, 29, 34, 37},
        {19, 22, 26, 27, 29, 34, 34, 38}, {22, 22, 26, 27, 29, 34, 37, 40},
        {22, 26, 27, 29, 32, 35, 40, 48}, {26, 27, 29, 32, 35, 40, 48, 58},
        {26, 27, 29, 34, 38, 46, 56, 69}, {27, 29, 35, 38, 46, 56, 69, 83},
    };
    static struct golden golden;
    struct v4l2_ctrl_mpeg2_quantisation expected = {0};
    VAPictureParameterBufferMPEG2 pic = frame_picture();
    unsigned n = 0;

    (void)state;
    /* Figure 7-2: the diagonals, odd ones downwards. */
    for (unsigned diagonal = 0; diagonal < 15; diagonal++) {
        for (unsigned step = 0; step <= diagonal; step++) {
            unsigned row = diagonal % 2 ? step : diagonal - step;
            unsigned column = diagonal - row;

            if (row < 8 && column < 8)
                expected.intra_quantiser_matrix[n++] = intra_by_row[row][column];
        }
    }
    assert_int_equal(n, 64);
    memset(expected.non_intra_quantiser_matrix, 16, 64);
    golden_open(&golden, "mpeg2", VAProfileMPEG2Main);
    pic.picture_coding_type = 1;
    golden_begin(&golden, 0);
    build(&golden, &pic);
    golden_assert(&golden, V4L2_CID_STATELESS_MPEG2_QUANTISATION, &expected, sizeof(expected));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(i_frame),
        cmocka_unit_test(p_and_b_frames),
        cmocka_unit_test(b_fields),
        cmocka_unit_test(p_frame_has_no_backward_reference),
        cmocka_unit_test(progressive_i_frame),
        cmocka_unit_test(default_matrices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
